"""Adding working days: the portal's prefix table beside three packages and a loop over a cached set of days."""

import random
import statistics
from collections.abc import Callable
from datetime import date, timedelta

import chinese_calendar
import holidays

from bench import peers
from bench.run import ROUNDS, Figure, figure, medians
from park.deadlines.calendars import base_calendar

FIRST, LAST = date(2018, 1, 1), date(2026, 12, 31)
CASES, FEW, JUDGED = 2_000, 200, 10_000
# Repeated so that the quick side is measured over milliseconds, not microseconds.
REPEAT = 50
ONE_DAY = timedelta(days=1)
NS = 1e9

Case = tuple[date, int]


def figures(seed: int) -> list[Figure]:
    draw = random.Random(seed)
    calendar = base_calendar(FIRST.year, LAST.year)
    china = holidays.country_holidays("CN", years=range(FIRST.year, LAST.year + 1))
    published = {day for n in range((LAST - FIRST).days + 1) if chinese_calendar.is_workday(day := FIRST + n * ONE_DAY)}
    # Far enough from the end that every answer lies within the published years.
    latest = (date(2025, 10, 1) - FIRST).days

    def cases(count: int, low: int, high: int) -> list[Case]:
        return [(FIRST + timedelta(draw.randrange(latest)), draw.randint(low, high)) for _ in range(count)]

    def ours(drawn: list[Case]) -> None:
        add = calendar.add
        for _ in range(REPEAT):
            for day, n in drawn:
                add(day, n)

    near, usual, far = cases(CASES, 1, 10), cases(CASES, 10, 60), cases(CASES, 250, 250)
    few = usual[:FEW]
    # workalendar refuses days outside the years it knows, which takes less time than to answer.
    known = [case for case, answer in zip(usual, _workalendar(usual)["answers"], strict=True) if answer]
    foreign: list[float] = []
    sides: list[Callable[[], object]] = [
        lambda: ours(usual),
        lambda: [china.get_nth_working_day(day, n) for day, n in usual],
        lambda: [_walk(day, n, published.__contains__) for day, n in usual],
        lambda: [_walk(day, n, chinese_calendar.is_workday) for day, n in few],
        lambda: foreign.append(_workalendar(known)["seconds"]),
    ]
    quick, package, loop, slow_loop, _ = medians(*sides)
    short, long = (NS * s / CASES / REPEAT for s in medians(lambda: ours(near), lambda: ours(far)))
    usual_ns = NS * quick / CASES / REPEAT
    compared = [
        ("holidays.get_nth_working_day", package / CASES, 400),
        ("loop over a cached set", loop / CASES, 15),
        ("workalendar, in the years it knows", statistics.median(foreign[-ROUNDS:]) / len(known), 2000),
        ("loop over chinesecalendar.is_workday", slow_loop / FEW, 5000),
    ]
    return [
        *(
            figure(name="add 10–60 working days", ours=usual_ns, unit="ns", peer=peer, theirs=NS * seconds, goal=goal)
            for peer, seconds, goal in compared
        ),
        figure(
            name="add 250 working days, flat in n",
            ours=long,
            unit="ns",
            peer="the same, 1–10 days",
            theirs=short,
            goal=0.8,
        ),
        *_agreement(cases(JUDGED, 1, 60), calendar.add, china.get_nth_working_day, published),
    ]


def _agreement(
    cases: list[Case], ours: Callable[[date, int], date], package: Callable[[date, int], date], published: set[date]
) -> list[Figure]:
    """How many answers are those of a plain walk over the published days; a refusal is no answer."""
    right = [_walk(day, n, published.__contains__) for day, n in cases]
    answers = _workalendar(cases)["answers"]
    refused = answers.count(None)
    agreeing = sum(a == b.isoformat() for a, b in zip(answers, right, strict=True))
    mine = sum(ours(day, n) == answer for (day, n), answer in zip(cases, right, strict=True))
    peers_right = [
        ("holidays", sum(package(day, n) == answer for (day, n), answer in zip(cases, right, strict=True))),
        (f"workalendar ({refused:,} refused, {len(cases) - refused - agreeing:,} wrong)", agreeing),
        (
            "chinesecalendar.find_workday",
            sum(chinese_calendar.find_workday(n, day) == answer for (day, n), answer in zip(cases, right, strict=True)),
        ),
    ]
    return [
        figure(
            name=f"right answers of {len(cases):,}",
            ours=mine,
            unit="",
            peer=peer,
            theirs=theirs,
            goal=1,
            more_is_better=True,
        )
        for peer, theirs in peers_right
    ]


def _workalendar(cases: list[Case]) -> dict:
    return peers.ask("working_days", [(day.isoformat(), n) for day, n in cases])


def _walk(day: date, n: int, is_working: Callable[[date], bool]) -> date:
    while n:
        day += ONE_DAY
        if is_working(day):
            n -= 1
    return day
