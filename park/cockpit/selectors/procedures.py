"""What is counted by procedure: those of the standard, by the name of its latest version, and what floors below count."""

from lifecycle.models import Procedure
from park.deadlines.procedures import named_procedures


def procedure_names() -> dict[str, str]:
    """The names by code."""
    return named_procedures() | {one.code: one.name for one in Procedure.objects.order_by("standard")}
