"""The stretches of time that the cockpit looks at, in Shanghai days. Pure: no Django, no clock."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from park.deadlines.workdays import at, local_day

WEEK = timedelta(days=7)
KEYS = ("week", "quarter", "year")
YEARS = range(2000, 2101)  # that may be asked for: the first and last weeks of all have no week beside them


@dataclass(frozen=True)
class Period:
    """From `start` up to, but not including, `end`. `key`: week, quarter, year; or a day, for one past week."""

    key: str
    start: datetime
    end: datetime


def midnight(day: date) -> datetime:
    return at(day, time.min)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def period(key: str, now: datetime) -> Period:
    """The week, quarter or year in which `now` lies; raises ValueError for another key."""
    today = local_day(now)
    match key:
        case "week":
            first = monday(today)
            after = first + WEEK
        case "quarter":
            first = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
            after = _next_quarter(first)
        case "year":
            first, after = date(today.year, 1, 1), date(today.year + 1, 1, 1)
        case _:
            raise ValueError(f"there is no period {key!r}")
    return Period(key, midnight(first), midnight(after))


def previous(of: Period) -> Period:
    """The week, quarter or year before; for one past week the week before that."""
    before = of.start - timedelta(days=1)
    return period(of.key, before) if of.key in KEYS else week_of(local_day(before))


def week_of(day: date) -> Period:
    """The week from Monday on in which a day lies."""
    first = monday(day)
    return Period(first.isoformat(), midnight(first), midnight(first + WEEK))


def weeks_until(now: datetime, count: int) -> list[date]:
    """The Mondays of the last `count` weeks, that of `now` being the last."""
    last = monday(local_day(now))
    return [last - WEEK * back for back in range(count - 1, -1, -1)]


def _next_quarter(first: date) -> date:
    return date(first.year + 1, 1, 1) if first.month == 10 else date(first.year, first.month + 3, 1)
