"""Needs as services: who gets them, what their clock does, and what is told to whom."""

from datetime import timedelta

import pytest

from lifecycle.models import CaseNeed
from lifecycle.services import cases, tasks
from lifecycle.services.errors import CaseMoved
from lifecycle.services.needs import OtherEnterprise, tie_need
from park.deadlines.enums import ClockState
from park.deadlines.models import Clock
from park.events import consumers
from park.events.models import Event
from park.notices.models import Notice
from park.team.models import Specialist
from park.team.services import set_absent
from profiles import need_history
from profiles.enums import NeedSource, NeedState
from profiles.models import EnterpriseProfile, Need, NeedCategory
from profiles.services import needs
from tests.cast import NOW, USCC, Cast, at, pdf

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)


def raised(cast: Cast, code: str = "office_space", text: str = "需要 120 平方米办公室", **more) -> Need:
    category = NeedCategory.objects.get(code=code)
    given = {"enterprise": cast.enterprise, "source": NeedSource.PORTAL, "by": cast.chen, "now": NOW} | more
    return needs.raise_need(category=category, text=text, **given)


def kinds(need: Need) -> list[str]:
    events = Event.objects.filter(thread=need.thread, kind__startswith="need.").order_by("pk")
    return list(events.values_list("kind", flat=True))


