"""Moves that bring loads nearer to even."""

from hypothesis import given
from hypothesis import strategies as st

from park.team.balance import Movable, even_out

PEOPLE = [1, 2, 3, 4]


def piece(number: int, holder: int, *takers: int, weight: int = 100) -> Movable:
    return Movable(("task", number), holder, weight, frozenset(takers or PEOPLE))


def test_the_fullest_gives_to_the_emptiest():
    moves = even_out({1: 300, 2: 0, 3: 100}, [piece(n, 1) for n in range(3)])
    assert [(move.giver, move.taker, move.giver_load, move.taker_load) for move in moves] == [(1, 2, 300, 0)]


def test_what_is_even_stays():
    assert even_out({1: 200, 2: 100}, [piece(1, 1), piece(2, 1)]) == []


def test_nobody_gets_what_they_may_not_have():
    assert even_out({1: 500, 2: 0, 3: 0}, [piece(1, 1, 3)])[0].taker == 3
    assert even_out({1: 500, 2: 0}, [Movable(("task", 1), 1, 100, frozenset())]) == []


WORK = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.integers(1, 300), st.frozensets(st.sampled_from(PEOPLE))), max_size=15
)


@given(rows=WORK)
def test_every_move_brings_loads_nearer_to_even_and_goes_to_somebody_qualified(rows):
    work = [Movable(("task", n), holder, weight, takers) for n, (holder, weight, takers) in enumerate(rows)]
    loads = {pk: sum(one.weight for one in work if one.holder == pk) for pk in PEOPLE}
    by_key = {one.key: one for one in work}
    moves = even_out(loads, work)
    assert len({move.key for move in moves}) == len(moves)
    for move in moves:
        one = by_key[move.key]
        assert (move.giver, move.giver_load, move.taker_load) == (one.holder, loads[one.holder], loads[move.taker])
        assert move.taker in one.takers
        before = sum(load**2 for load in loads.values())
        loads[move.giver] -= one.weight
        loads[move.taker] += one.weight
        assert sum(load**2 for load in loads.values()) < before
