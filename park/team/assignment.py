"""Who gets the next task: the qualified person with the least open work. Pure rule, no database and no clock."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A qualified and present person. `open_load` counts tasks in hand; `last_assigned` orders equals (0: never)."""

    pk: int
    open_load: int
    last_assigned: float = 0.0


@dataclass(frozen=True)
class Choice:
    """`reason` and the figures are kept with the task, so that everybody can read why."""

    pk: int
    open_load: int
    candidates: int


def choose(candidates: Sequence[Candidate]) -> Choice | None:
    """Least open work first; among equals whoever has waited longest for a task, then the lower number.

    None when there is nobody: the task stays unassigned and its department head is told.
    """
    if not candidates:
        return None
    best = min(candidates, key=lambda c: (c.open_load, c.last_assigned, c.pk))
    return Choice(best.pk, best.open_load, len(candidates))
