"""The rules of assignment as data: order, weights, what key enterprises ask for. No database and no clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

DATA = Path(__file__).parent / "data" / "assignment.yaml"
CRITERIA = ("looks_after", "not_head", "load", "waited")


class RulesRefused(ValueError):
    """The rules contradict themselves; the message says where."""


@dataclass(frozen=True)
class Rules:
    """`bands` are (percent of the limit left at least, weight), the largest first. Weights are hundredths of an ordinary
    piece of work; `kinds` are percent of that; `warn_days` are calendar days, the largest first."""

    order: tuple[str, ...]
    bands: tuple[tuple[int, int], ...]
    overdue: int
    resting: int
    kinds: Mapping[str, int]
    key_needs_certificate: bool
    warn_days: tuple[int, ...]

    def weight(self, kind: str, left: int | None) -> int:
        """What a piece of work weighs, in ten-thousandths of an ordinary one. `left` is percent of its limit, negative
        when it is overdue, None when no limit runs."""
        if left is None:
            one = self.resting
        elif left < 0:
            one = self.overdue
        else:
            one = next(weight for at_least, weight in self.bands if left >= at_least)
        return one * self.kinds.get(kind, 100)


def read(path: Path) -> Rules:
    """Raises RulesRefused for an unknown or double criterion, bands that do not reach down to 0, or weights below 1."""
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    order, weights = tuple(table["order"]), table["weights"]
    if len(set(order)) < len(order) or not set(order) <= set(CRITERIA) or "load" not in order:
        raise RulesRefused(f"order: {', '.join(order)}")
    bands = tuple(sorted(((int(b["at_least"]), int(b["weight"])) for b in weights["left"]), reverse=True))
    if not bands or bands[-1][0] != 0:
        raise RulesRefused("left: the last band begins at 0")
    rules = Rules(
        order=order,
        bands=bands,
        overdue=int(weights["overdue"]),
        resting=int(weights["resting"]),
        kinds={str(kind): int(percent) for kind, percent in table["kinds"].items()},
        key_needs_certificate=bool(table["key_needs_certificate"]),
        warn_days=tuple(sorted((int(days) for days in table["warn_days"]), reverse=True)),
    )
    if min(*(weight for _least, weight in bands), rules.overdue, rules.resting, *rules.kinds.values()) < 1:
        raise RulesRefused("weights: every piece of work weighs something")
    return rules


@cache
def rules() -> Rules:
    """The rules that come with the portal; a file of the code, so it changes when the code does."""
    return read(DATA)
