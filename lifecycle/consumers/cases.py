"""Tells people what happens to their cases. Reads the log; written notices and its cursor are committed together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import QuerySet

from lifecycle import timeline
from lifecycle.enums import Party, TaskState
from lifecycle.models import Case, Task, Watch
from lifecycle.permissions import visible_cases
from lifecycle.selectors.standard import people_of_standard
from lifecycle.stages import OPEN_TASK
from park.accounts.models import User
from park.accounts.selectors import active_people, members_of
from park.events.consumers import consumer
from park.events.models import Event
from park.notices.services import tell
from park.team import reasons
from park.team.selectors import heads_of

TO_ENTERPRISE = {
    "case.submitted",
    "correction.issued",
    "case.accepted",
    "case.completed",
    "case.rejected",
    "document.handed_over",
    "result.recorded",
    "task.yours",
}
TO_TAKER = {"task.assigned", "task.transferred"}
# What whoever watches a case is told of, in the words of the timeline.
MOVES = {
    *("case.submitted", "case.accepted", "case.completed", "case.rejected", "case.withdrawn", "correction.issued"),
    *(
        "correction.answered",
        "result.recorded",
        "task.transferred",
        "task.done",
        "task.reopened",
        "document.handed_over",
    ),
}
TO_GIVER = {"task.claimed", "task.transferred"}


TO_STAFF = {"standard.published", "standard.scheduled", "standard.taken_back"}


@consumer("standard-notices")
def tell_of_standard(events: Sequence[Event]) -> None:
    """Tell those who manage, and those whose departments have steps in a version or had some in the one before it."""
    for event in events:
        if event.kind in TO_STAFF:
            words = {name: event.data[name] for name in ("version", "effective_on", "note")}
            people = people_of_standard(event.data["version"]).exclude(pk=event.actor_id or 0)
            tell(event.kind, people, key=f"event:{event.pk}", path="/procedures/", now=event.at, **words)


@consumer("case-notices")
def tell_people(events: Sequence[Event]) -> None:
    """Turn events of cases into notices; the event's number makes each of them unique."""
    for event in events:
        if "case" in event.data:
            case = Case.objects.select_related("procedure", "enterprise").get(pk=event.data["case"])
            _tell(event, case)


@consumer("watched-cases")
def tell_watchers(events: Sequence[Event]) -> None:
    """Whoever watches a case and may still see it hears of its moves, unless they made them."""
    moves = [event for event in events if event.kind in MOVES and "case" in event.data]
    cases = Case.objects.select_related("procedure", "enterprise").in_bulk([event.data["case"] for event in moves])
    watchers = defaultdict(list)
    for watch in Watch.objects.filter(case__in=cases, user__in=active_people()).select_related("user"):
        if visible_cases(watch.user).filter(pk=watch.case_id).exists():
            watchers[watch.case_id].append(watch.user)
    for event in moves:
        case = cases[event.data["case"]]
        people = [user for user in watchers[case.pk] if user.pk != event.actor_id]
        if people:
            _send(event, case, people, f"/desk/cases/{case.uid}/", kind="case.moved", **timeline.in_both(event))


def _tell(event: Event, case: Case) -> None:
    kind, data = event.kind, event.data
    desk, portal = f"/desk/cases/{case.uid}/", f"/cases/{case.uid}/"
    if kind in TO_ENTERPRISE or (kind == "agreement.signed" and data["party"] == Party.PARK):
        is_licence = kind == "result.recorded" or (kind == "case.completed" and data["number"])
        _send(event, case, members_of(case.enterprise_id), portal, kind="licence.handed_over" if is_licence else kind)
    elif kind == "correction.answered":
        _send(event, case, _handlers(case), desk)
    elif kind == "case.withdrawn":
        _send(event, case, _handlers(case, (TaskState.CANCELLED,)) | _leads(case), desk)
    elif kind == "task.unassigned":
        task = Task.objects.get(pk=event.subject_id)
        why = reasons.in_both(data.get("lacking", {}))
        _send(event, case, heads_of(task.department_id), f"/desk/tasks/{task.pk}/", **why)
    elif kind == "message.sent":
        to_park = data["side"] == Party.ENTERPRISE
        _send(event, case, _handlers(case) if to_park else members_of(case.enterprise_id), desk if to_park else portal)
    if kind in TO_TAKER:
        _send(event, case, active_people().filter(pk=data["to_user"]), f"/desk/tasks/{event.subject_id}/")
    if kind in TO_GIVER and data.get("from_user") not in {None, event.actor_id}:
        giver = active_people().filter(pk=data["from_user"])
        _send(event, case, giver, f"/desk/tasks/{event.subject_id}/", kind="task.left")


def _send(event: Event, case: Case, people: Iterable[User], path: str, kind: str = "", **more: str) -> None:
    hidden = {"case", "uid", "to_user", "from_user", "lacking"}
    words = {name: value for name, value in event.data.items() if name not in hidden}
    words |= {
        "procedure_zh": case.procedure.name_zh,
        "procedure_en": case.procedure.name_en,
        "enterprise_zh": case.enterprise.name_zh,
        "enterprise_en": case.enterprise.name_en,
        "author": event.actor_name,
        **more,
    }
    tell(kind or event.kind, people, key=f"event:{event.pk}", path=path, now=event.at, **words)


def _handlers(case: Case, states: Sequence[str] = OPEN_TASK) -> QuerySet[User]:
    """Who has the case in hand: holders of open tasks, else the lead, else the head of the department that begins it."""
    tasks = case.tasks.filter(state__in=states)
    holders = active_people().filter(specialist__in=tasks.values("assignee"))
    own = case.tasks.filter(department__isnull=False).order_by("node__order")
    first = own.values_list("department", flat=True).first()
    return next((people for people in (holders, _leads(case)) if people), heads_of(first))


def _leads(case: Case) -> QuerySet[User]:
    return active_people().filter(specialist__in=[case.lead_id] if case.lead_id else [])
