"""The queue of the desk: which open tasks a person sees, in which light, and what comes before and after a task."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db import connection, models
from django.db.models import F, Func, Prefetch, Q, Value, When
from django.db.models.expressions import RawSQL

from lifecycle.enums import StandardState
from lifecycle.models import Case, Procedure, Task, Watch
from lifecycle.models.tasks import LAST, TaskQuerySet
from lifecycle.permissions import visible_cases
from park.accounts.bilingual import reads_chinese
from park.accounts.enums import Role
from park.accounts.models import User
from park.deadlines.enums import ClockState, Signal
from park.deadlines.models import Clock
from park.deadlines.selectors import ClockView, calendar, clock_view
from park.team.models import Department, Specialist

PAGE = 50
# Up to so many rows are counted for a filter; beyond that it says "200+".
MOST = 200
PLACE = ("place_at", "id")
# What rows show, on the page and in the API.
OF_TASKS = (
    *("state", "case", "node", "department", "assignee", "clock", "place_at", "ready_at", "claimed_at", "done_at"),
    *("case__uid", "case__reference", "case__procedure", "case__enterprise", "case__procedure__code"),
    *("case__enterprise__is_forming", "case__enterprise__name_zh", "case__enterprise__name_en"),
    *("case__procedure__name_zh", "case__procedure__name_en", "department__name_zh", "department__name_en"),
    *("node__code", "node__work", "node__name_zh", "node__name_en", "assignee__user__name"),
)
DATED = Q(place_at__lt=LAST)
SIGNALS = (Signal.RED, Signal.AMBER, Signal.GREEN, Signal.PAUSED)


class Scope(StrEnum):
    MINE = "mine"
    DEPARTMENT = "department"
    UNASSIGNED = "unassigned"
    WATCHED = "watched"


@dataclass(frozen=True)
class Key:
    """A place in the queue: by due date, then by number.

    Tasks without a date come last: those without a clock, and those whose clock stands still in time, since their date is
    open and nothing can be done for them now. The place stands in the row of the task (Task.place_at), where an index finds it.
    """

    due_at: datetime | None
    pk: int

    def __str__(self) -> str:
        return f"{self.due_at.isoformat() if self.due_at else ''},{self.pk}"

    @classmethod
    def of(cls, task: Task) -> "Key":
        return cls(task.place_at if task.place_at < LAST else None, task.pk)

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


class Beyond(Func):
    """Rows after a key in the order of the queue, or before it, compared as one value, which an index can follow."""

    output_field = models.BooleanField()

    def __init__(self, key: Key, *, back: bool) -> None:
        place = Value(key.due_at or LAST, output_field=models.DateTimeField())
        super().__init__(F("place_at"), F("id"), place, Value(key.pk, output_field=models.BigIntegerField()))
        self.extra["sign"] = "<" if back else ">"

    def as_sql(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        compiled = [compiler.compile(one) for one in self.get_source_expressions()]
        place, pk, of_key, pk_of_key = (sql for sql, _params in compiled)
        params = [param for _sql, some in compiled for param in some]
        return f"({place}, {pk}) {self.extra['sign']} ({of_key}, {pk_of_key})", params


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


class Count(int):
    """A number that was counted up to MOST; beyond that it is known to be more."""

    goes_on = False

    @classmethod
    def of(cls, number: int, *, goes_on: bool = False) -> "Count":
        count = cls(min(number, MOST))
        count.goes_on = goes_on or number > MOST
        return count

    @property
    def shown(self) -> str:
        return f"{int(self)}+" if self.goes_on else str(int(self))


@dataclass
class Tally:
    """How many rows each filter would show. Signals and procedures are counted within the scope that is shown."""

    scopes: dict[str, Count] = field(default_factory=dict)
    signals: dict[str, Count] = field(default_factory=dict)
    procedures: dict[str, tuple[str, Count]] = field(default_factory=dict)

    @property
    def total(self) -> Count:
        goes_on = any(count.goes_on for count in self.signals.values())
        return Count.of(sum(self.signals.values()), goes_on=goes_on)


@dataclass(frozen=True)
class Queue:
    rows: Sequence[Row]
    previous: Key | None
    next: Key | None


@dataclass(frozen=True)
class Reader:
    """Who reads the queue: a specialist, or a manager, who sees every department. A login of the desk that belongs to no
    department yet sees nothing."""

    user: User
    specialist: Specialist | None

    @classmethod
    def of(cls, user: User) -> "Reader":
        return cls(user, getattr(user, "specialist", None))

    @cached_property
    def departments(self) -> list[int]:
        """Those that are read: one's own, or every one."""
        if self.specialist is not None:
            return [self.specialist.department_id]
        return list(Department.objects.values_list("pk", flat=True)) if self.user.role == Role.MANAGER else []

    @cached_property
    def watched(self) -> list[int]:
        """The cases that are watched."""
        return list(Watch.objects.filter(user=self.user).values_list("case", flat=True))


