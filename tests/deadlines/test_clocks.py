"""The doors of a clock: start, pause, resume, stop, cancel, hand over."""

import pytest
from django.db import IntegrityError, transaction

from park.deadlines import services
from park.deadlines.enums import ClockState, PauseReason, Source
from park.deadlines.models import Clock, Pause, Rung
from park.deadlines.selectors import clock_view
from park.deadlines.services import ClockMoved
from park.deadlines.sweep import sweep
from park.deadlines.workdays import OutsideCalendar
from park.events.models import Event
from park.notices.models import Notice
from tests.cast import NOW, Cast, at
from tests.deadlines.clocks import start

pytestmark = pytest.mark.django_db

WAITING = PauseReason.AWAIT_SUPPLEMENT
DUE = at("2026-11-25 17:00")


def pause(clock: Clock, when: str) -> Pause:
    return services.pause(clock, reason=WAITING, by=None, now=at(when))


def resume(clock: Clock, when: str) -> None:
    services.resume(clock, by=None, now=at(when))


def kinds(clock: Clock) -> list[str]:
    return list(
        Event.objects.filter(subject_type="deadlines.clock", subject_id=str(clock.pk))
        .order_by("pk")
        .values_list("kind", flat=True)
    )


def test_start_stores_the_due_instant_and_the_ladder(cast: Cast) -> None:
    clock = start(cast)
    assert clock.due_at == clock.first_due_at == DUE
    assert clock.ladder_at == [
        at("2026-11-24 09:00"),
        at("2026-11-25 09:00"),
        None,
        DUE,
        at("2026-11-26 09:00"),
        at("2026-11-30 09:00"),
    ]
    assert (clock.next_rung, clock.next_rung_at) == (1, at("2026-11-24 09:00"))
    assert clock.amber_at == at("2026-11-24 09:00")
    assert (clock.state, clock.revision, clock.is_provisional) == (ClockState.RUNNING, 1, False)
    assert kinds(clock) == ["clock.started"]


def test_start_in_a_year_without_its_notice_is_provisional(cast: Cast) -> None:
    assert start(cast, 15, now=at("2026-12-25 10:00")).is_provisional


def test_start_beyond_the_calendar_writes_nothing(cast: Cast) -> None:
    with pytest.raises(OutsideCalendar):
        start(cast, 32000)
    assert not Clock.objects.exists()
    assert not Event.objects.filter(kind="clock.started").exists()


def test_pause_stops_the_ladder_and_leaves_the_date(cast: Cast) -> None:
    clock = start(cast)
    stretch = pause(clock, "2026-11-23 10:00")
    assert (clock.state, clock.next_rung, clock.next_rung_at, clock.due_at) == (ClockState.PAUSED, None, None, DUE)
    assert (stretch.reason, stretch.ended_at) == (WAITING, None)
    assert kinds(clock) == ["clock.started", "clock.paused"]


def test_pause_of_a_paused_clock_is_refused(cast: Cast) -> None:
    clock = start(cast)
    pause(clock, "2026-11-23 10:00")
    with pytest.raises(ClockMoved):
        pause(clock, "2026-11-23 11:00")
    assert clock.pauses.count() == 1
    assert kinds(clock) == ["clock.started", "clock.paused"]


def test_second_open_pause_is_refused_by_the_database(cast: Cast) -> None:
    clock = start(cast)
    pause(clock, "2026-11-23 10:00")
    with pytest.raises(IntegrityError, match="pause_one_open"), transaction.atomic():
        Pause.objects.create(clock=clock, reason=WAITING, started_at=at("2026-11-23 12:00"))


def test_resume_moves_the_date_by_the_working_days_of_the_pause(cast: Cast) -> None:
    clock = start(cast)
    pause(clock, "2026-11-23 10:00")
    resume(clock, "2026-11-26 09:30")
    assert clock.due_at == at("2026-11-30 17:00")
    assert clock.first_due_at == DUE
    assert (clock.state, clock.revision) == (ClockState.RUNNING, 2)
    assert clock.ladder_at[3] == clock.due_at
    assert clock.pauses.get().ended_at == at("2026-11-26 09:30")
    assert kinds(clock) == ["clock.started", "clock.paused", "clock.resumed"]


