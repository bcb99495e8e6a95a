"""The pages on which leaders change the service standard."""

import json

import pytest
from django.urls import reverse

from lifecycle.enums import StandardState
from lifecycle.forms.application import ChoicesField
from lifecycle.models import Procedure, ServiceStandard
from lifecycle.services import standard as versions
from lifecycle.services import standard_draft as drafts
from park.accounts.models import User
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    def sign_in(user: User):
        give_second_factor(user)
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def draft(cast: Cast) -> ServiceStandard:
    return drafts.begin_draft(by=cast.shen, now=NOW)


@pytest.fixture
def procedure(draft: ServiceStandard) -> Procedure:
    return draft.procedures.get()


def url(name: str, *args) -> str:
    return reverse(f"standard:{name}", args=args)


def shown(client, address: str) -> dict:
    """What a browser would send back of the form on a page, unchanged."""
    form = client.get(address).context["form"]
    data: dict = {"seen": form.seen_json}
    for bound in form:
        value = bound.value()
        if bound.name == "criterion":
            data |= {"criterion.how": "all", "criterion.n": "0"}
        elif isinstance(value, bool):
            data |= {bound.name: "on"} if value else {}
        elif isinstance(bound.field, ChoicesField):
            data[bound.name] = ["", *(value or "").split()]
        else:
            data[bound.name] = "" if value is None else value
    return data


@pytest.mark.parametrize("who", ["chen", "wang", "gao", "auditor"])
def test_standard_is_for_leaders(cast: Cast, staff, draft, who):
    person = getattr(cast, who)
    client = staff(getattr(person, "user", person))
    for address in (url("list"), url("show", 2), url("procedure", 2, "REG-01"), url("add", 2, "REG-01", "nodes")):
        assert client.get(address).status_code == 403
    assert client.post(url("discard", 2)).status_code == 403
    assert ServiceStandard.objects.filter(version=2).exists()


def test_draft_is_begun_and_thrown_away(cast: Cast, staff):
    client = staff(cast.shen)
    assert client.get(url("list")).context["can_begin"]
    assert client.post(url("begin")).url == url("show", 2)
    assert not client.get(url("list")).context["can_begin"]
    assert client.post(url("begin")).url == url("list")
    assert client.post(url("discard", 2)).url == url("list")
    assert ServiceStandard.objects.count() == 1


def test_version_in_force_is_read_only(cast: Cast, staff):
    client = staff(cast.shen)
    assert client.get(url("show", 1)).status_code == 200
    page = client.get(url("procedure", 1, "REG-01")).content.decode()
    assert url("change", 1, "REG-01", "nodes", "N2") not in page
    for address in (
        url("add", 1, "REG-01", "nodes"),
        url("change", 1, "REG-01", "nodes", "N2"),
        url("change_procedure", 1, "REG-01"),
        url("add_procedure", 1),
        url("publish", 1),
    ):
        assert client.get(address).status_code == 404
        assert client.post(address, {}).status_code == 404


@pytest.mark.parametrize(
    ("shelf", "part"),
    [
        ("nodes", "N8"),
        ("milestones", "licence"),
        ("materials", "MAT-ART"),
        ("sections", "company"),
        ("questions", "premises_kind"),
    ],
)
def test_form_sent_back_as_it_was_changes_nothing(cast: Cast, staff, procedure, shelf, part):
    client, address = staff(cast.shen), url("change", 2, "REG-01", shelf, part)
    form = client.get(address).context["form"]
    answer = client.post(address, shown(client, address))
    assert answer.status_code == 302, answer.context["form"].errors
    after = client.get(address).context["form"]
    assert after.seen() == form.seen()


def test_step_is_added_with_its_place_in_the_graph(cast: Cast, staff, procedure):
    said = {
        "code": "N3",
        "name_zh": "并行核查",
        "name_en": "Check beside it",
        "work": "confirm",
        "opens_on": "predecessors",
        "predecessors": ["SIGN"],
        "department": "DEP-INV",
        "skill": "R-INV",
        "amount": "2",
        "unit": "working_day",
        "criterion.how": "all",
        "criterion.n": "1",
        "criterion.0.how": "leaf",
        "criterion.0.fact": "case.submitted_by_agent",
        "criterion.0.op": "is_true",
    }
    client, address = staff(cast.shen), url("add", 2, "REG-01", "nodes")
    built = client.post(address, said | {"criterion.do": "add:criterion", "criterion.new": "case.premises_kind"})
    assert built.status_code == 200
    assert "criterion.1.fact" in built.content.decode()
    assert not procedure.nodes.filter(code="N3").exists()
    answer = client.post(address, said)
    assert answer.status_code == 302, answer.context["form"].errors
    node = procedure.nodes.get(code="N3")
    assert [one.code for one in node.predecessors.all()] == ["SIGN"]
    assert node.condition == {"fact": "case.submitted_by_agent", "op": "is_true"}
    page = client.get(url("procedure", 2, "REG-01"))
    assert len(page.context["picture"]["drawing"].lines) == 4
    assert "是否委托代理人办理" in next(row["condition"] for row in page.context["nodes"] if row["node"] == node)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"code": "N 3"}, "code"),
        ({"code": "N2"}, "code"),
        ({"department": ""}, "department"),
        ({"is_key": "on", "amount": ""}, "amount"),
        ({"amount": "9", "statutory_amount": "3", "statutory_unit": "working_day"}, "amount"),
        ({"statutory_amount": "3"}, "statutory_unit"),
        ({"work": "enterprise"}, "department"),
    ],
)
def test_what_is_wrong_with_a_step_is_said_beside_its_field(cast: Cast, staff, procedure, change, field):
    said = {
        "code": "N3",
        "name_zh": "核查",
        "name_en": "Check",
        "work": "confirm",
        "opens_on": "predecessors",
        "department": "DEP-INV",
        "skill": "R-INV",
        "amount": "2",
        "unit": "working_day",
    }
    page = staff(cast.shen).post(url("add", 2, "REG-01", "nodes"), said | change)
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert not procedure.nodes.filter(code="N3").exists()


