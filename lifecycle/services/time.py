"""What the park's people do with the time of a case: ask for more, decide, let it stand still, and take back what was done.

The case is held first, then its clocks, as everywhere.
"""

from datetime import datetime

from django.db import transaction

from lifecycle.enums import TaskState
from lifecycle.models import Case, Task
from lifecycle.permissions import can_ask_time, can_decide, can_reopen
from lifecycle.services import flow, giving, steps
from lifecycle.services.errors import CaseMoved, NotYours
from lifecycle.services.holding import hold_case, hold_task, specialist_of
from lifecycle.stages import OPEN_CASE, OPEN_TASK
from park.accounts.models import User
from park.deadlines import services as clocks
from park.deadlines.enums import PauseReason
from park.deadlines.models import Clock, Extension
from park.team.enums import Ground
from park.team.services import assignment


@transaction.atomic
def ask_more_time(task: Task, clock: Clock, *, amount: int, reason: str, by: User, now: datetime) -> Extension:
    """Ask for more time for a clock of the case. Raises NotYours unless `by` has the task or heads its department."""
    held = _held_by(task, by)
    if clock.pk not in {own.pk for own in flow.open_clocks(held.case)}:
        raise CaseMoved(task)
    return clocks.ask_extension(clock, amount=amount, reason=reason, by=by, now=now)


@transaction.atomic
def decide_more_time(extension: Extension, case: Case, *, grant: bool, note: str, by: User, now: datetime) -> None:
    """Grant or refuse. Raises NotYours for whoever is not one level above the person who asked."""
    hold_case(case)
    if not can_decide(by, extension):
        raise NotYours(extension)
    clocks.decide_extension(extension, grant=grant, by=by, now=now, note=note)


@transaction.atomic
def pause_case(task: Task, *, reason: PauseReason, since: datetime | None, note: str, by: User, now: datetime) -> None:
    """All clocks of the case stand still for a reason that the standard lists for this node.

    Raises NotYours where it does not, or where somebody but the head of the department would record it later than it
    began; clocks.Refused where a rule of the clocks forbids it.
    """
    held = _held_by(task, by)
    person = specialist_of(by)
    back_dated = since is not None and since < now
    if reason not in manual_reasons(held) or (back_dated and not person.is_head):
        raise NotYours(task)
    running = [clock for clock in flow.open_clocks(held.case) if clock.state == "running"]
    if not running:
        raise CaseMoved(task)
    for clock in running:
        clocks.pause(clock, reason=reason, since=since, note=note, by=by, now=now)
    steps.record("case.paused", held.case, by=by, now=now, subject=held, reason=reason, note=note)


@transaction.atomic
def resume_case(task: Task, *, by: User, now: datetime) -> None:
    """The reason is gone: all clocks of the case run on. A correction ends by the enterprise's answer alone."""
    held = _held_by(task, by)
    if held.state == TaskState.RETURNED:
        raise NotYours(task)
    flow.resume_clocks(held.case, by=by, now=now)
    steps.record("case.resumed", held.case, by=by, now=now, subject=held)


@transaction.atomic
def keep_paused(task: Task, *, note: str, by: User, now: datetime) -> None:
    """The head has looked at a long pause of the case: its reason is still there."""
    held = _held_by(task, by)
    if not specialist_of(by).is_head:
        raise NotYours(task)
    for clock in flow.open_clocks(held.case):
        for stretch in clock.pauses.filter(ended_at__isnull=True):
            clocks.keep_paused(stretch, by=by, now=now, note=note)


@transaction.atomic
def reopen_task(task: Task, *, reason: str, by: User, now: datetime) -> Task:
    """What was called done is not done: the task is back with whoever did it, and its clock runs on as if never stopped.

    Steps that it had opened wait again, and their clocks end. Raises NotYours unless `by` heads the department, CaseMoved
    when the case is closed, or one of those steps has been begun; clocks.Refused when it is too long ago.
    """
    held = hold_task(task, TaskState.DONE)
    case = hold_case(held.case, *OPEN_CASE)
    if not can_reopen(by, held):
        raise NotYours(task)
    following = _opened_by(held)
    begun = any(step.state not in {TaskState.WAITING, TaskState.READY, TaskState.SKIPPED} for step in following)
    if begun or case.milestones.filter(milestone__after=held.node_id).exists():
        raise CaseMoved(task)
    for step in following:
        if step.state == TaskState.WAITING:
            continue
        if step.clock and step.clock.is_open:
            clocks.cancel(step.clock, by=by, now=now)
        giving.put_down([step.pk])
        Task.objects.filter(pk=step.pk).update(
            state=TaskState.WAITING, clock=None, assignee=None, assignment={}, ready_at=None, assigned_at=None
        )
    held.state, held.done_at, held.done_by = TaskState.CLAIMED, None, None
    held.save(update_fields=["state", "done_at", "done_by"])
    if held.assignee:
        assignment.transfer(giving.request_for(held, now), to=held.assignee, now=now, by=by, ground=Ground.KEPT)
    promises = [row.clock for row in case.milestones.filter(milestone__until=held.node_id).select_related("clock")]
    for clock in [held.clock, *promises]:
        if clock and not clock.is_open:
            clocks.reopen(clock, by=by, now=now, reason=reason)
    steps.record("task.reopened", case, by=by, now=now, subject=held, note=reason, **steps.names(held.node))
    return held


def _opened_by(task: Task) -> list[Task]:
    """The steps after a task, locked; behind one that was passed over, those after it too."""
    found: dict[int, Task] = {}
    nodes = {task.node_id}
    while nodes:
        after = task.case.tasks.select_for_update(of=["self"]).select_related("clock").exclude(pk__in=found)
        new = {step.pk: step for step in after.filter(node__predecessors__in=nodes)}
        found |= new
        nodes = {step.node_id for step in new.values() if step.state == TaskState.SKIPPED}
    return list(found.values())


def manual_reasons(task: Task) -> list[PauseReason]:
    """For what a person may let the clocks of this node stand still; a correction pauses and resumes by itself."""
    return [PauseReason(r) for r in task.node.pause_reasons if r != PauseReason.AWAIT_SUPPLEMENT]


def _held_by(task: Task, by: User) -> Task:
    held = hold_task(task, *OPEN_TASK)
    hold_case(held.case, *OPEN_CASE, "draft")
    if not can_ask_time(by, held):
        raise NotYours(task)
    return held
