"""The years of the working calendar: imported from a notice, replaced, withdrawn; and the alarm when the next is missing.

Each is one transaction that writes the days, the change to be worked off (see redating) and an event. From its commit on
every new clock is counted by the new calendar.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from park.accounts.enums import Role
from park.accounts.models import User
from park.deadlines import calendars, redating, selectors, workdays
from park.deadlines.holidays_cn import FIRST_YEAR, LAST_YEAR
from park.deadlines.models import CalendarChange, CalendarDay, CalendarYear, ChangeAct, ChangeState
from park.deadlines.notice_text import Notice
from park.events import services as events
from park.notices.services import tell

# The notice for the next year has come out between late October and late November; after this day its absence is news.
NOTICE_EXPECTED_BY = (11, 15)


class ChangeUnderWay(Exception):
    """Another change of the calendar is still being worked off; nothing was written."""


class YearRefused(ValueError):
    """The year cannot be set like this; nothing was written. `key` says why: range, imported, missing, day_taken."""

    def __init__(self, key: str, **words: object) -> None:
        super().__init__(key)
        self.key, self.words = key, words


@dataclass(frozen=True)
class Proposal:
    """What a notice would make of the calendar, not yet written."""

    notice: Notice | None
    year: int
    old: workdays.Calendar
    new: workdays.Calendar


def propose(notice: Notice, *, replacing: int | None = None) -> Proposal:
    """The calendar with this notice in it. Raises YearRefused.

    `replacing` names the imported year whose notice it takes the place of; without it the year must not be imported yet.
    """
    year = notice.year
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise YearRefused("range", first=FIRST_YEAR, last=LAST_YEAR)
    if replacing is not None and replacing != year:
        raise YearRefused("other", year=year, replacing=replacing)
    if (replacing is None) == CalendarYear.objects.filter(year=year).exists():
        raise YearRefused("imported" if replacing is None else "missing", year=year)
    taken = CalendarDay.objects.filter(day__in=[day for day, *_rest in notice.rows()]).exclude(year=year).first()
    if taken:
        raise YearRefused("day_taken", day=taken.day, year=taken.year_id)
    kept = CalendarDay.objects.exclude(year=year).order_by("day").values_list("day", "is_working", "name_zh")
    new = calendars.in_force(sorted([*kept, *notice.rows()]), {**_published(), year: True})
    return Proposal(notice, year, selectors.calendar(), new)


def propose_withdrawal(year: int) -> Proposal:
    """The calendar without what was imported for this year. Raises YearRefused."""
    published = _published()
    if year not in published:
        raise YearRefused("missing", year=year)
    del published[year]
    kept = CalendarDay.objects.exclude(year=year).order_by("day").values_list("day", "is_working", "name_zh")
    return Proposal(None, year, selectors.calendar(), calendars.in_force(kept, published))


@transaction.atomic
def set_year(notice: Notice, *, by: User, now: datetime, text: str, replacing: int | None = None) -> CalendarChange:
    """Import a notice, or put it in the place of the one imported before. Raises ChangeUnderWay, YearRefused."""
    _alone()
    proposal = propose(notice, replacing=replacing)
    row, _made = CalendarYear.objects.update_or_create(
        year=notice.year, defaults={"is_published": True, "source": notice.title}
    )
    row.days.all().delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(year=row, day=day, is_working=is_working, name_zh=name) for day, is_working, name in notice.rows()
    )
    act = ChangeAct.REPLACED if replacing else ChangeAct.IMPORTED
    return _begin(proposal, act, by=by, now=now, text=text)


@transaction.atomic
def withdraw_year(year: int, *, by: User, now: datetime) -> CalendarChange:
    """Take an imported year back: the built-in one holds again. Raises ChangeUnderWay, YearRefused."""
    _alone()
    proposal = propose_withdrawal(year)
    CalendarYear.objects.filter(year=year).delete()
    return _begin(proposal, ChangeAct.WITHDRAWN, by=by, now=now, text="")


def missing_year(today: date, in_force: workdays.Calendar | None = None) -> int | None:
    """The next year, when its notice should be in the calendar by now and is not."""
    if (today.month, today.day) <= NOTICE_EXPECTED_BY:
        return None
    coming = today.year + 1
    year = (in_force or selectors.calendar()).years.get(coming)
    return coming if year is None or year.status == "provisional" else None


def warn_of_missing(now: datetime) -> int:
    """Tell the administrators once for each year that its notice is missing; how many were told now."""
    year = missing_year(workdays.local_day(now))
    if year is None:
        return 0
    people = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    told = people.exclude(notices__dedupe_key__startswith=f"calendar-missing:{year}:")
    return tell("calendar.missing", told, key=f"calendar-missing:{year}", path="/deadlines/years/", now=now, year=year)


def _alone() -> None:
    # Held to the end of the transaction: of two changes at once one is first, and the other sees it.
    if CalendarChange.objects.select_for_update().filter(state=ChangeState.RUNNING).exists():
        raise ChangeUnderWay


def _begin(proposal: Proposal, act: ChangeAct, *, by: User, now: datetime, text: str) -> CalendarChange:
    touched = [number for number, year in proposal.new.years.items() if proposal.old.years[number] != year]
    try:
        with transaction.atomic():
            change = CalendarChange.objects.create(
                year=proposal.year,
                act=act,
                text=text,
                before=redating.table_of({number: proposal.old.years[number] for number in touched}),
                after=redating.table_of({number: proposal.new.years[number] for number in touched}),
                made_by=by,
                made_at=now,
            )
            redating.cut(change)
    except IntegrityError as error:
        raise ChangeUnderWay from error
    events.record(f"calendar.{act}", subject=change, by=by, at=now, internal=True, year=proposal.year)
    return change


def _published() -> dict[int, bool]:
    return dict(CalendarYear.objects.values_list("year", "is_published"))
