"""Who visits whom on which day: spread evenly, on working days, with everybody present, and the same each time."""

import itertools
from collections import Counter
from datetime import date, timedelta

import pytest

from park.deadlines.calendars import base_calendar
from profiles import itinerary
from profiles.itinerary import ANNUAL, KEPT_FREE, MOST_A_DAY, RETURN, Person, Wanted

CALENDAR = base_calendar(2025, 2028)
QUARTER = date(2026, 10, 1)
BEFORE = date(2026, 9, 20)
DAYS = itinerary.days_for(CALENDAR, RETURN, QUARTER, BEFORE)


def many(count: int, own: int | None = None) -> list[Wanted]:
    return [Wanted(n, own) for n in range(1, count + 1)]


@pytest.mark.parametrize(
    ("kind", "day", "period"),
    [
        (RETURN, date(2026, 1, 1), date(2026, 1, 1)),
        (RETURN, date(2026, 12, 31), date(2026, 10, 1)),
        (RETURN, date(2026, 5, 31), date(2026, 4, 1)),
        (ANNUAL, date(2026, 12, 31), date(2026, 1, 1)),
    ],
)
def test_period_is_the_quarter_or_the_year(kind, day, period):
    assert itinerary.period_of(kind, day) == period
    assert itinerary.period_after(kind, period) > day


def test_days_are_working_days_and_the_last_five_are_free():
    assert all(CALENDAR.is_working(day) for day in DAYS)
    assert date(2026, 10, 1) not in DAYS  # the National Day
    assert CALENDAR.working_days_between(DAYS[-1], date(2026, 12, 31)) == KEPT_FREE


def test_days_of_the_running_period_begin_tomorrow():
    today = date(2026, 11, 20)
    assert min(itinerary.days_for(CALENDAR, RETURN, QUARTER, today)) == date(2026, 11, 23)


def test_annual_visit_stands_in_the_middle_of_the_year_or_in_what_is_left_of_it():
    year = date(2026, 1, 1)
    assert {day.month for day in itinerary.days_for(CALENDAR, ANNUAL, year, date(2025, 12, 20))} == {4, 5, 6, 7, 8, 9}
    assert {day.month for day in itinerary.days_for(CALENDAR, ANNUAL, year, date(2026, 11, 2))} == {11, 12}


def test_new_enterprises_wait_for_the_next_quarter_in_its_last_two_weeks():
    assert not itinerary.is_closed_to_new(RETURN, QUARTER, date(2026, 12, 17))
    assert itinerary.is_closed_to_new(RETURN, QUARTER, date(2026, 12, 18))


def test_next_period_is_planned_in_the_last_ten_working_days():
    last = date(2026, 12, 31)
    assert itinerary.is_planned_ahead(CALENDAR, RETURN, QUARTER, CALENDAR.before(last, 9))
    assert not itinerary.is_planned_ahead(CALENDAR, RETURN, QUARTER, CALENDAR.before(last, 10))


@pytest.mark.parametrize("count", [1, 7, 60, 137, 240])
def test_loads_are_even_within_one_for_each_day_and_person(count):
    people = [Person(1), Person(2), Person(3)]
    stops = itinerary.plan(many(count), people, DAYS)
    assert [stop.enterprise for stop in stops] == list(range(1, count + 1))
    by_person = Counter(stop.person for stop in stops)
    assert max(by_person.values()) - min(by_person.get(one.pk, 0) for one in people) <= 1
    for one in people:
        loads = Counter(stop.on for stop in stops if stop.person == one.pk)
        assert max(loads.values(), default=0) - min(loads.get(day, 0) for day in DAYS) <= 1


def test_few_visits_are_spread_over_the_whole_period():
    days = sorted(stop.on for stop in itinerary.plan(many(4), [Person(1)], DAYS))
    assert all(b - a > timedelta(days=10) for a, b in itertools.pairwise(days))


