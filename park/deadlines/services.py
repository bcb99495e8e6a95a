"""Start, pause, resume and stop clocks. One door for each; every move leaves an event and is guarded by the old state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from park.accounts.models import Enterprise, User
from park.deadlines import ladder, selectors, sweep, workdays
from park.deadlines.enums import OPEN, ClockState, ExtensionState, PauseReason, Source
from park.deadlines.models import RUNGS, Clock, Extension, Pause, Rung
from park.events import services as events
from park.notices.services import withdraw as withdraw_notices
from park.runtime import rows
from park.runtime.failpoints import failpoint
from park.runtime.statements import Statement
from park.team.models import Department, Specialist

# How far back a pause may be recorded to have begun, in working days, and after how many a pause is looked at again.
BACK_DATED_AT_MOST = 3
REVIEW_AFTER = 5
# Within how many working days after its end a clock may run on as if it had never stopped.
REOPEN_WITHIN = 5


class ClockMoved(Exception):
    """The clock is no longer in the state that the act needs; nothing was written."""


class Refused(ValueError):
    """The act would break a rule of the clocks; nothing was written. The text says which, in the reader's language."""


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


@dataclass(frozen=True)
class Beginning:
    """What a clock that starts belongs to, and who answers for it; see start. Department and enterprise by number."""

    thread: str
    department: int
    responsible: Specialist | None = None
    lead: Specialist | None = None
    enterprise: int | None = None
    path: str = ""
    enterprise_path: str = ""


@transaction.atomic
def start(
    rule: Rule,
    *,
    now: datetime,
    thread: str,
    department: Department,
    by: User | None,
    responsible: Specialist | None = None,
    lead: Specialist | None = None,
    enterprise: Enterprise | None = None,
    path: str = "",
    enterprise_path: str = "",
) -> Clock:
    """Start a clock at `now`. It keeps this rule for as long as it lives, whatever the standard says later.

    Raises OutsideCalendar when the due date would fall in a year that is not known at all.
    """
    of = enterprise.pk if enterprise else None
    beginning = Beginning(thread, department.pk, responsible, lead, of, path, enterprise_path)
    return start_many(rule, [beginning], by=by, now=now)[0]


@transaction.atomic
def start_many(rule: Rule, beginnings: Sequence[Beginning], *, by: User | None, now: datetime) -> list[Clock]:
    """As start, for many things at once under one rule: their dates are computed once, rows and events written together.

    Raises OutsideCalendar as start does.
    """
    return start_each([(rule, one) for one in beginnings], by=by, now=now)


def start_each(
    begun: Sequence[tuple[Rule, Beginning]],
    *,
    by: User | None,
    now: datetime,
    calendar: workdays.Calendar | None = None,
) -> list[Clock]:
    """As start_many, each under a rule of its own, in the transaction of the caller. `calendar` is the one in force, for
    callers that have fetched it."""
    if not begun:
        return []
    calendar = calendar or selectors.calendar()
    dates: dict[workdays.Limit, Clock] = {}
    for rule, _one in begun:
        if rule.limit not in dates:
            due = workdays.due_at(calendar, now, rule.limit, hours=selectors.office_hours())
            dates[rule.limit] = Clock(amount=rule.limit.amount, unit=rule.limit.unit, started_at=now, due_at=due)
            set_ladder(dates[rule.limit], calendar, ())
    clocks = [
        Clock(
            kind=rule.kind,
            label_zh=rule.label_zh,
            label_en=rule.label_en,
            stage=rule.stage,
            procedure=rule.procedure,
            department_id=one.department,
            responsible=one.responsible,
            lead=one.lead,
            enterprise_id=one.enterprise,
            thread=one.thread,
            path=one.path,
            enterprise_path=one.enterprise_path,
            standard_version=rule.standard_version,
            amount=rule.limit.amount,
            unit=rule.limit.unit,
            started_at=now,
            first_due_at=dates[rule.limit].due_at,
            due_at=dates[rule.limit].due_at,
            is_provisional=calendar.is_provisional(dates[rule.limit].due_at.date()),
            ladder_at=dates[rule.limit].ladder_at,
            amber_at=dates[rule.limit].amber_at,
            next_rung=dates[rule.limit].next_rung,
            next_rung_at=dates[rule.limit].next_rung_at,
        )
        for rule, one in begun
    ]
    rows.insert(clocks)
    notes = [_told_of(clock, amount=clock.amount, unit=clock.unit) for clock in clocks]
    events.record_many("clock.started", notes, by=by, at=now)
    return clocks


