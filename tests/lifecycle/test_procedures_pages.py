import pytest

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
