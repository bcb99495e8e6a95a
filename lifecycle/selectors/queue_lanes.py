"""Where the queue is read: the scopes as lanes that an index holds in order, and whose they are.

Queries of the queue are put together once for each shape of question (`Shape`) and prepared; what is asked for by
name or number is given each time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property, reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import F, Func, Q, Value, When

from lifecycle.models import Task, Watch
from lifecycle.models.tasks import LAST, TaskQuerySet
from park.accounts.enums import Role
from park.accounts.models import User
from park.deadlines.enums import ClockState, Signal
from park.runtime.prepared import BEYOND_NUMBERS, INSTANT, NUMBERS, TEXT, Among, Parameter, Prepared
from park.team.models import Department, Specialist

PLACE = ("place_at", "id")
NOW = Parameter("now", INSTANT)


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

    @property
    def given(self) -> dict[str, Any]:
        return {"place_at": self.due_at or LAST, "number": self.pk}

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
            key = cls(due_at.astimezone(UTC) if due_at else None, int(pk))
        except (ValueError, OverflowError):
            return None
        return key if abs(key.pk) < BEYOND_NUMBERS else None


@dataclass(frozen=True)
class Wanted:
    """What a person wants to see; empty means everything. `text` searches reference numbers, names and codes."""

    scope: Scope = Scope.MINE
    signal: str = ""
    procedure: str = ""
    text: str = ""
    after: Key | None = None
    before: Key | None = None


class Beyond(Func):
    """Rows after a key in the order of the queue, or before it, compared as one value, which an index can follow."""

    output_field = models.BooleanField()

    def __init__(self, *, back: bool) -> None:
        super().__init__(F("place_at"), F("id"), Parameter("place_at", INSTANT), Parameter("number"))
        self.extra["sign"] = "<" if back else ">"

    def as_sql(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        compiled = [compiler.compile(one) for one in self.get_source_expressions()]
        place, pk, of_key, pk_of_key = (sql for sql, _params in compiled)
        params = [param for _sql, some in compiled for param in some]
        return f"({place}, {pk}) {self.extra['sign']} ({of_key}, {pk_of_key})", params


WATCHED: Prepared[Watch] = Prepared(
    "queue_watched", lambda: Watch.objects.filter(user=Parameter("user")).values_list("case_id")
)


@dataclass(frozen=True)
class Shape:
    """What a query of the queue looks like: whether a specialist reads, and of how many departments."""

    is_specialist: bool
    departments: int


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
        return [case for (case,) in WATCHED.tuples(user=self.user.pk)]

    @property
    def shape(self) -> Shape:
        return Shape(self.specialist is not None, len(self.departments))

    def given(self, *scopes: Scope) -> dict[str, Any]:
        """The values of the parameters of the lanes of these scopes."""
        departments = {f"department_{place}": pk for place, pk in enumerate(self.departments)}
        watched = {"watched": self.watched} if Scope.WATCHED in scopes else {}
        return {"person": self.specialist and self.specialist.pk, **watched, **departments}


def lanes_of(scope: Scope, shape: Shape) -> list[Q]:
    """A scope as lanes that share no task, each of which one index holds in the order of the queue."""
    person = Parameter("person")
    departments = [Parameter(f"department_{place}") for place in range(shape.departments)]
    if scope == Scope.MINE:
        return [Q(assignee=person)] if shape.is_specialist else []
    free = {"assignee": None} if scope == Scope.UNASSIGNED else {}
    lanes = [Q(department=one, **free) for one in departments]
    if shape.is_specialist and scope != Scope.UNASSIGNED:
        lanes.append(Q(assignee=person) & ~Q(department=departments[0]))
    if scope == Scope.WATCHED:
        # few cases: found by their numbers, whatever lane they stand in
        return [Q(Among("case", Parameter("watched", NUMBERS))) & reduce(or_, lanes)] if lanes else []
    return lanes


def light(now: Any = NOW) -> models.Case:
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


def ahead(tasks: TaskQuerySet, lanes: Sequence[Q], most: int, *, back: bool = False) -> Any:
    """The places of the first tasks in the order of the queue or against it: of each lane by its index, then of those."""
    order = ("-place_at", "-id") if back else PLACE
    parts = [tasks.filter(lane).order_by(*order).values_list(*PLACE)[:most] for lane in lanes]
    return united(parts).order_by(*order)[:most] if len(parts) > 1 else parts[0]


def united(parts: Sequence[Any]) -> Any:
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]


def matching(text: str, case: str = "case__") -> Q:
    """Reference number, name of the enterprise, or unified social credit code; any part of them."""
    if not text:
        return Q()
    fields = ("reference", "enterprise__name_zh", "enterprise__name_en", "enterprise__uscc")
    found = Q()
    for name in fields:
        found |= Q(**{f"{case}{name}__icontains": text})
    return found


def open_tasks(text: str, *, of_procedure: bool) -> TaskQuerySet:
    """What a search and a procedure leave of the open tasks."""
    tasks = Task.objects.open().filter(matching(text))
    return tasks.filter(case__procedure__code=Parameter("procedure", TEXT)) if of_procedure else tasks
