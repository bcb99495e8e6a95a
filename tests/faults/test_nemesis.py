"""The schedule follows from the seed alone, and every kind of fault is in it."""

import pytest

from faults.nemesis import CUT, KINDS, Nemesis, schedule


def test_same_seed_makes_the_same_faults():
    assert schedule(7) == schedule(7)
    assert schedule(7) != schedule(8)


@pytest.mark.parametrize("kinds", [tuple(KINDS), CUT], ids=["all", "cut"])
def test_every_kind_comes_in_each_bag(kinds: tuple[str, ...]):
    bag = sum(KINDS[kind][0] for kind in kinds)
    assert {fault.kind for fault in schedule(1, kinds)[:bag]} == set(kinds)


def test_hundred_faults_fit_into_ten_minutes():
    assert sum(fault.wait + fault.lasts for fault in schedule(1)[:100]) < 600


def test_disk_that_cannot_be_filled_is_left_out_and_named():
    class Bare:
        has_own_disk, why_no_disk = False, "only root may mount a small disk"

    nemesis = Nemesis(Bare(), None, schedule(1, ("disk full",), wait=(0, 0))[:1])  # type: ignore[arg-type]
    nemesis.run(float("inf"), print)
    assert nemesis.left_out == {"disk full: only root may mount a small disk"}
    assert not nemesis.done
