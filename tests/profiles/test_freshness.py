from datetime import date

import pytest

from profiles.freshness import is_confirmation_due, is_stale_since, is_stale_year, year_expected


@pytest.mark.parametrize(("today", "year"), [("2026-06-30", 2024), ("2026-07-01", 2025), ("2027-01-01", 2025)])
def test_year_is_expected_once_the_annual_reports_are_out(today: str, year: int):
    day = date.fromisoformat(today)
    assert year_expected(day) == year
    assert not is_stale_year(year, day)
    assert is_stale_year(year - 1, day)


def test_value_without_a_year_is_good_for_fifteen_months_or_since_it_was_confirmed():
    said, today = date(2025, 1, 1), date(2026, 6, 1)
    assert is_stale_since(said, None, today)
    assert not is_stale_since(said, date(2025, 12, 1), today)
    assert not is_stale_since(date(2025, 6, 1), None, today)


def test_file_is_confirmed_once_a_year():
    assert is_confirmation_due(None, date(2026, 1, 1))
    assert not is_confirmation_due(date(2025, 1, 1), date(2026, 1, 1))
    assert is_confirmation_due(date(2024, 12, 31), date(2026, 1, 1))
