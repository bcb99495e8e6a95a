"""Start, pause, resume and stop clocks. One door for each; every move leaves an event and is guarded by the old state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from park.accounts.models import Enterprise, User
from park.deadlines import ladder, selectors, sweep, workdays
from park.deadlines.enums import OPEN, ClockState, PauseReason, Source
from park.deadlines.models import RUNGS, Clock, Pause, Rung
from park.events import services as events
from park.team.models import Department, Specialist


class ClockMoved(Exception):
    """The clock is no longer in the state that the act needs; nothing was written."""


@dataclass(frozen=True)
class Rule:
    """What the standard says about a clock: its limit, its name, and where it is counted on dashboards."""

    kind: str
    label_zh: str
    label_en: str
    limit: workdays.Limit
    stage: str
    procedure: str
    standard_version: int


@transaction.atomic
def start(
    rule: Rule,
    *,
    now: datetime,
    thread: str,
    department: Department,
    by: User | None,
    responsible: Specialist | None = None,
    enterprise: Enterprise | None = None,
    path: str = "",
    enterprise_path: str = "",
) -> Clock:
    """Start a clock at `now`. It keeps this rule for as long as it lives, whatever the standard says later.

    Raises OutsideCalendar when the due date would fall in a year that is not known at all.
    """
    calendar = selectors.calendar()
    due = workdays.due_at(calendar, now, rule.limit, hours=selectors.office_hours())
    clock = Clock(
        kind=rule.kind,
        label_zh=rule.label_zh,
        label_en=rule.label_en,
        stage=rule.stage,
        procedure=rule.procedure,
        department=department,
        responsible=responsible,
        enterprise=enterprise,
        thread=thread,
        path=path,
        enterprise_path=enterprise_path,
        standard_version=rule.standard_version,
        amount=rule.limit.amount,
        unit=rule.limit.unit,
        started_at=now,
        first_due_at=due,
        due_at=due,
        is_provisional=calendar.is_provisional(due.date()),
    )
    _set_ladder(clock, calendar, ())
    clock.save()
    _record("clock.started", clock, by, now, amount=clock.amount, unit=clock.unit)
    return clock


@transaction.atomic
def pause(clock: Clock, *, reason: PauseReason, by: User | None, now: datetime) -> Pause:
    """Let the clock stand still. Raises ClockMoved unless it runs.

    A clock that is late already is recorded as broken first: a pause cannot undo a breach.
    """
    _lock(clock, ClockState.RUNNING)
    _record_breach(clock, now)
    Clock.objects.filter(pk=clock.pk).update(state=ClockState.PAUSED, next_rung=None, next_rung_at=None)
    stretch = Pause.objects.create(clock=clock, reason=reason, started_at=now, by=by)
    clock.refresh_from_db()
    _record("clock.paused", clock, by, now, reason=reason)
    return stretch


@transaction.atomic
def resume(clock: Clock, *, by: User | None, now: datetime) -> None:
    """Let the clock run on, its due date moved by the working days of the pause. Raises ClockMoved unless it is paused."""
    _lock(clock, ClockState.PAUSED)
    Pause.objects.filter(clock=clock, ended_at__isnull=True).update(ended_at=now)
    before = clock.due_at
    calendar = selectors.calendar()
    pauses = selectors.pauses_of(clock)
    clock.due_at = workdays.due_at(
        calendar, clock.started_at, selectors.limit_of(clock), pauses, selectors.office_hours()
    )
    clock.is_provisional = calendar.is_provisional(clock.due_at.date())
    clock.state = ClockState.RUNNING
    if clock.due_at != before:
        clock.revision += 1
    _set_ladder(clock, calendar, pauses)
    clock.save()
    _record("clock.resumed", clock, by, now, before=before.isoformat())


@transaction.atomic
def stop(clock: Clock, *, by: User | None, now: datetime) -> None:
    """The thing is done. Kept if `now` is not after the due instant, whenever a sweep looks; else done late.

    A paused clock runs on first. Raises ClockMoved when the clock has stopped before.
    """
    if _lock(clock, *OPEN) == ClockState.PAUSED:
        resume(clock, by=by, now=now)
    _record_breach(clock, now)
    late = clock.is_breached or now > clock.due_at
    clock.state = ClockState.BREACHED_THEN_MET if late else ClockState.MET
    clock.is_breached = late
    _end(clock, now)
    _record(f"clock.{clock.state}", clock, by, now)


@transaction.atomic
def cancel(clock: Clock, *, by: User | None, now: datetime) -> None:
    """The thing will not be done: rejected or withdrawn. Raises ClockMoved when the clock has stopped before."""
    if _lock(clock, *OPEN) == ClockState.RUNNING:
        _record_breach(clock, now)
    Pause.objects.filter(clock=clock, ended_at__isnull=True).update(ended_at=now)
    clock.state = ClockState.CANCELLED
    _end(clock, now)
    _record("clock.cancelled", clock, by, now)


@transaction.atomic
def hand_over(
    clock: Clock,
    *,
    responsible: Specialist | None,
    by: User | None,
    now: datetime,
    department: Department | None = None,
) -> None:
    """Somebody else answers for the clock from now on. Its dates stay what they are."""
    _lock(clock, *OPEN)
    clock.responsible = responsible
    clock.department = department or clock.department
    clock.save(update_fields=["responsible", "department"])
    _record("clock.handed_over", clock, by, now, to=str(responsible) if responsible else "")


def _lock(clock: Clock, *states: str) -> str:
    """Lock the row and read it anew; the state it was in. Raises ClockMoved if that is none of `states`."""
    held = Clock.objects.select_for_update().filter(pk=clock.pk, state__in=states).first()
    if held is None:
        raise ClockMoved(clock)
    clock.refresh_from_db()
    return held.state


def _record_breach(clock: Clock, now: datetime) -> None:
    """Let a clock that is late say so before it stops or stands still, whether or not a sweep has looked.

    Only the breach: nobody is warned of a due date in the moment in which the thing is done.
    """
    if now > clock.due_at:
        sweep.fire(source=Source.REQUEST, now=now, clock_id=clock.pk)
        clock.refresh_from_db()


def _set_ladder(clock: Clock, calendar: workdays.Calendar, pauses: Sequence[workdays.Pause]) -> None:
    """Compute the rungs of the present due date; the next is the first that has not fired for it."""
    steps = ladder.rungs(
        selectors.limit_of(clock), clock.started_at, clock.due_at, calendar, pauses, selectors.office_hours()
    )
    clock.ladder_at = [step.at if step else None for step in steps]
    clock.amber_at = ladder.amber_from(steps) or clock.due_at
    fired = set()
    if clock.pk:
        fired = set(Rung.objects.filter(clock=clock, revision=clock.revision).values_list("code", flat=True))
    waiting = [(place, at) for place, at in enumerate(clock.ladder_at, 1) if at and RUNGS[place - 1] not in fired]
    clock.next_rung, clock.next_rung_at = waiting[0] if waiting else (None, None)


def _end(clock: Clock, now: datetime) -> None:
    clock.stopped_at, clock.next_rung, clock.next_rung_at = now, None, None
    clock.save()


def _record(kind: str, clock: Clock, by: User | None, now: datetime, **data: object) -> None:
    events.record(
        kind,
        subject=clock,
        by=by,
        at=now,
        enterprise_id=clock.enterprise_id,
        thread=clock.thread,
        internal=False,
        clock=clock.kind,
        label_zh=clock.label_zh,
        label_en=clock.label_en,
        due_at=clock.due_at.isoformat(),
        **data,
    )
