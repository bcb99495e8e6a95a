"""Tells people what happens to their cases. Reads the log; written notices and its cursor are committed together."""

from collections.abc import Iterable, Sequence

from django.db.models import Q

from lifecycle.enums import Party
from lifecycle.models import Case, Task
from lifecycle.stages import OPEN_TASK
from park.accounts.models import Membership, User
from park.events.consumers import consumer
from park.events.models import Event
from park.notices.services import tell

TO_ENTERPRISE = {"case.submitted", "correction.issued", "case.accepted", "case.completed", "case.rejected"}
TO_SPECIALIST = {"correction.answered", "case.withdrawn"}
TO_TAKER = {"task.assigned", "task.transferred"}


@consumer("case-notices")
def tell_people(events: Sequence[Event]) -> None:
    """Turn events of cases into notices; the event's number makes each of them unique."""
    for event in events:
        if "case" in event.data:
            case = Case.objects.select_related("procedure", "enterprise").get(pk=event.data["case"])
            _tell(event, case)


def _tell(event: Event, case: Case) -> None:
    kind, data = event.kind, event.data
    desk, portal = f"/desk/cases/{case.uid}/", f"/cases/{case.uid}/"
    if kind in TO_ENTERPRISE or (kind == "agreement.signed" and data["party"] == Party.PARK):
        _send(event, case, _members(case), portal)
    elif kind in TO_SPECIALIST:
        _send(event, case, _handlers(case), desk)
    elif kind in TO_TAKER:
        _send(event, case, User.objects.filter(pk=data["to_user"]), f"/desk/tasks/{event.subject_id}/")
    elif kind == "task.unassigned":
        task = Task.objects.get(pk=event.subject_id)
        heads = User.objects.filter(specialist__department=task.department_id, specialist__is_head=True)
        _send(event, case, heads or User.objects.filter(role="manager"), f"/desk/tasks/{task.pk}/")
    elif kind == "message.sent":
        to_park = data["side"] == Party.ENTERPRISE
        _send(event, case, _handlers(case) if to_park else _members(case), desk if to_park else portal)


def _send(event: Event, case: Case, people: Iterable[User], path: str) -> None:
    words = {name: value for name, value in event.data.items() if name not in {"case", "uid", "to_user"}}
    words |= {
        "procedure_zh": case.procedure.name_zh,
        "procedure_en": case.procedure.name_en,
        "enterprise_zh": case.enterprise.name_zh,
        "enterprise_en": case.enterprise.name_en,
        "author": event.actor_name,
    }
    tell(event.kind, people, key=f"event:{event.pk}", path=path, now=event.at, **words)


def _members(case: Case) -> Iterable[User]:
    return User.objects.filter(memberships__in=Membership.objects.active().filter(enterprise=case.enterprise))


def _handlers(case: Case) -> Iterable[User]:
    """Who has the case in hand: holders of open tasks, else the lead."""
    holders = User.objects.filter(Q(specialist__tasks__case=case, specialist__tasks__state__in=OPEN_TASK)).distinct()
    return holders or User.objects.filter(specialist__led_cases=case)
