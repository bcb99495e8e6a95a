"""Visits: planned for everybody by the portal itself, moved, handed over, called off, and reported once."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from park.accounts.models import Enterprise
from park.deadlines import selectors
from park.deadlines.enums import ClockState
from park.deadlines.models import Clock
from park.events.models import Event
from park.notices.models import Notice
from park.team.models import Absence, Specialist
from park.team.services import set_absent
from profiles import duties, itinerary
from profiles.enums import VisitKind, VisitManner, VisitState
from profiles.models import EnterpriseProfile, ProfileValue, Visit
from profiles.services import names, tags, visit_planning, visits
from profiles.services.values import Said
from profiles.services.visits import Refused, Report, VisitMoved
from tests.cast import NOW, Cast, at

pytestmark = pytest.mark.django_db
QUARTER = date(2026, 10, 1)
LATER = at("2026-12-22 16:00")


def crowd(count: int) -> None:
    Enterprise.objects.bulk_create(
        Enterprise(name_zh=f"众企 {n}", is_forming=True, approval="approved", created_at=NOW) for n in range(count)
    )


@pytest.fixture
def planned(cast: Cast) -> Visit:
    """The return visit of A in the running quarter."""
    visit_planning.plan_visits(NOW)
    return visit_of(cast)


def visit_of(cast: Cast, kind: str = VisitKind.RETURN) -> Visit:
    return Visit.objects.select_related("specialist__user", "clock", "enterprise").get(
        enterprise=cast.enterprise, kind=kind
    )


def report(**changed) -> Report:
    given = {
        "key": uuid4(),
        "held_on": NOW.date(),
        "manner": VisitManner.ON_SITE,
        "met": "陈予安",
        "text": "产线满负荷，春季要招人。",
    }
    return Report(**(given | changed))


def log(kind: str) -> int:
    return Event.objects.filter(kind=kind).count()


# -- planning --------------------------------------------------------------------------------------------------------------


def test_every_enterprise_has_each_visit_exactly_once(cast: Cast):
    crowd(40)
    assert visit_planning.plan_visits(NOW) == 2 * Enterprise.objects.count()
    found = Counter(Visit.objects.values_list("enterprise", "kind", "period"))
    assert set(found.values()) == {1}
    assert len(found) == 2 * Enterprise.objects.count()
    assert visit_planning.plan_visits(NOW + timedelta(minutes=1)) == 0
    calendar = selectors.calendar()
    days = list(Visit.objects.values_list("planned_on", flat=True))
    assert all(calendar.is_working(day) and NOW.date() < day for day in days)
    assert all(calendar.working_days_between(day, date(2026, 12, 31)) >= itinerary.KEPT_FREE for day in days)
    assert log("visit.planned") == len(days)


def test_visits_of_people_are_even_within_one(cast: Cast):
    crowd(50)
    visit_planning.plan_visits(NOW)
    loads = Counter(Visit.objects.values_list("specialist", flat=True))
    assert set(loads) == {cast.wang.pk, cast.han.pk, cast.lu.pk}
    annual = Visit.objects.filter(kind=VisitKind.ANNUAL).count()
    assert annual == Visit.objects.filter(kind=VisitKind.RETURN).count()
    by_day = Counter(Visit.objects.values_list("specialist", "planned_on"))
    assert max(by_day.values()) <= itinerary.MOST_A_DAY


def test_second_run_in_batches_changes_nothing(cast: Cast, monkeypatch):
    monkeypatch.setattr(visit_planning, "BATCH", 7)
    crowd(30)
    visit_planning.plan_visits(NOW)
    before = list(Visit.objects.order_by("pk").values())
    assert visit_planning.plan_visits(NOW) == 0
    assert list(Visit.objects.order_by("pk").values()) == before


def test_clock_runs_to_the_end_of_the_period(cast: Cast, planned: Visit):
    clock = planned.clock
    assert clock.due_at == at("2026-12-31 17:00")
    assert (clock.kind, clock.stage, clock.procedure) == ("return_visit", "operation", "VISIT")
    assert (clock.path, clock.enterprise_path) == (f"/desk/visits/{planned.pk}/", "")
    assert (clock.responsible, clock.department) == (planned.specialist, planned.specialist.department)
    assert clock.thread == planned.thread
    assert visit_of(cast, VisitKind.ANNUAL).clock.label_en == "Annual visit"
    assert log("clock.started") == Visit.objects.count()


def test_own_specialist_visits_and_who_visits_looks_after(cast: Cast):
    EnterpriseProfile.objects.update_or_create(
        enterprise=cast.enterprise, defaults={"specialist": cast.lu, "updated_at": NOW}
    )
    visit_planning.plan_visits(NOW)
    assert set(Visit.objects.filter(enterprise=cast.enterprise).values_list("specialist", flat=True)) == {cast.lu.pk}
    other = EnterpriseProfile.objects.get(enterprise=cast.other)
    assert other.specialist_id == Visit.objects.get(enterprise=cast.other, kind=VisitKind.RETURN).specialist_id
    assert Event.objects.filter(kind="file.entrusted", enterprise_id=cast.other.pk).count() == 1
    assert not Event.objects.filter(kind="file.entrusted", enterprise_id=cast.enterprise.pk).exists()


def test_days_of_absence_are_left_out(cast: Cast):
    crowd(60)
    for person in (cast.wang, cast.han, cast.lu):
        Absence.objects.create(specialist=person, first_on=date(2026, 11, 23), last_on=date(2026, 12, 4))
    visit_planning.plan_visits(NOW)
    assert min(Visit.objects.values_list("planned_on", flat=True)) > date(2026, 12, 4)


def test_pending_and_merged_enterprises_are_not_visited(cast: Cast):
    Enterprise.objects.create(name_zh="候批", is_forming=True, created_at=NOW)
    Enterprise.objects.create(
        name_zh="并入", is_forming=True, approval="approved", merged_into=cast.enterprise, created_at=NOW
    )
    visit_planning.plan_visits(NOW)
    assert set(Visit.objects.values_list("enterprise", flat=True)) == {cast.enterprise.pk, cast.other.pk}


def test_new_enterprise_is_added_and_late_in_the_quarter_put_into_the_next(cast: Cast):
    visit_planning.plan_visits(NOW)
    crowd(1)
    assert visit_planning.plan_visits(NOW + timedelta(days=1)) == 2
    Enterprise.objects.create(name_zh="晚到", is_forming=True, approval="approved", created_at=NOW)
    visit_planning.plan_visits(LATER)
    late = Visit.objects.filter(enterprise__name_zh="晚到")
    assert {visit.period for visit in late} == {date(2027, 1, 1)}
    assert Counter(Visit.objects.filter(period=date(2027, 1, 1)).values_list("kind", flat=True)) == {
        "return": 4,
        "annual": 4,
    }


def test_more_than_days_can_hold_fill_them_evenly_and_nobody_is_left_out(cast: Cast):
    Specialist.objects.exclude(pk=cast.wang.pk).update(is_active=False)
    crowd(100)
    visit_planning.plan_visits(at("2026-12-11 09:00"))
    assert set(Visit.objects.values_list("specialist", flat=True)) == {cast.wang.pk}
    loads = Counter(Visit.objects.values_list("planned_on", flat=True)).values()
    assert max(loads) > itinerary.MOST_A_DAY
    assert max(loads) - min(loads) <= 1


@pytest.fixture
def unvisited(cast: Cast) -> int:
    """Everybody's visits, planned while nobody visits; how many."""
    crowd(20)
    Specialist.objects.update(is_active=False)
    visit_planning.plan_visits(NOW)
    Specialist.objects.update(is_active=True)
    return Visit.objects.filter(specialist=None).count()


