"""What specialists do with tasks: claim, transfer, finish."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from lifecycle.conditions import plain
from lifecycle.enums import CaseState, TaskState, Work
from lifecycle.models import Case, Confirmation, HandedOver, Task
from lifecycle.selectors.graph import graph_of
from lifecycle.services import flow, giving, steps
from lifecycle.services.agreements import Evidence
from lifecycle.services.errors import CaseMoved, Incomplete, Missing, NotYours
from lifecycle.services.holding import hold_case, hold_task, specialist_of
from lifecycle.services.materials import receive
from lifecycle.stages import OPEN_CASE, OPEN_TASK
from park.accounts.models import User
from park.accounts.permissions import enterprises_of, is_signatory
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
HANDED_OVER = "HANDED-OVER"
DOCUMENT_FORMATS = ["pdf", "ofd", "docx", "xlsx", "jpg", "png"]


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
        assignment.transfer(giving.request_for(held, now), to=person, now=now, by=by, ground=Ground.CLAIMED)
        giving.give(held, held.case, person, now=now, reason={"rule": "claimed"})
    held.state, held.claimed_at = TaskState.CLAIMED, now
    held.save(update_fields=["state", "claimed_at"])
    if held.case.state == CaseState.ACCEPTED:
        held.case.state = CaseState.IN_PROGRESS
        held.case.save(update_fields=["state"])
    elif held.case.state == CaseState.SUBMITTED and not held.case.tasks.filter(node__work=Work.REVIEW).exists():
        flow.accept(held.case)
    from_user = before.user_id if before else None
    steps.record("task.claimed", held.case, by=by, now=now, subject=held, from_user=from_user, **_names(held))
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
    assignment.transfer(giving.request_for(held, now), to=to, now=now, by=by)
    giving.give(held, held.case, to, now=now, reason={"rule": "transferred", "note": note})
    steps.record(
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
def confirm_task(task: Task, *, note: str, by: User, now: datetime, answers: Mapping[str, Any] | None = None) -> Task:
    """The step is done; `note` says what was done, `answers` what the standard asks at its end. For nodes whose work is to
    confirm. Raises Incomplete when one is missing."""
    held = in_my_hands(task, Work.CONFIRM, by=by)
    _keep_findings(held, answers or {})
    flow.finish(held, held.case, by=by, now=now, note=note)
    return held


@transaction.atomic
def hand_document_over(
    task: Task,
    upload: UploadedFile,
    *,
    title: str,
    number: str = "",
    note: str = "",
    by: User,
    now: datetime,
    answers: Mapping[str, Any] | None = None,
) -> HandedOver:
    """The step is done, and this is what it has brought forth: both sides see it. Raises FileRefused, Incomplete."""
    held = in_my_hands(task, Work.DOCUMENT, by=by)
    _keep_findings(held, answers or {})
    document = receive(held.case, upload, DOCUMENT_FORMATS, kind=HANDED_OVER, by=by, now=now)
    paper = HandedOver.objects.create(
        case=held.case, task=held, document=document, title=title, number=number, handed_at=now, by=by
    )
    steps.record("document.handed_over", held.case, by=by, now=now, subject=held, title=title, sha256=document.sha256)
    flow.finish(held, held.case, by=by, now=now, note=note)
    return paper


@transaction.atomic
def confirm_own_step(task: Task, *, by: User, now: datetime, evidence: Evidence, note: str = "") -> Confirmation:
    """The enterprise has done a step of its own, or agrees to what lies before it. May be repeated: the first one stands.

    Raises NotYours for whoever may not act, or not sign, for the enterprise; CaseMoved when the step is not open.
    """
    held = hold_task(task, TaskState.READY, TaskState.DONE)
    if held.node.work != Work.ENTERPRISE or not enterprises_of(by).filter(pk=held.case.enterprise_id).exists():
        raise NotYours(task)
    if held.node.needs_signatory and not is_signatory(by, held.case.enterprise_id):
        raise NotYours(task)
    known = Confirmation.objects.filter(task=held).first()
    if known:
        return known
    hold_case(held.case, *OPEN_CASE)
    confirmation = Confirmation.objects.create(
        task=held,
        signer=by,
        signer_name=by.get_full_name(),
        signed_at=now,
        statement=own_step_statement(held),
        seen=seen_documents(held.case),
        ip=evidence.ip,
        user_agent=evidence.user_agent[:300],
        second_factor=evidence.second_factor,
    )
    steps.record("task.confirmed_by_enterprise", held.case, by=by, now=now, subject=held, **_names(held))
    flow.finish(held, held.case, by=by, now=now, note=note)
    return confirmation


def own_step_statement(task: Task) -> str:
    """What the enterprise confirms, in words."""
    if task.node.needs_signatory:
        return _("I confirm for the enterprise: “%(node)s” is done.") % {"node": task.node.name}
    return _("“%(node)s” is done.") % {"node": task.node.name}


def seen_documents(case: Case) -> list[dict[str, str]]:
    """The documents that lie before the enterprise now, with their SHA-256."""
    papers = case.handed_over.select_related("document").order_by("pk")
    return [{"title": paper.title, "sha256": paper.document.sha256} for paper in papers]


def _keep_findings(task: Task, answers: Mapping[str, Any]) -> None:
    """What the standard asks at the end of a node becomes an answer of the case, on which conditions of later nodes rest."""
    asked = graph_of(task.case.procedure_id, [task.node_id]).asked.get(task.node_id, ())
    gaps = [
        Missing("answers", "", f"id_{one.code}", _("%(what)s: please answer") % {"what": one.name.rstrip("?？")})
        for one in asked
        if one.is_required and answers.get(one.code) in (None, "", [])
    ]
    if gaps:
        raise Incomplete(gaps)
    if asked:
        case = task.case
        case.answers = {**case.answers, **{one.code: plain(answers.get(one.code)) for one in asked}}
        case.save(update_fields=["answers"])


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
    """Record the licence and hand it over: the company has its code, and where this is the last step the case is completed.

    Raises CodeTaken when another enterprise has this code; nothing is written then.
    """
    held = in_my_hands(task, Work.RESULT, by=by)
    case = hold_case(held.case, CaseState.IN_PROGRESS)
    case.result_number, case.result_on, case.result_document = number, result_on, document
    case.save(update_fields=["result_number", "result_on", "result_document"])
    register_licence(enterprise=case.enterprise, uscc=number, by=by, now=now)
    flow.finish(held, case, by=by, now=now)
    if case.is_open:  # else its completion says so
        on = result_on.isoformat()
        steps.record("result.recorded", case, by=by, now=now, subject=held, number=number, result_on=on)
    return case


def in_my_hands(task: Task, work: Work, *, by: User) -> Task:
    """The task, locked, if `by` has claimed it and it is of this kind of work. Raises NotYours or CaseMoved."""
    held = hold_task(task, TaskState.CLAIMED)
    if held.assignee is None or held.assignee.user_id != by.pk:
        raise NotYours(task)
    if held.node.work != work:
        raise CaseMoved(task)
    return held


def colleagues(task: Task, now: datetime) -> list[Specialist]:
    """Who could take the task over today."""
    is_key = is_key_enterprise(task.case.enterprise_id)
    request = giving.request_on(task, local_day(now), is_key=is_key)
    pool = pool_of([request], now)
    able = [pk for pk, lacks in pool.lacking(request).items() if not lacks and pk != task.assignee_id]
    return [pool.person(pk) for pk in able]


def _may_do(person: Specialist, task: Task, now: datetime) -> bool:
    return assignment.may_take(person, giving.request_for(task, now), now)


def _names(task: Task) -> dict[str, Any]:
    return {"node_code": task.node.code, "node_zh": task.node.name_zh, "node_en": task.node.name_en}
