"""Writers into a file while it is merged into another."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from lifecycle.services.cases import begin_case
from lifecycle.services.holding import hold_case
from park.accounts import services as accounts
from park.accounts.models import Enterprise
from park.events.models import Event
from profiles.enums import Direction, NameKind, NeedSource, ValueSource, VisitKind, VisitManner, VisitState
from profiles.models import (
    Contact,
    EnterpriseName,
    EnterpriseProfile,
    FactSheet,
    Need,
    NeedCategory,
    ProfileValue,
    SearchKey,
    SupplyItem,
    Tag,
    TagRule,
    Visit,
)
from profiles.services import names, profile, tags, visit_planning, visits
from profiles.services.documents import take_upload
from profiles.services.merging import CannotMerge, merge_enterprises, relations
from profiles.services.needs import answer_need, raise_need
from profiles.services.referral import record_referral
from profiles.services.supply import add_item, end_item, propose_introduction
from profiles.services.tags import Paper
from profiles.services.values import Said, accept_value, record_values
from profiles.services.visits import Report
from tests.cast import NOW, PDF, Cast, pdf
from tests.races.threads import PATIENCE_SECONDS, Holder, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_is_written_while_two_files_become_one_is_in_the_kept_one(cast: Cast):
    kept, category = cast.enterprise, NeedCategory.objects.filter(is_active=True).first()
    gone, _founder = accounts.sign_up_enterprise(user=cast.zhao, name_zh="瀛沐生物科技（上海）", uscc=None, now=NOW)
    accounts.decide_enterprise(enterprise=gone, approve=True, by=cast.shen, now=NOW)
    sources = [ValueSource.DOCUMENT, ValueSource.VISIT, ValueSource.REGISTRY, ValueSource.ENTERPRISE]
    rows = [
        record_values((kept, gone)[n % 2], [Said("revenue", n, 2025)], source=source, by=cast.shen, now=NOW)[0]
        for n, source in enumerate(sources)
    ]

    def act(n: int) -> object:
        if n == 3:
            return merge_enterprises(kept, gone, by=cast.shen, now=NOW, reason="同一营业执照")
        if n == 5:
            return record_values(gone, [Said("headcount", 9, 2025)], source=ValueSource.VISIT, by=cast.shen, now=NOW)
        if n == 6:
            source = NeedSource.PORTAL
            return raise_need(enterprise=gone, category=category, text="要电", source=source, by=cast.zhao, now=NOW)
        return accept_value(rows[n % 4], by=cast.shen, now=NOW)

    outcomes = at_once(act, times=9, threads=9)
    assert not [one for one in outcomes if isinstance(one, Exception)]
    assert not ProfileValue.objects.filter(enterprise=gone).exists()
    assert Need.objects.get().enterprise_id == kept.pk
    counting = ProfileValue.objects.get(item="revenue", is_accepted=True)
    sheet = FactSheet.objects.get(enterprise=kept)
    assert (sheet.revenue_cny, sheet.headcount) == (counting.number, 9)


# -- a merge between the fetch of a view and the write of a service ---------------------------------------------------------


@dataclass
class Two:
    """Two files of one enterprise, and what views have fetched of the one that goes."""

    cast: Cast
    kept: Enterprise
    gone: Enterprise
    want: SupplyItem
    tag: Tag
    contact: Contact
    need: Need

    def merge(self) -> None:
        merge_enterprises(self.kept, self.gone, by=self.cast.shen, now=NOW, reason="同一营业执照")


@pytest.fixture
def two(cast: Cast) -> Two:
    gone, _founder = accounts.sign_up_enterprise(user=cast.zhao, name_zh="瀛沐生物科技（上海）", uscc=None, now=NOW)
    accounts.decide_enterprise(enterprise=gone, approve=True, by=cast.shen, now=NOW)
    who: dict[str, Any] = {"by": cast.shen, "now": NOW}
    want = add_item(enterprise=gone, direction=Direction.BUYS, industry_code="27", text="培养基", **who)
    hand = {"reason": "走访所见", "expires_on": NOW.date()}
    tag = tags.give_by_hand(gone, TagRule.objects.get(code="micro"), **hand, **who)
    contact = profile.add_contact(gone, name="何一", **who)
    need = raise_need(
        enterprise=gone, category=NeedCategory.objects.first(), text="要电", source=NeedSource.VISIT, **who
    )
    return Two(cast, cast.enterprise, gone, want, tag, contact, need)


def _paper() -> Paper:
    return Paper("证书.pdf", "application/pdf", pdf("证书.pdf", PDF).file)


def _offer(two: Two) -> SupplyItem:
    who: dict[str, Any] = {"by": two.cast.shen, "now": NOW}
    return add_item(enterprise=two.cast.other, direction=Direction.MAKES, industry_code="27", text="培养基", **who)


ACTS: dict[str, Callable[[Two, dict[str, Any]], object]] = {
    "confirm": lambda two, who: profile.confirm_file(two.gone, **who),
    "describe": lambda two, who: profile.describe_enterprise(two.gone, address="北沿公路", **who),
    "entrust": lambda two, who: profile.entrust(two.gone, two.cast.wang, **who),
    "key": lambda two, who: profile.name_key_enterprise(two.gone, is_key=True, reason="龙头", **who),
    "contact": lambda two, who: profile.add_contact(two.gone, name="何二", **who),
    "end contact": lambda two, who: profile.end_contact(two.contact, **who),
    "head": lambda two, who: profile.keep_heads({two.gone.pk: {"address": "北沿公路"}}, **who),
    "remember": lambda two, who: profile.remember(two.gone, address="北沿公路", **who),
    "rename": lambda two, who: names.rename_enterprise(
        two.gone, name_zh="瀛沐生物", name_en="", since=NOW.date(), **who
    ),
    "former name": lambda two, who: names.add_former_name(two.gone, text="瀛沐小厂", until=None, **who),
    "supply": lambda two, who: add_item(
        enterprise=two.gone, direction=Direction.MAKES, industry_code="27", text="微藻", **who
    ),
    "end supply": lambda two, who: end_item(two.want, **who),
    "introduction": lambda two, who: propose_introduction(
        want=two.want, offer=_offer(two), by=two.cast.wang.user, now=NOW
    ),
    "evidence": lambda two, who: take_upload(two.gone, pdf("执照.pdf", PDF), ["pdf"], kind="evidence", **who),
    "certificate": lambda two, who: tags.give_certificate(
        two.gone, TagRule.objects.get(code="hnte"), number="1", expires_on=None, paper=_paper(), **who
    ),
    "by hand": lambda two, who: tags.give_by_hand(
        two.gone, TagRule.objects.get(code="small"), reason="走访所见", expires_on=NOW.date(), **who
    ),
    "end tag": lambda two, who: tags.end_tag(two.tag, reason="填错", **who),
    "answer": lambda two, who: answer_need(two.need, text="已联系供电", **who),
    "referral": lambda two, who: record_referral(two.gone, referrer=two.cast.other.name_zh, **who),
    "referrer": lambda two, who: record_referral(two.cast.other, referrer="瀛沐生物科技（上海）", **who),
}


def nothing_is_in_the_file_that_went(two: Two, after: int) -> None:
    for key in relations():
        assert not key.model._base_manager.filter(**{key.name: two.gone.pk}).exists(), key
    written = Event.objects.filter(pk__gt=after)
    assert not written.filter(enterprise_id=two.gone.pk).exists()
    assert not SearchKey.objects.filter(enterprise=two.gone).exists()


@pytest.mark.parametrize("name", ACTS)
def test_a_merge_before_the_write_of_what_was_fetched(two: Two, name: str):
    two.merge()
    last = Event.objects.latest("pk").pk
    ACTS[name](two, {"by": two.cast.shen, "now": NOW})
    nothing_is_in_the_file_that_went(two, last)
    if name != "evidence":
        ours = [two.cast.other.pk] if name == "referrer" else [two.kept.pk, two.cast.other.pk]
        assert Event.objects.filter(pk__gt=last, enterprise_id__in=ours).exists() or name == "remember"
    if name in {"describe", "head", "remember"}:
        assert EnterpriseProfile.objects.get(enterprise=two.kept).address == "北沿公路"


@pytest.mark.parametrize("name", ACTS)
def test_a_merge_that_is_under_way_is_waited_for(two: Two, name: str):
    with ThreadPoolExecutor(1) as pool:
        with Holder(two.merge):
            last = Event.objects.latest("pk").pk  # the events of the merge come after it
            written = pool.submit(_act, two, name)
            with pytest.raises(TimeoutError):
                written.result(0.3)
        written.result(PATIENCE_SECONDS)
    merge = Event.objects.filter(kind="enterprise.merged").get().pk
    assert merge > last
    nothing_is_in_the_file_that_went(two, merge)


def _act(two: Two, name: str) -> None:
    try:
        ACTS[name](two, {"by": two.cast.shen, "now": NOW})
    finally:
        connection.close()


def test_a_name_given_to_the_file_that_went_is_the_name_of_the_kept(two: Two):
    two.merge()
    before = Enterprise.objects.get(pk=two.kept.pk)
    ACTS["rename"](two, {"by": two.cast.shen, "now": NOW})
    after = Enterprise.objects.get(pk=two.kept.pk)
    assert (after.name_zh, after.name_en) == ("瀛沐生物", before.name_en)
    assert Enterprise.objects.get(pk=two.gone.pk).name_zh == "瀛沐生物科技（上海）"
    assert EnterpriseName.objects.filter(enterprise=two.kept, kind=NameKind.FORMER, text=before.name_zh).exists()


def test_a_report_is_that_of_the_kept_files_visit(two: Two):
    visit_planning.plan_visits(NOW)
    visit = Visit.objects.get(enterprise=two.gone, kind=VisitKind.RETURN)
    two.merge()
    report = Report(uuid4(), NOW.date(), VisitManner.PHONE, "何一", "春季要招人。", [Said("headcount", 12, 2025)])
    held = visits.report_visit(visit, report, by=two.cast.wang.user, now=NOW)
    assert (held.enterprise_id, held.state, held.report) == (two.kept.pk, VisitState.HELD, "春季要招人。")
    assert ProfileValue.objects.get(item="headcount").enterprise_id == two.kept.pk
    assert not Visit.objects.filter(enterprise=two.gone).exists()


def test_visits_are_planned_and_given_for_the_kept_file_while_two_become_one(two: Two):
    def act(number: int) -> object:
        if number == 2:
            return two.merge()
        return (visit_planning.plan_visits, visit_planning.give_away)[number % 2](NOW)

    outcomes = at_once(act, times=6, threads=6)
    assert not [one for one in outcomes if isinstance(one, Exception)]
    visit_planning.call_off_merged(NOW)
    assert not Visit.objects.planned().filter(enterprise=two.gone).exists()
    assert not EnterpriseProfile.objects.filter(enterprise=two.gone).exists()
    assert Visit.objects.planned().filter(enterprise=two.kept).count() == 2


def test_a_merge_gives_way_to_whoever_holds_a_case_of_the_file(two: Two, cast: Cast):
    case = begin_case(enterprise=two.gone, procedure=cast.procedure, by=cast.zhao, now=NOW)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            hold_case(case)
            merge = pool.submit(_merge, two)
            sleep(0.2)  # the merge holds both files by now and waits for the case
            profile.remember(two.gone, address="北沿公路", by=cast.zhao, now=NOW)
        with pytest.raises(CannotMerge):
            merge.result(PATIENCE_SECONDS)
    assert EnterpriseProfile.objects.get(enterprise=two.gone).address == "北沿公路"
    assert not Event.objects.filter(kind="enterprise.merged").exists()
    two.merge()
    case.refresh_from_db()
    assert case.enterprise_id == two.kept.pk


def _merge(two: Two) -> None:
    try:
        two.merge()
    finally:
        connection.close()
