"""Reads of clocks: the calendar in force, and a clock as people see it."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from park.accounts.templatetags.portal import day_words, working_left_words
from park.deadlines import calendars, ladder, workdays
from park.deadlines.enums import ClockState, ExtensionState, PauseReason, Signal
from park.deadlines.models import RUNGS, CalendarDay, CalendarYear, Clock, ClockQuerySet, SweepMinute
from park.runtime.prepared import TEXTS, Among, Parameter, Prepared

BREACH = RUNGS.index("B0")


def calendar() -> workdays.Calendar:
    """The working days in force: the built-in years, overlaid by those an administrator has set.

    One small query tells whether anything changed, so that a new year reaches every process at once.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(updated_at), count(*) FROM deadlines_calendaryear")
        return _calendar(*cursor.fetchone())


@lru_cache(maxsize=4)
def _calendar(changed: datetime | None, count: int) -> workdays.Calendar:
    if not count:
        return calendars.in_force([], {})
    days = CalendarDay.objects.order_by("day").values_list("day", "is_working", "name_zh")
    return calendars.in_force(days, dict(CalendarYear.objects.values_list("year", "is_published")))


def first_working_day(now: datetime, in_force: workdays.Calendar | None = None) -> date:
    """The day on which what comes in now is first worked on: today, else the next working day."""
    today, days = workdays.local_day(now), in_force or calendar()
    return today if days.is_working(today) else days.next_working(today)


def office_hours() -> workdays.OfficeHours:
    """The park's hours; when they close is a setting. Clocks keep the due instant they were given."""
    morning, (opens_again, _closes) = workdays.OfficeHours().morning, workdays.OfficeHours().afternoon
    return workdays.OfficeHours(morning, (opens_again, dt.time.fromisoformat(settings.OFFICE_CLOSES)))


def limit_of(clock: Clock) -> workdays.Limit:
    """How long it may take now: the promise, and what was granted on top of it."""
    return workdays.Limit(clock.amount + clock.extended_by, clock.unit)


def pauses_of(clock: Clock) -> tuple[workdays.Pause, ...]:
    """The pauses of one clock in order, as they stand now."""
    rows = clock.pauses.order_by("started_at", "pk").values_list("started_at", "ended_at", "reason")
    return tuple(workdays.Pause(start, end, str(PauseReason(reason).label)) for start, end, reason in rows)


def clocks_of_threads(threads: Sequence[str]) -> list[Clock]:
    """All clocks of these timelines with their pauses, in the order in which they began."""
    return OF_THREADS.objects(threads=list(threads))


def _of_threads() -> ClockQuerySet:
    return Clock.objects.filter(Among("thread", Parameter("threads", TEXTS))).with_pauses().order_by("started_at", "pk")


OF_THREADS: Prepared[Clock] = Prepared("clocks_of_threads", _of_threads)


def _pauses_to_show(clock: Clock) -> tuple[workdays.Pause, ...]:
    """The pauses that were fetched with a clock (ClockQuerySet.with_pauses), else those of the database."""
    rows = getattr(clock, "pause_rows", None)
    if rows is None:
        return pauses_of(clock)
    return tuple(
        workdays.Pause(_instant(row["started_at"]), _instant(row["ended_at"]), str(PauseReason(row["reason"]).label))
        for row in rows
    )


def _instant(text: str | None) -> Any:
    return datetime.fromisoformat(text) if text else None


def last_sweep_at() -> datetime | None:
    return SweepMinute.objects.order_by("-pk").values_list("last_at", flat=True).first()


@dataclass(frozen=True)
class Day:
    """One cell of the strip under a due date.

    `kind`: start, counted, left (still to come), due, weekend, holiday, paused; or fold, weeks of pause from `date` to `last`.
    """

    date: dt.date
    kind: str
    number: int | None = None
    note: str = ""
    is_today: bool = False
    makeup: bool = False
    last: dt.date | None = None

    @property
    def first(self) -> dt.date:
        return self.date

    @property
    def weeks(self) -> int:
        return ((self.last - self.date).days + 1) // 7 if self.last else 0


@dataclass(frozen=True)
class ClockView:
    """A clock as a page shows it. `due_at` of a paused clock is the date it would get if it ran on now."""

    clock: Clock
    label: str
    signal: str
    due_at: datetime
    left: int
    left_text: str
    used: int
    paused: bool
    provisional: bool
    reason: str = ""
    why: str = ""
    expected_at: datetime | None = None
    days: Sequence[Day] = field(default=())

    @property
    def if_today(self) -> bool:
        return self.paused

    @property
    def signal_label(self) -> str:
        return str(Signal(self.signal).label) if self.clock.state != ClockState.CANCELLED else _("cancelled")

    @property
    def amount(self) -> int:
        """The limit with what was granted on top of it."""
        return self.clock.amount + self.clock.extended_by

    @property
    def unit(self) -> str:
        return self.clock.unit

    @property
    def is_open(self) -> bool:
        return self.clock.is_open


