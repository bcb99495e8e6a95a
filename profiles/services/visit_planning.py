"""The portal plans visits: each enterprise its visit of each period, a day and a person for each, others when they are away.

Batches, each a transaction of its own; planners come one after the other. Locks: the planners' own, then enterprises, visits,
clocks.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from park.accounts.enums import Approval
from park.accounts.models import Enterprise
from park.deadlines import selectors, workdays
from park.deadlines import services as clocks
from park.deadlines.models import Duty
from park.events import services as events
from park.notices.services import tell
from park.team.enums import Ground
from park.team.kinds import Held
from park.team.models import Absence, Department, Specialist
from park.team.selectors import heads_of
from park.team.selectors.candidates import certified_for_key
from park.team.services import assignment
from profiles import itinerary
from profiles.enums import VisitKind
from profiles.itinerary import Person, Wanted
from profiles.models import EnterpriseProfile, Visit
from profiles.procedures import VISIT
from profiles.selectors.key import is_key_enterprise, key_enterprises
from profiles.services.holding import hold
from profiles.services.values import thread_of
from profiles.services.visits import (
    ABSENT,
    MERGED,
    WORK,
    Move,
    VisitMoved,
    cancel_visit,
    move,
    move_many,
    qualified,
    told_of,
)

# The department that answers for a visit which nobody could be given to.
FALLBACK_DEPARTMENT = "DEP-ENT"
# The version of the rules of this module, kept with each clock.
RULES_VERSION = 1
BATCH = 500
LABELS = {
    VisitKind.RETURN: ("return_visit", "季度回访", "Quarterly return visit"),
    VisitKind.ANNUAL: ("annual_visit", "年度走访", "Annual visit"),
}


def plan_visits(now: datetime) -> int:
    """Give every approved enterprise its visit of each kind in the running period, and in time that of the next; how many.

    What is planned already stays as it is. Each batch is a transaction of its own; planners come one after the other.
    """
    calendar, today = selectors.calendar(), workdays.local_day(now)
    planned = 0
    for kind in VisitKind:
        period = itinerary.period_of(kind, today)
        periods = [] if itinerary.is_closed_to_new(kind, period, today) else [period]
        if itinerary.is_planned_ahead(calendar, kind, period, today):
            periods.append(itinerary.period_after(kind, period))
        for one in periods:
            days = itinerary.days_for(calendar, kind, one, today)
            while days and _lacking(kind, one)[:1] and (done := _plan_batch(kind, one, days, calendar, now)):
                planned += done
    return planned


def mind_absences(now: datetime) -> int:
    """Move the planned visits of days on which their person is away: to another day of theirs, else to somebody else."""
    today = workdays.local_day(now)
    away = Absence.objects.filter(
        specialist=OuterRef("specialist"), first_on__lte=OuterRef("planned_on"), last_on__gte=OuterRef("planned_on")
    )
    found = Visit.objects.planned().filter(Exists(away), planned_on__gte=today).order_by("planned_on", "pk")
    return sum(_find_other(pk, now) for pk in found.values_list("pk", flat=True)[:BATCH])


def give_away(now: datetime) -> int:
    """Give planned visits that are nobody's to people, with a day of theirs in what is left of the period; how many.

    Where nobody can be given them, the heads of the department are told once a period how many there are; the park's
    leaders where a department has no head.
    """
    waiting = Visit.objects.planned().filter(specialist=None)
    periods = sorted(set(waiting.values_list("kind", "period").distinct().order_by()))
    return sum(_give_batch(VisitKind(kind), period, now) for kind, period in periods)


def call_off_merged(now: datetime) -> int:
    """Call off the planned visits of enterprises that have been merged into another, which has visits of its own."""
    found = Visit.objects.planned().filter(enterprise__merged_into__isnull=False)
    done = 0
    for visit in found[:BATCH]:
        try:
            cancel_visit(visit, reason="", cause=MERGED, by=None, now=now)
            done += 1
        except VisitMoved:
            continue
    return done


def _lacking(kind: str, period: date) -> QuerySet[Enterprise, int]:
    """The numbers of approved enterprises without this visit, in order.

    A difference of sets, which the database takes by hashing or sorting once: while its statistics lag behind a planning, it
    takes NOT EXISTS for a search of the whole period for each enterprise.
    """
    here = Enterprise.objects.filter(approval=Approval.APPROVED, merged_into__isnull=True)
    visits = Visit.objects.filter(kind=kind, period=period)
    wanted = here.order_by().values_list("pk", flat=True)
    return wanted.difference(visits.order_by().values_list("enterprise_id", flat=True)).order_by("pk")


@transaction.atomic
def _plan_batch(kind: VisitKind, period: date, days: Sequence[date], calendar: workdays.Calendar, now: datetime) -> int:
    """Plan for up to BATCH enterprises; how many. Planners queue here, and each sees what the one before has written."""
    _one_at_a_time()
    lacking = list(_lacking(kind, period)[:BATCH])
    hold(lacking)
    here = Enterprise.objects.filter(merged_into__isnull=True).select_related("profile").order_by("pk")
    enterprises = here.in_bulk(lacking)
    department = Department.objects.filter(code=FALLBACK_DEPARTMENT).first()
    if not enterprises or department is None:
        return 0
    own = {pk: getattr(getattr(one, "profile", None), "specialist_id", None) for pk, one in enterprises.items()}
    staff = _staff(own.values())
    near = _near(enterprises, days)
    key = key_enterprises(list(enterprises))
    wanted = [Wanted(pk, own[pk], near.get(pk, ()), pk in key) for pk in enterprises]
    stops = itinerary.plan(wanted, _people(staff, days, workdays.local_day(now)), days)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('profiles_visit', 'id')) FROM generate_series(1, %s)", [len(stops)]
        )
        numbers = [row[0] for row in cursor.fetchall()]
    visits = [
        Visit(
            pk=number,
            enterprise=enterprises[stop.enterprise],
            kind=kind,
            period=period,
            planned_on=stop.on,
            specialist=staff[stop.person] if stop.person else None,
            department=staff[stop.person].department if stop.person else department,
        )
        for number, stop in zip(numbers, stops, strict=True)
    ]
    amount = calendar.working_days_between(workdays.local_day(now), itinerary.last_working_day(calendar, kind, period))
    started = clocks.start_many(
        _rule(kind, amount),
        [
            clocks.Beginning(
                visit.thread,
                visit.department_id,
                responsible=visit.specialist,
                enterprise=visit.enterprise_id,
                path=f"/desk/visits/{visit.pk}/",
            )
            for visit in visits
        ],
        by=None,
        now=now,
    )
    for visit, clock in zip(visits, started, strict=True):
        visit.clock = clock
    Visit.objects.bulk_create(visits)
    given = [
        (Held(visit.pk, visit.specialist_id, visit.clock_id, now), visit.department_id)
        for visit in visits
        if visit.specialist_id
    ]
    assignment.take_many(WORK, given, ground=Ground.PLANNED, now=now)
    notes = [told_of(visit, on=visit.planned_on.isoformat()) for visit in visits]
    events.record_many("visit.planned", notes, by=None, at=now)
    _look_after([visit for visit in visits if visit.specialist_id and own[visit.enterprise_id] is None], now)
    return len(visits)


@transaction.atomic
def _give_batch(kind: VisitKind, period: date, now: datetime) -> int:
    """Give up to BATCH visits of a period that are nobody's to people; how many. Says of the others that they are there."""
    _one_at_a_time()
    waiting = Visit.objects.planned().filter(kind=kind, period=period, specialist=None).order_by("pk")
    calendar, today = selectors.calendar(), workdays.local_day(now)
    days = itinerary.days_for(calendar, kind, period, today) or _days_left(calendar, kind, period, today)
    if not days:
        return 0
    staff = _staff(waiting.values_list("enterprise__profile__specialist", flat=True).distinct().order_by())
    people = [one for one in _people(staff, days, today) if not all(one.is_away(day) for day in days)]
    if any(one.takes_others for one in people):
        possible = waiting
    else:
        possible = waiting.filter(enterprise__profile__specialist__in=[one.pk for one in people])
    chosen = dict(possible.values_list("pk", "enterprise_id")[:BATCH])
    hold(chosen.values())
    locked = waiting.filter(pk__in=chosen).select_for_update(of=["self"], skip_locked=True)
    held = {one.enterprise_id: one for one in locked.select_related("enterprise__profile")}
    own = {pk: getattr(getattr(one.enterprise, "profile", None), "specialist_id", None) for pk, one in held.items()}
    near = _near(held, days, besides=[one.pk for one in held.values()])
    key = key_enterprises(list(held))
    stops = itinerary.plan([Wanted(pk, own[pk], near.get(pk, ()), pk in key) for pk in held], people, days)
    moves = [Move(held[stop.enterprise], stop.on, staff[stop.person]) for stop in stops if stop.person is not None]
    move_many(moves, reason="", by=None, now=now)
    given = [one for one in held.values() if one.specialist_id]
    _look_after([one for one in given if own[one.enterprise_id] is None], now)
    if not possible.exists():
        _tell_heads(waiting, kind, period, now)
    return len(given)


