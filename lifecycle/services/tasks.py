"""What specialists do with tasks: claim, transfer, finish."""

from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from lifecycle.enums import CaseState, TaskState, Work
from lifecycle.models import Case, Task
from lifecycle.services import flow
from lifecycle.services.errors import CaseMoved, NotYours
from lifecycle.services.holding import hold_case, hold_task, specialist_of
from lifecycle.services.materials import receive
from lifecycle.services.needs import satisfy_needs
from lifecycle.stages import OPEN_TASK
from park.accounts.models import User
from park.accounts.services import register_licence
from park.deadlines.workdays import local_day
from park.team.enums import Ground
from park.team.models import Specialist
from park.team.selectors.candidates import pool_of
from park.team.services import assignment
from profiles.models import Document
from profiles.selectors.key import is_key_enterprise

LICENCE = "LICENCE"
LICENCE_FORMATS = ["pdf", "ofd", "jpg", "png"]


@transaction.atomic
def claim_task(task: Task, *, by: User, now: datetime) -> Task:
    """Take a task in hand. Of many who try at once one wins; the others get CaseMoved.

    Whoever is qualified for the node may claim, also when the portal had thought of a colleague. Raises NotYours for
    everybody else.
    """
    held = hold_task(task, TaskState.READY)
    person = specialist_of(by)
    if not _may_do(person, held, now):
        raise NotYours(task)
    before = held.assignee if held.assignee_id != person.pk else None
    if held.assignee_id != person.pk:
        assignment.transfer(flow.request_for(held, now), to=person, now=now, by=by, ground=Ground.CLAIMED)
        flow.give(held, held.case, person, now=now, reason={"rule": "claimed"})
    held.state, held.claimed_at = TaskState.CLAIMED, now
    held.save(update_fields=["state", "claimed_at"])
    if held.case.state == CaseState.ACCEPTED:
        held.case.state = CaseState.IN_PROGRESS
        held.case.save(update_fields=["state"])
    from_user = before.user_id if before else None
    flow.record("task.claimed", held.case, by=by, now=now, subject=held, from_user=from_user, **_names(held))
    return held


@transaction.atomic
def transfer_task(task: Task, *, to: Specialist, note: str, by: User, now: datetime) -> Task:
    """Hand a task over to a colleague who is qualified for it, with a note. The enterprise's clock runs on as it was.

    Raises NotYours when the giver neither has the task nor heads the department, or the taker is not qualified;
    CaseMoved when the task is closed.
    """
    held = hold_task(task, TaskState.READY, TaskState.CLAIMED, TaskState.RETURNED)
    giver = specialist_of(by)
    heads = giver.is_head and giver.department_id == held.department_id
    if held.assignee_id != giver.pk and not heads:
        raise NotYours(task)
    return _hand_over(held, to=to, note=note, by=by, now=now)


@transaction.atomic
def hand_over_task(task: Task, *, to: Specialist, note: str, by: User, now: datetime) -> Task:
    """Hand somebody's task over to a qualified colleague, as a head or a manager has decided for more than this one
    (`park.team.permissions`). Raises CaseMoved, and NotYours when the taker is not qualified or has it already."""
    return _hand_over(hold_task(task, *OPEN_TASK), to=to, note=note, by=by, now=now)


def _hand_over(held: Task, *, to: Specialist, note: str, by: User, now: datetime) -> Task:
    if to.pk == held.assignee_id or not _may_do(to, held, now):
        raise NotYours(to)
    before = held.assignee
    assignment.transfer(flow.request_for(held, now), to=to, now=now, by=by)
    flow.give(held, held.case, to, now=now, reason={"rule": "transferred", "note": note})
    flow.record(
        "task.transferred",
        held.case,
        by=by,
        now=now,
        subject=held,
        to=to.user.get_full_name(),
        to_user=to.user_id,
        before=before.user.get_full_name() if before else "",
        from_user=before.user_id if before else None,
        note=note,
        **_names(held),
    )
    return held


@transaction.atomic
def confirm_task(task: Task, *, note: str, by: User, now: datetime) -> Task:
    """The step is done; `note` says what was done. For nodes whose work is to confirm."""
    held = in_my_hands(task, Work.CONFIRM, by=by)
    flow.finish(held, held.case, by=by, now=now, note=note)
    return held


@transaction.atomic
def receive_licence(task: Task, upload: UploadedFile, *, by: User, now: datetime) -> Document:
    """Keep the licence that is to be handed over, so that it need not be chosen again when something else is wrong.

    Raises FileRefused.
    """
    held = in_my_hands(task, Work.RESULT, by=by)
    case = hold_case(held.case, CaseState.IN_PROGRESS)
    return receive(case, upload, LICENCE_FORMATS, kind=LICENCE, by=by, now=now)


def kept_licence(task: Task, number: str, *, by: User) -> Document | None:
    """The licence that the same person has uploaded for this task before; None for a number that is no such document."""
    if not number.isdecimal() or len(number) > 18:
        return None
    own = Document.objects.filter(enterprise=task.case.enterprise_id, kind=LICENCE, uploaded_by=by)
    return own.filter(pk=int(number)).first()


@transaction.atomic
def record_result(task: Task, *, number: str, result_on: date, document: Document, by: User, now: datetime) -> Case:
    """Record the licence and hand it over: the case is completed, and the company has its code.

    Raises CodeTaken when another enterprise has this code; nothing is written then.
    """
    held = in_my_hands(task, Work.RESULT, by=by)
    case = hold_case(held.case, CaseState.IN_PROGRESS)
    case.result_number, case.result_on, case.result_document = number, result_on, document
    case.state, case.closed_at = CaseState.COMPLETED, now
    case.save()
    register_licence(enterprise=case.enterprise, uscc=number, by=by, now=now)
    flow.finish(held, case, by=by, now=now)
    satisfy_needs(case, by=by, now=now)
    flow.record("case.completed", case, by=by, now=now, number=number, result_on=result_on.isoformat())
    return case


def in_my_hands(task: Task, work: Work, *, by: User) -> Task:
    """The task, locked, if `by` has claimed it and it is of this kind of work. Raises NotYours or CaseMoved."""
    held = hold_task(task, TaskState.CLAIMED)
    if held.assignee_id != specialist_of(by).pk:
        raise NotYours(task)
    if held.node.work != work:
        raise CaseMoved(task)
    return held


def colleagues(task: Task, now: datetime) -> list[Specialist]:
    """Who could take the task over today."""
    is_key = is_key_enterprise(task.case.enterprise_id)
    request = flow.request_on(task, local_day(now), is_key=is_key)
    pool = pool_of(request, now)
    able = [pk for pk, lacks in pool.lacking(request).items() if not lacks and pk != task.assignee_id]
    return [pool.people[pk] for pk in able]


def _may_do(person: Specialist, task: Task, now: datetime) -> bool:
    return assignment.may_take(person, flow.request_for(task, now), now)


def _names(task: Task) -> dict[str, Any]:
    return {"node_code": task.node.code, "node_zh": task.node.name_zh, "node_en": task.node.name_en}
