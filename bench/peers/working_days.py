"""Adding working days with workalendar: seconds taken, and each answer, or null where it refuses."""

import json
import sys
import time
from datetime import date

from workalendar.asia import China
from workalendar.exceptions import CalendarError


def main() -> None:
    cases = [(date.fromisoformat(day), n) for day, n in json.load(sys.stdin)]
    calendar = China()
    answers: list[str | None] = []
    began = time.perf_counter()
    for day, n in cases:
        try:
            answers.append(calendar.add_working_days(day, n).isoformat())
        except CalendarError:
            answers.append(None)
    json.dump({"seconds": time.perf_counter() - began, "answers": answers}, sys.stdout)


main()