def test_visits_without_a_person_are_given_away_evenly_once_there_is_somebody(cast: Cast, unvisited: int):
    assert unvisited == Visit.objects.count() == 44
    assert visit_planning.give_away(NOW) == unvisited
    loads = Counter(Visit.objects.values_list("specialist", flat=True))
    assert set(loads) == {cast.wang.pk, cast.han.pk, cast.lu.pk}
    for visit in Visit.objects.select_related("clock", "specialist", "enterprise__profile"):
        assert (visit.clock.responsible_id, visit.clock.department_id) == (
            visit.specialist_id,
            visit.specialist.department_id,
        )
        assert visit.enterprise.profile.specialist_id == visit.specialist_id
        assert visit.planned_on > NOW.date()
    assert max(Counter(Visit.objects.values_list("specialist", "planned_on")).values()) <= itinerary.MOST_A_DAY
    assert log("visit.handed_over") == unvisited
    assert not Notice.objects.filter(kind="visit.nobody").exists()
    before = list(Visit.objects.order_by("pk").values())
    assert visit_planning.give_away(NOW + timedelta(minutes=1)) == 0
    assert list(Visit.objects.order_by("pk").values()) == before


def test_giving_away_many_takes_as_many_queries_as_giving_away_few(cast: Cast, unvisited: int, monkeypatch):
    taken = []
    for size in (8, 13):  # of 22, so that some are left each time
        monkeypatch.setattr(visit_planning, "BATCH", size)
        with CaptureQueriesContext(connection) as queries:
            assert visit_planning.give_away(NOW) == 2 * size  # of each kind
        taken.append(len(queries))
    assert taken[0] == taken[1]


