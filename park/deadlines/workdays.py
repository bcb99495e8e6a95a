"""Working days, and the instant at which a limit ends.

Pure rules: no Django, no clock, no cache. Every instant is aware and comes in as an argument; days are those of
Asia/Shanghai.

Sources: 民法典 (Civil Code) 201: the day on which a period begins is not counted; 203: a period whose last day is a
statutory holiday ends on the day after it, and ends at the close of business where business hours exist; 行政许可法
(Administrative Licensing Law) 82: periods are counted in working days. Which days are working days is said each year
by the notice of the State Council (make-up days, 调休); `calendars` turns it into the tables used here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from .holidays_cn import gettext_noop

# zoneinfo, never an offset: the old local mean time of pytz (+08:06) would move every office hour by six minutes.
SHANGHAI = ZoneInfo("Asia/Shanghai")
SATURDAY = 5
ONE_DAY = timedelta(days=1)
NOTHING = timedelta(0)

YearStatus = Literal["published", "provisional"]
DayKind = Literal["working", "weekend", "holiday", "makeup"]
ReasonKind = Literal["start", "counted", "due", "weekend", "holiday", "makeup", "paused"]
Unit = Literal["working_day", "calendar_day", "working_hour"]
UNITS: tuple[Unit, ...] = ("working_day", "calendar_day", "working_hour")

# Why the last day of a limit in calendar days is not the last day counted; a msgid, as every note is.
MOVED_TO_WORKING_DAY = gettext_noop("Moved to the next working day (Civil Code, article 203)")


class OutsideCalendar(ValueError):
    """A day lies outside the years of the calendar; no date is invented for it."""


@dataclass(frozen=True, slots=True)
class Year:
    """One year's departures from Monday to Friday.

    `off` names the days of a holiday; weekend days that belong to one may be named too. `on` holds the weekend days
    made working days and the holiday that each makes up for. Names are English msgids. A year whose notice is not out
    is "provisional": its dates are estimates and are shown as such.
    """

    status: YearStatus
    off: Mapping[date, str]
    on: Mapping[date, str]


class Calendar:
    """The working days of consecutive years. Immutable; no question takes longer for days further apart.

    Raises ValueError for a table that cannot be right: no years, a gap between years, days of another year, a day
    both on and off, a make-up day on a weekday, or a year without working days (which would make every count
    endless).
    """

    __slots__ = ("_count", "_off", "_on", "_working", "add", "years")

    years: Mapping[int, Year]
    add: Callable[[date, int], date]
    _count: Sequence[int | None]
    _working: Sequence[date]
    _off: Mapping[date, str]
    _on: Mapping[date, str]

    def __init__(self, years: Mapping[int, Year]) -> None:
        if not years:
            raise ValueError("a calendar needs at least one year")
        first, last = min(years), max(years)
        if last - first + 1 != len(years):
            raise ValueError("the years of a calendar follow each other without a gap")
        off: dict[date, str] = {}
        on: dict[date, str] = {}
        # count[ordinal of a day]: working days up to and including it. The places before the first year are filled with
        # None, so that a day outside is refused by the read itself instead of by a comparison before each read.
        # working[k]: the k-th working day; place 0 is never read.
        count: list[int | None] = [None] * date(first, 1, 1).toordinal()
        working = [date.min]
        for number in range(first, last + 1):
            year = years[number]
            _check_year(number, year)
            off.update(year.off)
            on.update(year.on)
            before = len(working)
            for day in _days(date(number, 1, 1), date(number, 12, 31)):
                if day in on or (day.weekday() < SATURDAY and day not in off):
                    working.append(day)
                count.append(len(working) - 1)
            if len(working) == before:
                raise ValueError(f"{number} has no working day")
        self._set(
            _count=count,
            _working=working,
            _off=off,
            _on=on,
            add=_adder(count, working),
            years=MappingProxyType(dict(years)),
        )

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("a calendar does not change; build another one")

    @property
    def first_day(self) -> date:
        return date(min(self.years), 1, 1)

    @property
    def last_day(self) -> date:
        return date(max(self.years), 12, 31)

    def before(self, day: date, n: int) -> date:
        """The n-th working day strictly before `day`; n counts from 1."""
        if n < 1:
            raise ValueError(f"working days are counted from 1, not {n}")
        k = self._counted(day) - self.is_working(day) + 1 - n
        if k < 1:
            raise OutsideCalendar(f"{n} working days before {day} lies before {self.first_day}")
        return self._working[k]

    def next_working(self, day: date) -> date:
        """`day` itself if it is a working day, else the next one."""
        return day if self.is_working(day) else self.add(day, 1)

    def working_days_between(self, a: date, b: date) -> int:
        """Number of working days in (a, b]; negative when b lies before a."""
        return self._counted(b) - self._counted(a)

    def is_working(self, day: date) -> bool:
        return self._working[self._counted(day)] == day

    def kind(self, day: date) -> DayKind:
        self._counted(day)
        if day in self._on:
            return "makeup"
        if day in self._off:
            return "holiday"
        return "weekend" if day.weekday() >= SATURDAY else "working"

    def name(self, day: date) -> str:
        """The holiday that `day` belongs to, or that it makes up for, as an English msgid; "" for any other day."""
        self._counted(day)
        return self._on.get(day) or self._off.get(day, "")

    def is_provisional(self, day: date) -> bool:
        """Whether the notice for the year of `day` is not out, so that a date in it is an estimate (预计)."""
        self._counted(day)
        return self.years[day.year].status == "provisional"

    def _counted(self, day: date) -> int:
        """Working days from the first day of the calendar up to and including `day`."""
        try:
            counted = self._count[day.toordinal()]
        except IndexError:
            counted = None
        if counted is None:
            raise OutsideCalendar(f"{day} is outside the calendar ({self.first_day} to {self.last_day})")
        return counted


def _adder(count: Sequence[int | None], working: Sequence[date]) -> Callable[[date, int], date]:
    """`Calendar.add` for these tables: a closure, since it is the hottest line of the portal and reads no attribute."""

    def add(day: date, n: int) -> date:
        """The n-th working day strictly after `day`; n counts from 1.

        Raises ValueError for n < 1 (nought working days after a Saturday has no one answer), OutsideCalendar where the
        day or the answer lies outside the years.
        """
        if n < 1:
            raise ValueError(f"working days are counted from 1, not {n}")
        try:
            return working[count[day.toordinal()] + n]  # type: ignore[operator]  # None: caught below
        except (TypeError, IndexError):
            raise OutsideCalendar(f"{n} working days after {day} is outside the calendar") from None

    return add


def _check_year(number: int, year: Year) -> None:
    if year.status not in ("published", "provisional"):
        raise ValueError(f"{number}: a year is published or provisional, not {year.status!r}")
    for day in (*year.off, *year.on):
        if day.year != number:
            raise ValueError(f"{day} does not belong to {number}")
    if both := set(year.off) & set(year.on):
        raise ValueError(f"{min(both)} is both a day off and a make-up day")
    for day in year.on:
        if day.weekday() < SATURDAY:
            raise ValueError(f"{day} is a weekday and cannot be a make-up day")


@dataclass(frozen=True, slots=True)
class Limit:
    """How long something may take: a whole amount of one unit. Units are never converted into each other."""

    amount: int
    unit: str = "working_day"

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise ValueError(f"unknown unit {self.unit!r}")
        if isinstance(self.amount, bool) or not isinstance(self.amount, int) or self.amount < 1:
            raise ValueError(f"a limit is a whole number of at least 1, not {self.amount!r}")


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When the counters are open on a working day; `closes` is the close of business of 民法典 203."""

    morning: tuple[time, time] = (time(9), time(11, 30))
    afternoon: tuple[time, time] = (time(13, 30), time(17))

    def __post_init__(self) -> None:
        if not self.morning[0] < self.morning[1] <= self.afternoon[0] < self.afternoon[1]:
            raise ValueError("office hours are a morning and then an afternoon, each ending after it begins")

    @property
    def opens(self) -> time:
        return self.morning[0]

    @property
    def closes(self) -> time:
        return self.afternoon[1]

    def windows(self, day: date) -> tuple[tuple[datetime, datetime], tuple[datetime, datetime]]:
        """The two open stretches of a working day as instants."""
        return (
            (at(day, self.morning[0]), at(day, self.morning[1])),
            (at(day, self.afternoon[0]), at(day, self.afternoon[1])),
        )


