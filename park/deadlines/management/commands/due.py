"""`manage.py due 2026-09-28 15`: the due date of a limit, without a database.

The date stands alone on the last line, for scripts. What cannot be answered ends with 2 and one line on stderr.
"""

import sys
from datetime import date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from park.deadlines.calendars import base_calendar
from park.deadlines.holidays_cn import FIRST_YEAR, LAST_YEAR
from park.deadlines.selectors import office_hours
from park.deadlines.workdays import (
    OFFICE_HOURS,
    UNITS,
    DayReason,
    Limit,
    OutsideCalendar,
    Pause,
    at,
    due_at,
    explain,
    local_day,
)

MOST_DIGITS = 18  # far beyond what the calendar covers
LANGUAGES = {"zh": "zh-hans", "en": "en"}


class Command(BaseCommand):
    help = "Print the day on which a limit ends, counted as the portal counts"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "start", nargs="?", default="", help="day of the start, YYYY-MM-DD; working hours: also YYYY-MM-DDTHH:MM"
        )
        parser.add_argument("amount", nargs="?", default="", help="the limit, a whole number")
        parser.add_argument("--unit", default="working_day", help=", ".join(UNITS))
        parser.add_argument(
            "--pause", action="append", default=[], metavar="FROM/TO", help="day of pause/day of resumption; repeatable"
        )
        parser.add_argument("--explain", action="store_true", help="say for each day why it counts or not")
        parser.add_argument("--lang", default="zh", help=", ".join(LANGUAGES))

    def run_from_argv(self, argv: list[str]) -> None:
        """Django's way without its usage text and prefixes: whatever is wrong, one line and 2."""
        parser = self.create_parser(argv[0], argv[1])
        parser.called_from_command_line = False  # so that it raises
        try:
            try:
                options = vars(parser.parse_args(argv[2:]))
            except CommandError:
                raise refusal(_how_to_write()) from None
            self.execute(**options)
        except CommandError as error:
            self.stderr.write(str(error))
            sys.exit(error.returncode)

    def handle(self, *args: Any, **options: Any) -> str:
        language = LANGUAGES.get(options["lang"])
        with override(language or LANGUAGES["zh"]):
            if language is None:
                raise refusal(_("Unknown language “%(given)s”: use zh or en.") % {"given": options["lang"]})
            return "\n".join(
                answer(options["start"], options["amount"], options["unit"], options["pause"], options["explain"])
            )


def answer(start: str, amount: str, unit: str, pauses: list[str], explained: bool) -> list[str]:
    """The lines to print, in the active language; the last one is the due date alone. Raises CommandError."""
    if not (start and amount):
        raise refusal(_how_to_write())
    limit = _read_limit(amount, unit)
    started_at = _read_instant(start)
    if limit.unit != "working_hour":
        started_at = at(
            local_day(started_at), time.min
        )  # its hour does not matter, and no pause of that day is too early
    stood = [_read_pause(text) for text in pauses]
    if any(pause.start < started_at for pause in stood):
        raise refusal(_("A pause cannot begin before the start."))
    try:
        calendar = base_calendar(FIRST_YEAR, LAST_YEAR)
        due = due_at(calendar, started_at, limit, stood, office_hours())
        lines = [_line(reason) for reason in explain(calendar, started_at, limit, stood)] if explained else []
    except (OutsideCalendar, OverflowError):
        raise refusal(
            _("The calendar covers %(first)s to %(last)s only.") % {"first": FIRST_YEAR, "last": LAST_YEAR}
        ) from None
    if limit.unit == "working_hour":
        lines.append(_("The limit ends at %(time)s.") % {"time": f"{due:%H:%M}"})
    if calendar.is_provisional(due.date()):
        lines.append(
            _("Expected: the holiday notice for %(year)s is not out, the date may change.") % {"year": due.year}
        )
    return [*lines, due.date().isoformat()]


def refusal(message: str) -> CommandError:
    return CommandError(message, returncode=2)


def _how_to_write() -> str:
    return _("Write for example: due 2026-09-28 15 --pause 2026-09-30/2026-10-09 --explain")


def _read_instant(text: str) -> datetime:
    """A day without an hour stands for the opening of the counters on it."""
    try:
        if len(text) == len("2026-09-28"):
            return at(date.fromisoformat(text), OFFICE_HOURS.opens)
        moment = datetime.fromisoformat(text)
        return at(moment.date(), moment.time()) if moment.tzinfo is None else moment
    except ValueError:
        raise refusal(_("“%(given)s” is not a date: write YYYY-MM-DD.") % {"given": text}) from None


def _read_limit(amount: str, unit: str) -> Limit:
    # int() alone would take 1_0 and digits of other scripts as well
    number = int(amount) if amount.isascii() and amount.isdigit() and len(amount) <= MOST_DIGITS else 0
    if unit not in UNITS:
        raise refusal(_("Unknown unit “%(given)s”: use %(units)s.") % {"given": unit, "units": ", ".join(UNITS)})
    if number < 1:
        raise refusal(_("“%(given)s” is not a limit: write a whole number of at least 1.") % {"given": amount})
    return Limit(number, unit)


def _read_pause(text: str) -> Pause:
    parts = text.split("/")
    if len(parts) != 2:
        raise refusal(_("“%(given)s” is not a pause: write FROM/TO, both YYYY-MM-DD.") % {"given": text})
    start, end = (_read_instant(part) for part in parts)
    if end < start:
        raise refusal(_("The pause %(given)s ends before it begins.") % {"given": text})
    return Pause(start, end)


def _line(reason: DayReason) -> str:
    """One day of the strip, such as `2026-10-10  day 3 · make-up working day (National Day)`."""
    words = {
        "start": _("start, not counted"),
        "counted": "",
        "due": _("due"),
        "weekend": _("weekend"),
        "holiday": _("holiday"),
        "makeup": "",
        "paused": _("paused"),
    }
    parts = []
    if reason.counted:
        parts.append(_("day %(number)s") % {"number": reason.counted})
    if reason.minutes:
        parts.append(ngettext("%(count)s minute", "%(count)s minutes", reason.minutes) % {"count": reason.minutes})
    if reason.makeup:
        parts.append(_("make-up working day"))
    if words[reason.kind]:
        parts.append(words[reason.kind])
    if reason.note:
        parts.append(_(reason.note))
    return f"{reason.day}  {' · '.join(parts)}"