@pytest.mark.parametrize("act", [services.resume, services.stop, services.cancel])
def test_act_that_waited_for_a_pause_and_carries_an_earlier_time_ends_it_at_its_start(cast: Cast, act) -> None:
    clock = start(cast)
    pause(clock, "2026-11-23 10:01")
    act(clock, by=None, now=at("2026-11-23 10:00"))
    stretch = clock.pauses.get()
    assert stretch.ended_at == stretch.started_at == at("2026-11-23 10:01")
    assert clock.due_at == DUE


def test_pause_over_a_weekend_moves_by_its_working_days_only(cast: Cast) -> None:
    clock = start(cast)
    pause(clock, "2026-11-20 16:00")
    resume(clock, "2026-11-22 11:00")
    assert (clock.due_at, clock.revision) == (DUE, 1)


def test_pause_and_resume_on_one_day_moves_nothing(cast: Cast) -> None:
    clock = start(cast)
    before = (clock.due_at, clock.ladder_at, clock.next_rung, clock.next_rung_at, clock.revision)
    pause(clock, "2026-11-23 10:00")
    resume(clock, "2026-11-23 16:00")
    assert (clock.due_at, clock.ladder_at, clock.next_rung, clock.next_rung_at, clock.revision) == before


def test_two_pauses_add_up(cast: Cast) -> None:
    clock = start(cast)
    pause(clock, "2026-11-23 10:00")
    resume(clock, "2026-11-24 10:00")
    pause(clock, "2026-11-25 10:00")
    resume(clock, "2026-11-27 10:00")
    assert (clock.due_at, clock.revision) == (at("2026-11-30 17:00"), 3)


def test_resume_of_a_running_clock_is_refused(cast: Cast) -> None:
    clock = start(cast)
    with pytest.raises(ClockMoved):
        resume(clock, "2026-11-23 10:00")
    assert kinds(clock) == ["clock.started"]


def test_rung_told_before_a_pause_without_effect_is_not_told_again(cast: Cast) -> None:
    clock = start(cast)
    sweep(source=Source.COMMAND, now=at("2026-11-24 09:00"))
    clock.refresh_from_db()
    pause(clock, "2026-11-24 10:00")
    resume(clock, "2026-11-24 11:00")
    assert (clock.next_rung, clock.next_rung_at) == (2, at("2026-11-25 09:00"))


def test_pause_of_a_late_clock_records_its_breach_first(cast: Cast) -> None:
    clock = start(cast)
    pause(clock, "2026-11-25 17:01")
    assert (clock.state, clock.is_breached) == (ClockState.PAUSED, True)
    assert kinds(clock) == ["clock.started", "clock.breached", "clock.paused"]
    assert Rung.objects.get(clock=clock, code="B0").source == Source.REQUEST


def test_pause_cannot_undo_a_breach(cast: Cast) -> None:
    clock = start(cast)
    pause(clock, "2026-11-25 18:00")
    assert Clock.objects.overdue(at("2026-11-26 10:00")).get() == clock
    resume(clock, "2026-12-02 10:00")
    assert (clock.due_at, clock.revision, clock.is_breached) == (DUE, 1, True)
    services.stop(clock, by=None, now=at("2026-12-02 11:00"))
    assert clock.state == ClockState.BREACHED_THEN_MET
    assert Rung.objects.filter(clock=clock, code="B0").count() == 1


@pytest.mark.parametrize("when", ["2026-11-23 10:00", "2026-11-25 17:00"])
def test_stop_up_to_the_due_instant_keeps_the_promise(cast: Cast, when: str) -> None:
    clock = start(cast)
    services.stop(clock, by=None, now=at(when))
    assert (clock.state, clock.is_breached, clock.stopped_at) == (ClockState.MET, False, at(when))
    assert (clock.next_rung, clock.next_rung_at) == (None, None)
    assert kinds(clock) == ["clock.started", "clock.met"]


