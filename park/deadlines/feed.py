"""A person's open deadlines as a calendar (RFC 5545) that any calendar program subscribes to, under a secret address."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from park.accounts.enums import Role
from park.accounts.models import User
from park.accounts.permissions import enterprises_of
from park.deadlines import selectors
from park.deadlines.enums import ClockState
from park.deadlines.models import Clock, ClockQuerySet
from park.deadlines.workdays import SHANGHAI

# Deadlines that have stopped stay for a while, so that a calendar program learns that they are done.
KEPT_DAYS = 14
MOST = 1000
LENGTH = timedelta(minutes=30)


@dataclass(frozen=True)
class Appointment:
    """Something that takes place on a day. `uid` is unique and stays; `sequence` grows whenever the appointment changes."""

    uid: str
    sequence: int
    on: date
    summary: str
    path: str = ""
    location: str = ""
    is_cancelled: bool = False


Source = Callable[[User, datetime], Iterable[Appointment]]
_sources: list[Source] = []


def source(function: Source) -> Source:
    """Register where floors above have appointments of a person. Texts are asked for in the person's language."""
    if function not in _sources:
        _sources.append(function)
    return function


def appointments_of(user: User, now: datetime) -> list[Appointment]:
    return [one for find in _sources for one in find(user, now)]


def clocks_of(user: User, now: datetime) -> ClockQuerySet:
    """The deadlines that concern a person: of their enterprises, or in their own hands."""
    clocks = Clock.objects.filter(stopped_at__isnull=True) | Clock.objects.filter(
        stopped_at__gte=now - timedelta(days=KEPT_DAYS)
    )
    if user.role == Role.ENTERPRISE:
        return clocks.filter(enterprise__in=enterprises_of(user).approved())
    if user.role in {Role.SPECIALIST, Role.PARTNER}:
        return clocks.filter(responsible__user=user) | clocks.filter(lead__user=user)
    return clocks.none()


def as_calendar(
    clocks: Iterable[Clock], now: datetime, *, for_enterprise: bool, appointments: Iterable[Appointment] = ()
) -> bytes:
    """The deadlines as one iCalendar file in the active language: each half an hour that ends when it is due; and
    appointments, each a whole day."""
    book = Calendar()
    book.add("prodid", "-//Park Portal//Deadlines//")
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add("x-wr-calname", _("Deadlines of the park"))
    book.add("x-wr-timezone", "Asia/Shanghai")
    for clock in clocks:
        book.add_component(_entry(clock, now, for_enterprise=for_enterprise))
    for appointment in appointments:
        book.add_component(_day_entry(appointment, now))
    book.add_missing_timezones()
    return bytes(book.to_ical())


def _entry(clock: Clock, now: datetime, *, for_enterprise: bool) -> Event:
    view = selectors.clock_view(clock, now)
    marks = []
    if view.provisional:
        marks.append(_("[expected]"))
    if view.paused:
        marks.append(_("[paused]"))
    if not clock.is_open:
        marks.append(f"[{clock.get_state_display()}]")
    of = clock.enterprise.name if clock.enterprise and not for_enterprise else ""
    entry = Event()
    entry.add("uid", f"clock-{clock.pk}@{settings.MESSAGE_ID_DOMAIN}")
    entry.add("sequence", clock.revision)
    entry.add("dtstamp", now)
    due = view.due_at.astimezone(SHANGHAI)
    entry.add("dtstart", due - LENGTH)
    entry.add("dtend", due)
    entry.add("summary", " ".join(part for part in (*marks, of, clock.label) if part))
    # a cancelled thing leaves the calendar; one that is done stays, and blocks no time
    entry.add("status", "CANCELLED" if clock.state == ClockState.CANCELLED else "CONFIRMED")
    entry.add("transp", "TRANSPARENT")
    path = clock.enterprise_path if for_enterprise else clock.path
    if path:
        entry.add("url", f"{settings.PUBLIC_URL}{path}")
    return entry


def _day_entry(appointment: Appointment, now: datetime) -> Event:
    entry = Event()
    entry.add("uid", f"{appointment.uid}@{settings.MESSAGE_ID_DOMAIN}")
    entry.add("sequence", appointment.sequence)
    entry.add("dtstamp", now)
    entry.add("dtstart", appointment.on)
    entry.add("dtend", appointment.on + timedelta(days=1))  # the first day that is no part of it (RFC 5545, 3.6.1)
    entry.add("summary", appointment.summary)
    if appointment.location:
        entry.add("location", appointment.location)
    entry.add("status", "CANCELLED" if appointment.is_cancelled else "CONFIRMED")
    entry.add("transp", "TRANSPARENT")
    if appointment.path:
        entry.add("url", f"{settings.PUBLIC_URL}{appointment.path}")
    return entry
