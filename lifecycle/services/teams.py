"""Put teams together as the rules call for (lifecycle.team_rules), look at them again, and change them by hand.

Every service holds cases first, then files, then departments: the order of all services that give work away.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from django.db import transaction

from lifecycle import permissions, team_rules
from lifecycle.models import Case, Consultation, ServiceTeam, TeamMember
from lifecycle.selectors.situation import facts_of
from lifecycle.services import consultations, giving, steps
from lifecycle.services.errors import CaseMoved, NotYours
from lifecycle.services.holding import hold_case
from lifecycle.stages import OPEN_CASE
from park.accounts.models import User
from park.deadlines.selectors import first_working_day
from park.deadlines.workdays import local_day
from park.events import services as events
from park.team import reasons
from park.team.kinds import Request
from park.team.models import Department, Skill, Specialist
from park.team.selectors.candidates import pool_of
from park.team.services import assignment
from profiles.models import EnterpriseProfile, Need
from profiles.selectors.key import is_key_enterprise
from profiles.services.holding import hold

WORK = giving.EXPERT


class NotAnExpert(ValueError):
    """No department of the park has this skill for teams."""


@transaction.atomic
def look(
    *, now: datetime, by: User | None = None, cases: Collection[int] = (), enterprises: Collection[int] = ()
) -> None:
    """Put together the teams of these open cases, and the standing teams of these key enterprises; of a team that is there,
    add whom the rules call for by now and fill its gaps. Done twice it is done once.

    Nobody leaves a team by this, and whoever was released comes back only if a rule calls that did not call before.
    """
    held = Case.objects.select_for_update(of=["self"]).select_related("enterprise", "procedure", "lead__user")
    teams: list[tuple[Case | None, int]] = [
        (case, case.enterprise_id) for case in held.filter(pk__in=cases, state__in=OPEN_CASE).order_by("pk")
    ]
    kept = sorted(set(hold(enterprises).values())) if enterprises else []
    teams += [(None, enterprise) for enterprise in kept if is_key_enterprise(enterprise)]
    if not teams:
        return
    departments = dict(Department.objects.values_list("code", "pk"))
    assignment.hold_departments(departments[code] for code in set(team_rules.rules().experts.values()))
    for case, enterprise in teams:
        team, _is_new = ServiceTeam.objects.get_or_create(
            enterprise_id=enterprise, case=case, ended_at=None, defaults={"formed_at": now}
        )
        _look(team, by=by, now=now)


@transaction.atomic
def end_standing(enterprises: Collection[int], *, now: datetime) -> None:
    """These are no key enterprises any more: their standing teams end, and the cases keep theirs."""
    kept = hold(enterprises).values()
    for team in ServiceTeam.objects.filter(enterprise__in=kept, case=None, ended_at=None).order_by("pk"):
        if is_key_enterprise(team.enterprise_id):
            continue  # it was named anew meanwhile
        current = team.members.current()
        assignment.release(WORK, list(current.values_list("pk", flat=True)))
        current.update(until=now)
        team.ended_at = now
        team.save(update_fields=["ended_at"])


@transaction.atomic
def look_again(team: ServiceTeam, *, by: User, now: datetime) -> None:
    """The button of lead and head. Raises NotYours, CaseMoved."""
    if not permissions.can_shape_team(by, team):
        raise NotYours(team)
    _hold(team)
    standing = [team.enterprise_id] if team.case_id is None else []
    look(cases=[team.case_id] if team.case_id else [], enterprises=standing, by=by, now=now)


@transaction.atomic
def call_in(team: ServiceTeam, skill: Skill, *, by: User, now: datetime) -> TeamMember:
    """Somebody with this skill is to help, although no rule requires it. Raises NotYours, CaseMoved, NotAnExpert."""
    if not permissions.can_shape_team(by, team):
        raise NotYours(team)
    held = _hold(team)
    known = held.members.current().filter(skill=skill).first()
    if known is not None:
        return known
    return _add(held, skill, held.suggested.get(skill.code, []), by=by, now=now)


@transaction.atomic
def replace_member(member: TeamMember, *, to: Specialist, reason: str, by: User, now: datetime) -> TeamMember:
    """Somebody else of the department has this place from now on, or somebody fills the gap; open questions go with it.

    Raises NotYours unless the head of the department or a manager does it, or the taker is not qualified; CaseMoved.
    """
    if not permissions.can_change_member(by, member):
        raise NotYours(member)
    return hand_over_member(member, to=to, note=reason, by=by, now=now)


@transaction.atomic
def hand_over_member(member: TeamMember, *, to: Specialist, note: str, by: User, now: datetime) -> TeamMember:
    """As replace_member, as a head or a manager has decided for more than this one (`park.team.permissions`)."""
    held = _hold_member(member)
    if to.pk == held.specialist_id or not assignment.may_take(to, request_for(held, now), now):
        raise NotYours(to)
    before = held.specialist
    if before is None:
        held.specialist = to
        held.save(update_fields=["specialist"])
    else:
        _end(held, reason=note, by=by, now=now)
        kept = {"team": held.team, "skill": held.skill, "department": held.department, "rules": held.rules}
        held = TeamMember.objects.create(**kept, specialist=to, since=now)
    assignment.transfer(request_for(held, now), to=to, now=now, by=by)
    _record_joined(held, by=by, now=now)
    if before is not None:
        asked = Consultation.objects.open().filter(team=held.team_id, skill=held.skill_id, specialist=before)
        for consultation in asked.order_by("pk"):
            consultations.hand_over(consultation, to=to, note=note, by=by, now=now)
    return held


@transaction.atomic
def release_member(member: TeamMember, *, reason: str, by: User, now: datetime) -> None:
    """The place is not needed; what was asked stays with whoever was asked. Raises NotYours, CaseMoved."""
    if not permissions.can_change_member(by, member):
        raise NotYours(member)
    _end(_hold_member(member), reason=reason, by=by, now=now)


def request_for(member: TeamMember, now: datetime) -> Request:
    """Whom a place asks for; in a case first of all whoever has the same place in the standing team of the enterprise."""
    standing = TeamMember.objects.current().filter(
        team__enterprise=member.team.enterprise_id, team__case=None, team__ended_at=None, skill=member.skill_id
    )
    is_key = is_key_enterprise(member.team.enterprise_id)
    closest = standing.exclude(pk=member.pk).values_list("specialist", flat=True).first()
    return replace(request_on(member, first_working_day(now), is_key=is_key), looks_after=closest)


def request_on(member: TeamMember, on: date, *, is_key: bool) -> Request:
    return Request(
        kind=WORK, number=member.pk, department=member.department_id, on=on, skills=(member.skill_id,), is_key=is_key
    )


def candidates(member: TeamMember, now: datetime) -> list[Specialist]:
    """Who could have the place instead, today."""
    request = request_for(member, now)
    pool = pool_of([request], now)
    able = [pk for pk, lacks in pool.lacking(request).items() if not lacks]
    return [pool.person(pk) for pk in able if pk != member.specialist_id]


def _look(team: ServiceTeam, *, by: User | None, now: datetime) -> None:
    called = team_rules.call(team_rules.rules().rules, _row(team), local_day(now))
    places = list(team.members.select_related("skill", "department", "team__case__procedure", "team__enterprise"))
    current = {place.skill.code: place for place in places if place.until is None}
    ended: dict[str, set[str]] = {}
    for place in places:
        if place.until is not None:
            ended.setdefault(place.skill.code, set()).update(place.rules)
    lead = lead_of(team)
    own = set(lead.skills.values_list("code", flat=True)) if lead else set()
    skills = {skill.code: skill for skill in Skill.objects.filter(code__in=called.required)}
    for code, rules in called.required.items():
        known = current.get(code)
        if known is not None:
            _keep_rules(known, rules)
            if known.specialist_id is None:
                _fill(known, by=by, now=now)
        elif code not in own and not set(rules) <= ended.get(code, set()):
            _add(team, skills[code], rules, by=by, now=now)
    team.suggested = {code: list(rules) for code, rules in called.suggested.items() if code not in own}
    team.save(update_fields=["suggested"])


def lead_of(team: ServiceTeam) -> Specialist | None:
    """Who answers to the enterprise: the lead of the case, else whoever looks after the enterprise."""
    if team.case is not None:
        return team.case.lead
    profile = EnterpriseProfile.objects.filter(enterprise=team.enterprise_id).select_related("specialist__user").first()
    return profile.specialist if profile else None


def _row(team: ServiceTeam) -> dict[str, Any]:
    """The facts on which the rules are judged."""
    needs = Need.objects.open().filter(enterprise=team.enterprise_id).values_list("category__code", flat=True)
    tied = Need.objects.filter(case_needs__case=team.case_id).values_list("category__code", flat=True)
    return {
        **facts_of(team.enterprise_id),
        team_rules.PROCEDURE: team.case.procedure.code if team.case else "",
        team_rules.NEEDS: sorted({*needs, *(tied if team.case_id else ())}),
    }


def _add(team: ServiceTeam, skill: Skill, rules: Collection[str], *, by: User | None, now: datetime) -> TeamMember:
    code = team_rules.rules().experts.get(skill.code)
    if code is None:
        raise NotAnExpert(skill)
    department = Department.objects.get(code=code)
    member = TeamMember.objects.create(team=team, skill=skill, department=department, rules=list(rules), since=now)
    lacking = _fill(member, by=by, now=now)
    if member.specialist_id is None:
        record("expert.lacking", team, by=by, now=now, subject=member, internal=True, lacking=lacking, **_words(member))
    return member


def _fill(member: TeamMember, *, by: User | None, now: datetime) -> dict[str, int]:
    """Give the place to whom the rules choose; what everybody lacks, where nobody is suitable."""
    decision = assignment.assign(request_for(member, now), now=now)
    if decision.specialist is None:
        return reasons.lacking(decision.considered)
    member.specialist = decision.specialist
    member.save(update_fields=["specialist"])
    _record_joined(member, by=by, now=now)
    return {}


def _keep_rules(member: TeamMember, rules: Collection[str]) -> None:
    if not set(rules) <= set(member.rules):
        member.rules = sorted({*member.rules, *rules})
        member.save(update_fields=["rules"])


def _end(member: TeamMember, *, reason: str, by: User, now: datetime) -> None:
    member.until = now
    member.save(update_fields=["until"])
    assignment.release(WORK, [member.pk])
    person = member.specialist
    record(
        "expert.released",
        member.team,
        by=by,
        now=now,
        subject=member,
        internal=True,
        note=reason,
        before=person.user.get_full_name() if person else "",
        from_user=person.user_id if person else None,
        **_words(member),
    )


def _hold(team: ServiceTeam) -> ServiceTeam:
    """The team, with its case or its file held. Raises CaseMoved when the case is closed or the standing team has ended."""
    if team.case is not None:
        hold_case(team.case, *OPEN_CASE)
    else:
        hold([team.enterprise_id])
    found = ServiceTeam.objects.select_related("case__procedure", "case__enterprise", "case__lead", "enterprise")
    held = found.filter(pk=team.pk, ended_at=None).first()
    if held is None:
        raise CaseMoved(team)
    return held


def _hold_member(member: TeamMember) -> TeamMember:
    team = _hold(member.team)
    current = TeamMember.objects.current().select_related("skill", "department", "specialist__user")
    held = current.filter(pk=member.pk).first()
    if held is None:
        raise CaseMoved(team)
    held.team = team
    return held


def _record_joined(member: TeamMember, *, by: User | None, now: datetime) -> None:
    person = member.specialist
    if person is None:
        raise LookupError(f"nobody has joined {member}")
    to: dict[str, Any] = {"to": person.user.get_full_name(), "to_user": person.user_id, "rules": list(member.rules)}
    record("expert.joined", member.team, by=by, now=now, subject=member, **to, **_words(member))


def record(
    kind: str,
    team: ServiceTeam,
    *,
    by: User | None,
    now: datetime,
    subject: Any,
    internal: bool = False,
    **data: Any,
) -> None:
    """An event on the timeline of the team's case, or on that of a standing team."""
    if team.case is not None:
        steps.record(kind, team.case, by=by, now=now, subject=subject, internal=internal, team=team.pk, **data)
        return
    events.record(
        kind,
        subject=subject,
        by=by,
        at=now,
        enterprise_id=team.enterprise_id,
        thread=team.thread,
        internal=internal,
        team=team.pk,
        **data,
    )


def _words(member: TeamMember) -> dict[str, Any]:
    return {
        "skill_zh": member.skill.name_zh,
        "skill_en": member.skill.name_en,
        "department_zh": member.department.name_zh,
        "department_en": member.department.name_en,
    }
