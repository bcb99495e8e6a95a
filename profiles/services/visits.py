"""Acts on one visit: people and the portal move it, hand it over, call it off and report it.

Locks: the enterprise first where its file is written, then the visit, then its clock. services.visit_planning plans them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from park.accounts.models import User
from park.deadlines import selectors, workdays
from park.deadlines import services as clocks
from park.events import services as events
from park.team.enums import Ground
from park.team.kinds import Held, Request
from park.team.models import Absence, Skill, Specialist
from park.team.selectors.candidates import certified_for_key
from park.team.services import assignment
from profiles import itinerary
from profiles.enums import NeedSource, ValueSource, VisitManner, VisitState
from profiles.models import NeedCategory, Visit
from profiles.selectors.key import is_key_enterprise
from profiles.services import needs, values
from profiles.services.holding import hold
from profiles.services.values import Said

WORK = "visit"
SKILLS = ("R-INV", "R-ESS")
# Why the portal itself moved or called off a visit.
ABSENT, MERGED = "absent", "merged"


class VisitMoved(Exception):
    """The visit is no longer planned, or somebody was faster; nothing was written."""


class Refused(ValueError):
    """What was asked for breaks a rule of visits; nothing was written. `field` is the name of what is to be mended."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class RaisedNeed:
    """Something that the enterprise needs, as it was said at a visit."""

    category: NeedCategory
    text: str


@dataclass(frozen=True)
class Report:
    """What came of a visit. `key` is made by the form: the same key is the same report."""

    key: UUID
    held_on: date
    manner: VisitManner
    met: str
    text: str
    said: Sequence[Said] = ()
    needs: Sequence[RaisedNeed] = ()


@transaction.atomic
def reschedule(visit: Visit, *, day: date, reason: str, by: User | None, now: datetime) -> None:
    """Plan a visit for another day. The clock stays: a visit is due at the end of its period whenever it is planned.

    Raises Refused for a day that is past, off, outside of the period and its grace, or one on which the person is away;
    VisitMoved when the visit is not planned any more.
    """
    held = _hold(visit)
    calendar = selectors.calendar()
    if day < workdays.local_day(now):
        raise Refused("day", _("This day has passed. Choose today or a later day."))
    if not held.period <= day <= itinerary.last_day_of_grace(calendar, held.kind, held.period):
        last = itinerary.last_day_of_grace(calendar, held.kind, held.period)
        text = _("This visit belongs to the days from %(first)s to %(last)s.")
        raise Refused("day", text % {"first": held.period.isoformat(), "last": last.isoformat()})
    if not calendar.is_working(day):
        raise Refused("day", _("Nobody works on this day. Choose a working day."))
    if Absence.objects.filter(specialist=held.specialist_id, first_on__lte=day, last_on__gte=day).exists():
        raise Refused("day", _("The visitor is away on this day. Choose another day, or hand the visit over."))
    if day == held.planned_on:
        return
    move(held, day=day, to=held.specialist, reason=reason, by=by, now=now)
    visit.refresh_from_db()


@transaction.atomic
def hand_over_visit(visit: Visit, *, to: Specialist, reason: str, by: User | None, now: datetime) -> None:
    """Somebody else visits. Raises Refused when they are away on that day or do not visit; VisitMoved."""
    held = _hold(visit)
    if not qualified().filter(pk=to.pk).exists():
        raise Refused("to", _("This person does not visit enterprises."))
    if Absence.objects.filter(specialist=to, first_on__lte=held.planned_on, last_on__gte=held.planned_on).exists():
        raise Refused("to", _("This person is away on the planned day. Choose somebody else, or another day first."))
    if to.pk == held.specialist_id:
        return
    if not _may_visit(to, held, now):
        raise Refused("to", _("This is a key enterprise, and this person holds no certificate for those."))
    move(held, day=held.planned_on, to=to, reason=reason, by=by, now=now)
    visit.refresh_from_db()


