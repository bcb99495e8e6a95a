"""Needs and visits as work that people are given: what is open, what it asks for, and how it changes hands."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from park.accounts.models import User
from park.deadlines.selectors import first_working_day
from park.deadlines.workdays import local_day
from park.team.kinds import CannotMove, Held, Kind, Piece, register
from park.team.models import Specialist
from profiles.enums import NeedState, VisitKind
from profiles.models import Need, Visit
from profiles.selectors.key import key_enterprises
from profiles.services import needs, visits
from profiles.services.visit_planning import LABELS


def held_needs() -> Iterable[Held]:
    rows = Need.objects.open().filter(owner__isnull=False).values_list("pk", "owner", "clock", "raised_at")
    return (Held(*row) for row in rows)


def pieces_of_needs(numbers: Collection[int], now: datetime) -> Mapping[int, Piece]:
    found = Need.objects.open().filter(pk__in=numbers).select_related("enterprise__profile", "category", "clock")
    on = first_working_day(now)
    return {
        need.pk: Piece(
            number=need.pk,
            title_zh=f"{need.enterprise.name_zh} · {need.category.name_zh}",
            title_en=f"{need.enterprise.name_en or need.enterprise.name_zh} · {need.category.name_en}",
            path=f"/desk/needs/{need.pk}/",
            due_on=local_day(need.clock.due_at) if need.clock and need.clock.is_open else None,
            is_begun=need.state != NeedState.OPEN,
            request=needs.request_on(need, on, getattr(need.enterprise, "profile", None)),
        )
        for need in found
    }


def hand_over_need(number: int, *, to: Specialist, note: str, by: User, now: datetime) -> None:
    need = Need.objects.filter(pk=number).first()
    try:
        if need is None:
            raise CannotMove(number)
        needs.hand_over_need(need, to=to, note=note, by=by, now=now)
    except (needs.NeedMoved, needs.NotATaker) as error:
        raise CannotMove(number) from error


def held_visits() -> Iterable[Held]:
    rows = Visit.objects.planned().filter(specialist__isnull=False).select_related("clock")
    for visit in rows:
        yield Held(visit.pk, visit.specialist_id or 0, visit.clock_id, visit.clock.started_at)


def pieces_of_visits(numbers: Collection[int], now: datetime) -> Mapping[int, Piece]:
    found = Visit.objects.planned().filter(pk__in=numbers).select_related("enterprise")
    key, skills, today = key_enterprises([visit.enterprise_id for visit in found]), visits.skills(), local_day(now)
    return {
        visit.pk: Piece(
            number=visit.pk,
            title_zh=f"{visit.enterprise.name_zh} · {LABELS[VisitKind(visit.kind)][1]}",
            title_en=f"{visit.enterprise.name_en or visit.enterprise.name_zh} · {LABELS[VisitKind(visit.kind)][2]}",
            path=f"/desk/visits/{visit.pk}/",
            due_on=visit.planned_on,
            is_begun=False,
            request=visits.request_on(visit, today, skills, is_key=visit.enterprise_id in key),
        )
        for visit in found
    }


def hand_over_visit(number: int, *, to: Specialist, note: str, by: User, now: datetime) -> None:
    visit = Visit.objects.filter(pk=number).first()
    try:
        if visit is None:
            raise CannotMove(number)
        visits.hand_over_visit(visit, to=to, reason=note, by=by, now=now)
    except (visits.VisitMoved, visits.Refused) as error:
        raise CannotMove(number) from error


register(Kind(needs.WORK, _("need"), held_needs, pieces_of_needs, hand_over_need))
register(Kind(visits.WORK, _("visit"), held_visits, pieces_of_visits, hand_over_visit))
