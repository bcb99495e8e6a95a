"""Who recommended the park to whom, and how much of what came that was."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from park.accounts.enums import Approval
from park.accounts.models import Enterprise
from park.events.models import Event
from profiles.models import EnterpriseName, Referral
from profiles.selectors.referral import referral_rate, referral_rates
from profiles.services.referral import record_referral
from tests.api.callers import Caller
from tests.cast import NOW, USCC, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db
A_NAME = "上海瀛沐生物科技有限公司"


@pytest.mark.parametrize("said", [A_NAME, f"  {A_NAME} ", USCC, USCC.lower(), "Yingmu Biotech", "瀛沐旧名有限公司"])
def test_exact_name_or_code_of_an_enterprise_is_linked(cast: Cast, said: str):
    Enterprise.objects.filter(pk=cast.enterprise.pk).update(uscc=USCC, name_en="Yingmu Biotech")
    EnterpriseName.objects.create(enterprise=cast.enterprise, kind="former", text="瀛沐旧名有限公司")
    kept = record_referral(cast.other, referrer=said, by=cast.zhao, now=NOW)
    assert (kept.referrer, kept.referrer_name) == (cast.enterprise, "")


@pytest.mark.parametrize("said", ["瀛沐", "上海瀛沐生物", "上海东滩新能装备有限公司", "一位朋友"])
def test_anything_else_is_kept_as_words(cast: Cast, said: str):
    kept = record_referral(cast.other, referrer=said, by=cast.zhao, now=NOW)
    assert (kept.referrer, kept.referrer_name) == (None, said)


def test_two_of_one_name_unapproved_and_merged_are_not_linked(cast: Cast):
    second = Enterprise.objects.create(name_zh=A_NAME, is_forming=True, approval=Approval.APPROVED, created_at=NOW)
    assert record_referral(cast.other, referrer=A_NAME, by=cast.zhao, now=NOW).referrer is None
    Enterprise.objects.filter(pk=second.pk).update(approval=Approval.PENDING)
    assert record_referral(cast.other, referrer=A_NAME, by=cast.zhao, now=NOW).referrer == cast.enterprise
    Enterprise.objects.filter(pk=cast.enterprise.pk).update(merged_into=second)
    assert record_referral(cast.other, referrer=A_NAME, by=cast.zhao, now=NOW).referrer is None
    assert Referral.objects.count() == 1


def test_nothing_said_is_nothing_kept(cast: Cast):
    with pytest.raises(ValueError, match="who"):
        record_referral(cast.other, referrer="  ", by=cast.zhao, now=NOW)
    assert not Referral.objects.exists() and not Event.objects.filter(kind__startswith="referral.").exists()


def test_what_the_enterprise_may_read_of_the_log_does_not_tell_who_is_in_the_park(cast: Cast):
    record_referral(cast.other, referrer=A_NAME, by=cast.zhao, now=NOW)
    linked = Event.objects.get(kind="referral.recorded")
    record_referral(cast.other, referrer="一位朋友", by=cast.zhao, now=NOW)
    told = list(Event.objects.filter(kind="referral.recorded"))
    assert [event.data for event in told] == [{}, {}] and linked.thread == f"file:{cast.other.pk}"
    hidden = Event.objects.filter(kind="referral.read")
    assert [event.is_internal for event in hidden] == [True, True]
    assert [event.data["referrer"] for event in hidden.order_by("pk")] == [cast.enterprise.pk, None]


def test_rate_is_the_share_of_those_who_came_in_the_period(cast: Cast):
    record_referral(cast.other, referrer=A_NAME, by=cast.zhao, now=NOW)
    record_referral(cast.enterprise, referrer="一位朋友", by=cast.chen, now=NOW)
    early = datetime(2024, 12, 31, 17, tzinfo=UTC)  # January 1 in the park
    Enterprise.objects.create(name_zh="旧企", is_forming=True, approval=Approval.APPROVED, created_at=early)
    Enterprise.objects.create(name_zh="未批", is_forming=True, approval=Approval.PENDING, created_at=NOW)
    rates = [(rate.year, rate.came, rate.recommended, rate.percent) for rate in referral_rates()]
    assert rates == [(2026, 2, 1, 50.0), (2025, 1, 0, 0.0)]
    assert referral_rate(early, NOW).came == 1
    assert referral_rate(early, datetime(2027, 1, 1, tzinfo=UTC)).percent == 33.3
    assert referral_rate(NOW.replace(year=2030), NOW.replace(year=2031)).percent is None


def test_enterprise_gets_the_same_page_whomever_it_names(client, cast: Cast):
    client.force_login(cast.zhao)
    give_second_factor(cast.zhao)
    pages = []
    for said in (A_NAME, "某某有限公司"):
        answer = client.post(reverse("referral:mine"), {"referrer": said}, follow=True)
        pages.append(answer.content.decode())
        assert "瀛沐" not in pages[-1]
    strip = [page.replace(page[page.find("csrfmiddlewaretoken") :][:120], "") for page in pages]
    assert len(strip[0]) == len(strip[1])
    assert client.post(reverse("referral:mine"), {"referrer": " "}).status_code == 422
    client.force_login(cast.wang.user)
    give_second_factor(cast.wang.user)
    assert client.get(reverse("referral:mine")).status_code == 403


def test_park_records_and_reads(client, cast: Cast):
    give_second_factor(cast.wang.user)
    client.force_login(cast.wang.user)
    url = reverse("referrals:company", args=[cast.other.pk])
    assert client.post(url, {"referrer": ""}).status_code == 422
    page = client.post(url, {"referrer": A_NAME}, follow=True)
    assert A_NAME in page.content.decode()
    listed = client.get(reverse("referrals:list"))
    assert listed.context["rows"][0].referrer == cast.enterprise and "50.0 %" in listed.content.decode()


def test_api_is_for_the_park(cast: Cast):
    caller = Caller(cast.wang.user)
    body = {"enterprise": cast.other.pk, "referrer": A_NAME}
    made = caller.post("/referrals/", body, status=201)
    assert made["referrer"] == cast.enterprise.pk
    assert caller.get("/referrals/")["results"] == [made]
    assert caller.get("/referrals/rates/")[0]["percent"] == 50.0
    caller.post("/referrals/", {"enterprise": 10**9, "referrer": "x"}, status=404)
    assert list(caller.post("/referrals/", {"enterprise": cast.other.pk}, status=400)["errors"]) == ["referrer"]
    for stranger in (cast.zhao, cast.gao.user, cast.auditor):
        Caller(stranger).get("/referrals/", status=403)
        Caller(stranger).post("/referrals/", body, status=403)
