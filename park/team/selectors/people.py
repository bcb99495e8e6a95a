"""What the pages of the team show."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from park.team import reasons
from park.team.models import Absence, Certificate, Department, Skill, Specialist, Training
from park.team.rules import rules
from park.team.selectors.candidates import Load, loads_of

PEOPLE_ON_A_PAGE = 30
SHOWN = 50
AHEAD = timedelta(days=60)


@dataclass(frozen=True)
class Light:
    """A certificate and how it stands: green, amber (ends soon) or red (not in force)."""

    certificate: Certificate
    signal: str
    left: int


@dataclass
class Row:
    """One person of the team, on a day."""

    person: Specialist
    load: Load
    skills: list[Skill] = field(default_factory=list)
    lights: list[Light] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)
    is_away: bool = False

    @property
    def pieces(self) -> str:
        return reasons.in_pieces(self.load.weight)


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    previous: int | None
    following: int | None


def team_page(department: Department, today: date, now: datetime, start: int = 0) -> Page:
    """The people of a department with what counts for giving them work: the number of queries does not depend on theirs."""
    people = (
        Specialist.objects.filter(department=department, is_active=True, user__is_active=True)
        .select_related("user", "department")
        .prefetch_related("skills")
        .order_by("-is_head", "user__name", "pk")[start : start + PEOPLE_ON_A_PAGE + 1]
    )
    found = list(people)
    shown = found[:PEOPLE_ON_A_PAGE]
    loads = loads_of([person.pk for person in shown], now)
    rows = {person.pk: Row(person, loads.get(person.pk, Load()), list(person.skills.all())) for person in shown}
    for light in lights(shown, today):
        rows[light.certificate.holder_id].lights.append(light)
    away = Absence.objects.covering(today, today + AHEAD).filter(specialist__in=shown).order_by("first_on", "pk")
    for absence in away:
        row = rows[absence.specialist_id]
        row.absences.append(absence)
        row.is_away = row.is_away or absence.first_on <= today
    before = max(0, start - PEOPLE_ON_A_PAGE) if start else None
    return Page(list(rows.values()), before, start + len(shown) if len(found) > len(shown) else None)


def lights(people: Sequence[Specialist], today: date) -> list[Light]:
    """The latest certificate of each kind of these people, with its light."""
    rows = Certificate.objects.filter(holder__in=people, withdrawn_at__isnull=True, issued_on__lte=today)
    latest: dict[tuple[int, int], Certificate] = {}
    for certificate in rows.select_related("kind").order_by("expires_on", "pk"):
        latest[certificate.holder_id, certificate.kind_id] = certificate
    return [Light(one, light_of(one, today), (one.expires_on - today).days) for one in latest.values()]


def light_of(certificate: Certificate, today: date) -> str:
    left = (certificate.expires_on - today).days
    if left < 0 or certificate.withdrawn_at is not None:
        return "red"
    return "amber" if left <= max(rules().warn_days) else "green"


@dataclass(frozen=True)
class PersonView:
    """Everything about one person that counts for giving them work."""

    row: Row
    ahead: list[Absence]
    past: list[Absence]
    certificates: list[Light]
    trainings: list[Training]


def person_view(person: Specialist, today: date, now: datetime) -> PersonView:
    absences = list(
        Absence.objects.filter(specialist=person).select_related("substitute__user").order_by("-first_on")[:SHOWN]
    )
    certificates = list(person.certificates.select_related("kind").order_by("-expires_on", "-pk")[:SHOWN])
    load = loads_of([person.pk], now).get(person.pk, Load())
    is_away = any(one.first_on <= today <= one.last_on for one in absences)
    return PersonView(
        row=Row(person, load, list(person.skills.all()), is_away=is_away),
        ahead=[one for one in absences if one.last_on >= today][::-1],
        past=[one for one in absences if one.last_on < today],
        certificates=[Light(one, light_of(one, today), (one.expires_on - today).days) for one in certificates],
        trainings=list(person.trainings.all()[:SHOWN]),
    )
