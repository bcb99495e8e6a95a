"""Whose a task is, who leads its case, and who answers the questions in it."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any

from lifecycle.enums import ConsultationState
from lifecycle.models import Case, CaseMilestone, Consultation, Task, TeamMember
from lifecycle.services.steps import record
from park.accounts.models import User
from park.deadlines import selectors as deadlines
from park.deadlines import services as clocks
from park.deadlines.workdays import local_day
from park.team.enums import Ground
from park.team.kinds import Request
from park.team.models import Specialist
from park.team.services import assignment
from profiles.selectors.key import is_key_enterprise

# the kinds of work by which the loads of people are kept
WORK, EXPERT, CONSULTATION = "task", "expert", "consultation"


def request_for(task: Task, now: datetime) -> Request:
    """Whom a task asks for."""
    is_key = is_key_enterprise(task.case.enterprise_id)
    return request_on(task, deadlines.first_working_day(now), is_key=is_key)


def request_on(task: Task, on: date, *, is_key: bool) -> Request:
    if task.node.department_id is None or task.node.skill_id is None:
        raise LookupError(f"{task.node} is the enterprise's own step")
    return Request(
        kind=WORK,
        number=task.pk,
        department=task.node.department_id,
        on=on,
        skills=(task.node.skill_id,),
        is_key=is_key,
        clock=task.clock_id,
    )


def give(task: Task, case: Case, person: Specialist, *, now: datetime, reason: dict[str, Any]) -> None:
    """Put a task into somebody's hands, and its clocks with it. The enterprise's dates stay what they are."""
    task.assignee, task.assignment, task.assigned_at = person, reason, now
    task.save(update_fields=["assignee", "assignment", "assigned_at"])
    lead = lead_after(case.lead, person)
    handed = [clocks.Handover(task.clock.pk, person, lead=lead)] if task.clock and task.clock.is_open else []
    promises = case.milestones.select_related("clock").order_by("pk") if lead != case.lead else ()
    lead_on(case, lead, promises, now=now, also=handed)


def put_down(tasks: Collection[int]) -> None:
    """These tasks are no load of anybody any more."""
    assignment.release(WORK, tasks)


def lead_after(lead: Specialist | None, person: Specialist | None) -> Specialist | None:
    """The lead of a case is whoever of the department that began it was given its latest task: the one the enterprise deals
    with, who answers for the promises that span tasks."""
    is_theirs = person is not None and (lead is None or lead.department_id == person.department_id)
    return person if is_theirs else lead


def lead_on(
    case: Case,
    lead: Specialist | None,
    promises: Iterable[CaseMilestone],
    *,
    now: datetime,
    also: Iterable[clocks.Handover] = (),
) -> None:
    """Somebody leads the case from now on, or still: the promises are theirs to answer for. `also` is handed over with them."""
    handed = []
    if lead is not None and lead != case.lead:
        handed = [clocks.Handover(p.clock_id, lead, lead=lead) for p in promises if p.clock.is_open]
        case.lead = lead
        case.save(update_fields=["lead"])
        _follow_lead(case, lead, now=now)
    clocks.hand_over_many([*handed, *also], by=None, now=now)


def _follow_lead(case: Case, lead: Specialist, *, now: datetime) -> None:
    """The lead of a case answers for its questions too, and answers those that were put to the lead."""
    for consultation in _open_consultations(case):
        to = consultation.specialist if consultation.skill_id else lead
        if to.pk != consultation.specialist_id:
            consultation.specialist = to
            consultation.save(update_fields=["specialist"])
            held = Request(CONSULTATION, consultation.pk, to.department_id, local_day(now), clock=consultation.clock_id)
            assignment.transfer(held, to=to, now=now, by=None, ground=Ground.LOOKS_AFTER)
        if consultation.clock and consultation.clock.is_open:
            clocks.hand_over(consultation.clock, responsible=to, lead=lead, department=to.department, by=None, now=now)


def end_consultation(consultation: Consultation, state: ConsultationState, *, by: User, now: datetime) -> None:
    """A question that nobody answers any more: its clock is cancelled, not judged."""
    consultation.state, consultation.ended_at = state, now
    consultation.save(update_fields=["state", "ended_at"])
    assignment.release(CONSULTATION, [consultation.pk])
    if consultation.clock and consultation.clock.is_open:
        clocks.cancel(consultation.clock, by=by, now=now)


def end_team(case: Case, *, by: User, now: datetime) -> None:
    """The case is closed: its experts wait for no more questions, and what is open ends with it. Who they were stays."""
    members = TeamMember.objects.current().filter(team__case=case, specialist__isnull=False)
    assignment.release(EXPERT, list(members.values_list("pk", flat=True)))
    for consultation in _open_consultations(case):
        end_consultation(consultation, ConsultationState.LAPSED, by=by, now=now)
        record("consultation.lapsed", case, by=by, now=now, subject=consultation, internal=True)


def _open_consultations(case: Case) -> list[Consultation]:
    found = Consultation.objects.open().filter(team__case=case).select_related("specialist__department", "clock")
    return list(found.order_by("pk"))