@transaction.atomic
def cancel_visit(visit: Visit, *, reason: str, by: User | None, now: datetime, cause: str = "") -> None:
    """The visit will not be held, for example because the enterprise has left. Raises VisitMoved."""
    held = _hold(visit)
    held.state = VisitState.CANCELLED
    held.save(update_fields=["state"])
    assignment.release(WORK, [held.pk])
    _stop(held, clocks.cancel, by, now)
    _record("visit.cancelled", held, by, now, internal=True, reason=reason, cause=cause)
    visit.refresh_from_db()


@transaction.atomic
def report_visit(visit: Visit, report: Report, *, by: User, now: datetime) -> Visit:
    """Write down what came of a visit; values that were learnt go into the file, and the clock stops.

    The same report sent again is the same report: nothing is written twice. Where a merge was faster, it is the report of the
    kept file's visit of that period. Raises Refused for what cannot be so, VisitMoved
    when the visit was reported by another report, or called off.

    The clock stops now and not as of the day of the visit: a report that is written down after the period is late even if
    the visit was held in time. By then the sweep has recorded the breach and told people of it, which no later act undoes
    (see park.deadlines.services.stop), and the log has no room for events before those that are there. `held_on` says
    when the visit was.
    """
    kept = hold([visit.enterprise_id])[visit.enterprise_id]
    held = Visit.objects.select_for_update().get(enterprise=kept, kind=visit.kind, period=visit.period)
    if held.state == VisitState.HELD and held.report_key == report.key:
        return held
    if held.state != VisitState.PLANNED or Visit.objects.filter(report_key=report.key).exists():
        raise VisitMoved(visit)
    _check(held, report, workdays.local_day(now))
    held.state, held.held_on, held.manner, held.met = VisitState.HELD, report.held_on, report.manner, report.met
    held.report, held.report_key, held.reported_by, held.reported_at = report.text, report.key, by, now
    held.save()
    assignment.release(WORK, [held.pk])
    if report.said:
        values.record_values(held.enterprise, report.said, source=ValueSource.VISIT, by=by, now=now)
    _raise_needs(held, report.needs, by, now)
    _stop(held, clocks.stop, by, now)
    _record("visit.held", held, by, now, held_on=report.held_on.isoformat(), manner=report.manner)
    return held


def qualified() -> QuerySet[Specialist]:
    """The park's people who visit enterprises."""
    return (
        Specialist.objects.filter(
            is_active=True, user__is_active=True, skills__code__in=SKILLS, department__is_partner=False
        )
        .distinct()
        .order_by("pk")
    )


def _raise_needs(held: Visit, raised: Sequence[RaisedNeed], by: User, now: datetime) -> None:
    if len(raised) > 1:
        assignment.hold_departments(one.category.department_id for one in raised)
    for one in raised:
        needs.raise_need(
            enterprise=held.enterprise,
            category=one.category,
            text=one.text,
            source=NeedSource.VISIT,
            by=by,
            now=now,
            visit=held,
        )


@dataclass(frozen=True)
class Move:
    """Another day, another person or both for a visit that is held locked; nobody where nobody is there."""

    visit: Visit
    day: date
    to: Specialist | None


def move(
    held: Visit,
    *,
    day: date,
    to: Specialist | None,
    reason: str,
    by: User | None,
    now: datetime,
    cause: str = "",
) -> None:
    """As move_many, for one visit."""
    move_many([Move(held, day, to)], reason=reason, by=by, now=now, cause=cause)


