"""Visits as pages show them: what is ahead, a month, what was covered, and what an enterprise may know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from park.accounts.bilingual import reads_chinese
from park.accounts.enums import Role
from park.accounts.models import User
from park.deadlines.workdays import local_day
from park.events.models import Event
from park.team.models import Specialist
from profiles import itinerary
from profiles.enums import VisitKind, VisitState
from profiles.models import Visit
from profiles.permissions.visits import own_visits, visible_visits
from profiles.services.visits import ABSENT, MERGED, qualified

PAGE = 30
MOST_IN_MONTH = 400
WHENS = ("overdue", "today", "week", "later")


@dataclass(frozen=True)
class Ahead:
    """`rows` in the order of their days; `counts` by when."""

    rows: Sequence[Visit]
    counts: dict[str, int]
    next: str


def whose(visits: QuerySet[Visit], user: User, who: str) -> QuerySet[Visit]:
    """Narrowed to a person: "mine", "department", "nobody", the number of a specialist; anything else is everybody."""
    specialist = getattr(user, "specialist", None)
    if who == "mine" and specialist:
        return visits.filter(specialist=specialist)
    if who == "department" and specialist:
        return visits.filter(department=specialist.department_id)
    if who == "nobody":
        return visits.filter(specialist=None)
    if who.isdecimal() and len(who) < 10:
        return visits.filter(specialist=int(who))
    return visits


def people_to_choose(user: User) -> list[Specialist]:
    """Whose visits a head or a manager looks at; nobody for others."""
    people = qualified().select_related("user")
    if user.role == Role.MANAGER:
        return list(people)
    specialist = getattr(user, "specialist", None)
    if specialist is None or not specialist.is_head:
        return []
    return list(people.filter(department=specialist.department_id))


def ahead(user: User, who: str, when: str, after: str, now: datetime) -> Ahead:
    """Planned visits by day, PAGE at a time; `after` is the place of the last one seen."""
    planned = whose(visible_visits(user).filter(state=VisitState.PLANNED), user, who)
    spans = _spans(local_day(now))
    counts = planned.aggregate(**{name: Count("pk", filter=span) for name, span in spans.items()})
    if when in spans:
        planned = planned.filter(spans[when])
    day, _dash, number = after.partition("_")
    try:
        seen_on, seen = date.fromisoformat(day), int(number)
        planned = planned.filter(Q(planned_on__gt=seen_on) | Q(planned_on=seen_on, pk__gt=seen))
    except ValueError:
        pass  # no place that a page of ours has named: from the beginning
    rows = list(planned.order_by("planned_on", "pk")[: PAGE + 1])
    for row in rows:
        row.when = when_of(row.planned_on, local_day(now))  # type: ignore[attr-defined]
    more = f"{rows[PAGE - 1].planned_on}_{rows[PAGE - 1].pk}" if len(rows) > PAGE else ""
    return Ahead(rows[:PAGE], counts, more)


def when_of(day: date, today: date) -> str:
    if day < today:
        return "overdue"
    if day == today:
        return "today"
    return "week" if day <= _sunday(today) else "later"


def month(user: User, who: str, first: date) -> list[Visit]:
    """All visits of a month that are planned or were held in it, by day."""
    end = (first + timedelta(days=32)).replace(day=1)
    span = Q(state=VisitState.PLANNED, planned_on__gte=first, planned_on__lt=end) | Q(
        state=VisitState.HELD, held_on__gte=first, held_on__lt=end
    )
    rows = list(whose(visible_visits(user).filter(span), user, who)[: MOST_IN_MONTH + 1])
    for row in rows:
        row.on = row.held_on or row.planned_on  # type: ignore[attr-defined]
    return sorted(rows, key=lambda row: (row.on, row.pk))  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Covered:
    """How many visits of a period there are, were held, are overdue; those that were called off are left out of the share."""

    name: str
    total: int
    held: int
    overdue: int
    cancelled: int
    specialist: int | None = None

    @property
    def planned(self) -> int:
        return self.total - self.held - self.cancelled

    @property
    def share(self) -> int | None:
        """Held, of those that were not called off, in whole percent and never rounded up to 100."""
        due = self.total - self.cancelled
        return self.held * 100 // due if due else None


@dataclass(frozen=True)
class Coverage:
    all: Covered
    departments: Sequence[Covered]
    people: Sequence[Covered]


def coverage(kind: str, period: date, now: datetime) -> Coverage:
    """A period by department and by person, in two queries. Overdue is what was planned for a day that has passed."""
    found = Visit.objects.filter(kind=kind, period=period)
    counts: dict[str, Any] = {
        "total": Count("pk"),
        "held": Count("pk", filter=Q(state=VisitState.HELD)),
        "cancelled": Count("pk", filter=Q(state=VisitState.CANCELLED)),
        "overdue": Count("pk", filter=Q(state=VisitState.PLANNED, planned_on__lt=local_day(now))),
    }
    language = "zh" if reads_chinese() else "en"
    by_department = found.values(name=F(f"department__name_{language}")).annotate(**counts).order_by("department__code")
    by_person = found.values("specialist", name=F("specialist__user__name")).annotate(**counts)
    departments = [_covered(row) for row in by_department]
    people = [_covered(row) for row in by_person.order_by("name")]
    whole = [sum(getattr(row, part) for row in departments) for part in ("total", "held", "overdue", "cancelled")]
    return Coverage(Covered(_("All"), *whole), departments, people)


def _covered(row: Mapping[str, Any]) -> Covered:
    return Covered(
        row["name"] or _("Nobody yet"),
        total=row["total"],
        held=row["held"],
        overdue=row["overdue"],
        cancelled=row["cancelled"],
        specialist=row.get("specialist"),
    )


def periods(kind: str, today: date, count: int = 5) -> list[date]:
    """The next period, this one and those before it, the newest first."""
    this = itinerary.period_of(kind, today)
    found = [itinerary.period_after(kind, this), this]
    while len(found) < count:
        found.append(itinerary.period_of(kind, found[-1] - timedelta(days=1)))
    return found


def period_words(kind: str, period: date) -> str:
    if kind == VisitKind.ANNUAL:
        return _("year %(year)s") % {"year": period.year}
    return _("quarter %(quarter)s of %(year)s") % {"quarter": (period.month + 2) // 3, "year": period.year}


def next_and_past(user: User) -> tuple[list[Visit], list[Visit]]:
    """What an enterprise may know of the visits to it: those to come, and when it was visited."""
    visits = own_visits(user)
    coming = visits.filter(state=VisitState.PLANNED).order_by("planned_on", "pk")[:10]
    return list(coming), list(visits.filter(state=VisitState.HELD).order_by("-held_on", "-pk")[:40])


@dataclass(frozen=True)
class Step:
    at: datetime
    actor: str
    text: str
    reason: str


def history(visit: Visit) -> list[Step]:
    """What became of a visit, the newest first."""
    return [
        Step(event.at, event.actor_name, _step_words(event), _reason_words(event))
        for event in Event.objects.of_thread(visit.thread).filter(kind__startswith="visit.")[:30]
    ]


def _step_words(event: Event) -> str:
    words = {
        "visit.planned": _("planned for %(on)s"),
        "visit.rescheduled": _("planned for %(on)s instead of %(before_on)s"),
        "visit.handed_over": _("handed over"),
        "visit.cancelled": _("called off"),
        "visit.held": _("held on %(held_on)s"),
    }
    return words.get(event.kind, event.kind) % event.data


def _reason_words(event: Event) -> str:
    cause = {ABSENT: _("the visitor is away"), MERGED: _("the file was merged into another")}
    return event.data.get("reason") or cause.get(event.data.get("cause", ""), "")


def _sunday(today: date) -> date:
    return today + timedelta(days=6 - today.weekday())


def _spans(today: date) -> dict[str, Q]:
    return {
        "overdue": Q(planned_on__lt=today),
        "today": Q(planned_on=today),
        "week": Q(planned_on__gt=today, planned_on__lte=_sunday(today)),
        "later": Q(planned_on__gt=_sunday(today)),
    }