def test_stop_in_time_warns_nobody_of_what_no_sweep_has_told(cast: Cast) -> None:
    clock = start(cast)
    services.stop(clock, by=None, now=at("2026-11-25 10:00"))
    assert not Rung.objects.exists()
    assert not Notice.objects.filter(kind__startswith="clock.").exists()


def test_stop_after_the_due_instant_records_the_breach_by_itself(cast: Cast) -> None:
    clock = start(cast)
    services.stop(clock, by=None, now=at("2026-11-25 17:00").replace(second=1))
    assert (clock.state, clock.is_breached) == (ClockState.BREACHED_THEN_MET, True)
    rung = Rung.objects.get(clock=clock, code="B0")
    assert (rung.is_skipped, rung.scheduled_for) == (False, DUE)
    assert kinds(clock) == ["clock.started", "clock.breached", "clock.breached_then_met"]
    assert Event.objects.get(kind="clock.breached").at == DUE


def test_stop_of_a_paused_clock_lets_it_run_on_first(cast: Cast) -> None:
    clock = start(cast)
    pause(clock, "2026-11-25 10:00")
    services.stop(clock, by=None, now=at("2026-11-27 10:00"))
    assert (clock.state, clock.due_at) == (ClockState.MET, at("2026-11-27 17:00"))
    assert clock.pauses.get().ended_at == at("2026-11-27 10:00")


def test_stop_twice_is_refused(cast: Cast) -> None:
    clock = start(cast)
    services.stop(clock, by=None, now=at("2026-11-23 10:00"))
    with pytest.raises(ClockMoved):
        services.stop(clock, by=None, now=at("2026-11-26 10:00"))
    clock.refresh_from_db()
    assert (clock.state, clock.stopped_at) == (ClockState.MET, at("2026-11-23 10:00"))


@pytest.mark.parametrize("act", ["pause", "resume", "stop", "cancel", "hand_over"])
def test_stopped_clock_moves_no_more(cast: Cast, act: str) -> None:
    clock = start(cast)
    services.cancel(clock, by=None, now=at("2026-11-23 10:00"))
    given = {"pause": {"reason": WAITING}, "hand_over": {"responsible": cast.han}}.get(act, {})
    with pytest.raises(ClockMoved):
        getattr(services, act)(clock, by=None, now=at("2026-11-26 10:00"), **given)
    assert kinds(clock) == ["clock.started", "clock.cancelled"]


def test_cancel_ends_the_open_pause(cast: Cast) -> None:
    clock = start(cast)
    pause(clock, "2026-11-23 10:00")
    services.cancel(clock, by=None, now=at("2026-11-30 10:00"))
    assert (clock.state, clock.is_breached) == (ClockState.CANCELLED, False)
    assert clock.pauses.get().ended_at == at("2026-11-30 10:00")


def test_cancel_of_a_late_clock_records_its_breach(cast: Cast) -> None:
    clock = start(cast)
    services.cancel(clock, by=None, now=at("2026-11-25 18:00"))
    assert (clock.state, clock.is_breached) == (ClockState.CANCELLED, True)
    assert kinds(clock) == ["clock.started", "clock.breached", "clock.cancelled"]


def test_many_clocks_are_handed_over_and_those_that_stopped_stay(cast: Cast) -> None:
    running, stopped = start(cast), start(cast)
    services.stop(stopped, by=None, now=NOW)
    before = Clock.objects.get(pk=stopped.pk).responsible_id
    due = running.due_at
    handovers = [services.Handover(clock.pk, cast.gao, cast.gao.department) for clock in (running, stopped)]
    services.hand_over_many(handovers, by=None, now=NOW)
    running, stopped = (Clock.objects.get(pk=clock.pk) for clock in (running, stopped))
    assert (running.responsible, running.department, running.due_at) == (cast.gao, cast.gao.department, due)
    assert stopped.responsible_id == before
    assert Event.objects.get(kind="clock.handed_over").subject_id == str(running.pk)