@transaction.atomic
def pause(
    clock: Clock,
    *,
    reason: PauseReason,
    by: User | None,
    now: datetime,
    since: datetime | None = None,
    note: str = "",
) -> Pause:
    """Let the clock stand still. Raises ClockMoved unless it runs.

    A clock that is late already is recorded as broken first: a pause cannot undo a breach. With `since`, the pause began
    then and is recorded only now; Refused unless that lies after the start and after the pause before it, at most
    BACK_DATED_AT_MOST working days ago, and the clock is not late.
    """
    _lock(clock, ClockState.RUNNING)
    calendar = selectors.calendar()
    if since is not None and since < now:
        _check_back_dating(clock, since, now, calendar)
    else:
        since = now
    _record_breach(clock, now)
    failpoint("pause.breach_recorded")
    Clock.objects.filter(pk=clock.pk).update(state=ClockState.PAUSED, next_rung=None, next_rung_at=None)
    failpoint("pause.moved")
    stretch = Pause.objects.create(
        clock=clock,
        reason=reason,
        started_at=since,
        by=by,
        note=note,
        recorded_at=now if since < now else None,
        review_at=review_at(calendar, now),
    )
    clock.refresh_from_db()
    _record("clock.paused", clock, by, now, reason=reason, since=since.isoformat(), note=note)
    failpoint("pause.recorded")
    return stretch


@transaction.atomic
def resume(clock: Clock, *, by: User | None, now: datetime) -> None:
    """Let the clock run on, its due date moved by the working days of the pause. Raises ClockMoved unless it is paused."""
    _lock(clock, ClockState.PAUSED)
    _close_pause(clock, now)
    failpoint("resume.closed")
    before = clock.due_at
    clock.state = ClockState.RUNNING
    _set_due(clock, now)
    clock.save()
    failpoint("resume.saved")
    _record("clock.resumed", clock, by, now, before=before.isoformat())
    failpoint("resume.recorded")


@transaction.atomic
def keep_paused(stretch: Pause, *, by: User, now: datetime, note: str) -> None:
    """Somebody has looked at a long pause: its reason is still there. It is looked at again REVIEW_AFTER working days on."""
    clock = Clock.objects.select_for_update().get(pk=stretch.clock_id)
    fresh = Pause.objects.filter(pk=stretch.pk, ended_at__isnull=True).first()
    if fresh is None:
        raise ClockMoved(clock)
    fresh.review_at = review_at(selectors.calendar(), now)
    fresh.save(update_fields=["review_at"])
    _record("clock.pause_confirmed", clock, by, now, reason=fresh.reason, note=note)


@transaction.atomic
def ask_extension(clock: Clock, *, amount: int, reason: str, by: User, now: datetime) -> Extension:
    """Ask for `amount` more of the clock's own unit, with the reason that the enterprise will read.

    Raises ClockMoved unless the clock is open; Refused when it is late, was extended before, waits for a decision already,
    or is asked for more than the promise itself.
    """
    _lock(clock, *OPEN)
    if clock.is_breached or (clock.state == ClockState.RUNNING and clock.due_at < now):
        raise Refused(_("The limit has passed: only a running limit can be extended."))
    if clock.extensions.filter(state=ExtensionState.GRANTED).exists():
        raise Refused(_("It was extended once already; a limit is extended once."))
    if clock.extensions.filter(state=ExtensionState.ASKED).exists():
        raise Refused(_("More time has been asked for already; the decision is still open."))
    if not 1 <= amount <= clock.amount:
        raise Refused(_("Ask for 1 to %(most)s, at most as much as was promised.") % {"most": clock.amount})
    asked = Extension.objects.create(clock=clock, amount=amount, reason=reason, asked_by=by, asked_at=now)
    _record("extension.asked", clock, by, now, internal=True, amount=amount, reason=reason, extension=asked.pk)
    return asked


