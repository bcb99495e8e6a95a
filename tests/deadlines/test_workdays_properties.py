import random
from datetime import date, datetime, time, timedelta

import chinese_calendar
from hypothesis import given
from hypothesis import strategies as st

from park.deadlines.calendars import base_calendar
from park.deadlines.workdays import Limit, Pause, at, due_at, explain, local_day, remaining

CALENDAR = base_calendar(2010, 2027)
FIRST, LAST = date(2010, 1, 1), date(2026, 12, 31)
WORKDAYS = {
    day for day in (FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1)) if chinese_calendar.is_workday(day)
}

NINE = time(9)

starts = st.datetimes(datetime(2010, 1, 1), datetime(2025, 12, 31)).map(lambda d: at(d.date(), d.time()))
limits = st.builds(Limit, st.integers(1, 60), st.sampled_from(["working_day", "calendar_day", "working_hour"]))
day_limits = st.builds(Limit, st.integers(1, 40), st.sampled_from(["working_day", "calendar_day"]))


@st.composite
def started_and_paused(draw):
    start = draw(starts)
    hours = st.integers(0, 24 * 30).map(lambda n: timedelta(hours=n))
    pauses = []
    for after, lasting in draw(st.lists(st.tuples(hours, hours), max_size=4)):
        pauses.append(Pause(start + after, start + after + lasting))
    return start, pauses


def test_add_agrees_with_a_day_by_day_walk_over_a_second_source():
    draw = random.Random(20261123)
    for _ in range(10_000):
        start = FIRST + timedelta(draw.randrange((date(2026, 9, 1) - FIRST).days))
        n = draw.randint(1, 60)
        day, left = start, n
        while left:
            day += timedelta(days=1)
            left -= day in WORKDAYS
        assert CALENDAR.add(start, n) == day, (start, n)
        assert CALENDAR.working_days_between(start, day) == n
        assert CALENDAR.before(day + timedelta(days=1), 1) == day


def test_one_pause_moves_the_due_day_by_exactly_the_working_days_it_holds():
    draw = random.Random(82)
    for _ in range(3_000):
        start = FIRST + timedelta(draw.randrange((date(2026, 1, 1) - FIRST).days))
        limit = Limit(draw.randint(1, 30))
        plain = due_at(CALENDAR, at(start, NINE), limit)
        begin = start + timedelta(draw.randrange((local_day(plain) - start).days + 1))
        end = begin + timedelta(draw.randrange(30))
        held = sum(begin + timedelta(n) in WORKDAYS for n in range(1, (end - begin).days + 1))
        moved = due_at(CALENDAR, at(start, NINE), limit, [Pause(at(begin, NINE), at(end, NINE))])
        assert CALENDAR.working_days_between(local_day(plain), local_day(moved)) == held
        assert CALENDAR.is_working(local_day(moved))


@given(started_and_paused(), limits)
def test_due_never_comes_before_the_limit_without_pauses(case, limit):
    start, pauses = case
    assert due_at(CALENDAR, start, limit, pauses) >= due_at(CALENDAR, start, limit) > start


@given(starts, st.timedeltas(timedelta(0), timedelta(days=60)), limits)
def test_due_is_monotone_in_the_start(start, later, limit):
    assert due_at(CALENDAR, start, limit) <= due_at(CALENDAR, start + later, limit)


@given(started_and_paused(), limits, st.integers(1, 10))
def test_due_grows_with_the_limit(case, limit, more):
    start, pauses = case
    longer = Limit(limit.amount + more, limit.unit)
    shorter_due, longer_due = due_at(CALENDAR, start, limit, pauses), due_at(CALENDAR, start, longer, pauses)
    assert shorter_due < longer_due if limit.unit != "calendar_day" else shorter_due <= longer_due


@given(starts, day_limits, st.integers(0, 40), st.integers(0, 12), st.integers(0, 11))
def test_pause_within_one_day_moves_nothing(start, limit, after, hour, lasting):
    day = local_day(start) + timedelta(after + 1)
    begin = at(day, time(hour))
    within = Pause(begin, begin + timedelta(hours=lasting))
    assert due_at(CALENDAR, start, limit, [within]) == due_at(CALENDAR, start, limit)


@given(started_and_paused(), limits, st.randoms(use_true_random=False))
def test_pauses_count_as_their_union_in_any_order(case, limit, order):
    start, pauses = case
    doubled = pauses * 2
    order.shuffle(doubled)
    assert due_at(CALENDAR, start, limit, doubled) == due_at(CALENDAR, start, limit, pauses)


@given(started_and_paused(), day_limits)
def test_pause_after_the_due_instant_moves_nothing(case, limit):
    start, pauses = case
    due = due_at(CALENDAR, start, limit, pauses)
    late = Pause(max([due, *(p.end for p in pauses)]), max([due, *(p.end for p in pauses)]) + timedelta(days=9))
    assert due_at(CALENDAR, start, limit, [*pauses, late]) == due


@given(started_and_paused(), limits)
def test_explain_ends_on_the_due_day_and_leaves_no_day_out(case, limit):
    start, pauses = case
    strip = explain(CALENDAR, start, limit, pauses)
    due = due_at(CALENDAR, start, limit, pauses)
    days = (local_day(due) - local_day(start)).days
    assert [r.day for r in strip] == [local_day(start) + timedelta(n) for n in range(days + 1)]
    assert [r.day for r in strip if r.kind == "due"] == [local_day(due)]


@given(started_and_paused(), day_limits)
def test_explain_numbers_the_days_without_a_gap_and_gives_each_other_day_its_reason(case, limit):
    start, pauses = case
    strip = explain(CALENDAR, start, limit, pauses)
    assert [r.counted for r in strip if r.counted] == list(range(1, limit.amount + 1))
    for reason in strip[1:]:
        if reason.kind == "paused":
            assert any(local_day(p.start) <= reason.day <= local_day(p.end) for p in pauses)
        elif reason.kind in ("weekend", "holiday"):
            assert not CALENDAR.is_working(reason.day)
        elif reason.kind != "due":
            assert not any(local_day(p.start) < reason.day <= local_day(p.end) for p in pauses)
            assert limit.unit == "calendar_day" or CALENDAR.is_working(reason.day)


@given(started_and_paused(), st.integers(1, 60))
def test_explain_counts_every_minute_of_working_hours(case, amount):
    start, pauses = case
    start = start.replace(second=0, microsecond=0)
    pauses = [Pause(p.start.replace(second=0, microsecond=0), p.end.replace(second=0, microsecond=0)) for p in pauses]
    strip = explain(CALENDAR, start, Limit(amount, "working_hour"), pauses)
    assert sum(r.minutes or 0 for r in strip) == amount * 60


@given(starts, st.integers(1, 60))
def test_remaining_counts_down_from_the_limit(start, amount):
    due = due_at(CALENDAR, start, Limit(amount))
    assert remaining(CALENDAR, start, due) == amount
    assert remaining(CALENDAR, due, due) == 0
    assert remaining(CALENDAR, due + timedelta(seconds=1), due) == -1
