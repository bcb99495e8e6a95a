"""A person's open deadlines as a calendar (RFC 5545) that any calendar program subscribes to, under a secret address."""

from collections.abc import Iterable
from datetime import datetime, timedelta

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


def as_calendar(clocks: Iterable[Clock], now: datetime, *, for_enterprise: bool) -> bytes:
    """The deadlines as one iCalendar file in the active language: each half an hour that ends when it is due."""
    book = Calendar()
    book.add("prodid", "-//Park Portal//Deadlines//")
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    book.add("x-wr-calname", _("Deadlines of the park"))
    book.add("x-wr-timezone", "Asia/Shanghai")
    for clock in clocks:
        book.add_component(_entry(clock, now, for_enterprise=for_enterprise))
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
