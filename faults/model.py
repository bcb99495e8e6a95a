"""What must have happened to a clock, recomputed from its own story. Pure rules, written without the portal's code.

A story is made of stretches in which the clock ran. Within a stretch the sweep comes by sooner or later, never early. An act
that ends a stretch after the due instant records everything that had passed by then, an act before it records nothing: so
the rungs between the last sweep and such an act may exist or not, and all others must or must not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

CODES = ("W1", "W2", "W3", "B0", "B1", "B2")
BREACH = CODES.index("B0")

Ladder = Sequence[datetime | None]


@dataclass
class Stretch:
    """The clock ran with one due date. `ended_at` is the instant the act carries, `ended_by` the latest of its commit.

    `owes` what had passed by then, unless the date was moved by a change of the calendar, which records no breach.
    """

    revision: int
    ladder: Ladder | None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: datetime | None = None
    owes: bool = True


@dataclass
class Story:
    clock: int
    stretches: list[Stretch] = field(default_factory=list)

    def must(self, horizon: datetime) -> set[tuple[int, str]]:
        """The rungs, by revision and code, that have to be there once every sweep up to `horizon` is done."""
        return {
            (stretch.revision, code)
            for stretch in self.stretches
            for code, at in _rungs(stretch)
            if at <= _looked_at(stretch, horizon)
        }

    def may(self, horizon: datetime) -> set[tuple[int, str]]:
        """The rungs that can be there without anything being wrong."""
        return {
            (stretch.revision, code)
            for stretch in self.stretches
            for code, at in _rungs(stretch)
            if at <= (stretch.ended_by or horizon)
        }

    def instants(self) -> dict[tuple[int, str], set[datetime]]:
        """When a rung may stand: a clock that was reopened has another ladder for the same due date."""
        found: dict[tuple[int, str], set[datetime]] = {}
        for stretch in self.stretches:
            for code, at in _rungs(stretch):
                found.setdefault((stretch.revision, code), set()).add(at)
        return found

    def held(self, revision: int, moment: datetime) -> bool:
        """Whether the clock ran with this due date at this moment, as far as anybody can know."""
        return any(
            stretch.revision == revision
            and (stretch.began_at is None or stretch.began_at <= moment)
            and (stretch.ended_by is None or moment <= stretch.ended_by)
            for stretch in self.stretches
        )

    @property
    def unknown(self) -> set[int]:
        """Revisions whose ladder nobody kept: nothing can be said of their rungs."""
        return {stretch.revision for stretch in self.stretches if stretch.ladder is None}


def _rungs(stretch: Stretch) -> list[tuple[str, datetime]]:
    return [(code, at) for code, at in zip(CODES, stretch.ladder or (), strict=False) if at is not None]


def _looked_at(stretch: Stretch, horizon: datetime) -> datetime:
    """Up to which instant everything that passed has certainly been recorded."""
    if stretch.ended_at is None:
        return horizon
    due = stretch.ladder[BREACH] if stretch.ladder else None
    if stretch.owes and due is not None and stretch.ended_at > due:
        return stretch.ended_at
    return datetime.min.replace(tzinfo=horizon.tzinfo)
