"""Tells people about requests for more time: those who decide, whoever asked, and the enterprise when its date moves."""

from collections.abc import Sequence

from park.accounts.enums import Role
from park.accounts.models import Membership, User
from park.deadlines.duties import of_enterprise
from park.deadlines.models import Clock, Extension
from park.events.consumers import consumer
from park.events.models import Event
from park.notices.services import tell
from park.team.models import Specialist


@consumer("clock-notices")
def tell_people(events: Sequence[Event]) -> None:
    for event in events:
        if event.kind.startswith("extension."):
            _tell(event)


def _tell(event: Event) -> None:
    clock = Clock.objects.select_related("enterprise", "department").get(pk=event.subject_id)
    asked_by = Extension.objects.select_related("asked_by").get(pk=event.data["extension"]).asked_by
    told = ("label_zh", "label_en", "due_at", "before_at", "reason")
    data = {name: event.data[name] for name in told if name in event.data}
    data |= {"who": event.actor_name, **of_enterprise(clock)}
    data["words"] = event.data.get("note") or event.data["reason"]
    key, path = f"event:{event.pk}", f"/desk/extensions/{event.data['extension']}/"
    if event.kind == "extension.asked":
        tell(event.kind, _deciders(clock, asked_by), key=key, path=path, now=event.at, **data)
        return
    tell(event.kind, [asked_by], key=key, path=path, now=event.at, **data)
    if event.kind == "extension.granted" and clock.enterprise:
        members = User.objects.filter(memberships__in=Membership.objects.active().filter(enterprise=clock.enterprise))
        kind = "extension.granted.enterprise"
        tell(kind, members, key=f"{key}:enterprise", path=clock.enterprise_path, now=event.at, **data)


def _deciders(clock: Clock, asked_by: User) -> Sequence[User]:
    """One level up: the heads of the department, for a head and where there is none the park's leaders."""
    heads = Specialist.objects.filter(department=clock.department_id, is_head=True, is_active=True)
    above = list(User.objects.filter(specialist__in=heads, is_active=True))
    if not above or asked_by in above:
        return list(User.objects.filter(role=Role.MANAGER, is_active=True))
    return above
