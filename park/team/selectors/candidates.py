"""Everybody who is looked at for a piece of work, with what they have in hand and what they lack."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, cached_property
from typing import NamedTuple

from django.db import connection

from park.accounts.models import User
from park.runtime.rows import partly
from park.runtime.statements import Statement
from park.team import limits
from park.team.assignment import AWAY, CERTIFICATE_EXPIRED, NO_CERTIFICATE, NO_SKILL, Candidate
from park.team.kinds import Request
from park.team.models import Certificate, Department, Specialist
from park.team.rules import rules


@dataclass(frozen=True)
class Load:
    """`weight` as `park.team.rules.Rules.weight` gives it, `count` pieces of open work."""

    weight: int = 0
    count: int = 0


# One statement, and by hand: this is asked at every step of every case. Absences are all there are, again with every person:
# whoever looks after an enterprise may be of another department.
PEOPLE = """
SELECT s.id, s.user_id, s.department_id, s.is_head, s.is_active, u.id, u.username, u.name,
    d.id, d.code, d.name_zh, d.name_en, d.is_partner,
    ARRAY(SELECT skill_id FROM team_specialist_skills WHERE specialist_id = s.id),
    (SELECT max(decided_at) FROM team_assignmentdecision WHERE specialist_id = s.id),
    (SELECT jsonb_agg(jsonb_build_array(specialist_id, first_on, last_on, substitute_id) ORDER BY id)
     FROM team_absence WHERE last_on >= %(first)s::date),
    (SELECT jsonb_agg(jsonb_build_array(kind, share, count)) FROM (
        SELECT w.kind, {share}, count(*) FROM team_openwork w WHERE w.specialist_id = s.id GROUP BY 1, 2
    ) alike(kind, share, count))
FROM team_specialist s JOIN accounts_user u ON u.id = s.user_id JOIN team_department d ON d.id = s.department_id
WHERE s.is_active AND u.is_active
    AND CASE WHEN %(departments)s::bigint[] IS NULL THEN NOT d.is_partner
        ELSE s.department_id = ANY(%(departments)s::bigint[]) END
ORDER BY s.id
"""
LOADS = """
SELECT specialist_id, jsonb_agg(jsonb_build_array(kind, share, count)) FROM (
    SELECT w.specialist_id, w.kind, {share}, count(*) FROM team_openwork w WHERE w.specialist_id = ANY(%(people)s::bigint[])
    GROUP BY 1, 2, 3
) alike(specialist_id, kind, share, count)
GROUP BY 1
"""


@cache
def _people(share: str) -> Statement:
    return Statement("people_with_loads", PEOPLE.format(share=share))


class Row(NamedTuple):
    """A row of PEOPLE."""

    pk: int
    user: int
    department: int
    is_head: bool
    is_active: bool
    user_pk: int
    username: str
    name: str
    department_pk: int
    code: str
    name_zh: str
    name_en: str
    is_partner: bool
    skills: list[int]
    latest: datetime | None
    absences: str | None
    loads: str | None


def _person(row: Row) -> Specialist:
    """With user and department, whose further columns are fetched when somebody asks for them."""
    person = partly(Specialist, ("id", "user_id", "department_id", "is_head", "is_active"), row[:5])
    person.user = partly(User, ("id", "username", "name"), row[5:8])
    person.department = partly(Department, ("id", "code", "name_zh", "name_en", "is_partner"), row[8:13])
    return person


class Pool:
    """The people of some departments (None: of the whole park without its partners), read once for any number of requests
    that begin on `first` or later."""

    def __init__(self, departments: Collection[int] | None, first: date, now: datetime) -> None:
        wanted = {"departments": None if departments is None else list(departments), "first": first, "now": now}
        with connection.cursor() as cursor:
            _people(limits.share_left("w.clock")).execute(cursor, wanted)
            rows = [Row(*row) for row in cursor.fetchall()]
        self.now = now
        self._rows = {row.pk: row for row in rows}
        self.pks = list(self._rows)
        self.skills: dict[int, set[int]] = {row.pk: set(row.skills) for row in rows}
        # when each was last given something
        self.latest: dict[int, datetime] = {row.pk: row.latest for row in rows if row.latest}
        self.absences: dict[int, list[tuple[date, date, int | None]]] = {}
        for person, since, until, substitute in json.loads(rows[0].absences or "[]") if rows else ():
            term = (date.fromisoformat(since), date.fromisoformat(until), substitute)
            self.absences.setdefault(person, []).append(term)
        self.loads = {row.pk: _load(row.loads) for row in rows if row.loads}

    def person(self, pk: int) -> Specialist:
        return _person(self._rows[pk])

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
            pk: self._lacks(row, request, until or request.on)
            for pk, row in self._rows.items()
            if self._is_of(row, request)
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
                is_head=row.is_head,
                lacks=self._lacks(row, request, until or request.on),
                name=row.name,
            )
            for pk, row in self._rows.items()
            if self._is_of(row, request)
        ]

    def load(self, person: int) -> Load:
        return self.loads.get(person, Load())

    def add_load(self, person: int, weight: int) -> None:
        """As if the person had one more piece of this weight."""
        load = self.load(person)
        self.loads[person] = replace(load, weight=load.weight + weight, count=load.count + 1)

    def is_away(self, person: int, first: date, last: date) -> bool:
        return any(since <= last and until >= first for since, until, _who in self.absences.get(person, ()))

    def _is_of(self, person: Row, request: Request) -> bool:
        if request.department is None:  # all the park: whoever lacks the skill is nobody's colleague in this
            return not person.is_partner and self._has_skill(person, request)
        return person.department == request.department

    def _has_skill(self, person: Row, request: Request) -> bool:
        return not request.skills or bool(self.skills.get(person.pk, set()) & set(request.skills))

    def _lacks(self, person: Row, request: Request, until: date) -> str:
        if not self._has_skill(person, request):
            return NO_SKILL
        if request.is_key and rules().key_needs_certificate and not person.is_partner:
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
    with connection.cursor() as cursor:
        cursor.execute(LOADS.format(share=limits.share_left("w.clock")), {"people": list(people), "now": now})
        return {person: _load(alike) for person, alike in cursor.fetchall()}


def _load(alike: str) -> Load:
    """Of pieces of work that are alike, in JSON: kind, percent of the limit left, how many."""
    weighed = [(rules().weight(kind, left), count) for kind, left, count in json.loads(alike)]
    return Load(sum(weight * count for weight, count in weighed), sum(count for _weight, count in weighed))
