"""Everything that happened with an enterprise, in one order, told by chapters.

A floor above registers its own chapter in a module `chapters` of its app, as profiles/chapters.py does for files:

    register(Chapter(threads={"case"}, kinds={...}, seen=..., tell=...))
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from park.accounts.bilingual import reads_chinese
from park.accounts.models import Enterprise, User
from park.accounts.templatetags.portal import day
from park.events.models import Event
from profiles.enums import TimelineTopic


@dataclass(frozen=True)
class Line:
    """`text` follows the name of whoever acted; `actor` is empty where the reader or the portal itself did. `who` stands
    below, quietly. `url` is where the reader finds the thing; empty where there is none that they may open."""

    text: str
    actor: str = ""
    who: str = ""
    url: str = ""


@dataclass(frozen=True)
class Chapter:
    """The events of one part of the house. `threads` are the first parts of their timelines in the log, "" for none.

    `kinds`: each kind of event with the topics under which it stands. `seen`: which of the enterprise's events on these
    threads a reader may see at all; it is asked for every page. `tell`: lines by the numbers of events; an event without one
    is not shown.
    """

    threads: frozenset[str]
    kinds: Mapping[str, frozenset[TimelineTopic]]
    seen: Callable[[Enterprise, User], Q]
    tell: Callable[[Sequence[Event], Enterprise, User], Mapping[int, Line]]

    def kinds_of(self, topic: str) -> list[str]:
        """The kinds of this topic; of all where it is empty."""
        return [kind for kind, topics in self.kinds.items() if not topic or topic in topics]

    def has(self, event: Event) -> bool:
        return event.thread.partition(":")[0] in self.threads


_chapters: list[Chapter] = []


def register(chapter: Chapter) -> Chapter:
    _chapters.append(chapter)
    return chapter


def chapters() -> Sequence[Chapter]:
    return _chapters


class Words(dict[str, Any]):
    """The data of an event as a text asks for them: `x` is `x_zh` or `x_en`, `x_day` the day `x`; what is missing is empty."""

    def __init__(self, event: Event, **more: Any) -> None:
        super().__init__({**event.data, **more})

    def __missing__(self, name: str) -> str:
        if name.endswith("_day") and self.get(name[:-4]):
            return day(date.fromisoformat(self[name[:-4]]))
        chinese, english = self.get(f"{name}_zh", ""), self.get(f"{name}_en", "")
        return str(chinese if reads_chinese() or not english else english)


def line(event: Event, user: User, did: str, *, alone: str = "", who: str = "", url: str = "") -> Line:
    """`did` follows the name of whoever acted ("you", where it is the reader); `alone` is said where nobody did."""
    if not event.actor_name:
        return Line(alone or did, who=who, url=url)
    if event.actor_id == user.pk:
        return Line(_("You %(did)s") % {"did": did}, who=who, url=url)
    return Line(did, actor=event.actor_name, who=who, url=url)