@transaction.atomic
def decide_extension(extension: Extension, *, grant: bool, by: User, now: datetime, note: str = "") -> None:
    """Grant more time or refuse it. The date moves by the amount asked for; `first_due_at` stays.

    Raises ClockMoved when somebody has decided, or the clock has stopped; Refused when the limit has passed meanwhile or
    the person who asked would decide.
    """
    clock = extension.clock
    _lock(clock, *OPEN)
    fresh = Extension.objects.filter(pk=extension.pk, state=ExtensionState.ASKED).first()
    if fresh is None:
        raise ClockMoved(clock)
    if fresh.asked_by_id == by.pk:
        raise Refused(_("Whoever asks does not decide: this is for one level up."))
    if grant and (clock.is_breached or (clock.state == ClockState.RUNNING and clock.due_at < now)):
        raise Refused(_("The limit has passed: only a running limit can be extended."))
    fresh.state = ExtensionState.GRANTED if grant else ExtensionState.REFUSED
    fresh.decided_by, fresh.decided_at, fresh.note = by, now, note
    fresh.save()
    failpoint("extension.decided")
    before = clock.due_at
    if grant:
        clock.extended_by = fresh.amount
        _set_due(clock, now)
        clock.save()
    failpoint("extension.moved")
    _record(
        f"extension.{fresh.state}",
        clock,
        by,
        now,
        internal=not grant,
        amount=fresh.amount,
        reason=fresh.reason,
        note=note,
        before_at=before.isoformat(),
        asked_by=fresh.asked_by_id,
        extension=fresh.pk,
    )
    failpoint("extension.recorded")


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


# Those that run and are not late; one that stands still runs on first, and one that is late says so first.
STOP = Statement(
    "stop_clocks",
    """
WITH held AS MATERIALIZED (
    SELECT id FROM deadlines_clock
    WHERE id = ANY(%(clocks)s::bigint[]) AND state = 'running' AND due_at >= %(now)s::timestamptz
    ORDER BY id FOR UPDATE
)
UPDATE deadlines_clock c
SET state = CASE WHEN c.is_breached THEN 'breached_then_met' ELSE 'met' END, stopped_at = %(now)s, next_rung = NULL,
    next_rung_at = NULL
FROM held WHERE c.id = held.id
RETURNING c.id, c.state, c.due_at
""",
)


def stop_many(clocks: Sequence[Clock], *, by: User | None, now: datetime) -> None:
    """As stop, for many at once in the transaction of the caller. Raises ClockMoved when one has stopped before."""
    if not clocks:
        return
    with connection.cursor() as cursor:
        STOP.execute(cursor, {"clocks": [clock.pk for clock in clocks], "now": now})
        stopped = {pk: (state, due_at) for pk, state, due_at in cursor.fetchall()}
    for clock in clocks:
        if clock.pk not in stopped:
            stop(clock, by=by, now=now)
            continue
        clock.state, clock.due_at = stopped[clock.pk]
        clock.stopped_at, clock.next_rung, clock.next_rung_at = now, None, None
        _record(f"clock.{clock.state}", clock, by, now)


@transaction.atomic
def cancel(clock: Clock, *, by: User | None, now: datetime) -> None:
    """The thing will not be done: rejected or withdrawn. Raises ClockMoved when the clock has stopped before."""
    if _lock(clock, *OPEN) == ClockState.RUNNING:
        _record_breach(clock, now)
    _close_pause(clock, now)
    clock.state = ClockState.CANCELLED
    _end(clock, now)
    _record("clock.cancelled", clock, by, now)


