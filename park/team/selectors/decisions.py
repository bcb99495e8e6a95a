"""Why somebody has a piece of work, for the pages that show it."""

from dataclasses import dataclass
from datetime import datetime

from park.team import reasons
from park.team.models import AssignmentDecision


@dataclass(frozen=True)
class Why:
    """The latest decision in the reader's words. `lines` are all who were looked at, empty where a person decided."""

    text: str
    by: str
    at: datetime
    lines: list[reasons.Line]


def why(kind: str, number: int) -> Why | None:
    """None for work that nobody has decided about yet."""
    decisions = AssignmentDecision.objects.filter(kind=kind, number=number).select_related("decided_by")
    decision = decisions.order_by("-pk").first()
    if decision is None:
        return None
    by = decision.decided_by.get_full_name() if decision.decided_by else ""
    return Why(reasons.why(decision), by, decision.decided_at, reasons.lines(decision))
