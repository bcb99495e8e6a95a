"""From a draft to its end: begin, save, submit, withdraw, reject."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from lifecycle.conditions import plain
from lifecycle.enums import BegunBy, CaseState, Party, TaskState, Work
from lifecycle.models import Case, Procedure, Task
from lifecycle.models.cases import reference_of
from lifecycle.selectors.situation import Situation
from lifecycle.services import agreements, flow, materials, steps
from lifecycle.services.errors import CaseMoved, Incomplete, Missing, NotYours
from lifecycle.services.holding import hold_case, hold_task, specialist_of
from lifecycle.stages import OPEN_CASE, OPEN_TASK
from park.accounts.models import Enterprise, User
from park.deadlines.workdays import local_day
from park.runtime.failpoints import failpoint
from profiles.selectors.company import main_contact
from profiles.services.profile import registered_capital, remember

# Answers under these codes are of the enterprise itself: known from its file, and kept there.
REMEMBERED = ("contact_name", "contact_phone", "industry", "registered_capital", "business_scope", "address")
NEXT_NUMBER = """
INSERT INTO lifecycle_referenceday (day, last) VALUES (%s, 1)
ON CONFLICT (day) DO UPDATE SET last = lifecycle_referenceday.last + 1 RETURNING last
"""


class NotForThisEnterprise(Exception):
    """The procedure does not apply to the enterprise, or not to be begun by whoever asks."""


class AlreadyOpen(Exception):
    """The enterprise has this procedure under way already, and it can be had only once; `case` is the open one."""

    def __init__(self, case: Case) -> None:
        super().__init__(case)
        self.case = case


@transaction.atomic
def begin_case(
    *, enterprise: Enterprise, procedure: Procedure, by: User, now: datetime, follows: Case | None = None
) -> Case:
    """Open a draft with everything the enterprise's file already knows; the open draft if there is one.

    The agreement is drawn up, where the procedure has one, and every node becomes a task that waits. A company is set up once:
    raises AlreadyOpen while its registration is under way, NotForThisEnterprise when it is done, or where the procedure is
    for others.
    """
    enterprise = Enterprise.objects.select_for_update().get(pk=enterprise.pk)
    if not applies_to(procedure, enterprise, local_day(now)) or not may_begin(procedure, by):
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
        answers=_known_answers(procedure, enterprise, by),
        follows=follows,
    )
    flow.create_tasks(case)
    if procedure.nodes.filter(work=Work.AGREEMENT).exists():
        agreements.draw_up(case, now=now)
    steps.record("case.begun", case, by=by, now=now)
    return case


@transaction.atomic
def save_answers(case: Case, answers: Mapping[str, Any], *, now: datetime) -> Case:
    """Add answers to a draft; those not named stay. Raises CaseMoved once the case is submitted."""
    held = hold_case(case, CaseState.DRAFT)
    held.answers = {**held.answers, **{name: plain(value) for name, value in answers.items()}}
    held.saved_at = now
    held.save(update_fields=["answers", "saved_at"])
    return held


def applies_to(procedure: Procedure, enterprise: Enterprise, today: date) -> bool:
    """Whether the procedure is for this enterprise; what its file does not know is in nobody's way."""
    if procedure.only_forming and not enterprise.is_forming:
        return False
    if procedure.only_registered and enterprise.is_forming:
        return False
    return Situation(Case(procedure=procedure, enterprise=enterprise)).holds(procedure.condition, today) is not False


def may_begin(procedure: Procedure, user: User) -> bool:
    """Whether cases of the procedure are begun by this person's side."""
    return procedure.begun_by in {BegunBy.EITHER, BegunBy.PARK if user.is_park_staff else BegunBy.ENTERPRISE}


def missing(case: Case, now: datetime, situation: Situation | None = None) -> list[Missing]:
    """Everything that still has to be done before the case can be submitted. `situation` if it has been fetched."""
    situation = situation or Situation(case)
    found = [
        Missing(
            "answers",
            question.section.code,
            f"id_{question.code}",
            _("%(what)s: please answer") % {"what": question.name.rstrip("?？")},
        )
        for question in situation.unanswered()
        if question.section
    ]
    found += materials.missing(situation, now)
    if hasattr(case, "agreement") and not agreements.is_signed_by_both(case):
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
    gaps = missing(held, now)
    if gaps:
        raise Incomplete(gaps)
    failpoint("submit.held")
    held.state, held.submitted_at, held.saved_at = CaseState.SUBMITTED, now, now
    held.reference = _next_reference(now)
    held.save()
    failpoint("submit.saved")
    materials.set_aside(held, now=now)
    _remember(held, by, now)
    steps.record("case.submitted", held, by=by, now=now)
    failpoint("submit.recorded")
    flow.begin(held, by=by, now=now)
    failpoint("submit.opened")
    return held


@transaction.atomic
def withdraw_case(case: Case, *, by: User, now: datetime, reason: str = "") -> Case:
    """The enterprise takes its case back, for good. Raises CaseMoved when it is closed already."""
    held = hold_case(case, CaseState.DRAFT, *OPEN_CASE)
    held.closing_reason = reason
    flow.close(held, CaseState.WITHDRAWN, by=by, now=now)
    steps.record("case.withdrawn", held, by=by, now=now, reason=reason)
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
    steps.record("case.rejected", held, by=by, now=now, reason=reason, remedy=remedy)
    return held


def side_of(user: User) -> Party:
    return Party.PARK if user.is_park_staff else Party.ENTERPRISE


def _next_reference(now: datetime) -> str:
    local = timezone.localtime(now)
    with connection.cursor() as cursor:
        cursor.execute(NEXT_NUMBER, [local.date()])
        return reference_of(local, cursor.fetchone()[0])


def _known_answers(procedure: Procedure, enterprise: Enterprise, by: User) -> dict[str, Any]:
    """What the enterprise's file and the person's own account already say, of what the procedure asks."""
    asked = set(procedure.questions.filter(section__isnull=False).values_list("code", flat=True))
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
            "registered_capital": plain(capital) if capital is not None else "",
        }
    contact = main_contact(enterprise)
    if contact:
        known["contact_name"] = contact.name or known["contact_name"]
        known["contact_phone"] = contact.phone or known["contact_phone"]
    return {name: value for name, value in known.items() if name in asked and value not in (None, "")}


def _remember(case: Case, by: User, now: datetime) -> None:
    """What the application says of the enterprise itself goes into its file."""
    said: dict[str, Any] = {name: case.answers[name] for name in REMEMBERED if case.answers.get(name)}
    if "registered_capital" in said:
        said["registered_capital"] = Decimal(str(said["registered_capital"]))
    if said:
        remember(case.enterprise, by=by, now=now, **said)
