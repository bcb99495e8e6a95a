"""Tells enterprises of tags that open something for them. Written notices and the cursor are committed together."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from park.accounts.models import Membership, User
from park.events.consumers import consumer
from park.events.models import Event
from park.notices.services import tell
from profiles.enums import TagOrigin

# By rule or by certificate; what the park gives by hand is a note of its own.
TOLD = (TagOrigin.RULE, TagOrigin.CERTIFICATE)


@consumer("tag-notices")
def tell_of_tags(events: Sequence[Event]) -> None:
    """One notice for each enterprise and instant, whatever the number of tags: a first import that fills a file gives ten at
    once. It stays in the portal, and an enterprise for which nobody acts is told nothing, so that an import of thousands
    of enterprises makes no flood."""
    moments = {(event.enterprise_id, event.at) for event in events if _is_told(event) and event.enterprise_id}
    members = _members({number for number, _at in moments})
    for number, at in sorted((number, at) for number, at in moments if number in members):
        names = _names(number, at)
        tell(
            "tag.given",
            members[number],
            key=f"tags:{number}:{at:%Y%m%d%H%M%S%f}",
            path="/file/tags/",
            now=at,
            tags_zh="、".join(names["zh"]),
            tags_en=", ".join(names["en"]),
        )


def _is_told(event: Event) -> bool:
    return event.kind == "tag.given" and event.data.get("origin") in TOLD


def _names(enterprise: int, at: datetime) -> dict[str, list[str]]:
    """All that were given at this instant: some may stand in the batch before."""
    given = Event.objects.filter(enterprise_id=enterprise, at=at, kind="tag.given", data__origin__in=TOLD)
    found = list(given.order_by("pk"))
    return {
        language: list(dict.fromkeys(str(event.data[f"name_{language}"]) for event in found))
        for language in ("zh", "en")
    }


def _members(enterprises: Iterable[int]) -> dict[int, list[User]]:
    acting = Membership.objects.active().filter(enterprise__in=enterprises, user__is_active=True)
    found: dict[int, list[User]] = {}
    for membership in acting.select_related("user").order_by("pk"):
        found.setdefault(membership.enterprise_id, []).append(membership.user)
    return found
