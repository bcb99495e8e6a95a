"""The counts of the dashboard: one grouped query for now and the period, one for the weeks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Case, Count, F, Max, Q, When
from django.db.models.functions import TruncWeek

from park.accounts.bilingual import reads_chinese
from park.cockpit.periods import Period, midnight, previous, week_of, weeks_until
from park.cockpit.selectors.figures import broken, clocks_of, kept, since
from park.deadlines.enums import ClockState
from park.deadlines.models import Clock
from park.deadlines.workdays import SHANGHAI

WEEKS = 12
COUNTED = ("on_course", "soon", "overdue", "paused", "kept", "broken", "extended")


@dataclass
class Tally:
    """The figures of one row of a table; see `figures` for what each counts."""

    key: str = ""
    name: str = ""
    on_course: int = 0
    soon: int = 0
    overdue: int = 0
    paused: int = 0
    kept: int = 0
    broken: int = 0
    extended: int = 0
    kept_before: int = 0
    broken_before: int = 0

    @property
    def running(self) -> int:
        return self.on_course + self.paused

    @property
    def hold(self) -> int:
        return self.soon + self.overdue

    @property
    def open(self) -> int:
        return self.running + self.hold

    @property
    def settled(self) -> int:
        return self.kept + self.broken

    @property
    def rate(self) -> float | None:
        """Promises kept, in per cent of those settled; None where none was."""
        return percent(self.kept, self.settled)

    @property
    def promise_rate(self) -> float | None:
        """The same against the first promise: what only an extension kept counts as broken."""
        return percent(self.kept - self.extended, self.settled)

    @property
    def change(self) -> float | None:
        """Percentage points against the period before."""
        before = percent(self.kept_before, self.kept_before + self.broken_before)
        return None if self.rate is None or before is None else round(self.rate - before, 1)

    @property
    def fall(self) -> float:
        """The same where it went down, as people say it: without the sign."""
        return -(self.change or 0.0)

    def add(self, row: dict[str, Any]) -> None:
        for name in (*COUNTED, "kept_before", "broken_before"):
            setattr(self, name, getattr(self, name) + row[name])


@dataclass(frozen=True)
class Board:
    """One reading of all open clocks and of what the period settled."""

    rows: list[dict[str, Any]]
    departments: list[tuple[str, str]]

    def total(self) -> Tally:
        tally = Tally()
        for row in self.rows:
            tally.add(row)
        return tally

    def by(self, key: str, name: Callable[[dict[str, Any]], str]) -> list[Tally]:
        """The same rows added up by one of their columns, those with most at stake first."""
        tallies: dict[Any, Tally] = {}
        for row in self.rows:
            tally = tallies.setdefault(row[key], Tally(key="" if row[key] is None else str(row[key]), name=name(row)))
            tally.add(row)
        return sorted(tallies.values(), key=lambda t: (-t.overdue, -t.soon, -t.open, -t.settled, t.name))


def percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def board(now: datetime, period: Period, department: str = "") -> Board:
    """`department` is a code; empty for all. The list of departments is always whole, for the filter."""
    before = previous(period)
    rows = list(
        Clock.objects.filter(since(before.start))
        .values(
            "kind",
            "procedure",
            "stage",
            "responsible",
            department_code=F("department__code"),
            department_zh=F("department__name_zh"),
            department_en=F("department__name_en"),
            person=F("responsible__user__name"),
        )
        .annotate(
            **{name: Count("pk", filter=clocks_of(name, now, period)) for name in COUNTED},
            kept_before=Count("pk", filter=kept(before)),
            broken_before=Count("pk", filter=broken(now, before)),
            label_zh=Max("label_zh"),
            label_en=Max("label_en"),
        )
        .order_by("department__is_partner", "department_code", "kind")
    )
    found: list[dict[str, Any]] = [dict(row) for row in rows]
    departments = {row["department_code"]: in_language(row, "department") for row in found}
    shown = [row for row in found if not department or row["department_code"] == department]
    return Board([row for row in shown if any(row[name] for name in COUNTED)], list(departments.items()))


def in_language(row: dict[str, Any], name: str) -> str:
    """The Chinese or the English one of two columns `x_zh` and `x_en`."""
    return row[f"{name}_zh"] if reads_chinese() or not row[f"{name}_en"] else row[f"{name}_en"]


@dataclass
class Week:
    """What one department, or all of them, kept and broke in the week from `monday` on."""

    monday: date
    kept: int = 0
    broken: int = 0

    @property
    def rate(self) -> float | None:
        return percent(self.kept, self.kept + self.broken)

    @property
    def heat(self) -> int:
        return min(self.broken, 3)


@dataclass
class Weeks:
    """The last weeks, added up and by department; `heat` has a row for every department that has clocks."""

    total: list[Week]
    heat: dict[str, list[Week]] = field(default_factory=dict)

    @property
    def broken(self) -> int:
        return sum(week.broken for week in self.total)


def weeks(now: datetime, departments: Iterable[str]) -> Weeks:
    """What was settled in each of the last WEEKS weeks, for these departments (codes)."""
    mondays = weeks_until(now, WEEKS)
    stretch = Period("weeks", midnight(mondays[0]), week_of(mondays[-1]).end)
    is_kept, is_broken = kept(stretch), broken(now, stretch)
    rows = (
        Clock.objects.filter(since(stretch.start))
        .filter(is_kept | is_broken)
        .annotate(settled_at=Case(When(Q(state=ClockState.MET), then="stopped_at"), default="due_at"))
        .values(code=F("department__code"), week=TruncWeek("settled_at", tzinfo=SHANGHAI))
        .annotate(kept=Count("pk", filter=is_kept), broken=Count("pk", filter=is_broken))
    )
    result = Weeks([Week(day) for day in mondays], {code: [Week(day) for day in mondays] for code in departments})
    place = {day: number for number, day in enumerate(mondays)}
    for row in rows:
        number = place[row["week"].astimezone(SHANGHAI).date()]
        for line in (result.total, result.heat[row["code"]]) if row["code"] in result.heat else ():
            line[number].kept += row["kept"]
            line[number].broken += row["broken"]
    return result