def test_visits_are_given_away_in_batches_and_outside_of_absences(cast: Cast, unvisited: int, monkeypatch):
    monkeypatch.setattr(visit_planning, "BATCH", 15)
    Absence.objects.create(specialist=cast.wang, first_on=NOW.date(), last_on=date(2026, 12, 31))
    assert [visit_planning.give_away(NOW) for _ in range(3)] == [30, 14, 0]
    assert set(Visit.objects.values_list("specialist", flat=True)) == {cast.han.pk, cast.lu.pk}


def test_visits_after_the_last_days_are_given_away_within_the_grace(cast: Cast, unvisited: int):
    assert visit_planning.give_away(at("2026-12-31 18:00")) == unvisited
    assert all(date(2027, 1, 1) < day < date(2027, 1, 20) for day in Visit.objects.values_list("planned_on", flat=True))


def test_own_specialist_without_the_skill_gets_their_own_and_nobody_gets_the_others(cast: Cast, unvisited: int):
    EnterpriseProfile.objects.update_or_create(
        enterprise=cast.enterprise, defaults={"specialist": cast.qian, "updated_at": NOW}
    )
    Specialist.objects.exclude(pk=cast.qian.pk).update(is_active=False)
    assert visit_planning.give_away(NOW) == 2
    assert set(Visit.objects.filter(specialist=cast.qian).values_list("enterprise", flat=True)) == {cast.enterprise.pk}
    assert Visit.objects.filter(specialist=None).count() == unvisited - 2


def test_heads_are_told_once_a_period_how_many_visits_are_nobodys(cast: Cast, unvisited: int):
    Specialist.objects.update(is_active=False)
    head = cast.lu
    Specialist.objects.filter(pk=head.pk).update(is_active=True, is_head=True)
    head.skills.clear()
    for minute in range(3):
        assert visit_planning.give_away(NOW + timedelta(minutes=minute)) == 0
    told = Notice.objects.filter(kind="visit.nobody")
    assert Counter(told.values_list("recipient", flat=True)) == {head.user_id: 2}  # for the quarter, and for the year
    assert {notice.data["count"] for notice in told} == {22}
    assert {notice.data["period"] for notice in told} == {"2026-10-01", "2026-01-01"}


def test_leaders_are_told_where_a_department_has_no_head(cast: Cast, unvisited: int):
    Specialist.objects.update(is_active=False)
    visit_planning.give_away(NOW)
    assert set(Notice.objects.filter(kind="visit.nobody").values_list("recipient", flat=True)) == {cast.shen.pk}


def test_absence_with_everybody_full_makes_a_day_fuller(cast: Cast, planned: Visit, monkeypatch):
    monkeypatch.setattr(itinerary, "MOST_A_DAY", 0)
    Absence.objects.create(specialist=planned.specialist, first_on=date(2026, 11, 20), last_on=date(2027, 1, 31))
    visit_planning.mind_absences(NOW)
    before, planned = planned, Visit.objects.get(pk=planned.pk)
    assert planned.specialist_id not in {None, before.specialist_id}
    assert visit_planning.give_away(NOW) == 0


def test_duties_with_nothing_to_do_ask_little(cast: Cast, django_assert_max_num_queries):
    """However many enterprises there are; the first round does what is to be done."""
    crowd(50)
    for _ in range(2):
        duties.look_after(NOW)
    limits = {names.catch_up: 3, tags.end_expired: 3, tags.catch_up: 4, visit_planning.plan_visits: 3}
    for duty in duties.DUTIES:
        with django_assert_max_num_queries(limits.get(duty, 1)):
            assert duty(NOW) == 0


def test_lacking_visits_are_a_difference_of_sets(cast: Cast):
    """Its plan must not search a period once for each enterprise, whatever the database knows of the tables."""
    visit_planning.plan_visits(NOW)
    plan = visit_planning._lacking(VisitKind.RETURN, QUARTER)[:1].explain()
    assert "Except" in plan
    assert "SubPlan" not in plan and "Nested Loop" not in plan


