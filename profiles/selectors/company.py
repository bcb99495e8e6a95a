"""What stands around the values of a file on its first page: people, tags, needs and visits."""

from dataclasses import dataclass
from datetime import date

from park.accounts.models import Enterprise
from park.team.models import Specialist
from profiles.enums import VisitState
from profiles.models import Contact, Need, Tag, Visit
from profiles.permissions.files import people_to_entrust

SHOWN = 5


@dataclass(frozen=True)
class Around:
    """`people` are those whom the park could entrust the enterprise to; empty on the enterprise's side."""

    contacts: list[Contact]
    tags: list[Tag]
    needs: list[Need]
    next_visit: Visit | None
    last_visit: Visit | None
    people: list[Specialist]


def around(enterprise: Enterprise, *, at_desk: bool, today: date) -> Around:
    visits = Visit.objects.filter(enterprise=enterprise).select_related("specialist__user")
    ahead = visits.filter(state=VisitState.PLANNED).order_by("planned_on", "pk")[:1]
    held = visits.filter(state=VisitState.HELD, held_on__lte=today).order_by("-held_on", "-pk")[:1]
    by_state = {visit.state: visit for visit in ahead.union(held)}
    needs = Need.objects.filter(enterprise=enterprise).open().select_related("category", "clock", "owner__user")
    return Around(
        contacts=list(Contact.objects.present().filter(enterprise=enterprise)),
        tags=list(
            Tag.objects.filter(enterprise=enterprise).open().select_related("rule").order_by("rule__order", "pk")
        ),
        needs=list(needs.order_by("raised_at", "pk")[:SHOWN]),
        next_visit=by_state.get(VisitState.PLANNED),
        last_visit=by_state.get(VisitState.HELD),
        people=list(people_to_entrust().order_by("department", "pk")) if at_desk else [],
    )


def main_contact(enterprise: Enterprise) -> Contact | None:
    """Whom to speak with first."""
    return Contact.objects.present().filter(enterprise=enterprise).first()