@transaction.atomic
def reopen(clock: Clock, *, by: User, now: datetime, reason: str) -> None:
    """What was called done is not done: the clock runs on with the dates it had, as if it had never stopped.

    Raises ClockMoved unless it had stopped as done; Refused after REOPEN_WITHIN working days.
    """
    _lock(clock, ClockState.MET, ClockState.BREACHED_THEN_MET)
    calendar = selectors.calendar()
    stopped_at = clock.stopped_at or now
    gone = calendar.working_days_between(workdays.local_day(stopped_at), workdays.local_day(now))
    if gone > REOPEN_WITHIN:
        raise Refused(_("It was done more than %(days)s working days ago: begin anew.") % {"days": REOPEN_WITHIN})
    clock.state, clock.stopped_at = ClockState.RUNNING, None
    set_ladder(clock, calendar, selectors.pauses_of(clock))
    clock.save()
    failpoint("reopen.moved")
    _record("clock.reopened", clock, by, now, reason=reason, stopped_at=stopped_at.isoformat())
    failpoint("reopen.recorded")
    _record_breach(clock, now)
    failpoint("reopen.breach_recorded")


@transaction.atomic
def hand_over(
    clock: Clock,
    *,
    responsible: Specialist | None,
    by: User | None,
    now: datetime,
    department: Department | None = None,
    lead: Specialist | None = None,
) -> None:
    """Somebody else answers for the clock from now on. Its dates stay what they are."""
    _lock(clock, *OPEN)
    clock.responsible = responsible
    clock.department = department or clock.department
    clock.lead = lead or clock.lead
    clock.save(update_fields=["responsible", "department", "lead"])
    _record("clock.handed_over", clock, by, now, to=str(responsible) if responsible else "")


@dataclass(frozen=True)
class Handover:
    """Who answers for a clock from now on, by its number. Without a `department` or a `lead` it keeps its own."""

    clock: int
    responsible: Specialist | None
    department: Department | None = None
    lead: Specialist | None = None


HAND_OVER = Statement(
    "hand_clocks_over",
    """
WITH held AS MATERIALIZED (
    SELECT id FROM deadlines_clock
    WHERE id = ANY(%(clocks)s::bigint[]) AND state IN ('running', 'paused') ORDER BY id FOR UPDATE
)
UPDATE deadlines_clock c
SET responsible_id = wanted.responsible, department_id = COALESCE(wanted.department, c.department_id),
    lead_id = COALESCE(wanted.lead, c.lead_id)
FROM held JOIN unnest(%(clocks)s, %(responsible)s::bigint[], %(department)s::bigint[], %(lead)s::bigint[])
    wanted(id, responsible, department, lead) ON wanted.id = held.id
WHERE c.id = held.id
RETURNING c.id, c.kind, c.label_zh, c.label_en, c.due_at, c.enterprise_id, c.thread
""",
)