def lanes_of(scope: Scope, reader: Reader) -> list[Q]:
    """A scope as lanes that share no task, each of which one index holds in the order of the queue."""
    person = reader.specialist
    if scope == Scope.MINE:
        return [Q(assignee=person.pk)] if person else []
    free = {"assignee": None} if scope == Scope.UNASSIGNED else {}
    lanes = [Q(department=pk, **free) for pk in reader.departments]
    if person and scope != Scope.UNASSIGNED:
        lanes.append(Q(assignee=person.pk) & ~Q(department=person.department_id))
    if scope == Scope.WATCHED:
        # few cases: found by their numbers, whatever lane they stand in
        return [Q(case__in=reader.watched) & reduce(or_, lanes)] if lanes and reader.watched else []
    return lanes


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
    """What the filters of the page would show, each counted up to MOST: a park with a hundred thousand open tasks reads as
    quickly as one with ten, and nobody works by the difference between 7 431 and 7 432."""
    found = Tally(_scope_counts(reader), {str(s): Count(0) for s in SIGNALS})
    sample = _sample(reader, replace(wanted, procedure=""), now)
    found.procedures = _procedure_counts(sample)
    if wanted.procedure:
        sample = _sample(reader, wanted, now)
    for signal in SIGNALS:
        found.signals[str(signal)] = sample.lit(signal)
    return found


@dataclass(frozen=True)
class Alike:
    """So many tasks of a procedure in one light, with a date or without."""

    is_dated: bool
    light: str
    procedure: str
    name: str
    number: int


@dataclass(frozen=True)
class Sample:
    """The first MOST + 1 tasks that have a date, and as many that have none, counted by what they are like."""

    alike: Sequence[Alike]

    def number(self, *, is_dated: bool, light: str = "") -> int:
        return sum(one.number for one in self.alike if one.is_dated == is_dated and light in {"", one.light})

    @property
    def goes_on(self) -> bool:
        return self.number(is_dated=True) > MOST or self.number(is_dated=False) > MOST

    def lit(self, signal: str) -> "Count":
        dated, undated = (self.number(is_dated=is_dated, light=signal) for is_dated in (True, False))
        more_dated = self.number(is_dated=True) > MOST and signal != Signal.PAUSED
        if signal == Signal.RED:  # what is late comes first: all that was looked at is, or its end has been seen
            more_dated = dated > MOST
        more_undated = self.number(is_dated=False) > MOST and signal in {Signal.PAUSED, Signal.GREEN}
        return Count.of(dated + undated, goes_on=more_dated or more_undated)


def _sample(reader: Reader, wanted: Wanted, now: datetime) -> Sample:
    tasks = Task.objects.open().filter(matching(wanted.text))
    if wanted.procedure:
        tasks = tasks.filter(case__procedure__code=wanted.procedure)
    lanes = lanes_of(wanted.scope, reader)
    if not lanes:
        return Sample([])
    # first which ones, by the indexes alone; then what they are like
    stretches = [_ahead(tasks.filter(stretch), lanes, PLACE, MOST + 1) for stretch in (DATED, ~DATED)]
    sql, parameters = zip(*(one.query.sql_with_params() for one in stretches), strict=True)
    chosen = " UNION ALL ".join(f"SELECT id FROM ({one}) stretch" for one in sql)  # noqa: S608  of the statements above
    looked_at = Task.objects.filter(pk__in=RawSQL(chosen, [one for some in parameters for one in some]))  # noqa: S611
    of_node = "node__procedure__"
    columns = (f"{of_node}code", f"{of_node}{_in_our_language('name')}")
    rows = looked_at.annotate(is_dated=DATED, light=light(now)).values_list("is_dated", "light", *columns)
    return Sample([Alike(*row) for row in rows.annotate(number=models.Count("pk")).order_by()])


def _scope_counts(reader: Reader) -> dict[str, "Count"]:
    parts = [
        Task.objects.open().filter(lane).order_by("place_at", "id").annotate(scope=Value(scope.value))
        .values_list("scope")[: MOST + 1]
        for scope in Scope
        for lane in lanes_of(scope, reader)
    ]  # fmt: skip
    counted: Counter[str] = Counter()
    if parts:
        sql, parameters = _united(parts).query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT scope, count(*) FROM ({sql}) tasks GROUP BY 1", parameters)  # noqa: S608  as above
            counted.update(dict(cursor.fetchall()))
    return {scope.value: Count.of(counted[scope.value]) for scope in Scope}


