"""Everybody who is looked at for a piece of work, with what they have in hand and what they lack."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Max, OuterRef

from park.team import limits
from park.team.assignment import AWAY, CERTIFICATE_EXPIRED, NO_CERTIFICATE, NO_SKILL, Candidate
from park.team.kinds import Request
from park.team.models import Absence, AssignmentDecision, Certificate, OpenWork, Specialist
from park.team.rules import rules


@dataclass(frozen=True)
class Load:
    """`weight` as `park.team.rules.Rules.weight` gives it, `count` pieces of open work."""

    weight: int = 0
    count: int = 0


class Pool:
    """The people of some departments (None: of the whole park without its partners), read once for any number of requests
    that begin on `first` or later."""

    def __init__(self, departments: Collection[int] | None, first: date, now: datetime) -> None:
        people = Specialist.objects.filter(is_active=True, user__is_active=True).select_related("user", "department")
        if departments is None:
            people = people.filter(department__is_partner=False)
        else:
            people = people.filter(department__in=departments)
        people = people.annotate(
            skill_numbers=ArraySubquery(
                Specialist.skills.through.objects.filter(specialist=OuterRef("pk")).values("skill")
            )
        )
        self.people = {person.pk: person for person in people.order_by("pk")}
        pks = list(self.people)
        self.now, self.pks = now, pks
        self.skills: dict[int, set[int]] = {pk: set(person.skill_numbers) for pk, person in self.people.items()}
        self.absences: dict[int, list[tuple[date, date, int | None]]] = {}
        away = Absence.objects.filter(last_on__gte=first).order_by("pk")
        for person, since, until, substitute in away.values_list("specialist", "first_on", "last_on", "substitute"):
            self.absences.setdefault(person, []).append((since, until, substitute))

    @cached_property
    def loads(self) -> dict[int, Load]:
        return loads_of(self.pks, self.now)

    @cached_property
    def latest(self) -> dict[int, datetime]:
        """When each was last given something."""
        decided = AssignmentDecision.objects.filter(specialist__in=self.pks).values("specialist").order_by()
        return dict(decided.annotate(latest=Max("decided_at")).values_list("specialist", "latest"))

    @cached_property
    def certificates(self) -> dict[int, list[tuple[date, date]]]:
        """First and last days of certificates for key enterprises."""
        found: dict[int, list[tuple[date, date]]] = {}
        of_key = Certificate.objects.filter(holder__in=self.pks, kind__is_for_key=True, withdrawn_at__isnull=True)
        for person, since, until in of_key.values_list("holder", "issued_on", "expires_on"):
            found.setdefault(person, []).append((since, until))
        return found

    def lacking(self, request: Request, until: date | None = None) -> dict[int, str]:
        """What each person of the request lacks; "" for the suitable. Asks for no loads."""
        return {
            pk: self._lacks(person, request, until or request.on)
            for pk, person in self.people.items()
            if self._is_of(person, request)
        }

    def candidates(self, request: Request, until: date | None = None) -> list[Candidate]:
        """Who is away on any day from `request.on` to `until` is away."""
        closest = self._closeness(request)
        return [
            Candidate(
                pk=pk,
                load=self.load(pk).weight,
                open_load=self.load(pk).count,
                last_assigned=self.latest[pk].timestamp() if pk in self.latest else 0.0,
                closeness=closest.get(pk, 0),
                is_head=person.is_head,
                lacks=self._lacks(person, request, until or request.on),
                name=person.user.name,
            )
            for pk, person in self.people.items()
            if self._is_of(person, request)
        ]

    def load(self, person: int) -> Load:
        return self.loads.get(person, Load())

    def add_load(self, person: int, weight: int) -> None:
        """As if the person had one more piece of this weight."""
        load = self.load(person)
        self.loads[person] = replace(load, weight=load.weight + weight, count=load.count + 1)

    def is_away(self, person: int, first: date, last: date) -> bool:
        return any(since <= last and until >= first for since, until, _who in self.absences.get(person, ()))

    def _is_of(self, person: Specialist, request: Request) -> bool:
        if request.department is None:  # all the park: whoever lacks the skill is nobody's colleague in this
            return not person.department.is_partner and self._has_skill(person, request)
        return person.department_id == request.department

    def _has_skill(self, person: Specialist, request: Request) -> bool:
        return not request.skills or bool(self.skills.get(person.pk, set()) & set(request.skills))

    def _lacks(self, person: Specialist, request: Request, until: date) -> str:
        if not self._has_skill(person, request):
            return NO_SKILL
        if request.is_key and rules().key_needs_certificate and not person.department.is_partner:
            terms = self.certificates.get(person.pk, [])
            if not any(since <= request.on <= last for since, last in terms):
                return CERTIFICATE_EXPIRED if terms else NO_CERTIFICATE
        return AWAY if self.is_away(person.pk, request.on, until) else ""

    def _closeness(self, request: Request) -> dict[int, int]:
        """Whoever looks after the enterprise, and in their absence whoever stands in for them."""
        own = request.looks_after
        if own is None:
            return {}
        away = [who for since, until, who in self.absences.get(own, ()) if since <= request.on <= until]
        return {who: 1 for who in away if who is not None} | {own: 2}


def pool_of(requests: Sequence[Request], now: datetime) -> Pool:
    """The people who could be asked for these."""
    departments = [request.department for request in requests if request.department is not None]
    everybody = len(departments) < len(requests)
    return Pool(None if everybody else departments, min(request.on for request in requests), now)


def certified_for_key(people: Collection[int], day: date) -> set[int]:
    """Those of these people who may be given work for key enterprises on `day`."""
    if not rules().key_needs_certificate:
        return set(people)
    good = Certificate.objects.good_on(day).filter(holder__in=people, kind__is_for_key=True)
    return set(good.values_list("holder", flat=True))


def loads_of(people: Collection[int], now: datetime) -> dict[int, Load]:
    """What these people have in hand; who has nothing has no entry."""
    # weighed here: PostgreSQL would ask for what is left once for every band
    rows = OpenWork.objects.filter(specialist__in=people).annotate(left=limits.share_left(now))
    alike = rows.values("specialist", "kind", "left").annotate(count=Count("pk")).order_by()
    found: dict[int, Load] = defaultdict(Load)
    for person, kind, left, count in alike.values_list("specialist", "kind", "left", "count"):
        before = found[person]
        found[person] = Load(before.weight + count * rules().weight(kind, left), before.count + count)
    return dict(found)