@transaction.atomic(savepoint=False)
def hand_over_many(handovers: Sequence[Handover], *, by: User | None, now: datetime) -> None:
    """As hand_over, for many clocks at once; those that have stopped stay as they are. Of two for one clock the later
    counts."""
    wanted = {one.clock: one for one in handovers}
    if not wanted:
        return
    with connection.cursor() as cursor:
        columns: dict[str, Any] = {
            "clocks": list(wanted),
            "responsible": [one.responsible.pk if one.responsible else None for one in wanted.values()],
            "department": [one.department.pk if one.department else None for one in wanted.values()],
            "lead": [one.lead.pk if one.lead else None for one in wanted.values()],
        }
        HAND_OVER.execute(cursor, columns)
        names = ("pk", "kind", "label_zh", "label_en", "due_at", "enterprise_id", "thread")
        held = {row[0]: Clock(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()}
    notes = [
        _told_of(held[one.clock], to=str(one.responsible) if one.responsible else "")
        for one in handovers
        if one.clock in held
    ]
    events.record_many("clock.handed_over", notes, by=by, at=now)


def _lock(clock: Clock, *states: str) -> str:
    """Lock the row and read it anew; the state it was in. Raises ClockMoved if that is none of `states`."""
    held = Clock.objects.select_for_update().filter(pk=clock.pk, state__in=states).first()
    if held is None:
        raise ClockMoved(clock)
    # not refresh_from_db, which would read the same row once more
    for field in Clock._meta.concrete_fields:
        setattr(clock, field.attname, getattr(held, field.attname))
    return held.state


def _record_breach(clock: Clock, now: datetime) -> None:
    """Let a clock that is late say so before it stops or stands still, whether or not a sweep has looked.

    Only the breach: nobody is warned of a due date in the moment in which the thing is done.
    """
    if now > clock.due_at:
        sweep.fire(source=Source.REQUEST, now=now, clock_id=clock.pk)
        clock.refresh_from_db()


def set_ladder(clock: Clock, calendar: workdays.Calendar, pauses: Sequence[workdays.Pause]) -> None:
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
    runs = clock.state == ClockState.RUNNING
    clock.next_rung, clock.next_rung_at = waiting[0] if waiting and runs else (None, None)


def _close_pause(clock: Clock, now: datetime) -> None:
    """End the open pause, if there is one. An act that had to wait for it may carry a time before its start."""
    open_pauses = Pause.objects.filter(clock=clock, ended_at__isnull=True)
    open_pauses.update(ended_at=Greatest(F("started_at"), Value(now)), review_at=None)


def _end(clock: Clock, now: datetime) -> None:
    clock.stopped_at, clock.next_rung, clock.next_rung_at = now, None, None
    clock.save()


def _set_due(clock: Clock, now: datetime) -> None:
    """Compute the due date anew from what is stored; where it moves, the ladder is a new one. Pauses must be closed,
    or the clock be paused, in which case its date waits for the end of the pause."""
    calendar, hours = selectors.calendar(), selectors.office_hours()
    pauses = tuple(p for p in selectors.pauses_of(clock) if p.end is not None)
    before, limit = clock.due_at, selectors.limit_of(clock)
    clock.due_at = workdays.due_at(calendar, clock.started_at, limit, pauses, hours)
    if clock.extended_by:
        promise = workdays.Limit(clock.amount, clock.unit)
        clock.promised_at = workdays.due_at(calendar, clock.started_at, promise, pauses, hours)
    clock.is_provisional = calendar.is_provisional(clock.due_at.date())
    if clock.due_at != before:
        clock.revision += 1
        if clock.due_at > before:
            _withdraw(clock, now)
    set_ladder(clock, calendar, pauses)


def _withdraw(clock: Clock, now: datetime) -> None:
    """What was told of an earlier due date no longer holds: nobody reads it as news, and what is unsent is not sent.

    A breach stays what it was.
    """
    told = Rung.objects.filter(
        clock=clock, revision__lt=clock.revision, withdrawn_at__isnull=True, code__startswith="W"
    )
    keys = [f"rung:{clock.pk}:{revision}:{code}:" for revision, code in told.values_list("revision", "code")]
    told.update(withdrawn_at=now)
    for key in keys:
        withdraw_notices(key, now=now)


def review_at(calendar: workdays.Calendar, now: datetime) -> datetime:
    """When a pause is looked at again: REVIEW_AFTER working days on, at the opening."""
    return workdays.at(calendar.add(workdays.local_day(now), REVIEW_AFTER), selectors.office_hours().opens)


def _check_back_dating(clock: Clock, since: datetime, now: datetime, calendar: workdays.Calendar) -> None:
    if clock.is_breached or clock.due_at < now:
        raise Refused(_("The limit has passed: a pause that is recorded later cannot undo that."))
    last = Pause.objects.filter(clock=clock).order_by("-ended_at").values_list("ended_at", flat=True).first()
    if since < clock.started_at or (last and since < last):
        raise Refused(_("A pause cannot begin before the clock, or before the pause that came before it has ended."))
    if calendar.working_days_between(workdays.local_day(since), workdays.local_day(now)) > BACK_DATED_AT_MOST:
        raise Refused(
            _("A pause can be recorded at most %(days)s working days after it began.") % {"days": BACK_DATED_AT_MOST}
        )


def _record(kind: str, clock: Clock, by: User | None, now: datetime, *, internal: bool = False, **data: object) -> None:
    note = _told_of(clock, **data)
    events.record(
        kind,
        subject=clock,
        by=by,
        at=now,
        enterprise_id=note.enterprise_id,
        thread=note.thread,
        internal=internal,
        **note.data,
    )


def _told_of(clock: Clock, **data: object) -> events.Note:
    named = {
        "clock": clock.kind,
        "label_zh": clock.label_zh,
        "label_en": clock.label_en,
        "due_at": clock.due_at.isoformat(),
    }
    return events.Note(clock, {**named, **data}, enterprise_id=clock.enterprise_id, thread=clock.thread)
