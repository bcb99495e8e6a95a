"""Pages of tags: who sees them, a rule tried out and saved, tags given and ended."""

import pytest
from django.urls import reverse

from park.accounts.models import User
from profiles.enums import ValueSource
from profiles.models import Tag, TagRule
from profiles.services.values import Said, record_values
from tests.cast import NOW, PDF, Cast, pdf
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    def sign_in(user: User):
        give_second_factor(user)
        client.force_login(user)
        return client

    return sign_in


def url(name: str, *args) -> str:
    return reverse(f"tags:{name}", args=args)


def open_codes(cast: Cast) -> list[str]:
    return sorted(Tag.objects.open().filter(enterprise=cast.enterprise).values_list("rule__code", flat=True))


def say(enterprise, **values):
    said = [Said(item, value) for item, value in values.items()]
    record_values(enterprise, said, source=ValueSource.VISIT, by=None, now=NOW)


RULE = {
    "criterion.how": "all",
    "criterion.n": "1",
    "criterion.0.how": "leaf",
    "criterion.0.fact": "sme_size",
    "criterion.0.op": "in",
    "criterion.0.value": ["small", "medium"],
    "is_active": "on",
}


@pytest.mark.parametrize("name", ["list", "show"])
def test_tags_are_read_by_the_parks_people(client, staff, cast, name):
    address = url(name, *(["micro"] if name == "show" else []))
    assert client.get(address).status_code == 302
    for user, status in [(cast.chen, 403), (cast.auditor, 403), (cast.gao.user, 403), (cast.wang.user, 200)]:
        assert staff(user).get(address).status_code == status
    assert staff(cast.admin).get(address).status_code == 200
    assert staff(cast.shen).get(url("show", "no-such")).status_code == 404


def test_the_list_counts_who_has_a_tag(staff, cast):
    say(cast.enterprise, sme_size="micro")
    page = staff(cast.wang.user).get(url("list"))
    held = {rule.code: rule.held for _label, rules in page.context["groups"] for rule, _words in rules}
    assert (held["micro"], held["small"]) == (1, 0)


def test_who_has_a_tag_is_for_those_who_may_see_files(staff, cast):
    say(cast.enterprise, sme_size="micro")
    assert "瀛沐" in staff(cast.wang.user).get(url("show", "micro")).content.decode()
    assert "瀛沐" not in staff(cast.admin).get(url("show", "micro")).content.decode()


def test_a_rule_is_changed_by_leaders_alone(staff, cast):
    for user in (cast.wang.user, cast.gao.user, cast.chen, cast.auditor):
        assert staff(user).post(url("edit", "micro"), RULE | {"save": "1"}).status_code == 403
    assert TagRule.objects.get(code="micro").criterion["value"] == "micro"
    assert staff(cast.shen).get(url("edit", "micro")).status_code == 200


def test_a_rule_is_tried_out_and_then_saved(staff, cast):
    say(cast.enterprise, sme_size="micro")
    say(cast.other, sme_size="small")
    client = staff(cast.shen)
    page = client.post(url("edit", "micro"), RULE)
    assert (page.context["preview"].gain, page.context["preview"].lose) == (1, 1)
    assert [one.pk for one in page.context["gaining"]] == [cast.other.pk]
    assert open_codes(cast) == ["micro"]
    answer = client.post(url("edit", "micro"), RULE | {"save": "1"})
    assert answer.status_code == 302
    assert open_codes(cast) == []
    assert TagRule.objects.get(code="micro").criterion["value"] == ["small", "medium"]


def test_building_a_rule_saves_nothing(staff, cast):
    page = staff(cast.shen).post(
        url("edit", "micro"), RULE | {"save": "1", "criterion.do": "add:criterion", "criterion.new": "credit_ok"}
    )
    assert page.status_code == 200
    assert "criterion.1.fact" in page.content.decode()
    assert TagRule.objects.get(code="micro").criterion["value"] == "micro"


def test_a_wrong_rule_is_shown_again(staff, cast):
    client = staff(cast.shen)
    page = client.post(url("edit", "micro"), {**RULE, "criterion.0.value": [], "save": "1"})
    assert page.status_code == 422
    circle = {
        **RULE,
        "criterion.0.fact": "has_tag",
        "criterion.0.op": "contains_any",
        "criterion.0.value": ["mature"],
        "save": "1",
    }
    page = client.post(url("edit", "growing"), circle)
    assert page.status_code == 422
    assert "成熟期" in page.content.decode()


def test_tags_of_an_enterprise_with_their_evidence(staff, cast):
    say(cast.enterprise, industry_code="2710")
    page = staff(cast.wang.user).get(url("of_enterprise", cast.enterprise.pk)).content.decode()
    assert "生物医药" in page
    assert "医药制造业" in page
    assert staff(cast.gao.user).get(url("of_enterprise", cast.enterprise.pk)).status_code == 403


def test_a_certificate_is_given_with_its_paper(staff, cast):
    client = staff(cast.wang.user)
    given = {"rule": "hnte", "number": "GR2026", "expires_on": "2099-12-31", "document": pdf("证书.pdf", PDF)}
    answer = client.post(url("certificate", cast.enterprise.pk), given)
    assert answer.status_code == 302
    tag = Tag.objects.get(rule__code="hnte")
    assert (tag.number, tag.document.file_name, tag.by) == ("GR2026", "证书.pdf", cast.wang.user)
    assert "GR2026" in client.get(url("of_enterprise", cast.enterprise.pk)).content.decode()


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("certificate", {"number": ""}),
        ("certificate", {"expires_on": "2020-01-01"}),
        ("certificate", {"rule": "no_such"}),
        ("by_hand", {"reason": " "}),
        ("by_hand", {"expires_on": ""}),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_given(staff, cast, name, changed):
    given = {"rule": "hnte", "number": "1", "reason": "走访", "expires_on": "2099-12-31"} | changed
    page = staff(cast.wang.user).post(url(name, cast.enterprise.pk), given)
    assert page.status_code == 422
    assert not Tag.objects.exists()


def test_a_paper_that_is_none_is_refused(staff, cast):
    given = {"rule": "hnte", "number": "1", "document": pdf("a.pdf", b"<html>")}
    assert staff(cast.wang.user).post(url("certificate", cast.enterprise.pk), given).status_code == 422
    assert not Tag.objects.exists()


def test_a_tag_by_hand_is_given_and_ended(staff, cast):
    client = staff(cast.wang.user)
    client.post(url("by_hand", cast.enterprise.pk), {"rule": "micro", "reason": "走访所见", "expires_on": "2099-12-31"})
    assert open_codes(cast) == ["micro"]
    address = url("end", cast.enterprise.pk, "micro", "manual")
    assert client.get(address).status_code == 200
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "填错"}).status_code == 302
    assert open_codes(cast) == []
    assert client.get(address).status_code == 404
    assert "填错" in client.get(url("of_enterprise", cast.enterprise.pk)).content.decode()


def test_a_tag_by_rule_is_not_ended_by_hand(staff, cast):
    say(cast.enterprise, sme_size="micro")
    answer = staff(cast.wang.user).post(url("end", cast.enterprise.pk, "micro", "rule"), {"reason": "x"})
    assert answer.status_code == 422
    assert open_codes(cast) == ["micro"]


def test_an_enterprise_sees_its_own_tags_alone(client, cast):
    say(cast.enterprise, sme_size="micro")
    say(cast.other, industry_code="2710")
    client.force_login(cast.li)
    page = client.get(reverse("file_tags:own")).content.decode()
    assert "微型企业" in page
    assert "生物医药" not in page
