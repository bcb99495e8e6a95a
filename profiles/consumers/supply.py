"""Tells people what happens to files. Reads the log; written notices and its cursor are committed together."""

from collections.abc import Sequence
from typing import Any

from park.accounts.selectors import members_of
from park.events.consumers import consumer
from park.events.models import Event
from park.notices.services import tell
from profiles.enums import Direction
from profiles.models import Introduction

# What each side is told, by event, and what the specialist is told with it.
_TO_SIDE = {
    "introduction.proposed": "introduction.asked",
    "introduction.opened": "introduction.met",
    "introduction.declined": "introduction.declined",
    "introduction.reminded": "introduction.reminded",
    "introduction.expired": "introduction.expired",
}
_TO_SPECIALIST = {"introduction.opened", "introduction.declined", "introduction.expired"}


@consumer("introduction-notices")
def tell_of_introductions(events: Sequence[Event]) -> None:
    """Each side of an introduction has events of its own, which say nothing of the other; so do its notices."""
    for event in events:
        if event.kind in _TO_SIDE:
            _tell(event)


def _tell(event: Event) -> None:
    kind, is_own_act = _TO_SIDE[event.kind], bool(event.data.get("by_itself"))
    if not is_own_act:
        path = f"/file/supply/introductions/{event.subject_id}/"
        members = members_of(event.enterprise_id)
        tell(kind, members, key=f"event:{event.pk}", path=path, now=event.at, text=event.data["text"])
    if event.kind in _TO_SPECIALIST and event.data["side"] == Direction.BUYS:
        introduction = Introduction.objects.select_related("want__enterprise", "offer__enterprise", "proposed_by").get(
            pk=event.subject_id
        )
        tell(
            f"{kind}.desk",
            [introduction.proposed_by],
            key=f"event:{event.pk}:desk",
            path=f"/desk/introductions/{introduction.pk}/",
            now=event.at,
            **_names(introduction),
        )


def _names(introduction: Introduction) -> dict[str, Any]:
    sides = {"buyer": introduction.want.enterprise, "maker": introduction.offer.enterprise}
    return {
        f"{side}_{language}": getattr(enterprise, f"name_{language}")
        for side, enterprise in sides.items()
        for language in ("zh", "en")
    }
