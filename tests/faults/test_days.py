"""Working days as the checker counts them, against the worked examples of the calendar."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from faults.days import Days, read_years

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 26), True),  # a Thursday
        (date(2026, 11, 28), False),  # a Saturday
        (date(2026, 10, 1), False),  # a holiday
        (date(2026, 10, 10), True),  # a Saturday that is worked
    ],
)
def test_days_as_they_were_announced(day: date, works: bool):
    assert Days({}).is_working(day) == works


def test_what_was_imported_holds_instead():
    kept = {"2026": {"status": "published", "off": {"2026-11-26": "试验"}, "on": {"2026-11-28": "试验"}}}
    days = Days(read_years(kept))
    assert not days.is_working(date(2026, 11, 26))
    assert days.is_working(date(2026, 11, 28))
    assert days.is_working(date(2026, 10, 1))  # the year was put aside whole, and its notice names no other day
    assert days.is_working(date(2027, 1, 4)) and not days.is_working(date(2027, 1, 1))


def test_days_are_those_of_shanghai_and_the_first_is_not_counted():
    late = datetime(2026, 11, 26, 23, 30, tzinfo=SHANGHAI).astimezone(ZoneInfo("UTC"))
    assert Days({}).working_days(late, datetime(2026, 11, 30, 17, tzinfo=SHANGHAI)) == 2


def test_limit_ends_on_its_last_working_day():
    start = datetime(2026, 11, 26, 9, tzinfo=SHANGHAI)
    assert Days({}).closing(start, 3) == date(2026, 12, 1)