def _tell_heads(waiting: QuerySet[Visit], kind: VisitKind, period: date, now: datetime) -> None:
    for department, count in waiting.values_list("department").annotate(n=Count("pk")).order_by("department"):
        name = f"unvisited:{kind}:{department}"
        if Duty.objects.filter(name=name, day=period).exists():
            continue
        Duty.objects.create(name=name, day=period, done_at=now)  # planners come one after the other
        tell(
            "visit.nobody",
            heads_of(department),
            key=f"{name}:{period}",
            path="/desk/visits/?who=nobody",
            now=now,
            count=count,
            period=period.isoformat(),
        )


def _days_left(calendar: workdays.Calendar, kind: str, period: date, today: date) -> list[date]:
    """The working days after today to the end of the period; when that is over, to the end of its grace."""
    last = itinerary.last_working_day(calendar, kind, period)
    limit = last if today < last else itinerary.last_day_of_grace(calendar, kind, period)
    first = max(period, today + workdays.ONE_DAY)
    return [day for day in itinerary.days_between(first, limit) if calendar.is_working(day)]


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7302003, 0)")


def _staff(own: Iterable[int | None]) -> dict[int, Specialist]:
    """Who may be given visits: everybody qualified, and those whom enterprises of the batch know already."""
    able = Specialist.objects.filter(is_active=True, user__is_active=True).select_related("department", "user")
    known = able.filter(pk__in={pk for pk in own if pk}, department__is_partner=False)
    others = able.filter(pk__in=qualified().values("pk"))
    return {one.pk: one for one in (known | others)}


