"""One step forward of a case: what its parts need, and how it is told."""

from datetime import datetime
from functools import cached_property
from typing import Any

from lifecycle.models import Case, CaseMilestone, Task
from lifecycle.models.standard import Node
from lifecycle.selectors.graph import Graph, graph_of
from park.accounts.models import User
from park.deadlines import selectors as deadlines
from park.deadlines.workdays import Calendar
from park.events import services as events


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


class Step:
    """One step forward of a case whose row is held: what its parts need, each fetched once."""

    def __init__(self, case: Case, *, by: User, now: datetime) -> None:
        self.case, self.by, self.now = case, by, now
        self.done: list[Task] = []  # to be written down with what opens

    @cached_property
    def graph(self) -> Graph:
        return graph_of(self.case.procedure_id, self.tasks)

    @cached_property
    def tasks(self) -> dict[int, Task]:
        """By the number of their node."""
        return {task.node_id: task for task in self.case.tasks.order_by("pk")}

    @cached_property
    def promises(self) -> list[CaseMilestone]:
        return list(self.case.milestones.select_related("clock").order_by("pk"))

    @cached_property
    def calendar(self) -> Calendar:
        return deadlines.calendar()

    def record(self, kind: str, **data: Any) -> None:
        record(kind, self.case, by=self.by, now=self.now, **data)


def names(node: Node) -> dict[str, Any]:
    return {"node_code": node.code, "node_zh": node.name_zh, "node_en": node.name_en}