def test_planning_takes_few_queries(cast: Cast, django_assert_max_num_queries):
    crowd(300)
    with django_assert_max_num_queries(70):
        visit_planning.plan_visits(NOW)
    with django_assert_max_num_queries(4):
        visit_planning.plan_visits(NOW)


# -- moving ----------------------------------------------------------------------------------------------------------------


def test_visit_is_planned_for_another_day(cast: Cast, planned: Visit):
    visits.reschedule(planned, day=date(2026, 12, 30), reason="企业盘点", by=cast.shen, now=NOW)
    assert (planned.planned_on, planned.revision) == (date(2026, 12, 30), 2)
    event = Event.objects.get(kind="visit.rescheduled")
    assert (event.thread, event.data["reason"], event.data["on"]) == (planned.thread, "企业盘点", "2026-12-30")
    assert Clock.objects.get(pk=planned.clock_id).due_at == at("2026-12-31 17:00")


@pytest.mark.parametrize("day", ["2026-11-19", "2026-11-28", "2027-01-29", "2026-09-30"])
def test_day_that_cannot_be_is_refused(cast: Cast, planned: Visit, day):
    with pytest.raises(Refused) as refused:
        visits.reschedule(planned, day=date.fromisoformat(day), reason="x", by=cast.shen, now=NOW)
    assert refused.value.field == "day"
    assert log("visit.rescheduled") == 0


def test_day_of_absence_is_refused(cast: Cast, planned: Visit):
    Absence.objects.create(specialist=planned.specialist, first_on=date(2026, 12, 7), last_on=date(2026, 12, 8))
    with pytest.raises(Refused) as refused:
        visits.reschedule(planned, day=date(2026, 12, 8), reason="x", by=cast.shen, now=NOW)
    assert refused.value.field == "day"


def test_absence_moves_the_visit_to_another_day_of_the_same_person(cast: Cast, planned: Visit):
    day, person = planned.planned_on, planned.specialist
    set_absent(specialist=person, first_on=day, last_on=day, by=cast.shen, now=NOW)
    assert visit_planning.mind_absences(NOW) == 1
    planned.refresh_from_db()
    assert planned.specialist == person
    assert planned.planned_on != day
    assert selectors.calendar().is_working(planned.planned_on)
    assert Event.objects.get(kind="visit.rescheduled").data["cause"] == "absent"
    assert visit_planning.mind_absences(NOW) == 0


def test_absence_to_the_end_of_the_period_gives_the_visit_to_the_substitute(cast: Cast, planned: Visit):
    away = {"first_on": date(2026, 11, 20), "last_on": date(2026, 12, 31)}
    person = planned.specialist
    substitute = cast.qian
    set_absent(specialist=person, substitute=substitute, by=cast.shen, now=NOW, **away)
    mine = Visit.objects.planned().filter(specialist=person).count()
    day = planned.planned_on
    assert visit_planning.mind_absences(NOW) == mine
    planned.refresh_from_db()
    assert (planned.specialist, planned.planned_on) == (substitute, day)
    assert Clock.objects.get(pk=planned.clock_id).responsible == substitute
    assert not Visit.objects.planned().filter(specialist=person).exists()


def test_absence_of_everybody_leaves_the_visit_to_the_head(cast: Cast, planned: Visit):
    for person in Specialist.objects.all():
        Absence.objects.create(specialist=person, first_on=date(2026, 11, 20), last_on=date(2027, 1, 31))
    visit_planning.mind_absences(NOW)
    planned.refresh_from_db()
    assert planned.specialist is None
    assert visit_planning.mind_absences(NOW) == 0


def test_visit_is_handed_over_with_its_clock(cast: Cast, planned: Visit):
    to = cast.lu if planned.specialist != cast.lu else cast.han
    visits.hand_over_visit(planned, to=to, reason="熟悉行业", by=cast.shen, now=NOW)
    clock = Clock.objects.get(pk=planned.clock_id)
    assert (clock.responsible, clock.department) == (to, to.department)
    assert log("visit.handed_over") == 1
    with pytest.raises(Refused):
        visits.hand_over_visit(planned, to=cast.gao, reason="x", by=cast.shen, now=NOW)


