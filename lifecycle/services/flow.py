"""The graph of a case: open what is ready, give it to somebody, run its clocks, and go on when it is done."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db.models import Q

from lifecycle.enums import CaseState, OpensOn, TaskState
from lifecycle.models import Case, CaseMilestone, Milestone, Task
from lifecycle.models.standard import Node
from lifecycle.stages import OPEN_TASK
from park.accounts.models import User
from park.deadlines import selectors as deadlines
from park.deadlines import services as clocks
from park.deadlines.enums import PauseReason
from park.deadlines.models import Clock
from park.deadlines.workdays import Limit
from park.events import services as events
from park.team import reasons
from park.team.kinds import Request
from park.team.models import Specialist
from park.team.services import assignment
from profiles.selectors.key import is_key_enterprise

WORK = "task"


def record(
    kind: str,
    case: Case,
    *,
    by: User | None,
    now: datetime,
    subject: Any = None,
    internal: bool = False,
    **data: Any,
) -> None:
    """Record an event on the timeline of a case, with what every reader of it needs."""
    events.record(
        kind,
        subject=subject or case,
        by=by,
        at=now,
        enterprise_id=case.enterprise_id,
        thread=case.thread,
        internal=internal,
        case=case.pk,
        uid=str(case.uid),
        reference=case.reference or "",
        **data,
    )


def create_tasks(case: Case) -> None:
    """Every node of the procedure becomes a task that waits, so that the enterprise sees the whole way from the start."""
    nodes = case.procedure.nodes.all()
    Task.objects.bulk_create(Task(case=case, node=node, department_id=node.department_id) for node in nodes)


def open_ready(case: Case, *, by: User | None, now: datetime) -> None:
    """Open every waiting task whose predecessors are done and whose opening event has happened."""
    tasks = {t.node_id: t for t in case.tasks.select_related("node__department", "node__skill").order_by("node__order")}
    done = {node_id for node_id, task in tasks.items() if task.state == TaskState.DONE}
    ready = []
    for task in tasks.values():
        before = set(task.node.predecessors.values_list("pk", flat=True))
        if task.state == TaskState.WAITING and before <= done and _has_opened(task, case):
            ready.append(task)
    if len(ready) > 1:
        assignment.hold_departments(task.department_id for task in ready)
    for task in ready:
        _open(task, case, by=by, now=now)


def request_for(task: Task, now: datetime) -> Request:
    """Whom a task asks for."""
    is_key = is_key_enterprise(task.case.enterprise_id)
    return request_on(task, deadlines.first_working_day(now), is_key=is_key)


def request_on(task: Task, on: date, *, is_key: bool) -> Request:
    return Request(
        kind=WORK,
        number=task.pk,
        department=task.department_id,
        on=on,
        skills=(task.node.skill_id,),
        is_key=is_key,
        clock=task.clock_id,
    )


def assign(task: Task, case: Case, *, now: datetime, by: User | None = None) -> Specialist | None:
    """Give a task to whom the rules choose (`park.team.services.assignment.assign`), and keep the reason with it."""
    decision = assignment.assign(request_for(task, now), now=now)
    person = decision.specialist
    if person is None:
        lacking = reasons.lacking(decision.considered)
        words = names(task.node)
        record("task.unassigned", case, by=by, now=now, subject=task, internal=True, lacking=lacking, **words)
        return None
    own = next(row for row in decision.considered if row["pk"] == person.pk)
    reason = {"rule": decision.ground, "open_load": own["open_load"], "candidates": decision.suitable}
    give(task, case, person, now=now, reason=reason)
    record(
        "task.assigned",
        case,
        by=by,
        now=now,
        subject=task,
        to=person.user.get_full_name(),
        to_user=person.user_id,
        department_zh=task.node.department.name_zh,
        department_en=task.node.department.name_en,
        **reason,
        **names(task.node),
    )
    return person


def give(task: Task, case: Case, person: Specialist, *, now: datetime, reason: dict[str, Any]) -> None:
    """Put a task into somebody's hands, and its clocks with it. The enterprise's dates stay what they are.

    The lead of a case is whoever of the department that began it was given its latest task: the one the enterprise deals
    with, who answers for the promises that span tasks.
    """
    task.assignee, task.assignment, task.assigned_at = person, reason, now
    task.save(update_fields=["assignee", "assignment", "assigned_at"])
    if case.lead is None or (case.lead_id != person.pk and case.lead.department_id == person.department_id):
        case.lead = person
        case.save(update_fields=["lead"])
        for clock in milestone_clocks(case):
            clocks.hand_over(clock, responsible=person, lead=person, by=None, now=now)
    if task.clock and task.clock.is_open:
        clocks.hand_over(task.clock, responsible=person, lead=case.lead, by=None, now=now)


def finish(task: Task, case: Case, *, by: User, now: datetime, note: str = "") -> None:
    """The task is done: its clock stops, promises that end here are kept or not, and what follows opens."""
    task.state, task.done_at, task.done_by, task.note = TaskState.DONE, now, by, note
    task.save(update_fields=["state", "done_at", "done_by", "note"])
    put_down([task.pk])
    if task.clock and task.clock.is_open:
        clocks.stop(task.clock, by=by, now=now)
    for row in case.milestones.filter(milestone__until=task.node_id).select_related("clock"):
        if row.clock.is_open:
            clocks.stop(row.clock, by=by, now=now)
    for milestone in Milestone.objects.filter(after=task.node_id):
        _start_milestone(milestone, case, by=by, now=now)
    # a rating will be asked for by whoever reads this event
    record("task.done", case, by=by, now=now, subject=task, note=note, work=task.node.work, **names(task.node))
    open_ready(case, by=by, now=now)


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
    open_tasks = case.tasks.filter(state__in=[*OPEN_TASK, TaskState.WAITING])
    put_down(list(open_tasks.values_list("pk", flat=True)))
    open_tasks.update(state=TaskState.CANCELLED)
    case.state, case.closed_at = state, now
    case.save()


def put_down(tasks: Collection[int]) -> None:
    """These tasks are no load of anybody any more."""
    assignment.release(WORK, tasks)


def open_clocks(case: Case) -> list[Clock]:
    """The clocks of a case that still run or stand still, in a fixed order."""
    return list(
        Clock.objects.open().filter(Q(task__case=case) | Q(case_milestone__case=case)).distinct().order_by("pk")
    )


def milestone_clocks(case: Case) -> list[Clock]:
    return [row.clock for row in case.milestones.select_related("clock") if row.clock.is_open]


def _has_opened(task: Task, case: Case) -> bool:
    if task.node.opens_on == OpensOn.SUBMISSION:
        return case.submitted_at is not None
    if task.node.opens_on == OpensOn.ENTERPRISE_SIGNATURE:
        return case.agreement.signatures.filter(party="enterprise").exists()
    return True


def _open(task: Task, case: Case, *, by: User | None, now: datetime) -> None:
    task.state, task.ready_at = TaskState.READY, now
    if task.node.amount:
        node = task.node
        task.clock = clocks.start(
            clocks.Rule(
                kind=node.clock_kind or node.code,
                label_zh=node.name_zh,
                label_en=node.name_en,
                limit=Limit(node.amount, node.unit),  # type: ignore[arg-type]  # nodes without a limit have no clock
                stage=case.procedure.stage,
                procedure=case.procedure.code,
                standard_version=case.procedure.standard_id,
            ),
            now=now,
            thread=case.thread,
            department=node.department,
            lead=case.lead,
            enterprise=case.enterprise,
            path=f"/desk/tasks/{task.pk}/",
            enterprise_path=f"/cases/{case.uid}/",
            by=by,
        )
    task.save(update_fields=["state", "ready_at", "clock"])
    assign(task, case, now=now)


def _start_milestone(milestone: Milestone, case: Case, *, by: User, now: datetime) -> None:
    clock = clocks.start(
        clocks.Rule(
            kind=milestone.kind,
            label_zh=milestone.name_zh,
            label_en=milestone.name_en,
            limit=Limit(milestone.amount, milestone.unit),
            stage=case.procedure.stage,
            procedure=case.procedure.code,
            standard_version=case.procedure.standard_id,
        ),
        now=now,
        thread=case.thread,
        department=milestone.after.department,
        responsible=case.lead,
        lead=case.lead,
        enterprise=case.enterprise,
        path=f"/desk/cases/{case.uid}/",
        enterprise_path=f"/cases/{case.uid}/",
        by=by,
    )
    CaseMilestone.objects.create(case=case, milestone=milestone, clock=clock)


def names(node: Node) -> dict[str, Any]:
    return {"node_code": node.code, "node_zh": node.name_zh, "node_en": node.name_en}
