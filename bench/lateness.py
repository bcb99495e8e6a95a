"""How late deadlines are noticed by real processes: with everything running, and while the broker is away for a minute.

Nothing else keeps these deadlines, so the other side is the promise: three sweeps.
"""

import shutil
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from bench.run import Figure, Histogram, histogram, limit
from bench.scratch import make_specialist, scratch_database
from park.deadlines.models import Rung
from park.deadlines.selectors import last_sweep_at
from park.team.models import Specialist
from tests.processes.rig import Rig, start_clocks
from tests.runtime.conditions import eventually

WATCHED_SECONDS = 60
EVERY = timedelta(seconds=0.1)
PATIENCE_SECONDS = 90


def figures(seed: int) -> list[Figure | Histogram]:
    """`seed` changes nothing: deadlines fall in equal steps."""
    folder = Path(tempfile.mkdtemp(prefix="park-lateness-"))
    with scratch_database():
        rig = Rig(folder, sweep_seconds=settings.SWEEP_SECONDS)
        try:
            return _measure(rig, make_specialist())
        finally:
            rig.stop()
            shutil.rmtree(folder, ignore_errors=True)


def _measure(rig: Rig, person: Specialist) -> list[Figure | Histogram]:
    rig.start_broker()
    rig.start_worker()
    rig.start_beat()
    if not eventually(last_sweep_at, seconds=PATIENCE_SECONDS):
        raise AssertionError(f"nothing sweeps: {rig.log('worker')}")
    usual = _watch(person)
    rig.stop_broker()
    alone = _watch(person)
    return [
        *_describe("lateness", usual),
        *_describe("lateness, broker away", alone),
        *(
            histogram(name=name, unit="s", values=late, bounds=[2.0 * step for step in range(1, 16)])
            for name, late in (("Lateness, everything running", usual), ("Lateness, broker away", alone))
        ),
    ]


def _watch(person: Specialist) -> list[float]:
    """Let deadlines fall for a minute; how late each was noticed, in seconds, in order."""
    count = int(WATCHED_SECONDS / EVERY.total_seconds())
    before, first = Rung.objects.count(), timezone.now()
    start_clocks(count, first=first, every=EVERY, responsible=person)
    time.sleep(WATCHED_SECONDS)
    eventually(lambda: Rung.objects.count() >= before + count, seconds=PATIENCE_SECONDS)
    rungs = Rung.objects.filter(scheduled_for__gte=first).values_list("scheduled_for", "fired_at")
    late = sorted((fired - due).total_seconds() for due, fired in rungs)
    if len(late) != count:
        raise AssertionError(f"{len(late)} of {count} deadlines were noticed")
    return late


def _describe(name: str, late: list[float]) -> list[Figure]:
    most = 3.0 * settings.SWEEP_SECONDS
    shown = {
        "median": statistics.median(late),
        "95 of 100": statistics.quantiles(late, n=20)[-1],
        "greatest": late[-1],
    }
    return [
        limit(name=f"{name}: {what}", ours=value, unit="s", most=most, why="three sweeps")
        for what, value in shown.items()
    ]
