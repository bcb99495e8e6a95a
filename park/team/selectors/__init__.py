"""Reads of the team. Whoever only asks who stands in for whom finds it here."""

from park.team.selectors.absences import answering_for

__all__ = ["answering_for"]
