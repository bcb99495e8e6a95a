"""Limits in different units beside each other. Pure rule.

A working day is a calendar day, but so many working days may take more calendar days than that, how many depends on holidays. A
limit in days ends with the close of business of its last day, and its first day is not counted (see park.deadlines.workdays).
"""

from datetime import date

from park.deadlines.enums import Unit
from park.deadlines.workdays import OFFICE_HOURS

HOURS_A_DAY = sum((end - start).total_seconds() for start, end in OFFICE_HOURS.windows(date(2026, 1, 5))) / 3600


def is_within(amount: int, unit: str, most: int, most_unit: str) -> bool | None:
    """Whether the first limit is never longer than the second; None where it depends on the calendar."""
    if unit == most_unit:
        return amount <= most
    if unit == Unit.WORKING_HOUR:
        if most_unit == Unit.WORKING_DAY:
            return amount <= HOURS_A_DAY * most or (None if amount <= HOURS_A_DAY * (most + 1) else False)
        return None if amount <= HOURS_A_DAY * (most + 1) else False
    if most_unit == Unit.WORKING_HOUR:
        return None if HOURS_A_DAY * amount <= most else False
    if unit == Unit.CALENDAR_DAY:
        return True if amount <= most else None
    return None if amount <= most else False
