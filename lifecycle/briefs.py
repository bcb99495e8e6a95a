"""What the brief of a visit says of cases."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.models import Case
from lifecycle.permissions import visible_cases
from park.accounts.models import Enterprise, User
from park.accounts.templatetags.portal import before_words
from park.deadlines.models import Clock
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
    due: dict[str, datetime] = {}
    for thread, at in Clock.objects.open().filter(thread__in=[c.thread for c in cases]).values_list("thread", "due_at"):
        due[thread] = min(at, due.get(thread, at))
    lines = [
        Line(
            f"{case.procedure.name} · {case.get_state_display()}",
            note=_("due %(when)s") % {"when": before_words(due[case.thread], local_day(now))}
            if case.thread in due
            else "",
            url=f"/desk/cases/{case.uid}/",
        )
        for case in cases
    ]
    return Section(gettext_lazy("Open cases"), lines, gettext_lazy("None that you may see."), "folder2-open")
