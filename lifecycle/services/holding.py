"""Take hold of a case before changing anything that belongs to it.

Every service that writes locks the row of the case first, then tasks, then clocks: one order, so that nobody waits for
somebody who waits for them. The clock of a task that is held comes before the task itself, since a change of the calendar,
which knows no cases, holds clocks and lets the database move the places of their tasks in the queue.
"""

from copy import copy
from typing import Any, cast

from lifecycle.models import Case, Task
from lifecycle.selectors.graph import graph_of
from lifecycle.services.errors import CaseMoved
from park.accounts.models import User
from park.deadlines.models import Clock
from park.runtime.rows import partly
from park.team.models import Specialist

# By hand, since every change of every case begins with them.
HOLD_CASE = """
SELECT c.*, s.department_id AS lead_department_id FROM lifecycle_case c LEFT JOIN team_specialist s ON s.id = c.lead_id
WHERE c.id = %s AND (c.state = ANY(%s::text[])) IS NOT FALSE FOR UPDATE OF c
"""
HOLD_CLOCK = "SELECT * FROM deadlines_clock WHERE id = (SELECT clock_id FROM lifecycle_task WHERE id = %s) FOR UPDATE"
HOLD_TASK = """
SELECT t.*, s.user_id AS assignee_user_id, s.department_id AS assignee_department_id
FROM lifecycle_task t LEFT JOIN team_specialist s ON s.id = t.assignee_id
WHERE t.id = %s AND (t.state = ANY(%s::text[])) IS NOT FALSE FOR UPDATE OF t
"""


def hold_case(case: Case, *states: str) -> Case:
    """Lock the case and read it anew. Raises CaseMoved unless it is in one of `states` (any, if none is given)."""
    found: Any = next(iter(Case.objects.raw(HOLD_CASE, [case.pk, list(states) or None])), None)
    if found is None:
        raise CaseMoved(case)
    if found.lead_id is not None:
        found.lead = partly(Specialist, ("id", "department_id"), (found.lead_id, found.lead_department_id))
    found.procedure = copy(graph_of(found.procedure_id).procedure)
    return cast(Case, found)


def hold_task(task: Task, *states: str) -> Task:
    """Lock the task's case, its clock, then the task. Raises CaseMoved unless the task is in one of `states`.

    Each is read by the statement that locks it: to join them all takes PostgreSQL longer to plan than to do.
    """
    case = hold_case(task.case)
    clock = next(iter(Clock.objects.raw(HOLD_CLOCK, [task.pk])), None)
    found: Any = next(iter(Task.objects.raw(HOLD_TASK, [task.pk, list(states) or None])), None)
    if found is None:
        raise CaseMoved(task)
    if found.assignee_id is not None:
        person = (found.assignee_id, found.assignee_user_id, found.assignee_department_id)
        found.assignee = partly(Specialist, ("id", "user_id", "department_id"), person)
    found.case, found.clock = case, clock
    found.node = graph_of(case.procedure_id, [found.node_id]).nodes[found.node_id]
    return cast(Task, found)


def specialist_of(user: User) -> Specialist:
    """The specialist that a user is. Raises Specialist.DoesNotExist for everybody else."""
    return Specialist.objects.select_related("user", "department").get(user=user)
