"""Everybody who is looked at for a piece of work, with what they have in hand and what they lack."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import (
    BooleanField,
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import Combinable

from park.team import limits
from park.team.assignment import AWAY, CERTIFICATE_EXPIRED, NO_CERTIFICATE, NO_SKILL, Candidate
from park.team.kinds import Request
from park.team.models import Absence, AssignmentDecision, Certificate, OpenWork, Specialist
from park.team.rules import Rules, rules


@dataclass(frozen=True)
class Load:
    """`weight` as `park.team.rules.Rules.weight` gives it, `count` pieces of open work."""

    weight: int = 0
    count: int = 0


def candidates(
    request: Request, now: datetime, *, only: Collection[int] | None = None, until: date | None = None
) -> list[Candidate]:
    """Whoever could be asked, or of them `only` these. Who is away on any day from `request.on` to `until` is away."""
    people = list(_people(request, only, until or request.on))
    loads = loads_of([person.pk for person in people], now)
    closest = _closeness(request, people)
    return [
        Candidate(
            pk=person.pk,
            load=loads.get(person.pk, Load()).weight,
            open_load=loads.get(person.pk, Load()).count,
            last_assigned=person.latest.timestamp() if person.latest else 0.0,
            closeness=closest.get(person.pk, 0),
            is_head=person.is_head,
            lacks=_lacks(person, request),
            name=person.user.name,
        )
        for person in people
    ]


def certified_for_key(people: Collection[int], day: date) -> set[int]:
    """Those of these people who may be given work for key enterprises on `day`."""
    if not rules().key_needs_certificate:
        return set(people)
    good = Certificate.objects.good_on(day).filter(holder__in=people, kind__is_for_key=True)
    return set(good.values_list("holder", flat=True))


def loads_of(people: Collection[int], now: datetime) -> dict[int, Load]:
    """What these people have in hand; who has nothing has no entry."""
    rows = (
        OpenWork.objects.filter(specialist__in=people)
        .annotate(left=limits.share_left(now))
        .annotate(weight=weight_of(rules()))
        .values("specialist")
        .annotate(total=Sum("weight"), count=Count("pk"))
        .order_by()
    )
    return {row["specialist"]: Load(row["total"], row["count"]) for row in rows}


def weight_of(given: Rules) -> Combinable:
    """`Rules.weight` in SQL, for rows with `kind` and `left`; tests compare the two."""
    number = IntegerField()
    bands = [When(left__gte=least, then=Value(weight)) for least, weight in given.bands]
    one = Case(
        When(left__isnull=True, then=Value(given.resting)), *bands, default=Value(given.overdue), output_field=number
    )
    kinds = [When(kind=kind, then=Value(percent)) for kind, percent in given.kinds.items()]
    return one * Case(*kinds, default=Value(100), output_field=number)


def _people(request: Request, only: Collection[int] | None, until: date) -> QuerySet[Specialist]:
    skilled = Specialist.skills.through.objects.filter(specialist=OuterRef("pk"), skill__in=request.skills)
    of_key = Certificate.objects.filter(holder=OuterRef("pk"), kind__is_for_key=True)
    away = Absence.objects.covering(request.on, until).filter(specialist=OuterRef("pk"))
    latest = (
        AssignmentDecision.objects.filter(specialist=OuterRef("pk"))
        .values("specialist")
        .annotate(latest=Max("decided_at"))
        .values("latest")
    )
    people = Specialist.objects.filter(is_active=True, user__is_active=True).annotate(
        has_skill=Exists(skilled) if request.skills else Value(True, BooleanField()),
        is_certified=Exists(of_key.good_on(request.on)),
        was_certified=Exists(of_key),
        is_away=Exists(away),
        is_of_partner=F("department__is_partner"),
        latest=Subquery(latest),
    )
    if only is not None:
        people = people.filter(pk__in=only)
    if request.department is None:  # all the park: whoever lacks the skill is nobody's colleague in this
        people = people.filter(has_skill=True, department__is_partner=False)
    else:
        people = people.filter(department=request.department)
    return people.select_related("user").order_by("pk")


def _lacks(person: Specialist, request: Request) -> str:
    facts: Mapping[str, bool] = vars(person)
    if not facts["has_skill"]:
        return NO_SKILL
    asks = request.is_key and rules().key_needs_certificate and not facts["is_of_partner"]
    if asks and not facts["is_certified"]:
        return CERTIFICATE_EXPIRED if facts["was_certified"] else NO_CERTIFICATE
    return AWAY if facts["is_away"] else ""


def _closeness(request: Request, people: Collection[Specialist]) -> dict[int, int]:
    """Whoever looks after the enterprise, and in their absence whoever stands in for them."""
    if request.looks_after is None:
        return {}
    own = next((person for person in people if person.pk == request.looks_after), None)
    is_there = own is not None and not vars(own)["is_away"]
    if is_there:
        return {request.looks_after: 2}
    absences = Absence.objects.covering(request.on, request.on).filter(specialist=request.looks_after)
    stand_ins = absences.filter(Q(substitute__isnull=False)).values_list("substitute", flat=True)
    return {request.looks_after: 2} | {pk: 1 for pk in stand_ins if pk is not None}