def told(kind: str) -> set[str]:
    consumers.react()
    return set(Notice.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def test_categories_have_departments_of_the_park_and_are_brought_up_to_date(cast: Cast):
    assert NeedCategory.objects.count() >= 30
    assert not NeedCategory.objects.filter(department__is_partner=True).exists()
    assert set(NeedCategory.objects.values_list("answer_within", flat=True)) == {1}
    NeedCategory.objects.filter(code="digital_copyright").update(name_zh="旧名")
    needs.load_categories()
    assert NeedCategory.objects.get(code="digital_copyright").name_zh == "数字版权保护"


def test_need_gets_an_owner_and_a_clock_of_one_working_day(cast: Cast):
    need = raised(cast)
    assert need.owner in {cast.wang, cast.han}
    assert need.clock.due_at == at("2026-11-23 17:00")  # raised on a Friday
    assert (need.clock.responsible, need.clock.enterprise_path) == (need.owner, f"/file/needs/{need.pk}/")
    assert told("need.raised") == {need.owner.user.username}


def test_next_need_goes_to_the_colleague_with_fewer(cast: Cast):
    assert {raised(cast, text=text).owner for text in "一二"} == {cast.wang, cast.han}


def test_whoever_looks_after_the_enterprise_gets_its_needs(cast: Cast):
    EnterpriseProfile.objects.create(enterprise=cast.enterprise, specialist=cast.han, updated_at=NOW)
    assert [raised(cast, text=text).owner for text in "一二三"] == [cast.han] * 3
    assert raised(cast, "bank_loan").owner == cast.lu  # another department


def test_nobody_there_leaves_it_to_the_head_and_then_to_nobody(cast: Cast):
    for person in (cast.wang, cast.han):
        set_absent(specialist=person, first_on=NOW.date(), last_on=NOW.date(), by=cast.shen, now=NOW)
    assert raised(cast, text="一").owner == cast.qian
    Specialist.objects.update(is_active=False)
    need = raised(cast, text="二")
    assert need.owner is None
    assert need.clock.is_open
    consumers.react()
    assert Notice.objects.filter(kind="need.unassigned", path=f"/desk/needs/{need.pk}/").get().recipient == cast.shen


def test_same_need_sent_twice_is_one(cast: Cast):
    assert raised(cast) == raised(cast, now=LATER)
    assert Need.objects.count() == Clock.objects.filter(kind="need_response").count() == 1


def test_first_answer_stops_the_clock_and_the_second_is_a_word_more(cast: Cast):
    need = raised(cast)
    needs.answer_need(need, text="明天带您看房", by=need.owner.user, now=LATER)
    needs.answer_need(need, text="改到后天", by=need.owner.user, now=LATER + timedelta(hours=1))
    need.refresh_from_db()
    assert (need.state, need.answered_at, need.clock.state) == (NeedState.ANSWERED, LATER, ClockState.MET)
    assert kinds(need) == ["need.raised", "need.answered", "need.answered"]
    assert told("need.answered.portal") == {"chen", "li"}


def test_late_answer_is_late(cast: Cast):
    need = raised(cast)
    needs.answer_need(need, text="抱歉", by=need.owner.user, now=at("2026-11-24 09:00"))
    assert Clock.objects.get(pk=need.clock_id).state == ClockState.BREACHED_THEN_MET


def test_enterprise_writes_and_the_owner_hears(cast: Cast):
    need = raised(cast)
    needs.write_about_need(need, text="最好朝南", by=cast.li, now=LATER)
    assert told("need.said") == {need.owner.user.username}
    assert Clock.objects.get(pk=need.clock_id).is_open


def test_change_of_the_category_moves_it_to_that_department_and_keeps_its_date(cast: Cast):
    need = raised(cast)
    loan = NeedCategory.objects.get(code="bank_loan")
    changed = needs.change_need(need, category=loan, text="流动资金贷款", by=cast.chen, now=LATER)
    assert (changed.owner, changed.department.code) == (cast.lu, "DEP-ENT")
    clock = Clock.objects.get(pk=need.clock_id)
    assert (clock.responsible, clock.department, clock.due_at) == (cast.lu, changed.department, need.clock.due_at)
    entry = need_history.entries(changed, cast.li, LATER)[0]
    assert "需要 120 平方米办公室" in entry.text
    assert entry.who == "流动资金贷款"


def test_change_of_nothing_is_no_event(cast: Cast):
    need = raised(cast)
    needs.change_need(need, category=need.category, text=need.text, by=cast.chen, now=LATER)
    assert kinds(need) == ["need.raised"]


def test_hand_over_across_departments_is_not_told_to_the_enterprise(cast: Cast):
    need = raised(cast)
    held = needs.hand_over_need(need, to=cast.lu, note="与融资有关", by=need.owner.user, now=LATER)
    assert (held.owner, held.department) == (cast.lu, cast.lu.department)
    assert Clock.objects.get(pk=need.clock_id).responsible == cast.lu
    assert told("need.handed_over") == {"lu"}
    assert len(need_history.entries(held, cast.chen, LATER)) == 1
    assert len(need_history.entries(held, cast.lu.user, LATER)) == 2


def test_hand_over_to_a_partner_or_to_oneself_is_refused(cast: Cast):
    need = raised(cast)
    for to in (cast.gao, need.owner):
        with pytest.raises(needs.NotATaker):
            needs.hand_over_need(need, to=to, note="x", by=need.owner.user, now=LATER)
    assert kinds(need) == ["need.raised"]


def test_satisfied_need_says_by_what_and_stops_its_clock(cast: Cast):
    need = raised(cast)
    held = needs.satisfy_need(need, by_what="租赁合同 2026-18", by=need.owner.user, now=LATER)
    assert (held.state, held.satisfied_by, held.closed_at) == (NeedState.SATISFIED, "租赁合同 2026-18", LATER)
    assert Clock.objects.get(pk=need.clock_id).state == ClockState.MET
    assert told("need.satisfied.portal") == {"chen", "li"}


def test_clock_is_cancelled_when_the_enterprise_drops_a_need_and_judged_when_the_park_does(cast: Cast):
    mine, theirs = raised(cast, text="一"), raised(cast, text="二")
    needs.drop_need(mine, reason="", by=cast.chen, now=LATER)
    needs.drop_need(theirs, reason="已有同类需求", by=theirs.owner.user, now=LATER)
    states = [Clock.objects.get(pk=need.clock_id).state for need in (mine, theirs)]
    assert states == [ClockState.CANCELLED, ClockState.MET]
    assert told("need.dropped.portal") == {"chen", "li"}


def test_reopened_need_runs_on_a_new_clock(cast: Cast):
    need = raised(cast)
    closed = needs.satisfy_need(need, by_what="电话答复", by=need.owner.user, now=LATER)
    held = needs.reopen_need(closed, reason="房源已租出", by=cast.chen, now=at("2026-11-24 10:00"))
    assert (held.state, held.satisfied_by, held.answered_at) == (NeedState.OPEN, "", None)
    assert held.clock.due_at == at("2026-11-25 17:00")
    assert Clock.objects.filter(thread=need.thread).count() == 2
    assert told("need.reopened") == {need.owner.user.username}


@pytest.mark.parametrize("act", ["answer", "write", "change", "hand_over", "satisfy", "drop"])
def test_closed_need_stays_as_it_is(cast: Cast, act: str):
    need = raised(cast)
    needs.drop_need(need, reason="", by=cast.chen, now=LATER)
    before = Event.objects.count()
    acts = {
        "answer": lambda: needs.answer_need(need, text="x", by=cast.wang.user, now=LATER),
        "write": lambda: needs.write_about_need(need, text="x", by=cast.chen, now=LATER),
        "change": lambda: needs.change_need(need, category=need.category, text="x", by=cast.chen, now=LATER),
        "hand_over": lambda: needs.hand_over_need(need, to=cast.lu, note="x", by=cast.wang.user, now=LATER),
        "satisfy": lambda: needs.satisfy_need(need, by_what="x", by=cast.wang.user, now=LATER),
        "drop": lambda: needs.drop_need(need, reason="x", by=cast.chen, now=LATER),
    }
    with pytest.raises(needs.NeedMoved):
        acts[act]()
    assert Event.objects.count() == before


def test_open_need_is_not_opened_again(cast: Cast):
    need = raised(cast)
    with pytest.raises(needs.NeedMoved):
        needs.reopen_need(need, reason="x", by=cast.chen, now=LATER)
    assert kinds(need) == ["need.raised"]


def test_completed_case_satisfies_the_need_it_is_tied_to(cast: Cast):
    need = raised(cast, "registration_change", "设立公司")
    task = cast.at_result()
    tie_need(task.case, need, by=cast.wang.user, now=NOW)
    tie_need(task.case, need, by=cast.wang.user, now=NOW)
    assert CaseNeed.objects.count() == 1
    by = task.assignee.user
    licence = tasks.receive_licence(task, pdf("licence.pdf"), by=by, now=LATER)
    case = tasks.record_result(task, number=USCC, result_on=LATER.date(), document=licence, by=by, now=LATER)
    need.refresh_from_db()
    assert need.state == NeedState.SATISFIED
    assert case.reference in need.satisfied_by


def test_case_that_is_completed_already_satisfies_at_once(cast: Cast):
    case, need = cast.completed(), raised(cast)
    tie_need(case, need, by=cast.wang.user, now=LATER)
    need.refresh_from_db()
    assert need.state == NeedState.SATISFIED


def test_case_of_another_enterprise_or_a_withdrawn_one_is_not_tied(cast: Cast):
    case = cast.submitted()
    with pytest.raises(OtherEnterprise):
        tie_need(case, raised(cast, enterprise=cast.other, by=cast.zhao), by=cast.wang.user, now=LATER)
    cases.withdraw_case(case, by=cast.chen, now=LATER)
    with pytest.raises(CaseMoved):
        tie_need(case, raised(cast), by=cast.wang.user, now=LATER)
    assert not CaseNeed.objects.exists()
