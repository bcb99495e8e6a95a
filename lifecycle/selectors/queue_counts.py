"""How many tasks each filter of the queue would show, counted up to MOST."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection, models
from django.db.models import Q, Value
from django.db.models.expressions import RawSQL

from lifecycle.enums import StandardState
from lifecycle.models import Procedure, Task
from lifecycle.models.tasks import LAST
from lifecycle.selectors.queue_lanes import Reader, Scope, Shape, Wanted, ahead, lanes_of, light, open_tasks, united
from park.accounts.bilingual import reads_chinese
from park.deadlines.enums import Signal
from park.runtime.prepared import Prepared, placed
from park.runtime.statements import Statement

# Up to so many rows are counted for a filter; beyond that it says "100+".
MOST = 100
DATED = Q(place_at__lt=LAST)
SIGNALS = (Signal.RED, Signal.AMBER, Signal.GREEN, Signal.PAUSED)


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


OFFERED: Prepared[Procedure] = Prepared(
    "queue_offered",
    lambda: (
        Procedure.objects.filter(standard__state=StandardState.PUBLISHED)
        .order_by("code")
        .values_list("code", "name_zh", "name_en")
    ),
)


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

    def lit(self, signal: str) -> Count:
        dated, undated = (self.number(is_dated=is_dated, light=signal) for is_dated in (True, False))
        more_dated = self.number(is_dated=True) > MOST and signal != Signal.PAUSED
        if signal == Signal.RED:  # what is late comes first: all that was looked at is, or its end has been seen
            more_dated = dated > MOST
        more_undated = self.number(is_dated=False) > MOST and signal in {Signal.PAUSED, Signal.GREEN}
        return Count.of(dated + undated, goes_on=more_dated or more_undated)


def _sample(reader: Reader, wanted: Wanted, now: datetime) -> Sample:
    query = _sampling(reader.shape, wanted.scope, MOST + 1, of_procedure=bool(wanted.procedure), text=wanted.text)
    rows = query.tuples(**reader.given(wanted.scope), now=now, procedure=wanted.procedure) if query else []
    return Sample(
        [Alike(dated, light, code, zh if reads_chinese() else en, n) for dated, light, code, zh, en, n in rows]
    )


@lru_cache(maxsize=500)
def _sampling(shape: Shape, scope: Scope, most: int, *, of_procedure: bool, text: str) -> Prepared[Task] | None:
    """First which ones, by the indexes alone; then what they are like."""
    tasks, lanes = open_tasks(text, of_procedure=of_procedure), lanes_of(scope, shape)
    if not lanes:
        return None

    def build() -> Any:
        stretches = [ahead(tasks.filter(stretch), lanes, most) for stretch in (DATED, ~DATED)]
        sql, parameters = zip(*(one.query.sql_with_params() for one in stretches), strict=True)
        chosen = " UNION ALL ".join(f"SELECT id FROM ({one}) stretch" for one in sql)  # noqa: S608  of the statements above
        looked_at = Task.objects.filter(pk__in=RawSQL(chosen, [one for some in parameters for one in some]))  # noqa: S611
        columns = [f"node__procedure__{name}" for name in ("code", "name_zh", "name_en")]
        rows = looked_at.annotate(is_dated=DATED, light=light()).values_list("is_dated", "light", *columns)
        return rows.annotate(number=models.Count("pk")).order_by()

    return Prepared("queue_sample", build, planned_each_time=of_procedure or bool(text))


def _scope_counts(reader: Reader) -> dict[str, Count]:
    counted: Counter[str] = Counter()
    if reader.departments:
        with connection.cursor() as cursor:
            _scope_counting(reader.shape, MOST + 1).execute(cursor, reader.given(*Scope))
            counted.update(dict(cursor.fetchall()))
    return {scope.value: Count.of(counted[scope.value]) for scope in Scope}


@lru_cache(maxsize=500)
def _scope_counting(shape: Shape, most: int) -> Statement:
    parts = [
        Task.objects.open().filter(lane).order_by("place_at", "id").annotate(scope=Value(scope.value))
        .values_list("scope")[:most]
        for scope in Scope
        for lane in lanes_of(scope, shape)
    ]  # fmt: skip
    sql, parameters = united(parts).query.sql_with_params()
    counted = f"SELECT scope, count(*) FROM ({sql}) tasks GROUP BY 1"  # noqa: S608  of the statements above
    return Statement("queue_scopes", placed(counted, parameters))


def _procedure_counts(sample: Sample) -> dict[str, tuple[str, Count]]:
    """By code; where not everything was looked at, every procedure that is offered stands there to be chosen."""
    counted: Counter[str] = Counter()
    for one in sample.alike:
        counted[one.procedure] += one.number
    names = {one.procedure: one.name for one in sample.alike}
    if sample.goes_on:
        names |= {code: zh if reads_chinese() else en for code, zh, en in OFFERED.tuples()}
    return {code: (names[code], Count.of(counted[code], goes_on=sample.goes_on)) for code in sorted(names)}
