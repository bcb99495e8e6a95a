"""Reads of the team. Whoever only asks who stands in for whom, or who heads a department, finds it here."""

from park.team.selectors.absences import answering_for, heads_of

__all__ = ["answering_for", "heads_of"]
