"""Who may see a clock by itself. What is not visible does not exist: Http404."""

from typing import Any

from django.db.models import Q
from django.shortcuts import get_object_or_404

from park.accounts.enums import Role
from park.accounts.models import User
from park.deadlines.models import Clock, ClockQuerySet
from park.team.models import Specialist


def visible_clocks(user: User) -> ClockQuerySet:
    """Those of one's own department, or in one's own hands; for managers all. The enterprise sees its clocks on the page of
    its case."""
    if user.role == Role.MANAGER:
        return Clock.objects.all()
    if user.role in {Role.SPECIALIST, Role.PARTNER}:
        own = Specialist.objects.filter(user=user)
        return Clock.objects.filter(
            Q(department__in=own.values("department")) | Q(responsible__in=own) | Q(lead__in=own)
        )
    return Clock.objects.none()


def may_open_its_page(user: User, clock: Clock) -> bool:
    """Whether the page of what the clock times is open to somebody who sees the clock; a lead has that of the case."""
    if user.role in {Role.SPECIALIST, Role.PARTNER}:
        own = Specialist.objects.filter(user=user)
        return own.filter(Q(department=clock.department_id) | Q(pk=clock.responsible_id)).exists()
    return user.role == Role.MANAGER


def get_clock(user: User, pk: Any) -> Clock:
    found = visible_clocks(user).select_related("department", "responsible__user", "lead__user", "enterprise")
    return get_object_or_404(found.with_pauses(), pk=pk)