def test_hand_over_changes_the_person_and_no_date(cast: Cast) -> None:
    clock = start(cast)
    before = (clock.due_at, clock.ladder_at, clock.next_rung_at, clock.revision)
    services.hand_over(clock, responsible=cast.gao, department=cast.gao.department, by=None, now=NOW)
    clock.refresh_from_db()
    assert (clock.responsible, clock.department) == (cast.gao, cast.gao.department)
    assert (clock.due_at, clock.ladder_at, clock.next_rung_at, clock.revision) == before
    assert kinds(clock) == ["clock.started", "clock.handed_over"]


def test_failing_act_leaves_neither_change_nor_event(cast: Cast) -> None:
    clock = start(cast)
    with pytest.raises(RuntimeError), transaction.atomic():
        services.stop(clock, by=None, now=at("2026-11-26 10:00"))
        raise RuntimeError
    clock.refresh_from_db()
    assert (clock.state, clock.is_breached) == (ClockState.RUNNING, False)
    assert kinds(clock) == ["clock.started"]
    assert not Rung.objects.exists()


def test_date_in_a_year_without_its_notice_is_an_estimate_while_paused_too(cast: Cast) -> None:
    begun = at("2026-12-28 09:00")
    clock = start(cast, now=begun)
    assert not clock.is_provisional
    services.pause(clock, reason=PauseReason.AWAIT_SUPPLEMENT, by=None, now=begun)
    clock.refresh_from_db()
    assert not clock_view(clock, at("2026-12-28 16:00")).provisional
    assert clock_view(clock, at("2026-12-30 10:00")).provisional  # corrected then, the date falls in 2027


def test_many_stop_as_each_would(cast: Cast) -> None:
    """One in time, one that is late already, one that stands still; and the same once more, one by one."""
    many, each = ([start(cast, 3), start(cast, 1), start(cast, 5)] for _side in range(2))
    for clocks in (many, each):
        pause(clocks[2], "2026-11-23 09:00")
    when = at("2026-11-25 10:00")
    services.stop_many(many, by=cast.wang.user, now=when)
    for clock in each:
        services.stop(clock, by=cast.wang.user, now=when)
    for one, other in zip(many, each, strict=True):
        in_memory = (one.state, one.stopped_at, one.next_rung, one.due_at)
        one.refresh_from_db()
        other.refresh_from_db()
        assert in_memory == (one.state, one.stopped_at, one.next_rung, one.due_at)
        assert in_memory == (other.state, other.stopped_at, other.next_rung, other.due_at)
        assert one.is_breached == other.is_breached
        assert kinds(one) == kinds(other)
    assert [clock.state for clock in many] == [ClockState.MET, ClockState.BREACHED_THEN_MET, ClockState.MET]


def test_many_of_which_one_has_stopped_do_not_stop(cast: Cast) -> None:
    clocks = [start(cast), start(cast)]
    services.stop(clocks[1], by=None, now=NOW)
    with pytest.raises(ClockMoved), transaction.atomic():
        services.stop_many(clocks, by=None, now=NOW)
    clocks[0].refresh_from_db()
    assert clocks[0].state == ClockState.RUNNING


def test_handover_of_many_names_who_answers_and_leaves_the_stopped_alone(cast: Cast) -> None:
    clocks = [start(cast), start(cast)]
    services.stop(clocks[1], by=None, now=NOW)
    handed = [services.Handover(clock.pk, cast.han, lead=cast.han) for clock in clocks]
    services.hand_over_many(handed, by=None, now=NOW)
    for clock in clocks:
        clock.refresh_from_db()
    assert [(clock.responsible, clock.lead) for clock in clocks] == [(cast.han, cast.han), (cast.wang, None)]
    assert clocks[0].department == cast.wang.department
    assert [kinds(clock)[-1] for clock in clocks] == ["clock.handed_over", "clock.met"]
