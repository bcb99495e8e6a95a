"""Tasks, places in teams and questions as work that people are given: what is open, what it asks for, how it changes hands."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from lifecycle.enums import TaskState
from lifecycle.models import Consultation, Task, TeamMember
from lifecycle.models.teams import TeamMemberQuerySet
from lifecycle.services import consultations, giving, tasks, teams
from lifecycle.services.errors import CaseMoved, NotYours
from lifecycle.stages import OPEN_CASE
from park.accounts.models import Enterprise, User
from park.deadlines.selectors import first_working_day
from park.deadlines.workdays import local_day
from park.team.kinds import CannotMove, Held, Kind, Piece, register
from park.team.models import Specialist
from profiles.selectors.key import key_enterprises


def held() -> Iterable[Held]:
    rows = (
        Task.objects.open()
        .filter(assignee__isnull=False)
        .values_list("pk", "assignee", "clock", "assigned_at", "ready_at")
    )
    for number, specialist, clock, assigned_at, ready_at in rows:
        given_at = assigned_at or ready_at
        if given_at is not None:
            yield Held(number, specialist, clock, given_at)


def pieces(numbers: Collection[int], now: datetime) -> Mapping[int, Piece]:
    found = (
        Task.objects.open()
        .filter(pk__in=numbers)
        .select_related("case__enterprise", "case__procedure", "node", "clock")
    )
    on, key = first_working_day(now), key_enterprises([task.case.enterprise_id for task in found])
    return {task.pk: _piece(task, on, is_key=task.case.enterprise_id in key) for task in found}


def hand_over(number: int, *, to: Specialist, note: str, by: User, now: datetime) -> None:
    task = Task.objects.select_related("case").filter(pk=number).first()
    try:
        if task is None:
            raise CannotMove(number)
        tasks.hand_over_task(task, to=to, note=note, by=by, now=now)
    except (CaseMoved, NotYours) as error:
        raise CannotMove(number) from error


def _piece(task: Task, on: date, *, is_key: bool) -> Piece:
    enterprise, runs = task.case.enterprise, task.clock is not None and task.clock.is_open
    return Piece(
        number=task.pk,
        **_titles(enterprise, task.node.name_zh, task.node.name_en),
        path=f"/desk/tasks/{task.pk}/",
        due_on=local_day(task.clock.due_at) if runs and task.clock else None,
        is_begun=task.state != TaskState.READY,
        request=giving.request_on(task, on, is_key=is_key),
    )


def _experts() -> TeamMemberQuerySet:
    """The places of teams that are at work."""
    at_work = Q(team__case__isnull=True, team__ended_at__isnull=True) | Q(team__case__state__in=OPEN_CASE)
    return TeamMember.objects.current().filter(at_work, specialist__isnull=False)


def held_places() -> Iterable[Held]:
    for number, specialist, since in _experts().values_list("pk", "specialist", "since"):
        yield Held(number, specialist, None, since)


def pieces_of_places(numbers: Collection[int], now: datetime) -> Mapping[int, Piece]:
    """Who was asked something knows the case, and is not moved only to even out."""
    asked = Consultation.objects.filter(team=OuterRef("team"), skill=OuterRef("skill"))
    rows = _experts().filter(pk__in=numbers).annotate(was_asked=Exists(asked))
    found = list(rows.select_related("team__enterprise", "team__case", "skill"))
    on, key = first_working_day(now), key_enterprises([place.team.enterprise_id for place in found])
    return {
        place.pk: Piece(
            number=place.pk,
            **_titles(place.team.enterprise, place.skill.name_zh, place.skill.name_en),
            path=f"/desk/cases/{place.team.case.uid}/" if place.team.case else f"/desk/teams/{place.team_id}/",
            due_on=None,
            is_begun=place.was_asked,
            request=teams.request_on(place, on, is_key=place.team.enterprise_id in key),
        )
        for place in found
    }


def hand_over_place(number: int, *, to: Specialist, note: str, by: User, now: datetime) -> None:
    place = TeamMember.objects.select_related("team__case").filter(pk=number).first()
    try:
        if place is None:
            raise CannotMove(number)
        teams.hand_over_member(place, to=to, note=note, by=by, now=now)
    except (CaseMoved, NotYours) as error:
        raise CannotMove(number) from error


def held_questions() -> Iterable[Held]:
    for row in Consultation.objects.open().values_list("pk", "specialist", "clock", "asked_at"):
        yield Held(*row)


def pieces_of_questions(numbers: Collection[int], now: datetime) -> Mapping[int, Piece]:
    rows = Consultation.objects.open().filter(pk__in=numbers)
    found = list(rows.select_related("team__enterprise", "team__case", "skill", "specialist", "clock"))
    on, key = first_working_day(now), key_enterprises([one.team.enterprise_id for one in found])
    return {
        one.pk: Piece(
            number=one.pk,
            **_titles(one.team.enterprise, f"咨询：{one.question[:40]}", f"Question: {one.question[:40]}"),
            path=f"/desk/cases/{one.team.case.uid}/#consultation-{one.pk}" if one.team.case else "",
            due_on=local_day(one.clock.due_at) if one.clock and one.clock.is_open else None,
            is_begun=False,
            request=consultations.request_on(one, on, is_key=one.team.enterprise_id in key),
        )
        for one in found
    }


def hand_over_question(number: int, *, to: Specialist, note: str, by: User, now: datetime) -> None:
    one = Consultation.objects.select_related("team__case").filter(pk=number).first()
    try:
        if one is None:
            raise CannotMove(number)
        consultations.hand_over(one, to=to, note=note, by=by, now=now)
    except (CaseMoved, NotYours) as error:
        raise CannotMove(number) from error


def _titles(enterprise: Enterprise, zh: str, en: str) -> dict[str, str]:
    return {
        "title_zh": f"{enterprise.name_zh} · {zh}",
        "title_en": f"{enterprise.name_en or enterprise.name_zh} · {en}",
    }


register(Kind(giving.EXPERT, _("place in a team"), held_places, pieces_of_places, hand_over_place))
register(Kind(giving.CONSULTATION, _("question to an expert"), held_questions, pieces_of_questions, hand_over_question))
register(Kind(giving.WORK, _("task"), held, pieces, hand_over))
