"""What files tell on the timeline of an enterprise: the file itself, tags, names, needs, visits, supply and demand."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from park.accounts.models import Enterprise, User
from park.events.models import Event
from profiles import items
from profiles.enums import Outcome, TimelineTopic, ValueSource, VisitKind, VisitManner
from profiles.need_history import SENTENCES as OF_NEEDS
from profiles.need_history import WORDS as SAID
from profiles.permissions.needs import visible_needs
from profiles.permissions.supply import visible_introductions
from profiles.permissions.visits import visible_visits
from profiles.timeline import Chapter, Line, Words, line, register

MOST_ITEMS = 6  # named of what was entered at once
PROFILE, NEEDS, VISITS = (
    frozenset({one}) for one in (TimelineTopic.PROFILE, TimelineTopic.NEEDS, TimelineTopic.VISITS)
)
SUPPLY, TALK = frozenset({TimelineTopic.SUPPLY}), frozenset({TimelineTopic.NEEDS, TimelineTopic.MESSAGES})


@dataclass(frozen=True)
class Sentence:
    """`did` follows a name, `alone` stands where nobody acted, or always where `did` is empty. `note` names the data that
    are read below it."""

    did: Any = ""
    alone: Any = ""
    note: str = ""

    def told(self, event: Event, user: User, *, who: str = "", url: str = "", **more: Any) -> Line:
        words = Words(event, **more)
        below = " · ".join(filter(None, [who, str(words[self.note]) if self.note else ""]))
        alone = capfirst(str(self.alone) % words)
        if not self.did:
            return Line(alone, who=below, url=url)
        return line(event, user, str(self.did) % words, alone=alone, who=below, url=url)


OF_FILE: dict[str, Sentence] = {
    "file.changed": Sentence(gettext_lazy("entered: %(items)s"), gettext_lazy("New on the file: %(items)s")),
    "value.accepted": Sentence(gettext_lazy("let the source “%(source)s” count for %(item)s")),
    "file.confirmed": Sentence(gettext_lazy("confirmed that the file is right")),
    "file.described": Sentence(gettext_lazy("changed what the file says about the enterprise")),
    "file.head_changed": Sentence(
        gettext_lazy("changed how the enterprise is reached, or what it does"),
        gettext_lazy("How the enterprise is reached, or what it does, was changed"),
    ),
    "file.key_named": Sentence(gettext_lazy("named it a key enterprise"), note="reason"),
    "file.key_ended": Sentence(gettext_lazy("named it a key enterprise no longer")),
    "file.entrusted": Sentence(alone=gettext_lazy("%(to)s looks after the enterprise now")),
    "file.data_taken": Sentence(gettext_lazy("took a copy of the enterprise's data")),
    "contact.added": Sentence(gettext_lazy("added the contact %(name)s")),
    "contact.ended": Sentence(gettext_lazy("took %(name)s off the contacts")),
    "tag.given:rule": Sentence(alone=gettext_lazy("The tag “%(name)s” was given: the figures meet its rule")),
    "tag.given:certificate": Sentence(gettext_lazy("gave the tag “%(name)s” by certificate")),
    "tag.given:manual": Sentence(gettext_lazy("gave the tag “%(name)s” by hand"), note="reason"),
    "tag.ended:rule": Sentence(alone=gettext_lazy("The tag “%(name)s” ended: the figures meet its rule no longer")),
    "tag.ended:expired": Sentence(alone=gettext_lazy("The tag “%(name)s” ended: its last day is over")),
    "tag.ended:renewed": Sentence(gettext_lazy("replaced the tag “%(name)s” by a new one")),
    "tag.ended:reason": Sentence(gettext_lazy("ended the tag “%(name)s”"), note="reason"),
    "enterprise.signed_up": Sentence(gettext_lazy("signed the enterprise up")),
    "enterprise.admitted": Sentence(gettext_lazy("entered the enterprise in the portal")),
    "enterprise.approved": Sentence(gettext_lazy("approved the enterprise")),
    "enterprise.refused": Sentence(gettext_lazy("refused the sign-up"), note="note"),
    "enterprise.licensed": Sentence(gettext_lazy("entered the code of the licence: %(uscc)s")),
    "enterprise.named_in_english": Sentence(gettext_lazy("entered the English name “%(name_en)s”")),
    "enterprise.renamed": Sentence(gettext_lazy("entered a new name, valid from %(since_day)s: %(name)s"), note="note"),
    "enterprise.former_name_added": Sentence(gettext_lazy("entered the former name “%(text)s”")),
    "enterprise.absorbed": Sentence(gettext_lazy("merged the file of “%(name)s” into this one"), note="reason"),
    "referral.recorded": Sentence(gettext_lazy("said who had recommended the park")),
}
OF_VISITS: dict[str, Sentence] = {
    "visit.planned": Sentence(alone=gettext_lazy("%(visit)s planned for %(on_day)s")),
    "visit.rescheduled": Sentence(
        gettext_lazy("moved the %(visit)s from %(before_on_day)s to %(on_day)s"),
        gettext_lazy("%(visit)s moved from %(before_on_day)s to %(on_day)s"),
        note="reason",
    ),
    "visit.handed_over": Sentence(
        gettext_lazy("gave the %(visit)s into other hands"), gettext_lazy("%(visit)s given into other hands")
    ),
    "visit.held": Sentence(gettext_lazy("held the %(visit)s on %(held_on_day)s (%(manner)s)")),
    "visit.cancelled": Sentence(
        gettext_lazy("called the %(visit)s off"), gettext_lazy("%(visit)s called off"), note="reason"
    ),
}
OF_SUPPLY: dict[str, Sentence] = {
    "supply.added:makes": Sentence(gettext_lazy("entered that the enterprise makes “%(text)s”")),
    "supply.added:buys": Sentence(gettext_lazy("entered that the enterprise buys “%(text)s”")),
    "supply.changed": Sentence(gettext_lazy("changed the entry “%(text)s”")),
    "supply.ended": Sentence(gettext_lazy("ended the entry “%(text)s”")),
    "introduction.proposed": Sentence(gettext_lazy("proposed an introduction about “%(text)s”")),
    "introduction.agreed": Sentence(gettext_lazy("agreed to an introduction about “%(text)s”")),
    "introduction.opened": Sentence(alone=gettext_lazy("Both sides agreed to meet about “%(text)s”")),
    "introduction.declined": Sentence(
        gettext_lazy("declined an introduction about “%(text)s”"),
        gettext_lazy("An introduction about “%(text)s” does not come about"),
    ),
    "introduction.reminded": Sentence(gettext_lazy("asked again about an introduction, “%(text)s”")),
    "introduction.expired": Sentence(alone=gettext_lazy("An introduction about “%(text)s” was not answered in time")),
    "introduction.concluded": Sentence(
        gettext_lazy("wrote down what came of the introduction about “%(text)s”: %(outcome)s")
    ),
}
# What is foreseen, by event; the enterprise reads of what it was shown alone.
OF_PREDICTIONS: dict[str, Sentence] = {
    "prediction.shared": Sentence(gettext_lazy("asked whether this is needed: %(category)s")),
    "prediction.dismissed": Sentence(gettext_lazy("set aside what the portal had foreseen: %(category)s"), note="note"),
}
NEVER_OF_NEEDS = {"prediction.raised"}  # the need that was raised says it


def _plain(sentences: Iterable[str]) -> set[str]:
    return {kind.partition(":")[0] for kind in sentences}


# -- the file ------------------------------------------------------------------------------------------------------------


def _on(*threads: str) -> Callable[[Enterprise, User], Q]:
    """All events of the enterprise on these timelines: whoever sees the file sees them; internal ones are left out before."""
    wanted = Q()
    for thread in threads:
        wanted |= Q(thread__startswith=f"{thread}:") if thread else Q(thread="")
    return lambda _enterprise, _user: wanted


def _tell_of_file(events: Sequence[Event], enterprise: Enterprise, user: User) -> Mapping[int, Line]:
    introduced = [event for event in events if event.kind.startswith("introduction.")]
    open_to = _numbers(visible_introductions(user), (event.subject_id for event in introduced))
    return {event.pk: _of_file(event, enterprise, user, open_to) for event in events}


def _of_file(event: Event, enterprise: Enterprise, user: User, introductions: set[int]) -> Line:
    at_desk, number = user.is_park_staff, enterprise.pk
    if event.kind.startswith(("supply.", "introduction.")):
        key = f"{event.kind}:{event.data['direction']}" if event.kind == "supply.added" else event.kind
        outcome = event.data.get("outcome", "")
        label = Outcome(outcome).label if outcome in Outcome.values else ""
        if event.kind.startswith("supply."):
            url = reverse("introductions:company", args=[number]) if at_desk else reverse("supply:list")
        elif int(event.subject_id) in introductions:
            name = "introductions:show" if at_desk else "supply:introduction"
            url = reverse(name, args=[event.subject_id])
        else:
            url = ""
        return OF_SUPPLY[key].told(event, user, url=url, outcome=label)
    if event.kind.startswith("tag."):
        url = reverse("tags:of_enterprise", args=[number]) if at_desk else reverse("file_tags:own")
        return OF_FILE[_tag_key(event)].told(event, user, url=url)
    if event.kind in {"file.changed", "value.accepted"}:
        return _of_values(event, enterprise, user)
    return OF_FILE[event.kind].told(event, user)


def _tag_key(event: Event) -> str:
    origin, reason = event.data.get("origin", ""), event.data.get("reason", "")
    if event.kind == "tag.given":
        return f"tag.given:{origin}"
    if reason in {"expired", "renewed"}:
        return f"tag.ended:{reason}"
    return "tag.ended:rule" if origin == "rule" else "tag.ended:reason"


def _of_values(event: Event, enterprise: Enterprise, user: User) -> Line:
    data = event.data
    codes = data.get("items") or [data.get("item", "")]
    source = data.get("source", "")
    label = str(ValueSource(source).label) if source in ValueSource.values else ""
    below = [_("source: %(source)s") % {"source": label}] if label and event.kind == "file.changed" else []
    if data.get("differs"):
        below.append(_("differs from what counts: %(items)s") % {"items": _names_of(data["differs"])})
    url = ""
    if len(codes) == 1 and codes[0] in items.items():
        of_desk = user.is_park_staff
        url = (
            reverse("companies:history", args=[enterprise.pk, *codes])
            if of_desk
            else reverse("file:history", args=codes)
        )
    return OF_FILE[event.kind].told(
        event, user, who=" · ".join(below), url=url, items=_names_of(codes), item=_names_of(codes), source=label
    )


def _names_of(codes: Sequence[str]) -> str:
    known = items.items()
    names = [str(known[code].label) if code in known else code for code in codes]
    shown = pgettext("list of names", ", ").join(names[:MOST_ITEMS])
    more = len(names) - MOST_ITEMS
    return _("%(names)s and %(n)s more") % {"names": shown, "n": more} if more > 0 else shown


register(
    Chapter(
        threads=frozenset({"file", ""}),
        kinds=dict.fromkeys(_plain(OF_FILE), PROFILE) | dict.fromkeys(_plain(OF_SUPPLY), SUPPLY),
        seen=_on("file", ""),
        tell=_tell_of_file,
    )
)


# -- needs ---------------------------------------------------------------------------------------------------------------


def _seen_of_needs(_enterprise: Enterprise, user: User) -> Q:
    """What the park set aside of what it had foreseen is not for the enterprise, which may never have been shown it."""
    told = Q(thread__startswith="need:") | Q(thread__startswith="prediction:")
    return told if user.is_park_staff else told & ~Q(kind="prediction.dismissed", data__side="park")


def _tell_of_needs(events: Sequence[Event], enterprise: Enterprise, user: User) -> Mapping[int, Line]:
    open_to = _numbers(visible_needs(user), (event.thread.partition(":")[2] for event in events if _is_of_need(event)))
    return {event.pk: _of_need(event, enterprise, user, open_to) for event in events}


def _is_of_need(event: Event) -> bool:
    return event.thread.startswith("need:")


def _of_need(event: Event, enterprise: Enterprise, user: User, open_to: set[int]) -> Line:
    if event.kind in OF_PREDICTIONS:
        url = reverse("desk_needs:of_enterprise", args=[enterprise.pk]) if user.is_park_staff else reverse("needs:list")
        return OF_PREDICTIONS[event.kind].told(event, user, url=url)
    number = int(event.thread.partition(":")[2])
    url = ""
    if number in open_to:
        url = reverse("desk_needs:show" if user.is_park_staff else "needs:show", args=[number])
    words = Words(event)
    said = next((str(event.data[name]) for name in SAID if event.data.get(name)), "")
    below = _("%(category)s: %(text)s") % {"category": words["category"], "text": said} if said else words["category"]
    return line(event, user, str(OF_NEEDS[event.kind]) % _of_history(event), who=below, url=url)


def _of_history(event: Event) -> Words:
    """The words of a need as need_history names them: `before` is a text there, with its category beside it."""
    category = {f"before_category_{one}": event.data.get(f"before_{one}", "") for one in ("zh", "en")}
    return Words(event, **category)


register(
    Chapter(
        threads=frozenset({"need", "prediction"}),
        kinds={
            kind: TALK if kind in {"need.said", "need.answered"} else NEEDS
            for kind in (set(OF_NEEDS) | set(OF_PREDICTIONS)) - NEVER_OF_NEEDS
        },
        seen=_seen_of_needs,
        tell=_tell_of_needs,
    )
)


# -- visits --------------------------------------------------------------------------------------------------------------


def _tell_of_visits(events: Sequence[Event], _enterprise: Enterprise, user: User) -> Mapping[int, Line]:
    open_to = _numbers(visible_visits(user), (event.subject_id for event in events)) if user.is_park_staff else set()
    return {event.pk: _of_visit(event, user, open_to) for event in events}


def _of_visit(event: Event, user: User, open_to: set[int]) -> Line:
    url = reverse("file_visits:overview")
    if user.is_park_staff:
        url = reverse("visits:visit", args=[event.subject_id]) if int(event.subject_id) in open_to else ""
    kind, manner = event.data.get("visit_kind", ""), event.data.get("manner", "")
    return OF_VISITS[event.kind].told(
        event,
        user,
        url=url,
        visit=VisitKind(kind).label if kind in VisitKind.values else "",
        manner=VisitManner(manner).label if manner in VisitManner.values else "",
    )


register(
    Chapter(
        threads=frozenset({"visit"}),
        kinds=dict.fromkeys(OF_VISITS, VISITS),
        seen=_on("visit"),
        tell=_tell_of_visits,
    )
)


def _numbers(visible: Any, wanted: Iterable[Any]) -> set[int]:
    """Which of these the reader may open; asked once, and as often where there are none."""
    return set(visible.filter(pk__in={0, *map(int, wanted)}).order_by().values_list("pk", flat=True))
