import pytest

from lifecycle.enums import Stage
from lifecycle.models import Milestone, Node, Procedure
from lifecycle.selectors.catalogue import SOURCES
from lifecycle.services.standard import publish_from_file
from tests.cast import NOW
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def test_catalogue_finds_by_chinese_and_english_words(cast, client):
    assert "REG-01" in client.get("/procedures/", {"q": "设立 登记"}).content.decode()
    assert "REG-01" in client.get("/procedures/", {"q": "limited company"}).content.decode()


def test_catalogue_says_when_nothing_is_found_and_keeps_the_words(cast, client):
    html = client.get("/procedures/", {"q": "<b>游艇"}).content.decode()
    assert "REG-01" not in html
    assert 'value="&lt;b&gt;游艇"' in html


def test_procedure_shows_promise_beside_the_law_with_its_source(cast, client):
    client.cookies["django_language"] = "en"
    html = client.get("/procedures/REG-01/").content.decode()
    assert "1 working day<" in html
    assert "3 working days<" in html
    assert "Regulations on the Registration of Market Entities, article 19" in html
    assert "15 working days" in html


def test_procedure_lists_every_material(cast, client):
    html = client.get("/procedures/REG-01/").content.decode()
    for requirement in cast.procedure.requirements.all():
        assert requirement.name_zh in html


def test_unknown_procedure_is_not_found(cast, client):
    assert client.get("/procedures/NO-99/").status_code == 404


def test_staff_cannot_apply(cast, client):
    give_second_factor(cast.wang.user)
    client.force_login(cast.wang.user)
    assert "begin/" not in client.get("/procedures/REG-01/").content.decode()
    assert client.post("/procedures/REG-01/begin/").status_code == 403


def test_procedure_says_in_words_when_a_material_is_asked_for(cast, client):
    client.cookies["django_language"] = "en"
    html = client.get("/procedures/REG-01/").content.decode()
    assert "only if: Does an agent file this application: yes" in html


def test_catalogue_groups_by_stage_in_their_order(db, client):
    publish_from_file(now=NOW)
    client.cookies["django_language"] = "en"
    html = client.get("/procedures/").content.decode()
    places = [html.index(f'<h2 id="{stage}">') for stage in Stage.values]
    assert places == sorted(places)
    assert html.index("OUT-01") < places[1] < html.index("REG-02") < places[2] < html.index("POL-04") < places[3]


def test_what_the_park_begins_cannot_be_applied_for(db, client):
    publish_from_file(now=NOW)
    client.cookies["django_language"] = "en"
    html = client.get("/procedures/RES-04/").content.decode()
    assert "The park begins this itself" in html
    assert "Sign in and apply" not in html


def test_every_procedure_of_the_shipped_standard_has_a_page(db, client):
    publish_from_file(now=NOW)
    for code in Procedure.objects.values_list("code", flat=True):
        assert client.get(f"/procedures/{code}/").status_code == 200


def test_every_source_of_the_shipped_standard_has_words(db):
    publish_from_file(now=NOW)
    nodes = Node.objects.values_list("source", "statutory_source")
    told = {code for pair in nodes for code in pair} | set(Milestone.objects.values_list("source", flat=True))
    assert told - {""} <= SOURCES.keys()
