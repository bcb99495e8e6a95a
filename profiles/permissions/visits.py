"""Who may see and do what with visits. The park's people see all of them, as they see all files; an enterprise sees its own."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from park.accounts.enums import Role
from park.accounts.models import User
from park.accounts.permissions import enterprises_of
from profiles.models import Visit
from profiles.permissions.files import can_work_on_files


def visible_visits(user: User) -> QuerySet[Visit]:
    """What the park's people see: reports and all."""
    visits = Visit.objects.select_related(
        "enterprise__profile", "specialist__user", "department", "clock", "reported_by"
    )
    return visits if can_work_on_files(user) else visits.none()


def get_visit(user: User, pk: Any) -> Visit:
    """Raises Http404."""
    return get_object_or_404(visible_visits(user), pk=pk)


def own_visits(user: User) -> QuerySet[Visit]:
    """Visits to the enterprises that a person acts for. What was reported of them is not for the enterprise."""
    visits = Visit.objects.defer("report", "met").select_related("enterprise", "specialist__user", "department")
    if user.role != Role.ENTERPRISE:
        return visits.none()
    return visits.filter(enterprise__in=enterprises_of(user).approved())


def can_work_on_visit(user: User, visit: Visit) -> bool:
    """Move it or report it: whoever visits, their colleagues of the department who stand in, and the park's leaders."""
    if user.role == Role.MANAGER:
        return True
    specialist = getattr(user, "specialist", None) if user.role == Role.SPECIALIST else None
    return specialist is not None and (
        visit.specialist_id == specialist.pk or visit.department_id == specialist.department_id
    )


def can_give_away(user: User, visit: Visit) -> bool:
    """Hand it over or call it off: whoever visits, the head of the department, the park's leaders."""
    if user.role == Role.MANAGER:
        return True
    specialist = getattr(user, "specialist", None) if user.role == Role.SPECIALIST else None
    return specialist is not None and (
        visit.specialist_id == specialist.pk or (specialist.is_head and visit.department_id == specialist.department_id)
    )
