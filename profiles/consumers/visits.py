"""Tells people what happens to files. Reads the log; written notices and its cursor are committed together."""

from collections.abc import Sequence

from park.accounts.selectors import active_people, members_of
from park.events.consumers import consumer
from park.events.models import Event
from park.notices.services import tell
from park.team.selectors import heads_of
from profiles.enums import VisitState
from profiles.models import Visit


@consumer("visit-notices")
def tell_of_visits(events: Sequence[Event]) -> None:
    """The enterprise hears of another day, whoever visits of what others have changed for them."""
    for event in events:
        if event.kind in {"visit.rescheduled", "visit.handed_over"}:
            visit = Visit.objects.select_related("enterprise").filter(pk=event.data["visit"]).first()
            if visit is not None and visit.state == VisitState.PLANNED:
                _tell_of_visit(event, visit)


def _tell_of_visit(event: Event, visit: Visit) -> None:
    people = active_people()
    words = {
        "enterprise_zh": visit.enterprise.name_zh,
        "enterprise_en": visit.enterprise.name_en,
        "on": event.data["on"],
        "before_on": event.data["before_on"],
    }
    key, desk = f"event:{event.pk}", f"/desk/visits/{visit.pk}/"
    if event.kind == "visit.rescheduled":
        own = members_of(visit.enterprise_id)
        tell("visit.new_day", own, key=key, path="/file/visits/", now=event.at, **words)
        visitor = people.filter(pk__in=[event.data["from_user"] or 0]).exclude(pk__in=[event.actor_id or 0])
        if event.data["from_user"] == event.data["to_user"]:
            tell("visit.moved", visitor, key=key, path=desk, now=event.at, **words)
        return
    taker = people.filter(pk__in=[event.data["to_user"] or 0]).exclude(pk__in=[event.actor_id or 0])
    tell("visit.given", taker, key=key, path=desk, now=event.at, **words)
    if event.data["to_user"] is None:
        tell("visit.without_visitor", heads_of(visit.department_id), key=key, path=desk, now=event.at, **words)
