"""From a draft to its end: begin, save, submit, withdraw, reject."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.answers import unanswered
from lifecycle.enums import CaseState, Party, TaskState
from lifecycle.models import Case, Procedure, Task
from lifecycle.models.cases import reference_of
from lifecycle.services import agreements, flow, materials
from lifecycle.services.errors import CaseMoved, Incomplete, Missing, NotYours
from lifecycle.services.holding import hold_case, hold_task, specialist_of
from lifecycle.stages import OPEN_CASE, OPEN_TASK
from park.accounts.models import Enterprise, User
from park.runtime.failpoints import failpoint
from profiles.selectors.company import main_contact
from profiles.services.profile import registered_capital, remember

NEXT_NUMBER = """
INSERT INTO lifecycle_referenceday (day, last) VALUES (%s, 1)
ON CONFLICT (day) DO UPDATE SET last = lifecycle_referenceday.last + 1 RETURNING last
"""


class NotForThisEnterprise(Exception):
    """The procedure does not apply to the enterprise."""


class AlreadyOpen(Exception):
    """The enterprise has this procedure under way already, and it can be had only once; `case` is the open one."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.case = case


@transaction.atomic
def begin_case(*, enterprise: Enterprise, procedure: Procedure, by: User, now: datetime) -> Case:
    """Open a draft with everything the enterprise's file already knows; the open draft if there is one.

    The agreement is drawn up and every node of the procedure becomes a task that waits. A company is set up once: raises
    AlreadyOpen while its registration is under way, NotForThisEnterprise when it is done.
    """
    enterprise = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    if procedure.only_forming and not enterprise.is_forming:
        raise NotForThisEnterprise(procedure)
    same = Case.objects.filter(enterprise=enterprise, procedure__code=procedure.code)
    draft = same.filter(state=CaseState.DRAFT).first()
    if draft:
        return draft
    under_way = same.open().first() if procedure.only_forming else None
    if under_way:
        raise AlreadyOpen(under_way)
    case = Case.objects.create(
        enterprise=enterprise,
        procedure=procedure,
        created_by=by,
        created_at=now,
        saved_at=now,
        answers=_known_answers(enterprise, by),
    )
    flow.create_tasks(case)
    agreements.draw_up(case, now=now)
    flow.record("case.begun", case, by=by, now=now)
    return case


@transaction.atomic
def save_answers(case: Case, answers: Mapping[str, Any], *, now: datetime) -> Case:
    """Add answers to a draft; those not named stay. Raises CaseMoved once the case is submitted."""
    held = hold_case(case, CaseState.DRAFT)
    held.answers = {**held.answers, **{name: _plain(value) for name, value in answers.items()}}
    held.saved_at = now
    held.save(update_fields=["answers", "saved_at"])
    return held


def missing(case: Case) -> list[Missing]:
    """Everything that still has to be done before the case can be submitted."""
    found = [
        Missing(
            "answers",
            question.step,
            f"id_{question.name}",
            _("%(what)s: please answer") % {"what": str(question.label).rstrip("?？")},
        )
        for question in unanswered(case.answers)
    ]
    found += materials.missing(case)
    if not agreements.is_signed_by_both(case):
        text = _("The park agreement has to be signed by both sides first.")
        found.append(Missing("agreement", "agreement", "agreement", text))
    return found


@transaction.atomic
def submit_case(case: Case, *, by: User, now: datetime) -> Case:
    """Hand the case in: it gets its reference number, and its pre-review clock starts.

    Submitting twice makes one case: whoever comes second gets the case as the first one left it. Raises Incomplete with
    everything that is missing, CaseMoved if the case was withdrawn.
    """
    held = hold_case(case)
    if held.submitted_at is not None:
        return held
    if held.state != CaseState.DRAFT:
        raise CaseMoved(held)
    if held.procedure.only_forming and not held.enterprise.is_forming:
        raise CaseMoved(held)  # the company has its licence from another case
    gaps = missing(held)
    if gaps:
        raise Incomplete(gaps)
    failpoint("submit.held")
    held.state, held.submitted_at, held.saved_at = CaseState.SUBMITTED, now, now
    held.reference = _next_reference(now)
    held.save()
    failpoint("submit.saved")
    materials.set_aside(held, now=now)
    _remember(held, by, now)
    flow.record("case.submitted", held, by=by, now=now)
    failpoint("submit.recorded")
    flow.open_ready(held, by=by, now=now)
    failpoint("submit.opened")
    return held


@transaction.atomic
def withdraw_case(case: Case, *, by: User, now: datetime, reason: str = "") -> Case:
    """The enterprise takes its case back, for good. Raises CaseMoved when it is closed already."""
    held = hold_case(case, CaseState.DRAFT, *OPEN_CASE)
    held.closing_reason = reason
    flow.close(held, CaseState.WITHDRAWN, by=by, now=now)
    flow.record("case.withdrawn", held, by=by, now=now, reason=reason)
    return held


@transaction.atomic
def reject_case(task: Task, *, reason: str, remedy: str, by: User, now: datetime) -> Case:
    """The specialist who has the task refuses the case, saying why and what the enterprise can do.

    Raises CaseMoved when the case is not open, NotYours when the task is in other hands.
    """
    held_task = hold_task(task, *OPEN_TASK)
    if held_task.assignee_id != specialist_of(by).pk:
        raise NotYours(task)
    held = hold_case(held_task.case, *OPEN_CASE)
    if held_task.state == TaskState.READY:
        raise CaseMoved(task)
    held.closing_reason, held.closing_remedy = reason, remedy
    flow.close(held, CaseState.REJECTED, by=by, now=now)
    flow.record("case.rejected", held, by=by, now=now, reason=reason, remedy=remedy)
    return held


def side_of(user: User) -> Party:
    return Party.PARK if user.is_park_staff else Party.ENTERPRISE


def _next_reference(now: datetime) -> str:
    local = timezone.localtime(now)
    with connection.cursor() as cursor:
        cursor.execute(NEXT_NUMBER, [local.date()])
        return reference_of(local, cursor.fetchone()[0])


def _known_answers(enterprise: Enterprise, by: User) -> dict[str, Any]:
    """What the enterprise's file and the person's own account already say."""
    known: dict[str, Any] = {
        "company_name": enterprise.name_zh,
        "contact_name": by.get_full_name(),
        "contact_phone": by.phone,
    }
    profile = getattr(enterprise, "profile", None)
    if profile:
        capital = registered_capital(enterprise)
        known |= {
            "industry": profile.industry,
            "business_scope": profile.business_scope,
            "address": profile.address,
            "registered_capital": _plain(capital) if capital is not None else "",
        }
    contact = main_contact(enterprise)
    if contact:
        known["contact_name"] = contact.name or known["contact_name"]
        known["contact_phone"] = contact.phone or known["contact_phone"]
    return {name: value for name, value in known.items() if value not in (None, "")}


def _remember(case: Case, by: User, now: datetime) -> None:
    answers = case.answers
    remember(
        case.enterprise,
        by=by,
        now=now,
        contact_name=answers["contact_name"],
        contact_phone=answers["contact_phone"],
        industry=answers["industry"],
        registered_capital=Decimal(str(answers["registered_capital"])),
        business_scope=answers["business_scope"],
        address=answers["address"],
    )


def _plain(value: Any) -> Any:
    """A value as JSON holds it: exact decimals become text."""
    return str(value) if isinstance(value, Decimal) else value
