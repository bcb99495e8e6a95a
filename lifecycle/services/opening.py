"""Tasks that open, and promises that begin: each is given to whom the rules choose, and its clock starts as theirs."""

import json
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from django.db import connection

from lifecycle.enums import TaskState, Work
from lifecycle.models import Case, CaseMilestone, Milestone, Task
from lifecycle.selectors.graph import Graph
from lifecycle.services.giving import lead_after, lead_on, request_on
from lifecycle.services.steps import Step, names, record
from park.deadlines import selectors as deadlines
from park.deadlines import services as clocks
from park.deadlines.workdays import Limit
from park.runtime.statements import Statement
from park.team import reasons
from park.team.models import AssignmentDecision, Specialist
from park.team.services import assignment
from profiles.selectors.key import is_key_enterprise


def open_tasks(step: Step, tasks: Sequence[Task]) -> None:
    """These tasks are ready from now on: each is given to whom the rules choose, and its clock starts."""
    if not tasks:
        _write(step.done)
        return
    ours = [task for task in tasks if task.node.work != Work.ENTERPRISE]
    _start(step, [(task, None, step.case.lead) for task in tasks if task.node.work == Work.ENTERPRISE])
    decisions = _assign(step, ours)
    for task, decision in zip(ours, decisions, strict=True):
        if decision.specialist:
            task.assignee, task.assignment, task.assigned_at = decision.specialist, _reason(decision), step.now
    for task in tasks:
        task.state, task.ready_at = TaskState.READY, step.now
    _write([*step.done, *tasks])
    lead = reduce(lead_after, [task.assignee for task in ours], step.case.lead)
    lead_on(step.case, lead, step.promises, now=step.now)
    decided = {task.pk: decision for task, decision in zip(ours, decisions, strict=True)}
    for task in tasks:
        _tell_opened(step, task, decided.get(task.pk))


def begin_promises(step: Step, *, after: int | None) -> None:
    """The promises that run from the end of this node, or from the submission."""
    milestones = [one for one in step.graph.milestones if one.after_id == after]
    if not milestones:
        return
    case = step.case
    begun = []
    for milestone in milestones:
        rule = clocks.Rule(
            kind=milestone.kind,
            label_zh=milestone.name_zh,
            label_en=milestone.name_en,
            limit=Limit(milestone.amount, milestone.unit),
            stage=case.procedure.stage,
            procedure=case.procedure.code,
            standard_version=case.procedure.standard_id,
        )
        beginning = clocks.Beginning(
            thread=case.thread,
            department=_department_of(milestone, step.graph),
            responsible=case.lead,
            lead=case.lead,
            enterprise=case.enterprise_id,
            path=f"/desk/cases/{case.uid}/",
            enterprise_path=f"/cases/{case.uid}/",
        )
        begun.append((rule, beginning))
    started = clocks.start_each(begun, by=step.by, now=step.now, calendar=step.calendar)
    step.promises += CaseMilestone.objects.bulk_create(
        CaseMilestone(case=case, milestone=milestone, clock=clock)
        for milestone, clock in zip(milestones, started, strict=True)
    )


def _assign(step: Step, tasks: Sequence[Task]) -> list[AssignmentDecision]:
    """Each of these is somebody's, and their clocks start as theirs."""
    if not tasks:
        return []
    lead = step.case.lead

    def begin(chosen: Sequence[tuple[int, Specialist | None]]) -> list[int | None]:
        nonlocal lead
        given = []
        for place, person in chosen:
            lead = lead_after(lead, person)
            given.append((tasks[place], person, lead))
        _start(step, given)
        return [tasks[place].clock_id for place, _person in chosen]

    is_key = is_key_enterprise(step.case.enterprise_id)
    on = deadlines.first_working_day(step.now, step.calendar)
    requests = [request_on(task, on, is_key=is_key) for task in tasks]
    return assignment.assign_many(requests, now=step.now, begin=begin)


def _start(step: Step, given: Iterable[tuple[Task, Specialist | None, Specialist | None]]) -> None:
    """The clocks of those of these tasks that have a limit start, each with whoever answers for it and the lead."""
    timed = [one for one in given if one[0].node.amount and one[0].node.department_id]
    begun = [_beginning(task, step.case, person, lead) for task, person, lead in timed]
    started = clocks.start_each(begun, by=step.by, now=step.now, calendar=step.calendar)
    for (task, _person, _lead), clock in zip(timed, started, strict=True):
        task.clock = clock


