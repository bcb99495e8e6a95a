"""What the park promised beside what it really took."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from django.db.models import Count, Max, QuerySet

from lifecycle.enums import TaskState, Work
from lifecycle.models import Node, Procedure, Task
from lifecycle.models.standard import Milestone
from park.deadlines import selectors as deadlines
from park.deadlines.enums import ClockState, Unit
from park.deadlines.models import Clock, Pause
from park.deadlines.workdays import Calendar, at, local_day

DAYS = 90
LICENCE = "licence"  # the promise from signing to licence
AT_MOST = 5000
MOST_ROWS, MOST_NAMES = 8, 5  # on the first page
LIMIT_AT = 76.9  # percent of the drawing's width at which every promise stands


@dataclass(frozen=True)
class Promise:
    """One promise and the cases that ended in the last 90 days. `p50` and `p90` in working days; None without a case."""

    name: str
    procedure: Procedure
    amount: int
    sample: int
    p50: float | None = None
    p90: float | None = None

    @property
    def is_kept(self) -> bool:
        """Nine of ten cases were within the promise."""
        return self.p90 is not None and self.p90 <= self.amount

    @property
    def dots(self) -> dict[str, float]:
        """Places on the drawing in percent, scaled so that every promise stands at the same place."""
        scale = LIMIT_AT / self.amount
        first, last = (min(100.0, round((value or 0) * scale, 1)) for value in (self.p50, self.p90))
        return {"p50": first, "p90": last, "span": round(last - first, 1), "limit": LIMIT_AT}


def promises(procedures: Iterable[Procedure], now: datetime) -> list[Promise]:
    """Every promise in working days of these procedures: those that span nodes first, then the nodes' own."""
    offered = list(_offered(procedures))
    took = _durations({kind for _name, _procedure, kind, _amount in offered}, now)
    rows = []
    for name, procedure, kind, amount in offered:
        values = took.get((procedure.code, kind), [])
        p50, p90 = (percentile(values, 0.5), percentile(values, 0.9)) if values else (None, None)
        rows.append(Promise(name, procedure, amount, len(values), p50, p90))
    return rows


def on_the_first_page(rows: Sequence[Promise], most: int = MOST_ROWS) -> list[Promise]:
    """Those with most cases, and every one that was not kept; while there are no cases, the first ones. In their order."""
    counted = [row for row in rows if row.sample] or rows
    often = sorted(counted, key=lambda row: -row.sample)[:most]
    return [row for row in rows if row in often or (row.sample and not row.is_kept)]


def often_used(procedures: Sequence[Procedure], rows: Iterable[Promise], most: int = MOST_NAMES) -> list[Procedure]:
    """The procedures with most cases in the last 90 days; until there are so many, the first of each stage."""
    cases: dict[str, int] = defaultdict(int)
    for row in rows:
        cases[row.procedure.code] = max(cases[row.procedure.code], row.sample)
    first = {one.stage: one.pk for one in reversed(procedures)}
    return sorted(procedures, key=lambda one: (-cases[one.code], first[one.stage] != one.pk, one.code))[:most]


def reality(procedure: Procedure, now: datetime) -> dict[str, Promise]:
    """What each promise of one procedure in working days has come to, by the kind of its clock."""
    offered = [(one.name, one.kind, one.amount, one.unit) for one in procedure.milestones.all()]
    offered += [(one.name, one.timed_as(procedure.code), one.amount or 0, one.unit) for one in procedure.nodes.all()]
    counted = {kind: (name, amount) for name, kind, amount, unit in offered if amount and unit == Unit.WORKING_DAY}
    took = _durations(set(counted), now, procedure.code)
    found = {}
    for kind, (name, amount) in counted.items():
        if values := took.get((procedure.code, kind), []):
            p50, p90 = percentile(values, 0.5), percentile(values, 0.9)
            found[kind] = Promise(name, procedure, amount, len(values), p50, p90)
    return found


