"""The graph of a case: open what is ready, and go on when it is done."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from lifecycle.enums import CaseState, OpensOn, TaskState, Work
from lifecycle.models import Case, CaseMilestone, Task
from lifecycle.models.standard import Node
from lifecycle.selectors.situation import Situation
from lifecycle.services.giving import end_team, put_down
from lifecycle.services.opening import begin_promises, open_tasks
from lifecycle.services.steps import Step, names, record
from lifecycle.stages import OPEN_TASK, PASSED_TASK
from park.accounts.models import User
from park.deadlines import services as clocks
from park.deadlines.enums import ClockState, PauseReason
from park.deadlines.models import Clock
from park.deadlines.workdays import local_day
from park.events import services as events
from profiles.models import Need
from profiles.services.needs import satisfy_need

# What can be waited for without anybody of the park having something to do.
OUTSIDE = (
    PauseReason.AWAIT_APPLICANT_CONFIRM,
    PauseReason.AWAIT_EXTERNAL_AUTHORITY,
    PauseReason.PUBLICITY_PERIOD,
    PauseReason.APPLICANT_SCHEDULE,
)


def create_tasks(case: Case) -> None:
    """Every node of the procedure becomes a task that waits, so that the enterprise sees the whole way from the start."""
    nodes = case.procedure.nodes.all()
    Task.objects.bulk_create(Task(case=case, node=node, department_id=node.department_id) for node in nodes)


def begin(case: Case, *, by: User, now: datetime) -> None:
    """The case is handed in: promises that run from here begin, and its first tasks open."""
    with events.together():
        step = Step(case, by=by, now=now)
        begin_promises(step, after=None)
        _open_ready(step)


def open_ready(case: Case, *, by: User, now: datetime) -> None:
    """Open every waiting task whose predecessors are done and whose opening event has happened.

    One that the standard asks for only on a condition that is not met is passed over, which counts as done; what is not known
    is not passed over. When nothing is left to be done, the case is completed.
    """
    with events.together():
        _open_ready(Step(case, by=by, now=now))


def _open_ready(step: Step) -> None:
    case, tasks = step.case, step.tasks
    situation, today = Situation(case), local_day(step.now)
    ready: list[Task] = []
    skipped: list[Task] = []
    for number, node in step.graph.nodes.items():
        task = tasks[number]
        task.node = node
        passed = all(tasks[before].state in PASSED_TASK for before in step.graph.before[number])
        if task.state != TaskState.WAITING or not passed or not _has_opened(task, case):
            continue
        if situation.holds(node.condition, today) is False:
            task.state = TaskState.SKIPPED
            skipped.append(task)
        else:
            ready.append(task)
    _skip(step, skipped)
    open_tasks(step, ready)
    if case.submitted_at and all(task.state in PASSED_TASK for task in tasks.values()):
        done = [task for task in tasks.values() if task.done_at]
        complete(case, max(done, key=lambda task: (task.done_at, task.node.order)), by=step.by, now=step.now)
    else:
        _wait_with_the_enterprise(step, [t for t in tasks.values() if t.state in OPEN_TASK])


def complete(case: Case, last: Task, *, by: User, now: datetime) -> None:
    """Every step is done, `last` the last of them: the case has reached its goal, and the promises that end with it are kept or
    not. Where the licence is what it ends with, the event says its number."""
    clocks.stop_many(open_clocks(case), by=by, now=now)
    for state in _way_to_completion(case.state):
        case.state = state
        if state == CaseState.COMPLETED:
            case.closed_at = now
        case.save(update_fields=["state", "closed_at"])
    end_team(case, by=by, now=now)
    satisfy_needs(case, by=by, now=now)
    licence: dict[str, Any] = {"number": "", "result_on": ""}
    if last.node.work == Work.RESULT and case.result_on:
        licence = {"number": case.result_number, "result_on": case.result_on.isoformat()}
    record("case.completed", case, by=by, now=now, **licence)


def finish(task: Task, case: Case, *, by: User, now: datetime, note: str = "") -> None:
    """The task is done: its clock stops, promises that end here are kept or not, and what follows opens."""
    with events.together():
        step = Step(case, by=by, now=now)
        if task.beside:
            step.tasks, step.promises = task.beside.tasks, task.beside.promises
        _finish(step, task, note)


def _finish(step: Step, task: Task, note: str) -> None:
    # a step of the enterprise's own, or the first of a case without a review, is the first that is done for it
    if step.case.state == CaseState.SUBMITTED and not step.graph.is_reviewed:
        accept(step.case)
    task.state, task.done_at, task.done_by, task.note = TaskState.DONE, step.now, step.by, note
    step.done.append(task)
    step.tasks[task.node_id] = task
    put_down([task.pk])
    kept = [promise.clock for promise in step.promises if _ends_with(promise, task, step)]
    clocks.stop_many([clock for clock in (task.clock, *kept) if clock and clock.is_open], by=step.by, now=step.now)
    begin_promises(step, after=task.node_id)
    # a rating will be asked for by whoever reads this event
    step.record("task.done", subject=task, note=note, work=task.node.work, **names(task.node))
    _open_ready(step)


def satisfy_needs(case: Case, *, by: User, now: datetime) -> None:
    """The open needs of a completed case are satisfied by it. To be called in the transaction that completes it."""
    by_what = f"{case.procedure.name_zh} / {case.procedure.name_en} {case.reference or ''}".strip()
    for need in Need.objects.open().filter(case_needs__case=case).order_by("pk"):
        satisfy_need(need, by_what=by_what[:300], by=by, now=now)


def pause_clocks(task: Task, case: Case, *, reason: PauseReason, by: User, now: datetime) -> None:
    """All clocks of the case stand still, if the standard lists the reason for this node; else they run on."""
    if reason not in task.node.pause_reasons:
        return
    for clock in open_clocks(case):
        if clock.state == "running":
            clocks.pause(clock, reason=reason, by=by, now=now)


def resume_clocks(case: Case, *, by: User, now: datetime) -> None:
    for clock in open_clocks(case):
        if clock.state == "paused":
            clocks.resume(clock, by=by, now=now)


def close(case: Case, state: CaseState, *, by: User, now: datetime) -> None:
    """End a case before its goal: open tasks are cancelled and its clocks with them."""
    for clock in open_clocks(case):
        clocks.cancel(clock, by=by, now=now)
    unfinished = case.tasks.filter(state__in=[*OPEN_TASK, TaskState.WAITING])
    put_down(list(unfinished.values_list("pk", flat=True)))
    unfinished.update(state=TaskState.CANCELLED)
    case.state, case.closed_at = state, now
    case.save()
    end_team(case, by=by, now=now)


def open_clocks(case: Case) -> list[Clock]:
    """The clocks of a case that still run or stand still, in a fixed order."""
    return list(
        Clock.objects.open().filter(Q(task__case=case) | Q(case_milestone__case=case)).distinct().order_by("pk")
    )


def accept(case: Case) -> None:
    """A case that needs no review is accepted as soon as somebody takes it up."""
    for state in (CaseState.ACCEPTED, CaseState.IN_PROGRESS):
        case.state = state
        case.save(update_fields=["state"])


def _ends_with(promise: CaseMilestone, task: Task, step: Step) -> bool:
    return any(one.pk == promise.milestone_id and one.until_id == task.node_id for one in step.graph.milestones)


def _way_to_completion(state: str) -> list[CaseState]:
    way = [CaseState.SUBMITTED, CaseState.ACCEPTED, CaseState.IN_PROGRESS, CaseState.COMPLETED]
    return way[way.index(CaseState(state)) + 1 :]


def _wait_with_the_enterprise(step: Step, remaining: Sequence[Task]) -> None:
    """While every open step is the enterprise's own, or an outside body's without a promise, what spans steps stands still.

    Only for a reason that the standard lists for each of them; it runs on as soon as the park has something to do.
    """
    reasons = [_outside_reason(task.node) for task in remaining]
    reason = reasons[0] if reasons and all(reasons) else None
    for clock in (promise.clock for promise in step.promises):
        if reason and clock.state == ClockState.RUNNING:
            clocks.pause(clock, reason=reason, by=step.by, now=step.now)
        elif not reason and clock.state == ClockState.PAUSED and _paused_for(clock) in OUTSIDE:
            clocks.resume(clock, by=step.by, now=step.now)


def _outside_reason(node: Node) -> PauseReason | None:
    """For what the promises of a case stand still while this node is all that is open."""
    if node.amount is not None and node.work != Work.ENTERPRISE:
        return None
    return next((PauseReason(reason) for reason in node.pause_reasons if reason in OUTSIDE), None)


def _paused_for(clock: Clock) -> str:
    return clock.pauses.filter(ended_at__isnull=True).values_list("reason", flat=True).first() or ""


def _has_opened(task: Task, case: Case) -> bool:
    if task.node.opens_on == OpensOn.SUBMISSION:
        return case.submitted_at is not None
    if task.node.opens_on == OpensOn.ENTERPRISE_SIGNATURE:
        return case.agreement.signatures.filter(party="enterprise").exists()
    return True


def _skip(step: Step, tasks: Sequence[Task]) -> None:
    """Pass over these tasks. A promise that would have ended with one of them has nothing to be kept by."""
    if tasks:
        step.case.tasks.filter(pk__in=[task.pk for task in tasks]).update(state=TaskState.SKIPPED)
    for task in tasks:
        step.record("task.skipped", subject=task, **names(task.node))
        for promise in step.promises:
            if promise.clock.is_open and _ends_with(promise, task, step):
                clocks.cancel(promise.clock, by=step.by, now=step.now)