def move_many(moves: Sequence[Move], *, reason: str, by: User | None, now: datetime, cause: str = "") -> None:
    """Move visits that are held locked: an event for each new day and for each new person, and their clocks follow."""
    on_other_days, to_others = [], []
    for one in moves:
        held, before_on, before = one.visit, one.visit.planned_on, one.visit.specialist
        held.planned_on, held.specialist, held.revision = one.day, one.to, held.revision + 1
        if one.to is not None:
            held.department = one.to.department
        note = told_of(
            held,
            internal=True,
            before_on=before_on.isoformat(),
            on=one.day.isoformat(),
            reason=reason,
            cause=cause,
            from_user=before.user_id if before else None,
            to_user=one.to.user_id if one.to else None,
        )
        if one.day != before_on:
            on_other_days.append(note)
        if before != one.to:
            to_others.append((held, note))
    fields = ["planned_on", "specialist", "department", "revision"]
    Visit.objects.bulk_update([one.visit for one in moves], fields)
    _keep_work([held for held, _note in to_others], by, now)
    events.record_many("visit.rescheduled", on_other_days, by=by, at=now)
    handed = [clocks.Handover(held.clock_id, held.specialist, held.department) for held, _note in to_others]
    clocks.hand_over_many(handed, by=by, now=now)
    events.record_many("visit.handed_over", [note for _held, note in to_others], by=by, at=now)


def request_on(visit: Visit, today: date, skill_numbers: tuple[int, ...], *, is_key: bool) -> Request:
    """Whom a visit asks for on its day: anybody of the park who visits."""
    return Request(
        kind=WORK,
        number=visit.pk,
        department=None,
        on=max(visit.planned_on, today),
        skills=skill_numbers,
        is_key=is_key,
        clock=visit.clock_id,
    )


def skills() -> tuple[int, ...]:
    return tuple(Skill.objects.filter(code__in=SKILLS).order_by("pk").values_list("pk", flat=True))


def _may_visit(person: Specialist, visit: Visit, now: datetime) -> bool:
    is_key = is_key_enterprise(visit.enterprise_id)
    return not is_key or person.pk in certified_for_key([person.pk], workdays.local_day(now))


def _keep_work(visits: Sequence[Visit], by: User | None, now: datetime) -> None:
    """Write down who has these visits in hand now."""
    if let_go := [held.pk for held in visits if held.specialist_id is None]:
        assignment.release(WORK, let_go)
    given = [
        (Held(held.pk, held.specialist_id, held.clock_id, now), held.department_id)
        for held in visits
        if held.specialist_id
    ]
    assignment.take_many(WORK, given, ground=Ground.TRANSFERRED if by else Ground.PLANNED, now=now, by=by)


def _hold(visit: Visit) -> Visit:
    """The row, locked. Raises VisitMoved unless the visit is planned."""
    held = Visit.objects.select_for_update().planned().filter(pk=visit.pk).first()
    if held is None:
        raise VisitMoved(visit)
    return held


def _stop(held: Visit, how: Callable[..., None], by: User | None, now: datetime) -> None:
    try:
        how(held.clock, by=by, now=now)
    except clocks.ClockMoved as moved:
        raise VisitMoved(held) from moved


def _check(held: Visit, report: Report, today: date) -> None:
    """Raises Refused for a report that cannot be so."""
    last = itinerary.last_day_of_grace(selectors.calendar(), held.kind, held.period)
    if report.held_on > today:
        raise Refused("held_on", _("This day is still to come. Report a visit after it was held."))
    if not held.period <= report.held_on <= last:
        text = _("This visit belongs to the days from %(first)s to %(last)s.")
        raise Refused("held_on", text % {"first": held.period.isoformat(), "last": last.isoformat()})
    if not report.text.strip():
        raise Refused("text", _("Please write what was spoken about."))
    if not report.met.strip():
        raise Refused("met", _("Please name whom you spoke with."))


def _record(kind: str, visit: Visit, by: User | None, now: datetime, *, internal: bool = False, **data: Any) -> None:
    events.record_many(kind, [told_of(visit, internal=internal, **data)], by=by, at=now)


def told_of(visit: Visit, *, internal: bool = False, **data: Any) -> events.Note:
    """What an event of a visit says, whatever else it does."""
    named = {"visit": visit.pk, "visit_kind": visit.kind, "period": visit.period.isoformat()}
    return events.Note(
        visit, {**named, **data}, enterprise_id=visit.enterprise_id, thread=visit.thread, internal=internal
    )
