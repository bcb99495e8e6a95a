"""Adding working days: the portal's prefix table beside the `holidays` package and a loop over a cached set of days."""

import random
from datetime import date, timedelta

import chinese_calendar
import holidays

from bench.run import Figure, figure, medians
from park.deadlines.calendars import base_calendar

FIRST, LAST = date(2018, 1, 1), date(2026, 12, 31)
CASES = 2_000
# Repeated so that the quick side is measured over milliseconds, not microseconds.
REPEAT = 50
ONE_DAY = timedelta(days=1)


def figures(seed: int) -> list[Figure]:
    draw = random.Random(seed)
    calendar = base_calendar(FIRST.year, LAST.year)
    china = holidays.country_holidays("CN", years=range(FIRST.year, LAST.year + 1))
    workdays = {day for n in range((LAST - FIRST).days + 1) if chinese_calendar.is_workday(day := FIRST + timedelta(n))}
    # Far enough from the end that every answer lies within the published years.
    latest = (date(2025, 10, 1) - FIRST).days

    def cases(low: int, high: int) -> list[tuple[date, int]]:
        return [(FIRST + timedelta(draw.randrange(latest)), draw.randint(low, high)) for _ in range(CASES)]

    def ours(drawn: list[tuple[date, int]]) -> None:
        add = calendar.add
        for _ in range(REPEAT):
            for day, n in drawn:
                add(day, n)

    def by_package(drawn: list[tuple[date, int]]) -> None:
        for day, n in drawn:
            china.get_nth_working_day(day, n)

    def by_loop(drawn: list[tuple[date, int]]) -> None:
        for day, n in drawn:
            _walk(day, n, workdays)

    near, usual, far = cases(1, 10), cases(10, 60), cases(250, 250)
    for day, n in (*near, *usual, *far):
        answer = calendar.add(day, n)
        if not answer == _walk(day, n, workdays) == china.get_nth_working_day(day, n):
            raise AssertionError(f"{n} working days after {day}: the sides do not agree")

    quick, package, loop = (
        s / CASES for s in medians(lambda: ours(usual), lambda: by_package(usual), lambda: by_loop(usual))
    )
    short, long = (s / CASES / REPEAT for s in medians(lambda: ours(near), lambda: ours(far)))
    ns = 1e9
    usual_ns = quick / REPEAT * ns
    return [
        figure(
            name="add 10–60 working days",
            ours=usual_ns,
            unit="ns",
            peer="holidays.get_nth_working_day",
            theirs=package * ns,
            goal=400,
        ),
        figure(
            name="add 10–60 working days",
            ours=usual_ns,
            unit="ns",
            peer="loop over a cached set",
            theirs=loop * ns,
            goal=15,
        ),
        figure(
            name="add 250 working days, flat in n",
            ours=long * ns,
            unit="ns",
            peer="the same, 1–10 days",
            theirs=short * ns,
            goal=0.8,
        ),
    ]


def _walk(day: date, n: int, workdays: set[date]) -> date:
    while n:
        day += ONE_DAY
        if day in workdays:
            n -= 1
    return day
