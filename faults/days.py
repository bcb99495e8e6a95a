"""Working days in China, counted without the portal's code: the `holidays` package, and what was imported into the database."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays

SHANGHAI = ZoneInfo("Asia/Shanghai")
SATURDAY = 5


class Days:
    """`years` were imported whole; `days` are their rows, some of which may lie in another year."""

    def __init__(self, years: Iterable[int], days: Iterable[dict[str, Any]]) -> None:
        self._years = set(years)
        self._days = {row["day"]: row["is_working"] for row in days}
        self._china = holidays.country_holidays("CN")

    def is_working(self, day: date) -> bool:
        if day in self._days:
            return self._days[day]
        if day.year in self._years:
            return day.weekday() < SATURDAY
        return self._china.is_working_day(day)

    def working_days(self, after: datetime, until: datetime) -> int:
        """The working days after the one day, up to and with the other."""
        first, last = local_day(after), local_day(until)
        return sum(self.is_working(first + timedelta(days=n)) for n in range(1, (last - first).days + 1))


def local_day(moment: datetime) -> date:
    return moment.astimezone(SHANGHAI).date()
