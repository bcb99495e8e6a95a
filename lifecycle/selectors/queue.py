"""The queue of the desk: which open tasks a person sees, in which light, and what comes before and after a task."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Count, F, Max, Prefetch, Q, Subquery, Value, When

from lifecycle.models import Case, Task
from lifecycle.models.tasks import TaskQuerySet
from lifecycle.permissions import visible_cases
from park.accounts.bilingual import reads_chinese
from park.accounts.enums import Role
from park.accounts.models import User
from park.deadlines.enums import ClockState, Signal
from park.deadlines.models import Clock
from park.deadlines.selectors import ClockView, calendar, clock_view
from park.deadlines.workdays import local_day
from park.team.models import Specialist

PAGE = 50
SIGNALS = (Signal.RED, Signal.AMBER, Signal.GREEN, Signal.PAUSED)


class Scope(StrEnum):
    MINE = "mine"
    DEPARTMENT = "department"
    UNASSIGNED = "unassigned"


@dataclass(frozen=True)
class Key:
    """A place in the queue: by due date, then by number.

    Tasks without a date come last: those without a clock, and those whose clock stands still in time, since their date is
    open and nothing can be done for them now.
    """

    due_at: datetime | None
    pk: int

    def __str__(self) -> str:
        return f"{self.due_at.isoformat() if self.due_at else ''},{self.pk}"

    @classmethod
    def of(cls, task: Task) -> "Key":
        clock = task.clock
        waits = clock is None or (clock.state == ClockState.PAUSED and not clock.is_breached)
        return cls(None if waits or clock is None else clock.due_at, task.pk)

    @classmethod
    def read(cls, text: str) -> "Key | None":
        """The place that an address names; None for one that makes no sense."""
        due, _comma, pk = text.rpartition(",")
        try:
            due_at = datetime.fromisoformat(due) if due else None
            if due_at and due_at.tzinfo is None:
                return None
            # in UTC, since PostgreSQL knows fewer offsets than Python
            return cls(due_at.astimezone(UTC) if due_at else None, int(pk))
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class Wanted:
    """What a person wants to see; empty means everything. `text` searches reference numbers, names and codes."""

    scope: Scope = Scope.MINE
    signal: str = ""
    procedure: str = ""
    text: str = ""
    after: Key | None = None
    before: Key | None = None


@dataclass(frozen=True)
class Row:
    task: Task
    clock: ClockView | None


@dataclass
class Tally:
    """How many rows each filter would show. Signals and procedures are counted within the scope that is shown."""

    scopes: dict[str, int] = field(default_factory=dict)
    signals: dict[str, int] = field(default_factory=dict)
    procedures: dict[str, tuple[str, int]] = field(default_factory=dict)
    changed: str = ""

    @property
    def total(self) -> int:
        return sum(self.signals.values())


@dataclass(frozen=True)
class Queue:
    rows: Sequence[Row]
    previous: Key | None
    next: Key | None


@dataclass(frozen=True)
class Reader:
    """Who reads the queue: a specialist, or a manager, who sees every department. A login of the desk that belongs to no
    department yet sees nothing."""

    specialist: Specialist | None
    sees_all: bool

    @classmethod
    def of(cls, user: User) -> "Reader":
        return cls(getattr(user, "specialist", None), user.role == Role.MANAGER)


def in_scope(scope: Scope, reader: Reader) -> Q:
    specialist = reader.specialist
    if specialist is None:
        everything = reader.sees_all and scope != Scope.MINE
        all_departments = Q(department__isnull=False)
        unassigned = all_departments & Q(assignee=None)
        return (unassigned if scope == Scope.UNASSIGNED else all_departments) if everything else Q(pk__in=[])
    if scope == Scope.MINE:
        return Q(assignee=specialist.pk)
    department = Q(department=specialist.department_id)
    return department & Q(assignee=None) if scope == Scope.UNASSIGNED else department | Q(assignee=specialist.pk)


def light(now: datetime) -> models.Case:
    """The signal of a task in SQL, by the same rule as deadlines.selectors.signal_of; without a clock it is on course."""
    late = Q(clock__state=ClockState.RUNNING, clock__due_at__lt=now) | Q(
        clock__state=ClockState.PAUSED, clock__is_breached=True
    )
    return models.Case(
        When(late, then=Value(Signal.RED)),
        When(clock__state=ClockState.PAUSED, then=Value(Signal.PAUSED)),
        When(clock__state=ClockState.RUNNING, clock__amber_at__lte=now, then=Value(Signal.AMBER)),
        default=Value(Signal.GREEN),
        output_field=models.CharField(),
    )


def tally(reader: Reader, wanted: Wanted, now: datetime) -> Tally:
    """All counts of the page in one query, so that they always add up."""
    shown = in_scope(wanted.scope, reader) & matching(wanted.text)
    of_procedure = Q(case__procedure__code=wanted.procedure) if wanted.procedure else Q()
    counts: dict[str, Any] = {f"scope_{s.value}": Count("pk", filter=in_scope(s, reader)) for s in Scope}
    counts |= {f"signal_{s}": Count("pk", filter=shown & of_procedure & Q(light=s)) for s in SIGNALS}
    moments = {f"last_{name}": Max(name) for name in ("ready_at", "assigned_at", "claimed_at")}
    groups = (
        Task.objects.open()
        .filter(in_scope(Scope.DEPARTMENT, reader))
        .annotate(light=light(now))
        .values("case__procedure__code", "case__procedure__name_zh", "case__procedure__name_en")
        .annotate(shown=Count("pk", filter=shown), **counts, **moments)
        .order_by("case__procedure__code")
    )
    found = Tally({s.value: 0 for s in Scope}, {str(s): 0 for s in SIGNALS})
    for group in map(dict[str, Any], groups):
        for scope in found.scopes:
            found.scopes[scope] += group[f"scope_{scope}"]
        for signal in found.signals:
            found.signals[signal] += group[f"signal_{signal}"]
        code, name = group["case__procedure__code"], group[f"case__procedure__name_{'zh' if reads_chinese() else 'en'}"]
        found.procedures[code] = (name, found.procedures.get(code, ("", 0))[1] + group["shown"])
        found.changed += "|".join(str(group[name]) for name in moments)
    found.changed += f"|{local_day(now)}"
    return found


def queue(reader: Reader, wanted: Wanted, now: datetime) -> Queue:
    """One page of the queue, with the clock of each row as it looks now."""
    tasks = _ordered(_narrowed(reader, wanted, now))
    if wanted.before:
        found = list(tasks.filter(_before(wanted.before)).reverse()[: PAGE + 1])
        more = len(found) > PAGE
        page = found[:PAGE][::-1]
        return _page(page, now, earlier=more, later=True)
    if wanted.after:
        tasks = tasks.filter(_after(wanted.after))
    found = list(tasks[: PAGE + 1])
    return _page(found[:PAGE], now, earlier=wanted.after is not None, later=len(found) > PAGE)


def neighbours(reader: Reader, task: Task, scope: Scope) -> tuple[int | None, int | None]:
    """The numbers of the tasks before and after one in the queue of that scope."""
    tasks = _ordered(Task.objects.open().filter(in_scope(scope, reader)).exclude(pk=task.pk)).values("pk")
    key = Key.of(task)
    around = Task.objects.filter(pk=task.pk).annotate(
        before=Subquery(tasks.filter(_before(key)).reverse()[:1]), after=Subquery(tasks.filter(_after(key))[:1])
    )
    return around.values_list("before", "after").get()


def other_cases(user: User, text: str, rows: Sequence[Row], limit: int = 10) -> list[Case]:
    """Cases that the search finds beside the open tasks: closed ones, and those that are in other hands."""
    if not text:
        return []
    shown = {row.task.case_id for row in rows}
    found = visible_cases(user).filter(matching(text, case="")).exclude(pk__in=shown)
    return list(found.order_by("-created_at", "-pk")[:limit])


def matching(text: str, case: str = "case__") -> Q:
    """Reference number, name of the enterprise, or unified social credit code; any part of them."""
    if not text:
        return Q()
    fields = ("reference", "enterprise__name_zh", "enterprise__name_en", "enterprise__uscc")
    found = Q()
    for name in fields:
        found |= Q(**{f"{case}{name}__icontains": text})
    return found


def _narrowed(reader: Reader, wanted: Wanted, now: datetime) -> TaskQuerySet:
    tasks = Task.objects.open().filter(in_scope(wanted.scope, reader) & matching(wanted.text))
    if wanted.procedure:
        tasks = tasks.filter(case__procedure__code=wanted.procedure)
    if wanted.signal:
        tasks = tasks.annotate(light=light(now)).filter(light=wanted.signal)
    return tasks.select_related(
        "case__procedure", "case__enterprise", "node", "department", "assignee__user"
    ).prefetch_related(Prefetch("clock", Clock.objects.with_pauses()))


def _ordered(tasks: TaskQuerySet) -> TaskQuerySet:
    """By Key; `place` is its date."""
    waits = Q(clock__state=ClockState.PAUSED, clock__is_breached=False)
    place = models.Case(When(waits, then=None), default=F("clock__due_at"), output_field=models.DateTimeField())
    return tasks.annotate(place=place).order_by(F("place").asc(nulls_last=True), "pk")


def _after(key: Key) -> Q:
    if key.due_at is None:
        return Q(place=None, pk__gt=key.pk)
    return Q(place__gt=key.due_at) | Q(place=key.due_at, pk__gt=key.pk) | Q(place=None)


def _before(key: Key) -> Q:
    if key.due_at is None:
        return Q(place__isnull=False) | Q(place=None, pk__lt=key.pk)
    return Q(place__lt=key.due_at) | Q(place=key.due_at, pk__lt=key.pk)


def _page(tasks: list[Task], now: datetime, *, earlier: bool, later: bool) -> Queue:
    in_force = calendar() if tasks else None
    rows = [Row(t, clock_view(t.clock, now, in_force=in_force) if t.clock else None) for t in tasks]
    return Queue(
        rows,
        previous=Key.of(tasks[0]) if tasks and earlier else None,
        next=Key.of(tasks[-1]) if tasks and later else None,
    )