def _people(staff: Iterable[int], days: Sequence[date], today: date) -> list[Person]:
    """These people as they are certified today, with their absences and the visits they have on these days already."""
    pks, span = list(staff), (min(days), max(days))
    away: dict[int, list[tuple[date, date]]] = {}
    absences = Absence.objects.filter(specialist__in=pks, first_on__lte=span[1], last_on__gte=span[0])
    for pk, first, last in absences.values_list("specialist", "first_on", "last_on"):
        away.setdefault(pk, []).append((first, last))
    busy: dict[int, dict[date, int]] = {}
    counted = Visit.objects.planned().filter(specialist__in=pks, planned_on__range=span)
    for pk, day, count in counted.values_list("specialist", "planned_on").annotate(n=Count("pk")).order_by():
        busy.setdefault(pk, {})[day] = count
    able, certified = set(qualified().values_list("pk", flat=True)), certified_for_key(pks, today)
    return [
        Person(
            pk,
            pk in able,
            tuple(away.get(pk, ())),
            busy.get(pk, {}),
            sum(busy.get(pk, {}).values()),
            takes_key=pk in certified,
        )
        for pk in pks
    ]


def _near(enterprises: Iterable[int], days: Sequence[date], besides: Sequence[int] = ()) -> dict[int, tuple[date, ...]]:
    """On which days these enterprises are called on otherwise, within APART of the days in question."""
    span = (min(days) - itinerary.APART, max(days) + itinerary.APART)
    found: dict[int, tuple[date, ...]] = {}
    rows = Visit.objects.planned().filter(enterprise__in=list(enterprises), planned_on__range=span)
    rows = rows.exclude(pk__in=besides).order_by("planned_on")
    for pk, day in rows.values_list("enterprise", "planned_on"):
        found[pk] = (*found.get(pk, ()), day)
    return found


