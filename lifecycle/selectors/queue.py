"""The queue of the desk: which open tasks a person sees, in which light, and what comes before and after a task."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.db.models import Q

from lifecycle.models import Case, Task
from lifecycle.models.tasks import LAST, TaskQuerySet
from lifecycle.permissions import visible_cases
from lifecycle.selectors.queue_lanes import (
    NOW,
    Beyond,
    Key,
    Reader,
    Scope,
    Shape,
    Wanted,
    ahead,
    lanes_of,
    light,
    matching,
    open_tasks,
)
from park.accounts.models import User
from park.deadlines.enums import Signal
from park.deadlines.models import Clock, ClockQuerySet
from park.deadlines.selectors import ClockView, calendar, clock_view
from park.runtime.prepared import NUMBERS, Among, Parameter, Prepared

PAGE = 50
# What rows show, on the page and in the API.
OF_TASKS = (
    *("state", "case", "node", "department", "assignee", "clock", "place_at", "ready_at", "claimed_at", "done_at"),
    *("case__uid", "case__reference", "case__procedure", "case__enterprise", "case__procedure__code"),
    *("case__enterprise__is_forming", "case__enterprise__name_zh", "case__enterprise__name_en"),
    *("case__procedure__name_zh", "case__procedure__name_en", "department__name_zh", "department__name_en"),
    *("node__code", "node__work", "node__name_zh", "node__name_en", "assignee__user__name"),
)
# Each light has its stretch of the queue, which spares reading the rest.
STRETCHES = {
    Signal.RED: Q(place_at__lt=NOW),
    Signal.AMBER: Q(place_at__gte=NOW, place_at__lt=LAST),
    Signal.GREEN: Q(place_at__gte=NOW),
    Signal.PAUSED: Q(place_at=LAST),
}


@dataclass(frozen=True)
class Row:
    task: Task
    clock: ClockView | None


@dataclass(frozen=True)
class Queue:
    rows: Sequence[Row]
    previous: Key | None
    next: Key | None


def queue(reader: Reader, wanted: Wanted, now: datetime) -> Queue:
    """One page of the queue, with the clock of each row as it looks now."""
    back = wanted.before is not None
    key = wanted.before or wanted.after
    found = _first(reader, wanted, PAGE + 1, key=key, back=back, now=now)
    more = len(found) > PAGE
    page = found[:PAGE]
    tasks = _tasks(page[::-1] if back else page)
    return _page(tasks, now, earlier=more if back else key is not None, later=more or back)


def neighbours(reader: Reader, task: Task, scope: Scope) -> tuple[int | None, int | None]:
    """The numbers of the tasks before and after one in the queue of that scope."""
    wanted, key = Wanted(scope), Key.of(task)
    before, after = (_first(reader, wanted, 1, key=key, back=back) for back in (True, False))
    return next(iter(before), None), next(iter(after), None)


def other_cases(user: User, text: str, rows: Sequence[Row], limit: int = 10) -> list[Case]:
    """Cases that the search finds beside the open tasks: closed ones, and those that are in other hands."""
    if not text:
        return []
    shown = {row.task.case_id for row in rows}
    found = visible_cases(user).filter(matching(text, case="")).exclude(pk__in=shown)
    return list(found.order_by("-created_at", "-pk")[:limit])


def _first(
    reader: Reader, wanted: Wanted, most: int, *, key: Key | None, back: bool, now: datetime | None = None
) -> list[int]:
    """The numbers of the first tasks beyond a key, in the order of the queue or against it; `now` for a light."""
    if wanted.scope == Scope.WATCHED and not reader.watched:
        return []
    query = _ahead(
        reader.shape,
        wanted.scope,
        most,
        signal=wanted.signal,
        of_procedure=bool(wanted.procedure),
        text=wanted.text,
        is_beyond=key is not None,
        back=back,
    )
    given = {**reader.given(wanted.scope), **(key.given if key else {}), "now": now, "procedure": wanted.procedure}
    return [pk for _place, pk in query.tuples(**given)] if query else []


@lru_cache(maxsize=500)
def _ahead(
    shape: Shape, scope: Scope, most: int, *, signal: str, of_procedure: bool, text: str, is_beyond: bool, back: bool
) -> Prepared[Task] | None:
    tasks, lanes = open_tasks(text, of_procedure=of_procedure), lanes_of(scope, shape)
    if not lanes:
        return None
    if signal:
        tasks = tasks.annotate(light=light()).filter(STRETCHES[Signal(signal)], light=signal)
    if is_beyond:
        tasks = tasks.filter(Beyond(back=back))
    return Prepared(
        "queue_places",
        lambda: ahead(tasks, lanes, most, back=back),
        planned_each_time=of_procedure or bool(text),
    )


def _tasks(numbers: Sequence[int]) -> list[Task]:
    """These tasks in this order, with all that a row shows."""
    found = {task.pk: task for task in ROWS.objects(tasks=list(numbers))} if numbers else {}
    tasks = [found[pk] for pk in numbers if pk in found]
    clocks = {clock.pk: clock for clock in CLOCKS.objects(clocks=[task.clock_id for task in tasks if task.clock_id])}
    for task in tasks:
        if task.clock_id:
            task.clock = clocks[task.clock_id]
    return tasks


def _rows() -> TaskQuerySet:
    related = ("case__procedure", "case__enterprise", "node", "department", "assignee__user")
    return Task.objects.filter(Among("pk", Parameter("tasks", NUMBERS))).select_related(*related).only(*OF_TASKS)


def _clocks() -> ClockQuerySet:
    return Clock.objects.with_pauses().filter(Among("pk", Parameter("clocks", NUMBERS)))


ROWS: Prepared[Task] = Prepared("queue_rows", _rows)
CLOCKS: Prepared[Clock] = Prepared("queue_clocks", _clocks)


def _page(tasks: list[Task], now: datetime, *, earlier: bool, later: bool) -> Queue:
    in_force = calendar() if tasks else None
    rows = [Row(t, clock_view(t.clock, now, in_force=in_force) if t.clock else None) for t in tasks]
    return Queue(
        rows,
        previous=Key.of(tasks[0]) if tasks and earlier else None,
        next=Key.of(tasks[-1]) if tasks and later else None,
    )
