"""Take hold of a case before changing anything that belongs to it.

Every service that writes locks the row of the case first, then clocks in the order of their numbers: one order, so that nobody
waits for somebody who waits for them. A change of the calendar, which knows no cases, holds clocks and lets the database move
the places of their tasks in the queue; so no row of a task is locked before its clock, and none needs to be.
"""

from copy import copy
from typing import Any, cast

from lifecycle.models import Beside, Case, CaseMilestone, Task
from lifecycle.selectors.graph import graph_of
from lifecycle.services.errors import CaseMoved
from park.accounts.models import User
from park.deadlines.models import Clock
from park.runtime import rows
from park.runtime.statements import Statement
from park.team.models import Specialist

# By hand, since every change of every case begins with them.
HOLD_CASE = Statement(
    "hold_case",
    f"""
SELECT {rows.columns(Case, "c")}, s.department_id AS lead_department_id
FROM lifecycle_case c LEFT JOIN team_specialist s ON s.id = c.lead_id
WHERE c.id = %(case)s::bigint AND (c.state = ANY(%(states)s::text[])) IS NOT FALSE FOR UPDATE OF c
""",  # noqa: S608  columns of the model
)
HOLD_CLOCKS = Statement(
    "hold_clocks",
    f"""
SELECT {rows.columns(Clock, "k")}, p.id AS promise, p.milestone_id AS milestone
FROM deadlines_clock k LEFT JOIN lifecycle_casemilestone p ON p.clock_id = k.id
WHERE k.id = ANY(ARRAY(SELECT clock_id FROM lifecycle_task WHERE id = %(task)s::bigint)
    || ARRAY(SELECT clock_id FROM lifecycle_casemilestone WHERE case_id = %(case)s::bigint))
ORDER BY k.id FOR UPDATE OF k
""",  # noqa: S608  columns of the model
)
TASKS = Statement(
    "tasks_of_case",
    f"""
SELECT {rows.columns(Task, "t")}, s.user_id AS assignee_user_id, s.department_id AS assignee_department_id
FROM lifecycle_task t LEFT JOIN team_specialist s ON s.id = t.assignee_id WHERE t.case_id = %(case)s::bigint ORDER BY t.id
""",  # noqa: S608  columns of the model
)


def hold_case(case: Case, *states: str) -> Case:
    """Lock the case and read it anew. Raises CaseMoved unless it is in one of `states` (any, if none is given)."""
    found: Any = next(rows.read(Case, HOLD_CASE, {"case": case.pk, "states": list(states) or None}), None)
    if found is None:
        raise CaseMoved(case)
    if found.lead_id is not None:
        found.lead = rows.partly(Specialist, ("id", "department_id"), (found.lead_id, found.lead_department_id))
    found.procedure = copy(graph_of(found.procedure_id).procedure)
    return cast(Case, found)


def hold_task(task: Task, *states: str) -> Task:
    """Lock the task's case, then its clock and those of the case's promises. Raises CaseMoved unless the task is in one of
    `states`.

    What is read on the way is kept with it (`Task.beside`). The rows of tasks need no lock of their own: nobody writes them
    without the case, but the database itself their places, when a clock moves.
    """
    case = hold_case(task.case)
    clocks: list[Any] = list(rows.read(Clock, HOLD_CLOCKS, {"task": task.pk, "case": case.pk}))
    tasks: dict[int, Any] = {one.pk: one for one in rows.read(Task, TASKS, {"case": case.pk})}
    found = tasks.get(task.pk)
    if found is None or (states and found.state not in states):
        raise CaseMoved(task)
    if found.assignee_id is not None:
        person = (found.assignee_id, found.assignee_user_id, found.assignee_department_id)
        found.assignee = rows.partly(Specialist, ("id", "user_id", "department_id"), person)
    found.case, found.clock = case, next((one for one in clocks if one.pk == found.clock_id), None)
    found.node = graph_of(case.procedure_id, [found.node_id]).nodes[found.node_id]
    promises = [
        CaseMilestone(pk=one.promise, case=case, milestone_id=one.milestone, clock=one)
        for one in sorted(clocks, key=lambda one: one.promise or 0)
        if one.promise is not None
    ]
    found.beside = Beside({one.node_id: one for one in tasks.values()}, promises)
    return cast(Task, found)


def specialist_of(user: User) -> Specialist:
    """The specialist that a user is. Raises Specialist.DoesNotExist for everybody else."""
    return Specialist.objects.select_related("user", "department").get(user=user)
