"""Who gets a piece of work: suitable, then first by the order of the rules. Pure rule, no database and no clock."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What somebody lacks, the first that applies, in this order.
NO_SKILL, NO_CERTIFICATE, CERTIFICATE_EXPIRED, AWAY = "no_skill", "no_certificate", "certificate_expired", "away"
CHOSEN, BY_NUMBER = "chosen", "by_number"


@dataclass(frozen=True)
class Candidate:
    """Somebody who was looked at. `load` weighs their open work (see `park.team.rules.Rules.weight`), `open_load` counts it;
    `last_assigned` is when they were last given something, in seconds (0: never). `closeness` is 2 for whoever looks after
    the enterprise, 1 for who stands in for them, else 0. `lacks` says why they cannot be chosen; empty for the suitable."""

    pk: int
    load: int = 0
    open_load: int = 0
    last_assigned: float = 0.0
    closeness: int = 0
    is_head: bool = False
    lacks: str = ""
    name: str = ""


@dataclass(frozen=True)
class Looked:
    """What came of looking at one candidate: `verdict` is "chosen", what they lack, or the criterion that decided for
    somebody else ("by_number" where none did)."""

    pk: int
    open_load: int
    load: int
    lacks: str
    verdict: str
    name: str = ""

    def plain(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Choice:
    """`pk` None: nobody is suitable. `decided_by` names the criterion that decided between the chosen and the second-best;
    "" where there was no second."""

    pk: int | None
    looked: tuple[Looked, ...]
    decided_by: str = ""

    @property
    def suitable(self) -> int:
        return sum(not one.lacks for one in self.looked)


MEASURES: Mapping[str, Callable[[Candidate], float]] = {
    "looks_after": lambda c: -c.closeness,
    "not_head": lambda c: c.is_head,
    "load": lambda c: c.load,
    "waited": lambda c: c.last_assigned,
}


def choose(candidates: Sequence[Candidate], order: Sequence[str]) -> Choice:
    """The suitable candidate who is first by `order`, at last the lower number; and for each what decided.

    Unsuitable candidates are never chosen. `Choice.pk` is None when nobody is suitable: the work stays unassigned and the
    head of its department is told.
    """
    suitable = [c for c in candidates if not c.lacks]
    ranked = sorted(suitable, key=lambda c: (*(MEASURES[name](c) for name in order), c.pk))
    best = ranked[0] if ranked else None
    looked = tuple(_look(c, best, order) for c in sorted(candidates, key=lambda c: c.pk))
    if best is None:
        return Choice(None, looked)
    return Choice(best.pk, looked, _difference(best, ranked[1], order) if len(ranked) > 1 else "")


def _look(candidate: Candidate, best: Candidate | None, order: Sequence[str]) -> Looked:
    verdict = candidate.lacks or (CHOSEN if candidate is best or best is None else _difference(best, candidate, order))
    return Looked(candidate.pk, candidate.open_load, candidate.load, candidate.lacks, verdict, candidate.name)


def _difference(best: Candidate, other: Candidate, order: Sequence[str]) -> str:
    return next((name for name in order if MEASURES[name](best) != MEASURES[name](other)), BY_NUMBER)