def test_of_two_changes_of_one_field_the_later_is_asked(cast: Cast, staff, procedure):
    client, address = staff(cast.shen), url("change", 2, "REG-01", "nodes", "N2")
    page = shown(client, address)
    node = procedure.nodes.get(code="N2")
    drafts.change_part(node, {"amount": 2}, before={"amount": 3}, by=cast.admin, now=NOW)
    answer = client.post(address, page | {"amount": "1", "name_zh": "预审"})
    assert answer.status_code == 422
    assert "amount" in answer.context["form"].errors
    assert procedure.nodes.get(code="N2").amount == 2
    again = page | {"amount": "1", "name_zh": "预审", "seen": answer.context["form"].seen_json}
    assert client.post(address, again).status_code == 302
    node.refresh_from_db()
    assert (node.amount, node.name_zh) == (1, "预审")


def test_condition_changed_elsewhere_is_asked(cast: Cast, staff, procedure):
    client, address = staff(cast.shen), url("change", 2, "REG-01", "materials", "MAT-ART")
    page = shown(client, address)
    material = procedure.requirements.get(code="MAT-ART")
    elsewhere = {"fact": "case.submitted_by_agent", "op": "is_true"}
    drafts.change_part(material, {"condition": elsewhere}, before={"condition": None}, by=cast.admin, now=NOW)
    mine = {
        "criterion.n": "1",
        "criterion.0.how": "leaf",
        "criterion.0.fact": "case.has_pre_approval_items",
        "criterion.0.op": "is_true",
    }
    answer = client.post(address, page | mine)
    assert "criterion" in answer.context["form"].errors
    untouched = client.post(address, page | {"name_zh": "章程"})
    assert untouched.status_code == 302
    material.refresh_from_db()
    assert (material.condition, material.name_zh) == (elsewhere, "章程")


def test_parts_are_moved_and_taken_out(cast: Cast, staff, procedure):
    client = staff(cast.shen)
    client.post(url("move", 2, "REG-01", "materials", "MAT-REGF"), {"to": "later"})
    assert procedure.requirements.order_by("order").first().code == "MAT-ART"
    client.post(url("remove", 2, "REG-01", "materials", "MAT-ART"))
    assert not procedure.requirements.filter(code="MAT-ART").exists()
    client.post(url("remove", 2, "REG-01", "nodes", "N9"))
    assert procedure.nodes.filter(code="N9").exists()
    client.post(url("remove_procedure", 2, "REG-01"))
    assert not ServiceStandard.objects.get(version=2).procedures.exists()


def test_problems_lead_to_where_they_can_be_mended(cast: Cast, staff, procedure):
    drafts.remove_part(procedure.questions.get(code="submitted_by_agent"), by=cast.shen, now=NOW)
    client = staff(cast.shen)
    page = client.get(url("show", 2))
    assert [one["url"] for one in page.context["problems"]] == [url("change", 2, "REG-01", "materials", "MAT-AUTH")]
    assert client.get(page.context["problems"][0]["url"]).status_code == 200
    refused = client.post(url("publish", 2), {"effective_on": ""})
    assert refused.status_code == 422
    assert ServiceStandard.objects.get(version=2).state == StandardState.DRAFT


def test_publishing_says_what_changes(cast: Cast, staff, procedure):
    node = procedure.nodes.get(code="N2")
    drafts.change_part(node, {"amount": 2}, before={"amount": 3}, by=cast.shen, now=NOW)
    drafts.remove_part(procedure.requirements.get(code="MAT-ART"), by=cast.shen, now=NOW)
    client = staff(cast.shen)
    page = client.get(url("publish", 2)).content.decode()
    assert "3 个工作日 → 2 个工作日" in page
    english = client.get(url("publish", 2), headers={"accept-language": "en"}).context["changes"].procedures[0].lines
    assert len(english) == 3
    assert client.post(url("publish", 2), {"effective_on": ""}).url == url("show", 2)
    assert ServiceStandard.objects.get(version=2).state == StandardState.PUBLISHED
    assert client.get(url("compare", 2)).status_code == 200


def test_version_to_come_can_be_taken_back(cast: Cast, staff, draft):
    client = staff(cast.shen)
    client.post(url("publish", 2), {"effective_on": "2099-01-04"})
    assert ServiceStandard.objects.get(version=2).state == StandardState.SCHEDULED
    client.post(url("take_back", 2))
    assert ServiceStandard.objects.get(version=2).state == StandardState.DRAFT
    assert client.post(url("publish", 2), {"effective_on": "2020-01-04"}).status_code == 422


def test_note_is_kept_and_asked_when_changed_elsewhere(cast: Cast, staff, draft):
    client = staff(cast.shen)
    seen = client.get(url("show", 2)).context["form"].seen_json
    assert client.post(url("note", 2), {"note": "减材料", "seen": seen}).status_code == 302
    assert client.post(url("note", 2), {"note": "别的", "seen": seen}).status_code == 422
    assert ServiceStandard.objects.get(version=2).change_note == "减材料"
    assert json.loads(seen)


def test_published_meanwhile_nothing_is_changed(cast: Cast, staff, draft):
    versions.publish(draft, by=cast.shen, now=NOW)
    assert staff(cast.shen).post(url("move", 2, "REG-01", "materials", "MAT-REGF"), {"to": "later"}).status_code == 404