def _look_after(visits: Sequence[Visit], now: datetime) -> None:
    """Whoever visits an enterprise that nobody looked after looks after it from now on."""
    EnterpriseProfile.objects.bulk_create(
        [EnterpriseProfile(enterprise=visit.enterprise, updated_at=now) for visit in visits], ignore_conflicts=True
    )
    by_person: dict[int, list[int]] = {}
    for visit in visits:
        by_person.setdefault(visit.specialist_id or 0, []).append(visit.enterprise_id)
    for person, enterprises in by_person.items():
        EnterpriseProfile.objects.filter(enterprise__in=enterprises, specialist__isnull=True).update(
            specialist=person, updated_at=now
        )
    people = {
        pk: names for pk, *names in Specialist.objects.filter(pk__in=by_person).values_list("pk", "user__name", "user")
    }
    notes = [
        events.Note(
            visit.enterprise,
            dict(zip(("to", "to_user"), people[visit.specialist_id or 0], strict=True)),
            enterprise_id=visit.enterprise_id,
            thread=thread_of(visit.enterprise_id),
        )
        for visit in visits
    ]
    events.record_many("file.entrusted", notes, by=None, at=now)


@transaction.atomic
def _find_other(pk: int, now: datetime) -> int:
    """Another day for a visit whose person is away, else somebody else; 0 if it was seen to meanwhile."""
    visit = Visit.objects.select_for_update(skip_locked=True).planned().filter(pk=pk).first()
    if visit is None or visit.specialist is None:
        return 0
    calendar, today = selectors.calendar(), workdays.local_day(now)
    away = Absence.objects.filter(
        specialist=visit.specialist, first_on__lte=visit.planned_on, last_on__gte=visit.planned_on
    ).order_by("pk")
    absence = away.select_related("substitute").first()
    if absence is None:
        return 0
    days = _days_left(calendar, visit.kind, visit.period, today)
    kept = itinerary.days_for(calendar, visit.kind, visit.period, today)
    everyone = _staff([visit.specialist_id, absence.substitute_id])
    is_key = is_key_enterprise(visit.enterprise_id)
    known = _people(everyone, [*days, visit.planned_on], today)
    people = {one.pk: one for one in known if one.takes_key or not is_key}
    own = people.get(visit.specialist_id or 0)
    if own and (
        day := itinerary.other_day(own, kept, visit.planned_on) or itinerary.other_day(own, days, visit.planned_on)
    ):
        move(visit, day=day, to=visit.specialist, reason="", cause=ABSENT, by=None, now=now)
        return 1
    # the substitute first, then whoever has the fewest visits
    others = sorted(
        (one for one in people.values() if one.pk != visit.specialist_id),
        key=lambda one: (one.pk != absence.substitute_id, not one.takes_others, one.visits, one.pk),
    )
    for other in others:
        possible = days if visit.planned_on <= today else [visit.planned_on, *days]
        if (other.takes_others or other.pk == absence.substitute_id) and (
            day := itinerary.other_day(other, possible, visit.planned_on)
        ):
            move(visit, day=day, to=everyone[other.pk], reason="", cause=ABSENT, by=None, now=now)
            return 1
    # everybody's days are full: the emptiest of them becomes fuller; nobody only if nobody is there
    stop = itinerary.plan([Wanted(visit.enterprise_id)], list(people.values()), days)[0] if days else None
    to = everyone[stop.person] if stop and stop.person else None
    day = stop.on if stop and to else visit.planned_on
    move(visit, day=day, to=to, reason="", cause=ABSENT, by=None, now=now)
    return 1


def _rule(kind: VisitKind, amount: int) -> clocks.Rule:
    code, zh, en = LABELS[kind]
    return clocks.Rule(
        kind=code,
        label_zh=zh,
        label_en=en,
        limit=workdays.Limit(amount, "working_day"),
        stage="operation",
        procedure=VISIT,
        standard_version=RULES_VERSION,
    )
