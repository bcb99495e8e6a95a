"""Two beats, or ten, at the same moment."""

from collections import Counter

import pytest

from lifecycle.services import cases
from park.deadlines.enums import Source
from park.deadlines.models import Clock, Rung
from park.deadlines.sweep import sweep
from park.events.models import Event
from park.notices.models import Notice
from tests.cast import Cast, at
from tests.races.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
LATE = at("2026-11-25 17:01")  # the pre-review of a case submitted on Friday 2026-11-20 was due at 17:00


def test_sweeps_at_once_fire_each_rung_once(cast: Cast):
    clock = cast.task(cast.submitted(), "N2").clock

    outcomes = at_once(lambda _: sweep(source=Source.BEAT, now=LATE), times=20, threads=10)

    fired = Counter(Rung.objects.filter(clock=clock).values_list("code", flat=True))
    assert set(fired.values()) == {1}
    assert "B0" in fired
    assert sum(outcome.rungs for outcome in outcomes) == Rung.objects.count()
    assert Event.objects.filter(kind="clock.breached", subject_id=str(clock.pk)).count() == 1
    assert Notice.objects.filter(kind="clock.B0.enterprise", recipient=cast.chen).count() == 1


def test_sweep_and_withdrawal_at_once_leave_no_clock_running(cast: Cast):
    case = cast.submitted()
    acts = [
        lambda: cases.withdraw_case(case, by=cast.chen, now=LATE),
        lambda: sweep(source=Source.BEAT, now=LATE),
    ]

    outcomes = at_once(lambda n: acts[n](), times=2)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert not Clock.objects.open().exists()
    assert Event.objects.filter(kind="clock.breached").count() == 1