OFFICE_HOURS = OfficeHours()


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which the clock stands still; `end` is None while it is open. `reason` is a msgid for the strip."""

    start: datetime
    end: datetime | None
    reason: str = ""

    def __post_init__(self) -> None:
        _require_aware(self.start)
        if self.end is not None:
            _require_aware(self.end)
            if self.end < self.start:
                raise ValueError("a pause ends before it begins")


@dataclass(frozen=True, slots=True)
class DayReason:
    """Why one day between the start and the due day counts or does not.

    `counted` is the number of the day within the limit; the due day always carries the last number. For limits in
    working hours no day has a number: `minutes` says how much office time of the day was counted. `note` is a msgid:
    the holiday, the holiday a make-up day belongs to, the reason of the pause, or why the due day moved.
    """

    day: date
    kind: ReasonKind
    counted: int | None = None
    note: str = ""
    makeup: bool = False
    minutes: int | None = None


def at(day: date, hour: time) -> datetime:
    """The instant of a wall-clock time in Shanghai."""
    return datetime.combine(day, hour, tzinfo=SHANGHAI)


def local_day(instant: datetime) -> date:
    """The day in Shanghai on which an instant falls; raises ValueError for an instant without a zone."""
    _require_aware(instant)
    return instant.astimezone(SHANGHAI).date()


def due_at(
    calendar: Calendar,
    started_at: datetime,
    limit: Limit,
    pauses: Iterable[Pause] = (),
    hours: OfficeHours = OFFICE_HOURS,
) -> datetime:
    """The instant at which a limit ends, in Asia/Shanghai.

    The day of the start is not counted and its hour never matters for limits in days, which end at the close of
    business (民法典 201, 203). `working_day`: the Nth working day. `calendar_day`: the Nth day; where that is a day
    off, the next working day (民法典 203). `working_hour`: office time from the instant of the start, ending at an
    instant.

    A pause moves the end by the days of the limit's own unit in (day of pause, day of resumption]; days that pauses
    share count once, and a pause within one day moves nothing. A pause that begins when the limit has already ended
    moves nothing, since a pause cannot undo a breach; one that begins earlier on the due day itself does move it.

    Raises ValueError for a pause before the start or one still open (see `due_if_resumed`), OutsideCalendar where the
    calendar has no answer.
    """
    closed = _closed(started_at, pauses)
    if limit.unit == "working_hour":
        return end_of_office_time(calendar, started_at, timedelta(hours=limit.amount), closed, hours)
    start = local_day(started_at)
    by_calendar = limit.unit == "calendar_day"
    last = start + limit.amount * ONE_DAY if by_calendar else calendar.add(start, limit.amount)
    due = calendar.next_working(last) if by_calendar else last
    covered = start
    for pause in closed:
        if pause.start >= at(due, hours.closes):
            break
        begin, end = max(local_day(pause.start), covered), local_day(_end(pause))
        if end <= begin:
            continue
        covered = end
        if by_calendar:
            last = max(last, begin) + (end - begin)
            due = calendar.next_working(last)
        elif stood := calendar.working_days_between(begin, end):
            due = calendar.add(due, stood)
    return at(due, hours.closes)


def due_if_resumed(
    calendar: Calendar,
    started_at: datetime,
    limit: Limit,
    pauses: Iterable[Pause],
    resumed_at: datetime,
    hours: OfficeHours = OFFICE_HOURS,
) -> datetime:
    """The due instant if the open pause ended at `resumed_at` (如今日补正，预计 X 办结).

    Without an open pause it is `due_at`. Raises ValueError where `resumed_at` lies before the open pause.
    """
    return due_at(calendar, started_at, limit, resumed(pauses, resumed_at), hours)


def resumed(pauses: Iterable[Pause], resumed_at: datetime) -> tuple[Pause, ...]:
    """The pauses with an open one ended at `resumed_at`."""
    return tuple(p if p.end is not None else Pause(p.start, resumed_at, p.reason) for p in pauses)


def in_office_hours(calendar: Calendar, instant: datetime, hours: OfficeHours = OFFICE_HOURS) -> datetime:
    """`instant` itself between opening and close of a working day, else the next opening: when people may be told."""
    day = local_day(instant)
    if calendar.is_working(day):
        if instant < at(day, hours.opens):
            return at(day, hours.opens)
        if instant < at(day, hours.closes):
            return instant
    return at(calendar.add(day, 1), hours.opens)


def end_of_office_time(
    calendar: Calendar, started_at: datetime, amount: timedelta, pauses: Iterable[Pause], hours: OfficeHours
) -> datetime:
    """The instant at which `amount` of office time outside the pauses has passed since `started_at`."""
    left = amount
    stretches = _open_office(calendar, started_at, _closed(started_at, pauses), hours)
    while True:
        begin, end = next(stretches)
        if end - begin >= left:
            return begin + left
        left -= end - begin


def explain(
    calendar: Calendar,
    started_at: datetime,
    limit: Limit,
    pauses: Iterable[Pause] = (),
    hours: OfficeHours = OFFICE_HOURS,
    until: datetime | None = None,
) -> list[DayReason]:
    """Each day from the day of the start to the due day with its reason, for the strip under a due date.

    `until` is the instant at which an open pause is taken to end. Exactly one day is "due"; its number is the amount
    of the limit and the counted days before it carry 1, 2, … without a gap.
    """
    closed = _closed(started_at, pauses if until is None else resumed(pauses, until))
    due = due_at(calendar, started_at, limit, closed, hours)
    if limit.unit == "working_hour":
        return list(_explain_hours(calendar, started_at, due, closed, hours))
    return list(_explain_days(calendar, local_day(started_at), local_day(due), limit, closed))


def remaining(calendar: Calendar, now: datetime, due: datetime) -> int:
    """Working days left: 0 on the due day itself, negative once the limit has ended.

    Overdue is `due < now`, to the instant; begun working days count whole, so that it is -1 from the first minute on.
    """
    today, due_day = local_day(now), local_day(due)
    if now <= due:
        return calendar.working_days_between(today, due_day)
    return -max(1, calendar.working_days_between(due_day, today))


def _explain_days(
    calendar: Calendar, start: date, due: date, limit: Limit, pauses: Sequence[Pause]
) -> Iterator[DayReason]:
    yield DayReason(start, "start")
    by_calendar = limit.unit == "calendar_day"
    number = 0
    ended_off = False  # a limit in calendar days ran out on a day off
    for day in _days(start + ONE_DAY, due):
        kind, name = calendar.kind(day), calendar.name(day)
        working, makeup = kind in ("working", "makeup"), kind == "makeup"
        counts = (by_calendar or working) and not _stands_still(pauses, day)
        if day == due:
            yield DayReason(day, "due", limit.amount, MOVED_TO_WORKING_DAY if ended_off else name, makeup)
        elif counts and number < limit.amount - 1:
            number += 1
            yield DayReason(day, "makeup" if makeup else "counted", number, name, makeup)
        elif not working and (counts or not by_calendar):
            ended_off = ended_off or counts
            yield DayReason(day, "holiday" if kind == "holiday" else "weekend", None, name)
        else:
            # Standing still, or the last day of the limit itself, on which a pause began and took it away.
            ended_off = False
            yield DayReason(day, "paused", None, _pause_reason(pauses, day), makeup)


def _explain_hours(
    calendar: Calendar, started_at: datetime, due: datetime, pauses: Sequence[Pause], hours: OfficeHours
) -> Iterator[DayReason]:
    minutes: dict[date, timedelta] = {}
    for begin, end in _open_office(calendar, started_at, pauses, hours):
        if begin >= due:
            break
        minutes[begin.date()] = minutes.get(begin.date(), NOTHING) + min(end, due) - begin
    start = local_day(started_at)
    for day in _days(start, due.date()):
        kind, name = calendar.kind(day), calendar.name(day)
        spent = minutes.get(day, NOTHING) // timedelta(minutes=1)
        makeup = kind == "makeup"
        if day == due.date():
            yield DayReason(day, "due", None, name, makeup, spent)
        elif day == start:
            yield DayReason(day, "start", None, name, makeup, spent)
        elif kind in ("weekend", "holiday"):
            yield DayReason(day, "holiday" if kind == "holiday" else "weekend", None, name)
        elif day in minutes:
            yield DayReason(day, "makeup" if makeup else "counted", None, name, makeup, spent)
        else:
            yield DayReason(day, "paused", None, _pause_reason(pauses, day), makeup, 0)


def _open_office(
    calendar: Calendar, started_at: datetime, pauses: Sequence[Pause], hours: OfficeHours
) -> Iterator[tuple[datetime, datetime]]:
    """Office time from the start on without the pauses, until the calendar ends (OutsideCalendar)."""
    begins = started_at.astimezone(SHANGHAI)
    day = calendar.next_working(begins.date())
    while True:
        for opens, closes in hours.windows(day):
            here = max(opens, begins)
            for pause in pauses:
                if pause.start >= closes:
                    break
                if here < pause.start:
                    yield here, pause.start
                here = max(here, _end(pause))
            if here < closes:
                yield here, closes
        day = calendar.add(day, 1)


def _days(first: date, last: date) -> Iterator[date]:
    return (date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1))


def _stands_still(pauses: Sequence[Pause], day: date) -> bool:
    """Whether `day` lies in (day of pause, day of resumption] of any pause."""
    return any(local_day(p.start) < day <= local_day(_end(p)) for p in pauses)


def _pause_reason(pauses: Sequence[Pause], day: date) -> str:
    return next((p.reason for p in pauses if local_day(p.start) <= day <= local_day(_end(p))), "")


def _closed(started_at: datetime, pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """The pauses in order of their beginning, in Shanghai time; refuses what the rules refuse."""
    _require_aware(started_at)
    ordered = []
    for pause in sorted(pauses, key=lambda p: p.start):
        if pause.end is None:
            raise ValueError("a pause is still open: the limit has no end until it is resumed")
        if pause.start < started_at:
            raise ValueError("a pause begins before the start")
        ordered.append(Pause(pause.start.astimezone(SHANGHAI), pause.end.astimezone(SHANGHAI), pause.reason))
    return tuple(ordered)


def _end(pause: Pause) -> datetime:
    """The end of a pause that `_closed` let through."""
    if pause.end is None:
        raise ValueError("a pause is still open")
    return pause.end


def _require_aware(instant: datetime) -> None:
    if instant.utcoffset() is None:
        raise ValueError(f"{instant} has no time zone")
