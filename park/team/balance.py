"""Which moves bring the loads of people nearer to even. Pure rule, no database and no clock; nothing moves by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

MOST_MOVES = 20


@dataclass(frozen=True)
class Movable:
    """A piece of work that may change hands. `weight` as `park.team.rules.Rules.weight` gives it; `takers` are all who could
    have it instead of its `holder`."""

    key: tuple[str, int]
    holder: int
    weight: int
    takers: frozenset[int]


@dataclass(frozen=True)
class Move:
    """`giver_load` and `taker_load` are what both have in hand before the move."""

    key: tuple[str, int]
    giver: int
    taker: int
    giver_load: int
    taker_load: int


def even_out(loads: Mapping[int, int], work: Sequence[Movable], most: int = MOST_MOVES) -> list[Move]:
    """At most `most` moves, each from somebody with more to somebody with less, who still has less than the giver had.

    Each piece moves once at most, and only to one of its takers. Each move is the one that evens out most at its turn; among
    equals the one of the lower key.
    """
    now, left, moves = dict(loads), {one.key: one for one in work}, list[Move]()
    while len(moves) < most:
        best: tuple[int, tuple[str, int], int] | None = None
        for one in left.values():
            for taker in one.takers:
                if taker == one.holder or taker not in now or one.holder not in now:
                    continue
                gap = now[one.holder] - now[taker]
                # how much the sum of the squares falls, halved
                gain = one.weight * (gap - one.weight)
                if gain > 0 and (best is None or (-gain, one.key, taker) < (-best[0], best[1], best[2])):
                    best = (gain, one.key, taker)
        if best is None:
            return moves
        _gain, key, taker = best
        one = left.pop(key)
        moves.append(Move(key, one.holder, taker, now[one.holder], now[taker]))
        now[one.holder] -= one.weight
        now[taker] += one.weight
    return moves
