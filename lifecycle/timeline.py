"""What happened to a case, as sentences. Each side reads the same events; "you" is whoever reads."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override, pgettext

from lifecycle.enums import Party, Work
from lifecycle.models import Case
from park.accounts.bilingual import reads_chinese
from park.accounts.models import User
from park.accounts.templatetags.portal import before
from park.deadlines.enums import PauseReason
from park.deadlines.workdays import local_day
from park.events.models import Event

MOST = 200  # entries of one page
MANY = 3  # uploads in a row that are told as one


@dataclass(frozen=True)
class Sentence:
    """`text` follows the name of whoever acted, or stands alone where the portal itself acted (`alone`).

    Sentences for `staff` are not shown to the enterprise, although nothing in them is secret: they are not its concern.
    """

    text: Any
    alone: bool = False
    staff: bool = False


SENTENCES: dict[str, Sentence] = {
    "case.begun": Sentence(gettext_lazy("began the application")),
    "agreement.signed:enterprise": Sentence(gettext_lazy("signed the park agreement for the enterprise")),
    "agreement.signed:park": Sentence(
        gettext_lazy("signed the park agreement for the park; the promised time counts from the next day")
    ),
    "case.submitted": Sentence(gettext_lazy("submitted the application; the pre-review counts from the next day")),
    "case.accepted": Sentence(gettext_lazy("found all materials in order")),
    "result.recorded": Sentence(gettext_lazy("handed over the licence %(number)s")),
    "case.completed:licence": Sentence(gettext_lazy("handed over the licence %(number)s")),
    "case.completed": Sentence(gettext_lazy("Everything is done: the case is completed"), alone=True),
    "document.handed_over": Sentence(gettext_lazy("handed over “%(title)s”")),
    "case.rejected": Sentence(gettext_lazy("refused the application: %(reason)s")),
    "case.withdrawn": Sentence(gettext_lazy("withdrew the application")),
    "correction.issued": Sentence(gettext_lazy("asked for %(items)s corrections at once; the clocks are paused")),
    "correction.answered": Sentence(gettext_lazy("submitted %(items)s corrections; the clocks run again")),
    "material.added": Sentence(gettext_lazy("uploaded “%(material)s”, version %(version)s")),
    "material.added:file": Sentence(
        gettext_lazy("took “%(material)s” from the enterprise's file, version %(version)s")
    ),
    "message.sent": Sentence(gettext_lazy("wrote a message")),
    "note.written": Sentence(gettext_lazy("wrote a note for colleagues"), staff=True),
    "expert.joined": Sentence(gettext_lazy("%(to)s is in the team as %(skill)s"), alone=True),
    "expert.lacking": Sentence(gettext_lazy("The team lacks somebody: %(skill)s"), alone=True, staff=True),
    "expert.released": Sentence(gettext_lazy("released a place in the team: %(skill)s %(before)s"), staff=True),
    "consultation.asked": Sentence(gettext_lazy("asked %(to)s (%(skill)s) a question"), staff=True),
    "consultation.answered": Sentence(gettext_lazy("answered the question of %(asker)s"), staff=True),
    "consultation.handed_over": Sentence(gettext_lazy("gave the question of %(asker)s to %(to)s"), staff=True),
    "consultation.taken_back": Sentence(gettext_lazy("took back a question to %(to)s"), staff=True),
    "consultation.lapsed": Sentence(
        gettext_lazy("A question of colleagues ended with the case"), alone=True, staff=True
    ),
    "task.assigned": Sentence(gettext_lazy("“%(node)s” was assigned to %(to)s (%(department)s)"), alone=True),
    "task.transferred": Sentence(gettext_lazy("transferred “%(node)s” to %(to)s")),
    "task.claimed": Sentence(gettext_lazy("began work on “%(node)s”")),
    "task.done": Sentence(gettext_lazy("completed “%(node)s”")),
    "task.done:told": Sentence(gettext_lazy("completed “%(node)s”"), staff=True),
    "task.skipped": Sentence(gettext_lazy("“%(node)s” is not needed here"), alone=True),
    "task.yours": Sentence(gettext_lazy("“%(node)s” is the enterprise's own step and can begin"), alone=True),
    "task.confirmed_by_enterprise": Sentence(gettext_lazy("confirmed “%(node)s” for the enterprise")),
    "task.unassigned": Sentence(gettext_lazy("Nobody qualified was there to take “%(node)s”"), alone=True, staff=True),
    "clock.started": Sentence(gettext_lazy("The clock “%(label)s” began to run"), alone=True, staff=True),
    "clock.paused": Sentence(gettext_lazy("The clock “%(label)s” is paused: %(why)s"), alone=True, staff=True),
    "clock.resumed": Sentence(gettext_lazy("The clock “%(label)s” runs again"), alone=True, staff=True),
    "case.paused": Sentence(gettext_lazy("paused the clocks: %(why)s")),
    "case.resumed": Sentence(gettext_lazy("let the clocks run on")),
    "clock.pause_confirmed": Sentence(
        gettext_lazy("looked at the pause of “%(label)s”: the reason is still there"), staff=True
    ),
    "clock.pause_long": Sentence(
        gettext_lazy("“%(label)s” still stands still; it was asked why"), alone=True, staff=True
    ),
    "clock.reopened": Sentence(
        gettext_lazy("The clock “%(label)s” runs on as if it had never stopped"), alone=True, staff=True
    ),
    "extension.asked": Sentence(gettext_lazy("asked for more time for “%(label)s”: %(reason)s"), staff=True),
    "extension.granted": Sentence(gettext_lazy("“%(label)s” has a new date. The reason: %(reason)s"), alone=True),
    "extension.refused": Sentence(gettext_lazy("refused more time for “%(label)s”"), staff=True),
    "task.reopened": Sentence(gettext_lazy("took back “%(node)s”: it is not done yet")),
    "clock.met": Sentence(gettext_lazy("“%(label)s” was kept"), alone=True, staff=True),
    "clock.breached_then_met": Sentence(gettext_lazy("“%(label)s” was done late"), alone=True, staff=True),
    "clock.breached": Sentence(gettext_lazy("“%(label)s” was not done in time; we are sorry"), alone=True),
    "clock.warned": Sentence(gettext_lazy("Reminder: “%(label)s” is due soon"), alone=True, staff=True),
    "clock.redated": Sentence(
        gettext_lazy("The calendar of %(year)s has changed: “%(label)s” is now due by %(due)s instead of %(before)s"),
        alone=True,
    ),
    "clock.escalated": Sentence(gettext_lazy("“%(label)s” is late; a superior has been told"), alone=True, staff=True),
}


@dataclass(frozen=True)
class Entry:
    """One line for components/timeline.html. `actor` is empty where the sentence stands alone or the reader acted.

    `paper` is the material that was uploaded, for uploads only.
    """

    at: datetime
    text: str
    actor: str = ""
    who: str = ""
    now: bool = False
    paper: str = ""


def entries(case: Case, user: User, now: datetime) -> list[Entry]:
    """The timeline of a case for one reader, newest first."""
    return tell(events_for(case, user, now)[: 2 * MOST], user)


def events_for(case: Case, user: User, now: datetime) -> QuerySet[Event]:
    """What a reader may know of, newest first; internal events are for staff alone."""
    kinds = {kind.partition(":")[0] for kind in SENTENCES}
    events = Event.objects.of_thread(case.thread).filter(at__lte=now, kind__in=kinds)
    return events if user.is_park_staff else events.filter(is_internal=False)


def tell(events: Iterable[Event], user: User) -> list[Entry]:
    """Events as sentences. Those of a kind that has none are left out, and for the enterprise those about the portal's own
    working."""
    told: list[Entry] = []
    for event in events:
        entry = _tell(event, user, is_newest=not told)
        if entry:
            told.append(entry)
    return list(_gathered(told[:MOST]))


def tell_each(events: Iterable[Event], user: User) -> dict[int, Entry]:
    """As tell, of several cases, newest first: by the numbers of events, those of uploads that are told as one left out."""
    told = [(event, entry) for event in events if (entry := _tell(event, user, is_newest=False))]
    found: dict[int, Entry] = {}
    for key, run in groupby(told, key=lambda one: (one[0].thread, *_same_upload(one[1]))):
        those = list(run)
        is_one = key[1] and len(those) >= MANY
        found |= (
            {those[0][0].pk: _as_one([entry for _event, entry in those])}
            if is_one
            else {event.pk: entry for event, entry in those}
        )
    return found


def in_both(event: Event) -> dict[str, str]:
    """The sentence of an event as `step` in both languages, for notices; with who acted, where somebody did."""
    found = {}
    for suffix, language in (("zh", "zh-hans"), ("en", "en")):
        with override(language):
            sentence = SENTENCES[_key(event)]
            text = str(sentence.text) % _Words(event.data)
            found[f"step_{suffix}"] = text if sentence.alone or not event.actor_name else f"{event.actor_name} {text}"
    return found


def _gathered(told: Iterable[Entry]) -> Iterator[Entry]:
    """Uploads of one person that follow each other on one day, told as one with the names of the materials below."""
    for key, run in groupby(told, key=_same_upload):
        uploads = list(run)
        if key[0] and len(uploads) >= MANY:
            yield _as_one(uploads)
        else:
            yield from uploads


def _same_upload(entry: Entry) -> tuple[bool, str, date]:
    return bool(entry.paper), entry.actor, local_day(entry.at)


def _as_one(uploads: list[Entry]) -> Entry:
    did = ngettext("uploaded %(n)s material", "uploaded %(n)s materials", len(uploads)) % {"n": len(uploads)}
    names = pgettext("list of names", ", ").join(entry.paper for entry in reversed(uploads))
    text = did if uploads[0].actor else _("You %(did)s") % {"did": did}
    return replace(uploads[0], text=text, who=names)


def _tell(event: Event, user: User, *, is_newest: bool) -> Entry | None:
    sentence = SENTENCES.get(_key(event))
    if sentence is None or (sentence.staff and not user.is_park_staff):
        return None
    text = str(sentence.text) % _Words(event.data)
    note = str(event.data.get("note", "")) if user.is_park_staff else ""
    paper = str(_Words(event.data)["material"]) if _key(event) == "material.added" else ""
    if sentence.alone or not event.actor_name:
        return Entry(event.at, text, who=note, now=is_newest)
    if event.actor_id == user.pk:
        return Entry(event.at, _("You %(did)s") % {"did": text}, who=note, now=is_newest, paper=paper)
    return Entry(event.at, text, actor=event.actor_name, who=note, now=is_newest, paper=paper)


def _key(event: Event) -> str:
    if event.kind == "agreement.signed":
        return f"{event.kind}:{Party(event.data['party'])}"
    if event.kind == "material.added" and event.data.get("from_file"):
        return f"{event.kind}:file"
    if event.kind == "case.completed" and event.data.get("number"):
        return f"{event.kind}:licence"
    if event.kind == "task.done" and event.data.get("work") != Work.CONFIRM:
        return f"{event.kind}:told"  # signing, accepting and handing over have sentences of their own
    return event.kind


class _Words(dict[str, Any]):
    """The data of an event as a sentence asks for them: `x` is `x_zh` or `x_en`, and what an old event lacks is empty."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        super().__init__(data)

    def __missing__(self, name: str) -> str:
        if name == "why":
            reason = self.get("reason", "")
            return str(PauseReason(reason).label) if reason in PauseReason.values else str(reason)
        if f"{name}_at" in self:
            return before(localtime(datetime.fromisoformat(str(self[f"{name}_at"]))))
        chinese, english = self.get(f"{name}_zh", ""), self.get(f"{name}_en", "")
        return str(chinese if reads_chinese() or not english else english)
