"""The clocks behind a figure, as rows of a table: on the dashboard, in lists, in the export."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from lifecycle.models import Case
from park.cockpit.scope import NOBODY, Scope
from park.cockpit.selectors.figures import SETTLED, clocks_of
from park.deadlines import workdays
from park.deadlines.models import Clock, ClockQuerySet
from park.deadlines.selectors import clock_view

PAGE = 50


@dataclass(frozen=True)
class Row:
    """A clock with what people read about it.

    `left` is in working days, negative once late; `due_at` of a paused clock is the day it would get if it ran on now.
    """

    clock: Clock
    case: Case | None
    signal: str
    due_at: datetime
    left: int
    left_text: str


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    total: int
    after: str


def clocks_in(scope: Scope, now: datetime) -> ClockQuerySet:
    """Exactly the clocks that the figure of this scope counts, without an order."""
    clocks = Clock.objects.filter(clocks_of(scope.figure, now, scope.stretch(now)))
    wanted = {
        "department__code": scope.department,
        "procedure": scope.procedure,
        "stage": scope.stage,
        "kind": scope.kind,
    }
    clocks = clocks.filter(**{name: value for name, value in wanted.items() if value})
    if scope.person == NOBODY:
        return clocks.filter(responsible=None)
    return clocks.filter(responsible=int(scope.person)) if scope.person else clocks


def in_order(clocks: ClockQuerySet, scope: Scope) -> ClockQuerySet:
    """Running clocks by what is due first, then those that stand still; settled ones by what was due last.

    With all that a row shows.
    """
    order = ["-due_at", "-pk"] if scope.figure in SETTLED else ["-state", "due_at", "pk"]
    return (
        clocks.select_related("department", "responsible__user", "enterprise", "task__case", "case_milestone__case")
        .with_pauses()
        .order_by(*order)
    )


def page(scope: Scope, now: datetime, calendar: workdays.Calendar, after: str = "") -> Page:
    """One page of the list; `after` is the `after` of the page before it. Raises ValueError for one that is none."""
    clocks = clocks_in(scope, now)
    total = clocks.count()
    if after:
        clocks = clocks.filter(_beyond(after, backwards=scope.figure in SETTLED))
    found = list(in_order(clocks, scope)[: PAGE + 1])
    rows = list(rows_of(found[:PAGE], now, calendar))
    last = found[PAGE - 1] if len(found) > PAGE else None
    return Page(rows, total, f"{last.state},{last.due_at.timestamp():.6f},{last.pk}" if last else "")


def rows_of(clocks: Iterable[Clock], now: datetime, calendar: workdays.Calendar) -> Iterable[Row]:
    for clock in clocks:
        view = clock_view(clock, now, in_force=calendar)
        yield Row(clock, _case(clock), view.signal, view.due_at, view.left, view.left_text)


def _case(clock: Clock) -> Case | None:
    """The case that a clock times, by a task or by a promise of it."""
    holder = getattr(clock, "task", None) or getattr(clock, "case_milestone", None)
    return holder.case if holder else None


def _beyond(after: str, *, backwards: bool) -> Q:
    try:
        state, moment, pk = after.split(",")
        due, number = datetime.fromtimestamp(float(moment), tz=workdays.SHANGHAI), int(pk)
    except (OverflowError, OSError):
        raise ValueError(after) from None
    if backwards:
        return Q(due_at__lt=due) | Q(due_at=due, pk__lt=number)
    return Q(state__lt=state) | Q(state=state, due_at__gt=due) | Q(state=state, due_at=due, pk__gt=number)