def test_own_specialist_comes_first_even_when_others_have_less():
    stops = itinerary.plan(many(50, own=2), [Person(1), Person(2)], DAYS)
    assert {stop.person for stop in stops} == {2}


def test_who_only_takes_their_own_gets_no_others():
    people = [Person(1, takes_others=False), Person(2)]
    stops = itinerary.plan([Wanted(1, own=1), Wanted(2), Wanted(3)], people, DAYS)
    assert [stop.person for stop in stops] == [1, 2, 2]


def test_nobody_is_sent_on_a_day_of_absence():
    away = (DAYS[0], DAYS[20])
    stops = itinerary.plan(many(100), [Person(1, away=(away,))], DAYS)
    assert min(stop.on for stop in stops) > DAYS[20]


def test_whole_absence_hands_the_enterprise_to_another():
    stops = itinerary.plan([Wanted(1, own=1)], [Person(1, away=((DAYS[0], DAYS[-1]),)), Person(2)], DAYS)
    assert stops[0].person == 2


def test_more_than_days_can_hold_make_the_days_of_everybody_fuller_evenly():
    room = MOST_A_DAY * len(DAYS)
    stops = itinerary.plan(many(2 * room + 7), [Person(1), Person(2)], DAYS)
    by_day = Counter((stop.person, stop.on) for stop in stops)
    assert set(by_day.values()) == {MOST_A_DAY, MOST_A_DAY + 1}
    assert Counter(by_day.values())[MOST_A_DAY + 1] == 7
    assert {stop.person for stop in stops} == {1, 2}


def test_days_become_fuller_only_when_nobody_has_room():
    full = dict.fromkeys(DAYS, MOST_A_DAY)
    room = Person(2, busy=dict.fromkeys(DAYS, MOST_A_DAY - 1), visits=9000)
    stops = itinerary.plan(many(len(DAYS) + 1, own=1), [Person(1, busy=full), room], DAYS)
    assert Counter(stop.person for stop in stops[:-1]) == {2: len(DAYS)}
    assert stops[-1].person == 1  # both are full now, and this one has fewer visits


def test_who_only_takes_their_own_gets_them_on_full_days_when_nobody_else_is_there():
    own = Person(1, takes_others=False, busy=dict.fromkeys(DAYS, MOST_A_DAY))
    stops = itinerary.plan([Wanted(1, own=1), Wanted(2)], [own, Person(2, away=((DAYS[0], DAYS[-1]),))], DAYS)
    assert [stop.person for stop in stops] == [1, None]


def test_days_that_are_busy_already_get_less():
    busy = dict.fromkeys(DAYS[:10], 2)
    stops = itinerary.plan(many(2 * len(DAYS) - 20), [Person(1, busy=busy)], DAYS)
    total = Counter(busy) + Counter(stop.on for stop in stops)
    assert set(total.values()) == {2}


def test_enterprise_is_not_called_on_twice_within_two_weeks():
    near = tuple(DAYS[:30])
    stop = itinerary.plan([Wanted(1, near=near)], [Person(1)], DAYS)[0]
    assert all(abs(stop.on - day) >= itinerary.APART for day in near)
    crowded = itinerary.plan([Wanted(1, near=tuple(DAYS))], [Person(1)], DAYS)[0]
    assert crowded.on == DAYS[0]


def test_same_input_gives_the_same_plan_in_any_order():
    people, wanted = [Person(1), Person(2)], many(90)
    assert itinerary.plan(wanted, people, DAYS) == itinerary.plan(wanted[::-1], people[::-1], DAYS)


def test_other_day_is_the_nearest_free_one():
    full = {DAYS[6]: MOST_A_DAY}
    person = Person(1, away=((DAYS[5], DAYS[5]),), busy=full)
    assert itinerary.other_day(person, DAYS, DAYS[5]) == DAYS[4]
    assert itinerary.other_day(Person(1, away=((DAYS[0], DAYS[-1]),)), DAYS, DAYS[5]) is None
