"""What the brief of a visit and the page of an enterprise say of cases."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.models import Case
from lifecycle.permissions import visible_cases
from lifecycle.selectors import teams
from park.accounts.models import Enterprise, User
from park.accounts.templatetags.portal import before_words
from park.deadlines.models import Clock
from park.deadlines.selectors import signal_of
from park.deadlines.workdays import local_day
from profiles.briefs import Line, Section, register

MOST = 10


@register
def open_cases(enterprise: Enterprise, user: User, now: datetime) -> Section:
    """The open cases that this person may see, each with the next date on which something of it is due."""
    cases = list(
        Case.objects.filter(pk__in=visible_cases(user).values("pk"), enterprise=enterprise)
        .open()
        .select_related("procedure")
        .order_by("pk")[:MOST]
    )
    first: dict[str, Clock] = {}
    for clock in Clock.objects.open().filter(thread__in=[c.thread for c in cases]).order_by("due_at", "pk"):
        first.setdefault(clock.thread, clock)
    lines = [_line(case, first.get(case.thread), user, now) for case in cases]
    none = gettext_lazy("None that you may see.") if user.is_park_staff else gettext_lazy("None.")
    return Section(gettext_lazy("Open cases"), lines, none, "folder2-open")


def _line(case: Case, clock: Clock | None, user: User, now: datetime) -> Line:
    due = _("due %(when)s") % {"when": before_words(clock.due_at, local_day(now))} if clock else ""
    return Line(
        f"{case.procedure.name} · {case.get_state_display()}",
        note=due,
        url=reverse("desk:case" if user.is_park_staff else "cases:track", args=[case.uid]),
        signal=signal_of(clock, now) if clock else "",
    )


@register
def standing_team(enterprise: Enterprise, user: User, now: datetime) -> Section | None:
    """Who serves a key enterprise besides whoever looks after it; the reasons for the park's side alone."""
    profile = getattr(enterprise, "profile", None)
    if profile is None or not profile.is_key:
        return None
    lines = [
        Line(
            f"{place.skill.name} · {place.specialist or _('nobody suitable yet')}",
            note=teams.reason(place) if user.is_park_staff else "",
            url=reverse("desk:team", args=[place.team_id]) if user.is_park_staff else "",
        )
        for place in teams.standing_places(enterprise.pk)
        if place.specialist or user.is_park_staff
    ]
    return Section(gettext_lazy("Standing team"), lines, gettext_lazy("Nobody yet."), "people")
