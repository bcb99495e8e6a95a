"""What cases tell on the timeline of an enterprise."""

from collections.abc import Mapping, Sequence

from django.db.models import Q
from django.urls import reverse

from lifecycle import timeline
from lifecycle.enums import Work
from lifecycle.models import Case, Message
from lifecycle.permissions import visible_cases, visible_teams
from park.accounts.models import Enterprise, User
from park.events.models import Event
from profiles.enums import TimelineTopic
from profiles.timeline import Chapter, Line, register

MOST_WORDS = 120  # of a message
CASES = frozenset({TimelineTopic.CASES})
TALK = frozenset({TimelineTopic.CASES, TimelineTopic.MESSAGES})
# How a clock goes on stands on the page of its case; here only that a promise was broken or has another date.
KINDS = {
    kind.partition(":")[0]
    for kind, sentence in timeline.SENTENCES.items()
    if not (sentence.staff and kind.startswith("clock."))
}
FOR_STAFF = {kind for kind, sentence in timeline.SENTENCES.items() if sentence.staff}


def seen(enterprise: Enterprise, user: User) -> Q:
    """The events of those cases of the enterprise that the reader may see."""
    cases = visible_cases(user).filter(enterprise=enterprise).order_by().values_list("pk", flat=True)
    found = Q(thread__in=[f"case:{pk}" for pk in cases])
    if user.is_park_staff:
        return found
    return found & ~Q(kind__in=FOR_STAFF) & (~Q(kind="task.done") | Q(data__work=Work.CONFIRM))


def tell(events: Sequence[Event], _enterprise: Enterprise, user: User) -> Mapping[int, Line]:
    """Each with the case that it belongs to; a message with its first words."""
    cases = _cases({int(event.thread.partition(":")[2]) for event in events})
    said = _said({int(event.subject_id) for event in events if event.kind == "message.sent"})
    lines = {}
    for number, entry in timeline.tell_each(events, user).items():
        event = next(one for one in events if one.pk == number)
        case = cases[int(event.thread.partition(":")[2])]
        words = said.get(int(event.subject_id), "") if event.kind == "message.sent" else entry.who
        below = " · ".join(filter(None, [f"{case.procedure.name} {case.reference or ''}".strip(), words]))
        url = reverse("desk:case" if user.is_park_staff else "cases:track", args=[case.uid])
        lines[number] = Line(entry.text, entry.actor, below, url)
    return lines


def _cases(numbers: set[int]) -> dict[int, Case]:
    return Case.objects.select_related("procedure").in_bulk({0, *numbers})


def _said(numbers: set[int]) -> dict[int, str]:
    rows = Message.objects.filter(pk__in={0, *numbers}).order_by().values_list("pk", "body")
    return {pk: body if len(body) <= MOST_WORDS else f"{body[:MOST_WORDS]}…" for pk, body in rows}


register(
    Chapter(
        threads=frozenset({"case"}),
        kinds={kind: TALK if kind == "message.sent" else CASES for kind in sorted(KINDS)},
        seen=seen,
        tell=tell,
    )
)


def seen_of_teams(enterprise: Enterprise, user: User) -> Q:
    """What became of the standing team, for the park's side; the enterprise sees who is in it on its file."""
    teams = visible_teams(user).filter(enterprise=enterprise, case__isnull=True).order_by().values_list("pk", flat=True)
    return Q(thread__in=[f"team:{pk}" for pk in teams])


def tell_teams(events: Sequence[Event], _enterprise: Enterprise, user: User) -> Mapping[int, Line]:
    return {
        number: Line(
            entry.text,
            entry.actor,
            entry.who,
            reverse("desk:team", args=[next(one for one in events if one.pk == number).data["team"]]),
        )
        for number, entry in timeline.tell_each(events, user).items()
    }


register(
    Chapter(
        threads=frozenset({"team"}),
        kinds={kind: CASES for kind in sorted(KINDS) if kind.startswith("expert.")},
        seen=seen_of_teams,
        tell=tell_teams,
    )
)
