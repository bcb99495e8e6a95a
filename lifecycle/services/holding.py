"""Take hold of a case before changing anything that belongs to it.

Every service that writes locks the row of the case first, then tasks, then clocks: one order, so that nobody waits for
somebody who waits for them. The clock of a task that is held comes before the task itself, since a change of the calendar,
which knows no cases, holds clocks and lets the database move the places of their tasks in the queue.
"""

from copy import copy

from lifecycle.enums import TaskState
from lifecycle.models import Case, Task
from lifecycle.selectors.graph import graph_of
from lifecycle.services.errors import CaseMoved
from park.accounts.models import User
from park.deadlines.models import Clock
from park.team.models import Specialist


def hold_case(case: Case, *states: str) -> Case:
    """Lock the case and read it anew. Raises CaseMoved unless it is in one of `states` (any, if none is given)."""
    held = Case.objects.select_for_update(of=["self"]).select_related("lead")
    held = held.filter(pk=case.pk)
    if states:
        held = held.filter(state__in=states)
    found = held.first()
    if found is None:
        raise CaseMoved(case)
    found.procedure = copy(graph_of(found.procedure_id).procedure)
    return found


def hold_task(task: Task, *states: str) -> Task:
    """Lock the task's case, its clock, then the task. Raises CaseMoved unless the task is in one of `states`.

    Each is read by the statement that locks it: to join them all takes PostgreSQL longer to plan than to do.
    """
    case = hold_case(task.case)
    clock = Clock.objects.select_for_update(of=["self"]).filter(task=task.pk).first()
    held = Task.objects.select_for_update(of=["self"]).select_related("assignee")
    found = held.filter(pk=task.pk, state__in=states or TaskState.values).first()
    if found is None:
        raise CaseMoved(task)
    found.case, found.clock = case, clock
    found.node = graph_of(case.procedure_id, [found.node_id]).nodes[found.node_id]
    return found


def specialist_of(user: User) -> Specialist:
    """The specialist that a user is. Raises Specialist.DoesNotExist for everybody else."""
    return Specialist.objects.select_related("user", "department").get(user=user)