def signal_of(clock: Clock, now: datetime) -> Signal:
    """Computed, never stored: what the clock looks like at this instant, whatever the sweep has noticed."""
    paused_at = None
    if clock.state == ClockState.PAUSED and clock.is_breached:
        paused_at = clock.due_at + timedelta(microseconds=1)  # it was late before it paused, and stays so
    return Signal(ladder.signal(clock.state, clock.due_at, clock.amber_at, now, paused_at) or Signal.MET)


def clock_view(
    clock: Clock, now: datetime, *, with_days: bool = False, in_force: workdays.Calendar | None = None
) -> ClockView:
    """`in_force` is the calendar, for pages that show many clocks and fetch it once."""
    days_of = in_force or calendar()
    paused = clock.state == ClockState.PAUSED
    pauses = _pauses_to_show(clock) if paused or with_days else ()
    limit = limit_of(clock)
    shown = clock.due_at
    if paused:
        shown = workdays.due_if_resumed(days_of, clock.started_at, limit, pauses, now, office_hours())
    seen_at = clock.stopped_at or now
    left = workdays.remaining(days_of, seen_at, shown)
    strip: Sequence[Day] = ()
    reasons: list[workdays.DayReason] = []
    if with_days:
        reasons = workdays.explain(
            days_of, clock.started_at, limit, pauses, office_hours(), until=now if paused else None
        )
        strip = fold(list(_strip(reasons, now)))
    return ClockView(
        clock=clock,
        label=clock.label,
        signal=signal_of(clock, now),
        due_at=shown,
        left=left,
        left_text=left_text(clock, left, seen_at, shown),
        used=min(limit.amount, max(0, limit.amount - max(left, 0))),
        paused=paused,
        provisional=days_of.is_provisional(shown.date()) if clock.is_open else clock.is_provisional,
        reason=next((p.reason for p in reversed(pauses) if p.end is None), ""),
        why=_why_extended(clock, now),
        expected_at=expected_at(clock, now),
        days=strip,
    )


def expected_at(clock: Clock, now: datetime) -> datetime | None:
    """By when a late clock is expected: the close of the day on which its next rung asks again; None once none is left."""
    if clock.state != ClockState.RUNNING or clock.due_at >= now:
        return None
    ahead = next((rung for rung in clock.ladder_at[BREACH:] if rung and rung > now), None)
    return workdays.at(workdays.local_day(ahead), office_hours().closes) if ahead else None


def due_if_extended(clock: Clock, amount: int, now: datetime) -> datetime:
    """The due date with `amount` more; of a paused clock, if it ran on now."""
    limit = workdays.Limit(clock.amount + clock.extended_by + amount, clock.unit)
    return workdays.due_if_resumed(calendar(), clock.started_at, limit, pauses_of(clock), now, office_hours())


def _why_extended(clock: Clock, now: datetime) -> str:
    if not clock.extended_by or not clock.promised_at:
        return ""
    reason = getattr(clock, "extension_reason", None)
    if reason is None:
        granted = clock.extensions.filter(state=ExtensionState.GRANTED)
        reason = granted.values_list("reason", flat=True).first() or ""
    words = {"before": day_words(clock.promised_at, workdays.local_day(now)), "reason": reason}
    return _("Extended once; it was promised by %(before)s. Reason: %(reason)s") % words


def left_text(clock: Clock, left: int, now: datetime, due: datetime) -> str:
    """How much is left, in words."""
    if clock.state == ClockState.MET:
        return _("kept")
    if clock.state == ClockState.BREACHED_THEN_MET:
        return _("done late")
    if clock.state == ClockState.CANCELLED:
        return _("cancelled")
    if left == 0 and workdays.local_day(now) != workdays.local_day(due):
        return _("due on the next working day")
    return working_left_words(left)


def _strip(reasons: Iterable[workdays.DayReason], now: datetime) -> Iterable[Day]:
    today = workdays.local_day(now)
    for reason in reasons:
        kind = str(reason.kind)
        if kind == "makeup":
            kind = "counted"
        if kind == "counted" and reason.day > today:
            kind = "left"
        yield Day(
            reason.day,
            kind,
            reason.counted,
            _(reason.note) if reason.note else "",
            reason.day == today,
            reason.makeup,
        )


def fold(days: list[Day], whole_weeks: int = 2) -> list[Day]:
    """Fold stretches of at least `whole_weeks` calendar weeks that are nothing but pause and days off into one row."""
    weeks: dict[date, list[Day]] = {}
    for day in days:
        weeks.setdefault(day.date - timedelta(days=day.date.weekday()), []).append(day)
    folded: list[Day] = []
    run: list[list[Day]] = []

    def close() -> None:
        flat = [day for week in run for day in week]
        if len(run) >= whole_weeks:
            note = next((d.note for d in flat if d.kind == "paused" and d.note), "")
            folded.append(Day(flat[0].date, "fold", note=note, last=flat[-1].date))
        else:
            folded.extend(flat)
        run.clear()

    for week in weeks.values():
        still = len(week) == 7 and all(d.kind in {"paused", "weekend", "holiday"} and not d.is_today for d in week)
        if still and any(d.kind == "paused" for d in week):
            run.append(week)
        else:
            close()
            folded.extend(week)
    close()
    return folded
