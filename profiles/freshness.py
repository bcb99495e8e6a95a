"""When a value of a file is too old to rely on. Pure rule: no database, no clock.

Figures of a year are expected once the annual report has to be out, 30 June of the year after (企业信息公示暂行条例, art. 8).
What has no year is taken as good for fifteen months after it was said or the enterprise last confirmed its file, whichever is
later; the file is confirmed once a year.
"""

from datetime import date

REPORTS_ARE_OUT = (7, 1)
GOOD_FOR_DAYS = 456
CONFIRMED_FOR_DAYS = 365


def year_expected(today: date) -> int:
    """The latest year of which figures have to be known."""
    return today.year - 1 if (today.month, today.day) >= REPORTS_ARE_OUT else today.year - 2


def is_stale_year(year: int, today: date) -> bool:
    """`year` is the latest of which an item is known."""
    return year < year_expected(today)


def is_stale_since(said_on: date, confirmed_on: date | None, today: date) -> bool:
    """For values without a year: the day on which it was said, and on which the whole file was confirmed."""
    good_from = max(said_on, confirmed_on) if confirmed_on else said_on
    return (today - good_from).days > GOOD_FOR_DAYS


def is_confirmation_due(confirmed_on: date | None, today: date) -> bool:
    return confirmed_on is None or (today - confirmed_on).days > CONFIRMED_FOR_DAYS