def _in_our_language(column: str) -> str:
    return f"{column}_{'zh' if reads_chinese() else 'en'}"


def _procedure_counts(sample: Sample) -> dict[str, tuple[str, "Count"]]:
    """By code; where not everything was looked at, every procedure that is offered stands there to be chosen."""
    counted: Counter[str] = Counter()
    for one in sample.alike:
        counted[one.procedure] += one.number
    names = {one.procedure: one.name for one in sample.alike}
    if sample.goes_on:
        offered = Procedure.objects.filter(standard__state=StandardState.PUBLISHED)
        names |= dict(offered.values_list("code", _in_our_language("name")))
    return {code: (names[code], Count.of(counted[code], goes_on=sample.goes_on)) for code in sorted(names)}


def queue(reader: Reader, wanted: Wanted, now: datetime) -> Queue:
    """One page of the queue, with the clock of each row as it looks now."""
    back = wanted.before is not None
    key = wanted.before or wanted.after
    found = _first(_narrowed(wanted, now), lanes_of(wanted.scope, reader), PLACE, PAGE + 1, key=key, back=back)
    more = len(found) > PAGE
    page = [pk for _place, pk in found[:PAGE]]
    tasks = _tasks(page[::-1] if back else page)
    return _page(tasks, now, earlier=more if back else key is not None, later=more or back)


def neighbours(reader: Reader, task: Task, scope: Scope) -> tuple[int | None, int | None]:
    """The numbers of the tasks before and after one in the queue of that scope."""
    lanes, key = lanes_of(scope, reader), Key.of(task)
    before, after = (_first(Task.objects.open(), lanes, PLACE, 1, key=key, back=back) for back in (True, False))
    return (before[0][1] if before else None, after[0][1] if after else None)


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


def _narrowed(wanted: Wanted, now: datetime) -> TaskQuerySet:
    """The open tasks that the filters leave. Each light has its stretch of the queue, which spares reading the rest."""
    tasks = Task.objects.open().filter(matching(wanted.text))
    if wanted.procedure:
        tasks = tasks.filter(case__procedure__code=wanted.procedure)
    if wanted.signal:
        stretch = {
            Signal.RED: Q(place_at__lt=now),
            Signal.AMBER: Q(place_at__gte=now, place_at__lt=LAST),
            Signal.GREEN: Q(place_at__gte=now),
            Signal.PAUSED: Q(place_at=LAST),
        }
        tasks = tasks.annotate(light=light(now)).filter(stretch[Signal(wanted.signal)], light=wanted.signal)
    return tasks


def _first(
    tasks: TaskQuerySet,
    lanes: Sequence[Q],
    columns: Sequence[str],
    most: int,
    *,
    key: Key | None = None,
    back: bool = False,
) -> list[tuple[Any, ...]]:
    """The first rows beyond a key, in the order of the queue or against it: of each lane by its index, then of those."""
    if key is not None:
        tasks = tasks.filter(Beyond(key, back=back))
    return list(_ahead(tasks, lanes, columns, most, back=back)) if lanes else []


def _ahead(tasks: TaskQuerySet, lanes: Sequence[Q], columns: Sequence[str], most: int, *, back: bool = False) -> Any:
    order = ("-place_at", "-id") if back else PLACE
    parts = [tasks.filter(lane).order_by(*order).values_list(*columns)[:most] for lane in lanes]
    return _united(parts).order_by(*order)[:most] if len(parts) > 1 else parts[0]


def _united(parts: Sequence[Any]) -> Any:
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]


def _tasks(numbers: Sequence[int]) -> list[Task]:
    """These tasks in this order, with all that a row shows."""
    if not numbers:
        return []
    related = ("case__procedure", "case__enterprise", "node", "department", "assignee__user")
    rows = Task.objects.select_related(*related).only(*OF_TASKS)
    rows = rows.prefetch_related(Prefetch("clock", Clock.objects.with_pauses()))
    found = rows.in_bulk(list(numbers))
    return [found[pk] for pk in numbers if pk in found]


def _page(tasks: list[Task], now: datetime, *, earlier: bool, later: bool) -> Queue:
    in_force = calendar() if tasks else None
    rows = [Row(t, clock_view(t.clock, now, in_force=in_force) if t.clock else None) for t in tasks]
    return Queue(
        rows,
        previous=Key.of(tasks[0]) if tasks and earlier else None,
        next=Key.of(tasks[-1]) if tasks and later else None,
    )
