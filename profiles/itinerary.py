"""Who visits which enterprise, and on which day. Pure rule: no database and no clock.

A return visit belongs to a quarter, an annual visit to a year. The annual visit is one of its own and does not stand for
a return visit: each enterprise has four of those a year, and their number would otherwise depend on when it came. It is
planned for the middle of the year (April to September), when last year's figures are closed and there is time to act on
what was learnt; whoever comes later is visited in what is left of the year.

The last KEPT_FREE working days of a period are kept free for visits that had to be moved.
"""

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from park.deadlines.workdays import ONE_DAY, Calendar

RETURN, ANNUAL = "return", "annual"
MOST_A_DAY = 4
KEPT_FREE = 5
# Whoever comes in the last two weeks of a period is first visited in the next.
CLOSED_TO_NEW = timedelta(days=14)
# In its last ten working days the next period is planned.
PLANNED_AHEAD = 10
# Working days after the end of a period in which a late visit still counts for it.
GRACE = 10
# An enterprise is not called on twice within two weeks where that can be helped.
APART = timedelta(days=14)
MIDDLE_OF_YEAR = (4, 9)


@dataclass(frozen=True)
class Person:
    """Somebody who visits. `away` are the absences, both days included; `busy` says how many visits a day holds already;
    `visits` how many the person has in the period. Without
    `takes_others` the person visits only enterprises that are theirs, without `takes_key` no key enterprises."""

    pk: int
    takes_others: bool = True
    takes_key: bool = field(default=True, kw_only=True)
    away: tuple[tuple[date, date], ...] = ()
    busy: Mapping[date, int] = field(default_factory=dict)
    visits: int = 0

    def is_away(self, day: date) -> bool:
        return any(first <= day <= last for first, last in self.away)


@dataclass(frozen=True)
class Wanted:
    """An enterprise that is to be visited. `own` is its specialist; `near` are the days of its other visits; a key
    enterprise (`is_key`) is visited by those who may."""

    enterprise: int
    own: int | None = None
    near: tuple[date, ...] = ()
    is_key: bool = False


@dataclass(frozen=True)
class Stop:
    """`person` is None when nobody is there on any of the days: the head of the department has to find somebody."""

    enterprise: int
    person: int | None
    on: date


def period_of(kind: str, day: date) -> date:
    """The first day of the quarter or year in which `day` lies."""
    return date(day.year, 1, 1) if kind == ANNUAL else date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def period_after(kind: str, period: date) -> date:
    if kind == ANNUAL or period.month == 10:
        return date(period.year + 1, 1, 1)
    return date(period.year, period.month + 3, 1)


def last_working_day(calendar: Calendar, kind: str, period: date) -> date:
    return calendar.before(period_after(kind, period), 1)


def last_day_of_grace(calendar: Calendar, kind: str, period: date) -> date:
    """Until then a visit that is late still counts for its period."""
    return calendar.add(last_working_day(calendar, kind, period), GRACE)


def is_closed_to_new(kind: str, period: date, today: date) -> bool:
    return period_after(kind, period) - today <= CLOSED_TO_NEW


def is_planned_ahead(calendar: Calendar, kind: str, period: date, today: date) -> bool:
    """Whether it is time to plan the period after this one."""
    return calendar.working_days_between(today, last_working_day(calendar, kind, period)) < PLANNED_AHEAD


def days_for(calendar: Calendar, kind: str, period: date, today: date) -> list[date]:
    """The working days on which visits of a period are planned: after `today`, and not the last KEPT_FREE."""
    first = max(period, today + ONE_DAY)
    last = calendar.before(period_after(kind, period), KEPT_FREE + 1)
    days = [day for day in days_between(first, last) if calendar.is_working(day)]
    if kind == ANNUAL:
        return [day for day in days if MIDDLE_OF_YEAR[0] <= day.month <= MIDDLE_OF_YEAR[1]] or days
    return days


def plan(wanted: Sequence[Wanted], people: Sequence[Person], days: Sequence[date]) -> list[Stop]:
    """One stop for each enterprise, in the order of their numbers: the same input gives the same plan.

    An enterprise is visited by its own specialist, else by whoever has the fewest visits; each person's visits are spread
    over their days so that no day has two more than another, and none more than MOST_A_DAY. When all days of everybody
    are as full as that, they become fuller evenly: a full day is better than an enterprise that nobody comes to.
    """
    diaries = {person.pk: _Diary(person, days) for person in sorted(people, key=lambda one: one.pk)}
    nobody = _Diary(Person(0), days)
    stops = []
    for one in sorted(wanted, key=lambda w: w.enterprise):
        own = diaries.get(one.own or 0)
        if own is not None and one.is_key and not own.person.takes_key:
            own = None
        diary = own
        if diary is None or diary.is_full:
            able = [
                d
                for d in diaries.values()
                if d.heap and (d.person.takes_others or d is own) and (d.person.takes_key or not one.is_key)
            ]
            open_ones = [d for d in able if d.person.takes_others and not d.is_full]
            diary = min(open_ones, key=lambda d: (d.visits, d.person.pk), default=None) or min(
                able, key=lambda d: (d.emptiest, d.visits, d.person.pk), default=nobody
            )
        day = diary.take(one.near)
        stops.append(Stop(one.enterprise, None if diary is nobody else diary.person.pk, day))
    return stops


def other_day(person: Person, days: Collection[date], planned_on: date) -> date | None:
    """Where a visit goes that cannot be on its day: the nearest free day of the same person, the earlier of two."""
    free = [day for day in days if not person.is_away(day) and person.busy.get(day, 0) < MOST_A_DAY]
    return min(free, key=lambda day: (abs(day - planned_on), day), default=None)


class _Diary:
    """The days of one person, the emptiest first; among equals in an order that spreads few visits over the whole."""

    def __init__(self, person: Person, days: Sequence[date]) -> None:
        self.person, self.visits = person, person.visits
        free = [day for day in days if not person.is_away(day)]
        self.heap = [(person.busy.get(day, 0), _scattered(place, len(free)), day) for place, day in enumerate(free)]
        heapq.heapify(self.heap)

    @property
    def emptiest(self) -> int:
        """How many visits the emptiest day holds; there is a day at least."""
        return self.heap[0][0]

    @property
    def is_full(self) -> bool:
        return not self.heap or self.emptiest >= MOST_A_DAY

    def take(self, near: Sequence[date]) -> date:
        """The emptiest day; another equally empty one if the enterprise is called on within APART of it."""
        emptiest = self.emptiest
        looked_at = []
        while self.heap and self.heap[0][0] == emptiest:
            looked_at.append(heapq.heappop(self.heap))
            if all(abs(looked_at[-1][2] - other) >= APART for other in near):
                break
        else:
            looked_at.append(looked_at.pop(0))  # all of them are near: the first, after all
        load, rank, day = looked_at.pop()
        heapq.heappush(self.heap, (load + 1, rank, day))
        for row in looked_at:
            heapq.heappush(self.heap, row)
        self.visits += 1
        return day


def _scattered(place: int, of: int) -> int:
    """The place with its bits turned round: 0, the middle, a quarter, three quarters, …"""
    width = max(1, (of - 1).bit_length())
    return int(f"{place:0{width}b}"[::-1], 2)


def days_between(first: date, last: date) -> list[date]:
    """Both included."""
    return [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
