"""Tells people what happens to their files. Reads the log; written notices and its cursor are committed together."""

from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from park.accounts.models import Enterprise, User
from park.accounts.selectors import active_people, members_of
from park.events.consumers import consumer
from park.events.models import Event
from park.notices.services import tell
from park.team import reasons
from park.team.models import AssignmentDecision
from park.team.selectors import heads_of
from profiles.models import Need
from profiles.services.needs import WORK

TO_MEMBERS = {"need.answered", "need.satisfied"}
# Those by which a need may find nobody.
GIVES = {"need.raised", "need.reopened", "need.changed"}
TO_OWNER = {"need.raised", "need.said", "need.reopened", "need.handed_over", "need.changed", "need.dropped"}


@consumer("need-notices")
def tell_of_needs(events: Sequence[Event]) -> None:
    """Turn events of needs into notices; nobody is told of what they did themselves."""
    for event in events:
        if event.kind.startswith("need.") and "need" in event.data:
            _tell_of_need(event)
        elif event.kind == "prediction.shared":
            _send(event, members_of(event.enterprise_id), "/file/needs/")


def _tell_of_need(event: Event) -> None:
    need = Need.objects.select_related("enterprise").get(pk=event.data["need"])
    by_park = event.data.get("side") == "park"
    if event.kind in TO_MEMBERS or (by_park and event.kind in {"need.raised", "need.dropped"}):
        _send(event, members_of(event.enterprise_id), f"/file/needs/{need.pk}/", kind=f"{event.kind}.portal")
    if event.kind in TO_OWNER:
        to = event.data.get("to_user")
        path = f"/desk/needs/{need.pk}/"
        if to:
            _send(event, active_people().filter(pk=to), path)
        elif event.kind in GIVES:
            _send(event, heads_of(need.department_id), path, kind="need.unassigned", **_why_nobody(need))
        else:
            _send(event, heads_of(need.department_id), path)


def _why_nobody(need: Need) -> dict[str, str]:
    decision = AssignmentDecision.objects.filter(kind=WORK, number=need.pk).order_by("-pk").first()
    return reasons.in_both(reasons.lacking(decision.considered if decision else []))


def _send(event: Event, people: QuerySet[User], path: str, kind: str = "", **more: str) -> None:
    enterprise = Enterprise.objects.get(pk=event.enterprise_id or 0)
    hidden = {"need", "side", "to_user", "from_user"}
    words = {name: value for name, value in event.data.items() if name not in hidden}
    words |= {"enterprise_zh": enterprise.name_zh, "enterprise_en": enterprise.name_en, "author": event.actor_name}
    words |= more
    told: Iterable[User] = people.exclude(pk__in=[event.actor_id] if event.actor_id else [])
    tell(kind or event.kind, told, key=f"event:{event.pk}", path=path, now=event.at, **words)