@dataclass(frozen=True)
class Indicators:
    """The park as a whole over the last 90 days: how long from signing to licence, and how many files had to be corrected."""

    entry: Sequence[int]  # working days, one for each licence handed over
    reviewed: int
    corrected: int

    @property
    def entry_p50(self) -> float | None:
        return percentile(self.entry, 0.5) if self.entry else None

    @property
    def entry_p90(self) -> float | None:
        return percentile(self.entry, 0.9) if self.entry else None

    @property
    def correction_rate(self) -> float | None:
        """Cases with a correction notice, in per cent of those whose review ended."""
        return round(100 * self.corrected / self.reviewed, 1) if self.reviewed else None


def indicators(now: datetime) -> Indicators:
    took = _durations({LICENCE}, now)
    first = at(local_day(now) - timedelta(days=DAYS), time.min)
    ended = Task.objects.filter(node__work=Work.REVIEW, done_at__gte=first, state=TaskState.DONE)
    figures = ended.aggregate(reviewed=Count("pk"), corrected=Count("case__correction"))
    return Indicators([days for values in took.values() for days in values], **figures)


def percentile(values: Sequence[int], share: float) -> float:
    """As percentile_cont of SQL: between two values the straight line; to one decimal."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 1)


def working_days_taken(
    calendar: Calendar, started_at: datetime, stopped_at: datetime, pauses: Iterable[tuple[datetime, datetime]]
) -> int:
    """Working days that count against a limit: after the day of the start, without the days of pauses (民法典 201).

    A thing done on the day on which it began took 0 days.
    """
    taken = calendar.working_days_between(local_day(started_at), local_day(stopped_at))
    stood = sum(calendar.working_days_between(local_day(begin), local_day(end)) for begin, end in pauses)
    return max(0, taken - stood)


def _offered(procedures: Iterable[Procedure]) -> Iterator[tuple[str, Procedure, str, int]]:
    ids = [procedure.pk for procedure in procedures]
    for milestone in Milestone.objects.filter(procedure__in=ids, unit=Unit.WORKING_DAY).select_related("procedure"):
        yield milestone.name, milestone.procedure, milestone.kind, milestone.amount
    nodes = Node.objects.filter(procedure__in=ids, unit=Unit.WORKING_DAY, amount__isnull=False).exclude(clock_kind="")
    for node in nodes.select_related("procedure").order_by("procedure__code", "order"):
        yield node.name, node.procedure, node.clock_kind, node.amount or 0


def _durations(kinds: set[str], now: datetime, procedure: str = "") -> dict[tuple[str, str], list[int]]:
    """Working days by (procedure, kind) of clocks that stopped in the last 90 days, the newest 5,000 of them.

    Counted anew when one has stopped since, and on the next day: the first page of the portal asks for them every time.
    """
    day = local_day(now)
    found = _stopped(kinds, day, procedure).aggregate(Max("stopped_at"), Max("pk"), Count("pk"))
    return _taken(frozenset(kinds), day, procedure, tuple(found.values()), deadlines.calendar())


def _stopped(kinds: Iterable[str], day: date, procedure: str) -> QuerySet[Clock]:
    """Of one procedure, or of all."""
    clocks = Clock.objects.filter(procedure=procedure) if procedure else Clock.objects.all()
    return clocks.filter(
        kind__in=kinds,
        unit=Unit.WORKING_DAY,
        state__in=[ClockState.MET, ClockState.BREACHED_THEN_MET],
        stopped_at__gte=at(day - timedelta(days=DAYS), time.min),
    )


@lru_cache(maxsize=64)
def _taken(
    kinds: frozenset[str], day: date, procedure: str, seen: tuple[object, ...], calendar: Calendar
) -> dict[tuple[str, str], list[int]]:
    """`seen` tells whether it is still what was counted before."""
    clocks = list(
        _stopped(kinds, day, procedure)
        .order_by("-stopped_at")
        .values_list("pk", "procedure", "kind", "started_at", "stopped_at")[:AT_MOST]
    )
    pauses: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
    closed = Pause.objects.filter(clock__in=[row[0] for row in clocks], ended_at__isnull=False)
    for clock_id, begin, end in closed.values_list("clock_id", "started_at", "ended_at"):
        if end:
            pauses[clock_id].append((begin, end))
    took: dict[tuple[str, str], list[int]] = defaultdict(list)
    for pk, procedure, kind, started_at, stopped_at in clocks:
        assert stopped_at  # chosen by it
        took[procedure, kind].append(working_days_taken(calendar, started_at, stopped_at, pauses[pk]))
    return took
