from datetime import date

import pytest

from park.cockpit.periods import midnight, period, previous, week_of, weeks_until
from tests.cast import at
from tests.cockpit.scene import LOOK, day


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        ("week", "2026-11-23", "2026-11-30"),
        ("quarter", "2026-10-01", "2027-01-01"),
        ("year", "2026-01-01", "2027-01-01"),
    ],
)
def test_period_runs_from_its_first_to_its_last_shanghai_day(key: str, start: str, end: str) -> None:
    found = period(key, LOOK)
    assert (found.start, found.end) == (day(start), day(end))


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        ("week", "2026-11-16", "2026-11-23"),
        ("quarter", "2026-07-01", "2026-10-01"),
        ("year", "2025-01-01", "2026-01-01"),
    ],
)
def test_previous_period_ends_where_this_one_begins(key: str, start: str, end: str) -> None:
    found = previous(period(key, LOOK))
    assert (found.start, found.end) == (day(start), day(end))


def test_monday_at_midnight_belongs_to_the_new_week() -> None:
    assert period("week", day("2026-11-23")).start == day("2026-11-23")
    assert period("week", at("2026-11-22 23:59")).start == day("2026-11-16")


def test_unknown_period_is_refused() -> None:
    with pytest.raises(ValueError, match="month"):
        period("month", LOOK)


def test_weeks_end_with_the_present_one() -> None:
    mondays = weeks_until(LOOK, 12)
    assert len(mondays) == 12
    assert mondays[-1] == day("2026-11-23").date()
    assert week_of(mondays[0]).start == day("2026-09-07")


def test_week_before_a_past_week_is_the_one_before_it() -> None:
    before = previous(week_of(date(2026, 11, 23)))
    assert (before.key, before.start, before.end) == (
        "2026-11-16",
        midnight(date(2026, 11, 16)),
        midnight(date(2026, 11, 23)),
    )
