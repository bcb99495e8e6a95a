"""Working days in China, counted without the portal's code: the `holidays` package, and what was imported into the database."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")
SATURDAY = 5


class Days:
    """`years` are tables of days off and days worked, by number, that hold instead of what the package says."""

    def __init__(self, years: Mapping[int, Mapping[str, Collection[date]]]) -> None:
        self.years = years
        self._china = holidays.country_holidays("CN")

    def is_working(self, day: date) -> bool:
        if (table := self.years.get(day.year)) is None:
            return self._china.is_working_day(day)
        return day in table["on"] or (day.weekday() < SATURDAY and day not in table["off"])

    def closing(self, start: datetime, amount: int) -> date:
        """The day on which a limit in working days ends."""
        day = local_day(start)
        while amount:
            day += timedelta(days=1)
            amount -= self.is_working(day)
        return day

    def working_days(self, after: datetime, until: datetime) -> int:
        """The working days after the one day, up to and with the other."""
        first, last = local_day(after), local_day(until)
        return sum(self.is_working(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


def local_day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()


def read_years(table: Mapping[str, Any]) -> dict[int, dict[str, set[date]]]:
    """The years of a change of the calendar, as its row keeps them."""
    return {
        int(number): {name: {date.fromisoformat(day) for day in year[name]} for name in ("off", "on")}
        for number, year in table.items()
    }
