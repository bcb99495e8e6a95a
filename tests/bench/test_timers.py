"""Timers are counted on both sides, and none may be missing."""

import pytest

from bench import timers
from park.team.models import Specialist


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_timers_are_counted_on_both_sides(person: Specialist):
    average, most = timers.counting(person, timers=5, first=4, last=5, rest=1, visibility=1)
    assert (average["ours"], most["ours"]) == (1, 1)
    assert len(timers.effects()) == 5
    # How often a message is delivered again depends on how busy the machine is.
    assert most["theirs"] >= average["theirs"] >= 1


def test_timer_that_never_took_effect_is_found_out():
    timers.check_all_done("somebody", [2, 1, 3], 3)
    for times in ([2, 0, 3], [2, 3]):
        with pytest.raises(AssertionError, match="2 of 3"):
            timers.check_all_done("somebody", times, 3)
