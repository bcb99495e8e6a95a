"""The timeline of an enterprise for one reader, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from park.accounts.models import Enterprise, User
from park.events.models import Event
from profiles.enums import TimelineTopic
from profiles.selectors.merged import numbers_of
from profiles.timeline import Line, chapters

PAGE = 30
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_DIGITS = 18  # of a number that the database can hold


@dataclass(frozen=True)
class Entry:
    """One line for components/timeline.html."""

    at: datetime
    text: str
    actor: str
    who: str
    url: str
    now: bool


@dataclass(frozen=True)
class TimelinePage:
    """`further` is the place of the last entry, behind which the next page begins; empty on the last page."""

    entries: list[Entry]
    further: str


def timeline_of(
    enterprise: Enterprise, user: User, now: datetime, *, topic: TimelineTopic | None = None, after: str = ""
) -> TimelinePage:
    """What happened with the enterprise and with those merged into it, newest first, as far as this reader may know it.

    `after` is the `further` of the page before. Internal events are for the park alone.
    """
    wanted = Q(pk__in=[])
    for chapter in chapters():
        if kinds := chapter.kinds_of(topic or ""):
            wanted |= chapter.seen(enterprise, user) & Q(kind__in=kinds)
    found = Event.objects.filter(wanted, enterprise_id__in=numbers_of(enterprise.pk), at__lte=now)
    if not user.is_park_staff:
        found = found.filter(is_internal=False)
    if place := _read(after):
        at, number = place
        found = found.filter(Q(at__lt=at) | Q(at=at, pk__lt=number))
    rows = list(found.order_by("-at", "-pk")[: PAGE + 1])
    shown = rows[:PAGE]
    lines: dict[int, Line] = {}
    for chapter in chapters():
        lines |= chapter.tell([event for event in shown if chapter.has(event)], enterprise, user)
    entries = _entries(shown, lines, is_first=not after)
    return TimelinePage(entries, _place(shown[-1]) if len(rows) > PAGE else "")


def _entries(events: list[Event], lines: Mapping[int, Line], *, is_first: bool) -> list[Entry]:
    told = [(event, lines[event.pk]) for event in events if event.pk in lines]
    return [
        Entry(event.at, one.text, one.actor, one.who, one.url, now=is_first and not number)
        for number, (event, one) in enumerate(told)
    ]


def _place(event: Event) -> str:
    """Instant in microseconds, and number: two events of one instant have an order too."""
    return f"{(event.at - _BEGINNING) // timedelta(microseconds=1)}.{event.pk}"


def _read(place: str) -> tuple[datetime, int] | None:
    parts = place.split(".")
    if len(parts) != 2 or not all(one.isascii() and one.isdecimal() and len(one) <= _DIGITS for one in parts):
        return None
    try:
        return _BEGINNING + timedelta(microseconds=int(parts[0])), int(parts[1])
    except OverflowError:
        return None
