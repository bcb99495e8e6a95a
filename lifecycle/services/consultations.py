"""Questions inside a case to its experts and its lead: ask, answer, hand over, take back. Each has a clock of its own."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from lifecycle import permissions, team_rules
from lifecycle.enums import ConsultationState
from lifecycle.models import Case, Consultation, ServiceTeam
from lifecycle.procedures import CONSULTATION
from lifecycle.services import giving, steps
from lifecycle.services.errors import CaseMoved, NotYours
from lifecycle.services.holding import hold_case
from lifecycle.stages import OPEN_CASE
from park.accounts.models import User
from park.deadlines import services as clocks
from park.deadlines.selectors import first_working_day
from park.deadlines.workdays import Limit
from park.team.enums import Ground
from park.team.kinds import Request
from park.team.models import Skill, Specialist
from park.team.services import assignment
from profiles.selectors.key import is_key_enterprise

WORK = giving.CONSULTATION
LEAD_ZH, LEAD_EN = "牵头人", "lead"


class NobodyToAsk(Exception):
    """The place in the team is empty, or it is the asker's own; nothing was written."""


@transaction.atomic
def ask(case: Case, *, skill: Skill | None, text: str, by: User, now: datetime) -> Consultation:
    """Ask the expert of a skill, or the lead (no skill). While the expert is away, whoever stands in for them is asked.

    The clock of the answer begins; no other clock stands still. What is sent twice is asked once. Raises CaseMoved for a case
    that is not open, NotYours for whoever is not of the park's side, NobodyToAsk.
    """
    held = hold_case(case, *OPEN_CASE)
    if not by.is_park_staff:
        raise NotYours(case)
    team, _is_new = ServiceTeam.objects.get_or_create(
        case=held, defaults={"enterprise": held.enterprise, "formed_at": now}
    )
    person = _whom(held, team, skill)
    if person is None or person.user_id == by.pk:
        raise NobodyToAsk(skill)
    same = team.consultations.open().filter(skill=skill, asked_by=by, question=text).first()
    if same is not None:
        return same
    made = Consultation.objects.create(
        team=team, skill=skill, specialist=person, asked_by=by, asked_at=now, question=text
    )
    made.team.case = held
    made.specialist = _give(made, person, now)
    made.clock = _start_clock(made, held, by=by, now=now)
    made.save(update_fields=["specialist", "clock"])
    assignment.put_on_clock(WORK, made.pk, made.clock.pk)
    _record("consultation.asked", made, by=by, now=now, note=text)
    return made


@transaction.atomic
def answer(consultation: Consultation, *, text: str, by: User, now: datetime) -> Consultation:
    """Answer what one is asked, or what somebody of one's department is asked; the clock stops.

    Of two who answer at once one wins. Raises CaseMoved, NotYours.
    """
    held = _hold(consultation)
    if not permissions.can_answer(by, held):
        raise NotYours(consultation)
    held.state, held.answer, held.answered_by, held.ended_at = ConsultationState.ANSWERED, text, by, now
    held.save(update_fields=["state", "answer", "answered_by", "ended_at"])
    assignment.release(WORK, [held.pk])
    if held.clock and held.clock.is_open:
        clocks.stop(held.clock, by=by, now=now)
    _record("consultation.answered", held, by=by, now=now, note=text)
    return held


@transaction.atomic
def take_back(consultation: Consultation, *, by: User, now: datetime) -> Consultation:
    """It needs no answer any more, say whoever asked, or the lead. Raises CaseMoved, NotYours."""
    held = _hold(consultation)
    if not permissions.can_take_back(by, held):
        raise NotYours(consultation)
    giving.end_consultation(held, ConsultationState.TAKEN_BACK, by=by, now=now)
    _record("consultation.taken_back", held, by=by, now=now)
    return held