def test_visit_that_is_called_off_stops_its_clock_and_is_not_planned_again(cast: Cast, planned: Visit):
    visits.cancel_visit(planned, reason="已迁出", by=cast.shen, now=NOW)
    assert planned.state == VisitState.CANCELLED
    assert Clock.objects.get(pk=planned.clock_id).state == ClockState.CANCELLED
    assert visit_planning.plan_visits(NOW) == 0
    for act in (
        lambda: visits.cancel_visit(planned, reason="x", by=cast.shen, now=NOW),
        lambda: visits.reschedule(planned, day=date(2026, 12, 30), reason="x", by=cast.shen, now=NOW),
        lambda: visits.hand_over_visit(planned, to=cast.han, reason="x", by=cast.shen, now=NOW),
        lambda: visits.report_visit(planned, report(), by=cast.shen, now=NOW),
    ):
        with pytest.raises(VisitMoved):
            act()
    assert log("visit.cancelled") == 1


def test_visits_of_a_merged_file_are_called_off(cast: Cast, planned: Visit):
    Enterprise.objects.filter(pk=cast.enterprise.pk).update(merged_into=cast.other)
    assert visit_planning.call_off_merged(NOW) == 2
    assert visit_planning.call_off_merged(NOW) == 0


# -- reporting -------------------------------------------------------------------------------------------------------------


def test_report_ends_the_visit_and_updates_the_file(cast: Cast, planned: Visit):
    said = [Said("revenue", Decimal(32_000_000), 2025), Said("headcount", Decimal(84), 2025)]
    held = visits.report_visit(planned, report(said=said), by=cast.wang.user, now=NOW)
    assert (held.state, held.reported_by, held.met) == (VisitState.HELD, cast.wang.user, "陈予安")
    assert Clock.objects.get(pk=held.clock_id).state == ClockState.MET
    found = ProfileValue.objects.get(enterprise=cast.enterprise, item="revenue", year=2025)
    assert (found.source, found.number, found.said_by) == ("visit", 32_000_000, cast.wang.user)
    assert log("visit.held") == 1


def test_report_that_is_sent_twice_is_one_report(cast: Cast, planned: Visit):
    once = report(said=[Said("headcount", Decimal(84), 2025)])
    visits.report_visit(planned, once, by=cast.wang.user, now=NOW)
    again = visits.report_visit(planned, once, by=cast.wang.user, now=NOW + timedelta(minutes=9))
    assert again.reported_at == NOW
    assert log("visit.held") == 1
    assert ProfileValue.objects.filter(item="headcount").count() == 1
    with pytest.raises(VisitMoved):
        visits.report_visit(planned, report(), by=cast.han.user, now=NOW)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"held_on": date(2026, 11, 21)}, "held_on"),
        ({"held_on": date(2026, 9, 30)}, "held_on"),
        ({"text": "  "}, "text"),
        ({"met": ""}, "met"),
    ],
)
def test_report_that_cannot_be_is_refused_and_nothing_is_written(cast: Cast, planned: Visit, wrong, field):
    said = [Said("headcount", Decimal(84), 2025)]
    with pytest.raises(Refused) as refused:
        visits.report_visit(planned, report(said=said, **wrong), by=cast.wang.user, now=NOW)
    assert refused.value.field == field
    planned.refresh_from_db()
    assert planned.state == VisitState.PLANNED
    assert not ProfileValue.objects.filter(item="headcount").exists()


def test_late_visit_counts_within_the_grace_and_its_clock_says_so(cast: Cast, planned: Visit):
    held = visits.report_visit(planned, report(held_on=date(2027, 1, 8)), by=cast.wang.user, now=at("2027-01-08 16:00"))
    assert Clock.objects.get(pk=held.clock_id).state == ClockState.BREACHED_THEN_MET


def test_visit_held_in_time_and_reported_after_the_period_is_late(cast: Cast, planned: Visit):
    held = visits.report_visit(
        planned, report(held_on=date(2026, 12, 30)), by=cast.wang.user, now=at("2027-01-08 16:00")
    )
    clock = Clock.objects.get(pk=held.clock_id)
    assert held.held_on == date(2026, 12, 30)
    assert (clock.state, clock.stopped_at) == (ClockState.BREACHED_THEN_MET, at("2027-01-08 16:00"))


def test_visit_after_the_grace_is_refused(cast: Cast, planned: Visit):
    with pytest.raises(Refused):
        visits.report_visit(planned, report(held_on=date(2027, 2, 8)), by=cast.wang.user, now=at("2027-02-08 16:00"))
