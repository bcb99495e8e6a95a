"""Visits in the calendar that people subscribe to: of whoever visits, and of whoever is visited."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from park.accounts.enums import Role
from park.accounts.models import User
from park.deadlines.feed import KEPT_DAYS, MOST, Appointment, source
from park.deadlines.workdays import local_day
from profiles.enums import VisitState
from profiles.models import Visit
from profiles.permissions.visits import own_visits, visible_visits


@source
def visits(user: User, now: datetime) -> Iterator[Appointment]:
    """Planned visits on their day; one that was held, or called off, for a while longer. The enterprise reads who comes."""
    of_enterprise = user.role == Role.ENTERPRISE
    found = own_visits(user) if of_enterprise else visible_visits(user).filter(specialist__user=user)
    recent = found.filter(planned_on__gte=local_day(now) - timedelta(days=KEPT_DAYS))
    waiting = found.filter(state=VisitState.PLANNED)
    for visit in (recent | waiting).order_by("planned_on", "pk")[:MOST]:
        yield _appointment(visit, of_enterprise)


def _appointment(visit: Visit, of_enterprise: bool) -> Appointment:
    other = str(visit.specialist or visit.department) if of_enterprise else visit.enterprise.name
    profile = getattr(visit.enterprise, "profile", None) if not of_enterprise else None
    return Appointment(
        uid=f"visit-{visit.pk}",
        # the end of a visit is a change too
        sequence=visit.revision + (visit.state != VisitState.PLANNED),
        on=visit.held_on or visit.planned_on,
        summary=f"{visit.get_kind_display()} · {other}",
        path="/file/visits/" if of_enterprise else f"/desk/visits/{visit.pk}/",
        location=profile.address if profile else "",
        is_cancelled=visit.state == VisitState.CANCELLED,
    )
