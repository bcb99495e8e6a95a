from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from park.deadlines.calendars import base_calendar
from park.deadlines.ladder import amber_from, rungs, signal
from park.deadlines.workdays import Limit, Pause, at, due_at, local_day, remaining

CALENDAR = base_calendar(2010, 2028)


def moment(text: str) -> datetime:
    parsed = datetime.fromisoformat(text)
    return at(parsed.date(), parsed.time())


def ladder(start: str, amount: int, unit: str = "working_day", pauses=()) -> list[str | None]:
    started_at, limit = moment(start), Limit(amount, unit)
    made = rungs(limit, started_at, due_at(CALENDAR, started_at, limit, pauses), CALENDAR, pauses)
    return [f"{rung.code} {rung.at:%Y-%m-%d %H:%M}" if rung else None for rung in made]


def test_long_limit_warns_at_sixty_percent_three_days_and_one_day():
    assert ladder("2026-11-23 15:00", 15) == [
        "W1 2026-12-04 09:00",
        "W2 2026-12-09 09:00",
        "W3 2026-12-11 09:00",
        "B0 2026-12-14 17:00",
        "B1 2026-12-16 09:00",
        "B2 2026-12-21 09:00",
    ]


def test_short_limit_warns_one_day_before_and_on_the_due_day():
    assert ladder("2026-11-23 15:00", 3) == [
        "W1 2026-11-25 09:00",
        "W2 2026-11-26 09:00",
        None,
        "B0 2026-11-26 17:00",
        "B1 2026-11-27 09:00",
        "B2 2026-12-01 09:00",
    ]


def test_limit_of_one_day_warns_only_on_the_due_day():
    assert ladder("2026-11-23 08:00", 1)[:3] == [None, "W2 2026-11-24 09:00", None]


def test_working_hours_warn_at_sixty_percent_of_the_office_time():
    assert ladder("2026-11-23 10:00", 5, "working_hour") == [
        "W1 2026-11-23 15:00",
        None,
        None,
        "B0 2026-11-23 17:00",
        "B1 2026-11-24 09:00",
        "B2 2026-11-26 09:00",
    ]


def test_limit_of_six_days_is_not_told_twice_in_one_morning():
    assert ladder("2026-11-23 10:00", 6)[:3] == [None, "W2 2026-11-26 09:00", "W3 2026-11-30 09:00"]


def test_rungs_count_makeup_days_and_skip_holidays():
    assert ladder("2026-09-30 10:00", 3)[:2] == ["W1 2026-10-09 09:00", "W2 2026-10-10 09:00"]


def test_rungs_move_with_a_pause():
    pauses = [Pause(moment("2026-11-25 10:00"), moment("2026-12-02 10:00"))]
    assert ladder("2026-11-23 10:00", 15, pauses=pauses)[0] == "W1 2026-12-11 09:00"
    assert ladder("2026-11-23 10:00", 15, pauses=pauses)[2] == "W3 2026-12-18 09:00"


def test_nothing_warns_after_a_limit_that_ends_before_the_opening():
    made = rungs(Limit(3), moment("2026-11-23 10:00"), moment("2026-11-26 00:05"), CALENDAR)
    assert [rung and rung.code for rung in made] == ["W1", None, None, "B0", "B1", "B2"]


def test_rungs_follow_a_due_instant_that_was_extended():
    made = rungs(Limit(3), moment("2026-11-23 10:00"), moment("2026-12-04 17:00"), CALENDAR)
    assert (made[0].at, made[1].at) == (moment("2026-12-03 09:00"), moment("2026-12-04 09:00"))


@given(
    st.datetimes(datetime(2010, 1, 1), datetime(2026, 6, 1)).map(lambda d: at(d.date(), d.time())),
    st.builds(Limit, st.integers(1, 60), st.sampled_from(["working_day", "calendar_day", "working_hour"])),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 400)), max_size=3),
)
def test_rungs_ascend_after_the_start_with_the_breach_always_there(start, limit, spans):
    pauses = [Pause(start + timedelta(hours=a), start + timedelta(hours=a + b)) for a, b in spans]
    due = due_at(CALENDAR, start, limit, pauses)
    made = rungs(limit, start, due, CALENDAR, pauses)
    instants = [start, *(rung.at for rung in made if rung)]
    assert all(a < b for a, b in pairwise(instants))
    assert made[3].at == due
    assert made[4] and made[5]
    assert all(CALENDAR.is_working(local_day(rung.at)) for rung in made if rung)


@given(st.datetimes(datetime(2010, 1, 1), datetime(2026, 6, 1)), st.integers(6, 60))
def test_long_limits_warn_with_the_days_left_that_screens_show(start, amount):
    start = at(start.date(), start.time())
    due = due_at(CALENDAR, start, Limit(amount))
    made = rungs(Limit(amount), start, due, CALENDAR)
    assert remaining(CALENDAR, made[1].at, due) == 3
    assert remaining(CALENDAR, made[2].at, due) == 1
    assert made[0] is None or (amount - remaining(CALENDAR, made[0].at, due)) / amount >= 0.6


# -- The signal --

DUE = moment("2026-11-26 17:00")
AMBER = moment("2026-11-25 09:00")


@pytest.mark.parametrize(
    ("now", "shown"),
    [
        ("2026-11-25 08:59", "green"),
        ("2026-11-25 09:00", "amber"),
        ("2026-11-26 17:00", "amber"),
        ("2026-11-26 17:01", "red"),
    ],
)
def test_signal_of_a_running_clock_follows_the_instants(now, shown):
    assert signal("running", DUE, AMBER, moment(now)) == shown


def test_signal_of_a_paused_clock_is_not_failed_by_its_old_due_instant():
    assert signal("paused", DUE, AMBER, moment("2026-12-24 10:00"), moment("2026-11-24 10:00")) == "paused"


def test_signal_of_a_clock_paused_after_its_breach_stays_red():
    assert signal("paused", DUE, AMBER, moment("2026-12-24 10:00"), moment("2026-11-27 10:00")) == "red"


def test_signal_of_finished_and_cancelled_clocks_never_turns():
    late = moment("2027-01-24 10:00")
    assert [signal(s, DUE, AMBER, late) for s in ("met", "breached_then_met", "cancelled")] == ["met", "red", None]


def test_signal_without_a_warning_is_green_until_it_is_due():
    assert signal("running", DUE, None, moment("2026-11-26 16:59")) == "green"


def test_signal_refuses_an_unknown_state():
    with pytest.raises(ValueError, match="no state"):
        signal("waiting", DUE, AMBER, moment("2026-11-25 09:00"))


def test_amber_begins_with_the_first_warning_there_is():
    started = moment("2026-11-23 10:00")
    made = rungs(Limit(6), started, due_at(CALENDAR, started, Limit(6)), CALENDAR)
    assert amber_from(made) == moment("2026-11-26 09:00")
    assert amber_from((None, None, None, made[3], made[4], made[5])) is None
