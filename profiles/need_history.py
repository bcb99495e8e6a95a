"""What happened to a need, as sentences for both sides; "you" is whoever reads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from park.accounts.bilingual import reads_chinese
from park.accounts.models import User
from park.events.models import Event
from profiles.models import Need

MOST = 200

SENTENCES: dict[str, Any] = {
    "need.raised": gettext_lazy("raised this need"),
    "need.answered": gettext_lazy("answered"),
    "need.said": gettext_lazy("wrote"),
    "need.changed": gettext_lazy("changed it from “%(before)s” (%(before_category)s)"),
    "need.handed_over": gettext_lazy("handed it over to %(to)s (%(department)s)"),
    "need.satisfied": gettext_lazy("closed it as satisfied"),
    "need.dropped": gettext_lazy("closed it as no longer needed"),
    "need.reopened": gettext_lazy("opened it again"),
    "prediction.raised": gettext_lazy("raised what the portal had foreseen"),
    "clock.breached": gettext_lazy("The first answer did not come in time; we are sorry"),
}
WORDS = ("text", "by_what", "reason", "note")  # of an event: what its author wrote


@dataclass(frozen=True)
class Entry:
    """One line for components/timeline.html."""

    at: datetime
    text: str
    actor: str = ""
    who: str = ""
    now: bool = False


def entries(need: Need, user: User, now: datetime) -> list[Entry]:
    """The history of a need for one reader, newest first; internal events are for the park alone."""
    found = Event.objects.of_thread(need.thread).filter(at__lte=now, kind__in=SENTENCES)
    if not user.is_park_staff:
        found = found.filter(is_internal=False)
    return [_tell(event, user, is_newest=not place) for place, event in enumerate(found[:MOST])]


def _tell(event: Event, user: User, *, is_newest: bool) -> Entry:
    data = event.data
    ending = "zh" if reads_chinese() else "en"
    words = {
        **data,
        "before_category": data.get(f"before_{ending}", ""),
        "department": data.get(f"department_{ending}", ""),
    }
    text = str(SENTENCES[event.kind]) % words
    said = next((str(data[name]) for name in WORDS if data.get(name)), "")
    if event.kind.startswith("clock.") or not event.actor_name:
        return Entry(event.at, text, now=is_newest)
    if event.actor_id == user.pk:
        return Entry(event.at, _("You %(did)s") % {"did": text}, who=said, now=is_newest)
    return Entry(event.at, text, actor=event.actor_name, who=said, now=is_newest)