@transaction.atomic
def hand_over(consultation: Consultation, *, to: Specialist, note: str, by: User, now: datetime) -> Consultation:
    """Somebody else answers. Question and date stay what they are. Raises CaseMoved; NotYours for a taker who is not
    qualified, has it already, or has asked it."""
    held = _hold(consultation)
    request = request_for(held, now)
    if to.pk == held.specialist_id or to.user_id == held.asked_by_id or not assignment.may_take(to, request, now):
        raise NotYours(to)
    before = held.specialist
    held.specialist = to
    held.save(update_fields=["specialist"])
    assignment.transfer(request, to=to, now=now, by=by)
    if held.clock and held.clock.is_open:
        clocks.hand_over(held.clock, responsible=to, department=to.department, by=by, now=now)
    _record("consultation.handed_over", held, by=by, now=now, note=note, from_user=before.user_id)
    return held


def request_for(consultation: Consultation, now: datetime) -> Request:
    is_key = is_key_enterprise(consultation.team.enterprise_id)
    return request_on(consultation, first_working_day(now), is_key=is_key)


def request_on(consultation: Consultation, on: date, *, is_key: bool) -> Request:
    return Request(
        kind=WORK,
        number=consultation.pk,
        department=consultation.specialist.department_id,
        on=on,
        skills=(consultation.skill_id,) if consultation.skill_id else (),
        is_key=is_key,
        looks_after=consultation.specialist_id,
        clock=consultation.clock_id,
    )


def _whom(case: Case, team: ServiceTeam, skill: Skill | None) -> Specialist | None:
    if skill is None:
        return case.lead
    member = team.members.current().filter(skill=skill).select_related("specialist__user").first()
    return member.specialist if member else None


def _give(consultation: Consultation, person: Specialist, now: datetime) -> Specialist:
    """To the expert, while they are away to whoever stands in for them; where nobody does, it waits for the expert."""
    request = request_for(consultation, now)
    if consultation.skill_id is not None:
        chosen = assignment.assign(request, now=now).specialist
        if chosen is not None and chosen.user_id != consultation.asked_by_id:
            return chosen
    assignment.transfer(request, to=person, now=now, by=None, ground=Ground.LOOKS_AFTER)
    return person


def _start_clock(consultation: Consultation, case: Case, *, by: User, now: datetime) -> Any:
    """Without the enterprise: it is told of late clocks, and this is none of its."""
    skill = consultation.skill
    return clocks.start(
        clocks.Rule(
            kind=WORK,
            label_zh=f"专家答复：{skill.name_zh if skill else LEAD_ZH}",
            label_en=f"Answer inside the case: {skill.name_en if skill else LEAD_EN}",
            limit=Limit(team_rules.rules().answer_within, "working_day"),
            stage=case.procedure.stage,
            procedure=CONSULTATION,
            standard_version=case.procedure.standard_id,
        ),
        now=now,
        thread=consultation.thread,
        department=consultation.specialist.department,
        responsible=consultation.specialist,
        lead=case.lead,
        path=f"/desk/cases/{case.uid}/#consultation-{consultation.pk}",
        by=by,
    )


def _hold(consultation: Consultation) -> Consultation:
    """The question, its case held. Raises CaseMoved unless both are open."""
    case = consultation.team.case
    if case is None:
        raise CaseMoved(consultation)
    held_case = hold_case(case, *OPEN_CASE)
    found = Consultation.objects.open().select_related(
        "team", "skill", "specialist__user", "specialist__department", "asked_by", "clock"
    )
    held = found.filter(pk=consultation.pk).first()
    if held is None:
        raise CaseMoved(consultation)
    held.team.case = held_case
    return held


def _record(kind: str, consultation: Consultation, *, by: User, now: datetime, **data: Any) -> None:
    case, skill, person = consultation.team.case, consultation.skill, consultation.specialist
    if case is None:
        raise LookupError(f"{consultation} stands in no case")
    steps.record(
        kind,
        case,
        by=by,
        now=now,
        subject=consultation,
        internal=True,
        skill_zh=skill.name_zh if skill else LEAD_ZH,
        skill_en=skill.name_en if skill else LEAD_EN,
        to=person.user.get_full_name(),
        to_user=person.user_id,
        asker=consultation.asked_by.get_full_name(),
        asker_user=consultation.asked_by_id,
        **data,
    )