def _beginning(
    task: Task, case: Case, person: Specialist | None, lead: Specialist | None
) -> tuple[clocks.Rule, clocks.Beginning]:
    node = task.node
    if node.amount is None or node.department_id is None:
        raise LookupError(f"{node} has no limit that the park keeps")
    rule = clocks.Rule(
        kind=node.timed_as(case.procedure.code),
        label_zh=node.name_zh,
        label_en=node.name_en,
        limit=Limit(node.amount, node.unit),
        stage=case.procedure.stage,
        procedure=case.procedure.code,
        standard_version=case.procedure.standard_id,
    )
    return rule, clocks.Beginning(
        thread=case.thread,
        department=node.department_id,
        responsible=person,
        lead=lead,
        enterprise=case.enterprise_id,
        path=f"/desk/tasks/{task.pk}/",
        enterprise_path=f"/cases/{case.uid}/",
    )


def _department_of(milestone: Milestone, graph: Graph) -> int:
    """Who answers for a promise that spans steps: the department of the node it follows, else of the first of the park's."""
    of_node = graph.nodes[milestone.after_id].department_id if milestone.after_id else None
    in_order = sorted(graph.nodes.values(), key=lambda node: node.order)
    found = of_node or next((node.department_id for node in in_order if node.department_id), None)
    if found is None:
        raise LookupError(f"{milestone.procedure_id} has no step of the park's")
    return found


def _reason(decision: AssignmentDecision) -> dict[str, Any]:
    """Why it is this person, as it is kept with the task."""
    own = next(row for row in decision.considered if row["pk"] == decision.specialist_id)
    return {"rule": decision.ground, "open_load": own["open_load"], "candidates": decision.suitable}


def _tell_opened(step: Step, task: Task, decision: AssignmentDecision | None) -> None:
    words = names(task.node)
    if decision is None:
        step.record("task.yours", subject=task, **words)
    elif decision.specialist is None:
        lacking = reasons.lacking(decision.considered)
        record(
            "task.unassigned",
            step.case,
            by=None,
            now=step.now,
            subject=task,
            internal=True,
            lacking=lacking,
            **words,
        )
    else:
        person = decision.specialist
        record(
            "task.assigned",
            step.case,
            by=None,
            now=step.now,
            subject=task,
            to=person.user.get_full_name(),
            to_user=person.user_id,
            department_zh=person.department.name_zh,
            department_en=person.department.name_en,
            **task.assignment,
            **words,
        )


# By hand, since every step of every case ends here. What a statement of its own would say stays as it is where it is null.
WRITE = Statement(
    "write_tasks",
    """
UPDATE lifecycle_task t
SET state = wanted.state, ready_at = COALESCE(wanted.ready_at, t.ready_at), clock_id = COALESCE(wanted.clock, t.clock_id),
    assignee_id = COALESCE(wanted.assignee, t.assignee_id), assignment = wanted.assignment,
    assigned_at = COALESCE(wanted.assigned_at, t.assigned_at), done_at = wanted.done_at, done_by_id = wanted.done_by,
    note = wanted.note
FROM unnest(%(id)s::bigint[], %(state)s::text[], %(ready_at)s::timestamptz[], %(clock)s::bigint[], %(assignee)s::bigint[],
    %(assignment)s::jsonb[], %(assigned_at)s::timestamptz[], %(done_at)s::timestamptz[], %(done_by)s::bigint[],
    %(note)s::text[])
    wanted(id, state, ready_at, clock, assignee, assignment, assigned_at, done_at, done_by, note)
WHERE t.id = wanted.id
""",
)


def _write(tasks: Iterable[Task]) -> None:
    """Write down tasks that are done or that open, by one statement; their case is held."""
    written = list(tasks)
    if not written:
        return
    columns: dict[str, Any] = {
        "id": [task.pk for task in written],
        "state": [str(task.state) for task in written],
        "ready_at": [task.ready_at for task in written],
        "clock": [task.clock_id for task in written],
        "assignee": [task.assignee_id for task in written],
        "assignment": [json.dumps(task.assignment) for task in written],
        "assigned_at": [task.assigned_at for task in written],
        "done_at": [task.done_at for task in written],
        "done_by": [task.done_by_id for task in written],
        "note": [task.note for task in written],
    }
    with connection.cursor() as cursor:
        WRITE.execute(cursor, columns)
