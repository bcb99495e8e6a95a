"""Deadlines as rows that two sweepers watch, beside timers as messages with an ETA that two Celery workers hold.

How often each of them takes effect. A message that is not done within the broker's visibility timeout is delivered again;
here the ETA is six to nine times that timeout, while three days are 72 times the usual one of an hour.
"""

import shutil
import statistics
import tempfile
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from django.db.models import Count
from django.utils import timezone

from bench import peers
from bench.run import Figure, figure
from bench.scratch import make_specialist, scratch_database
from park.deadlines.models import Rung
from park.events.models import Event
from park.team.models import Specialist
from tests.processes.rig import Rig, start_clocks
from tests.runtime.conditions import eventually

TIMERS = 200
FIRST, LAST, REST = 30.0, 45.0, 10.0
VISIBILITY_SECONDS = 5
PATIENCE_SECONDS = 30


def figures(seed: int) -> list[Figure]:
    """`seed` changes nothing: timers end in equal steps."""
    with scratch_database():
        return counting(make_specialist())


def counting(
    person: Specialist,
    *,
    timers: int = TIMERS,
    first: float = FIRST,
    last: float = LAST,
    rest: float = REST,
    visibility: int = VISIBILITY_SECONDS,
) -> list[Figure]:
    """Both sides run at the same time: it is counted, not timed."""
    folder = Path(tempfile.mkdtemp(prefix="park-timers-"))
    rig = Rig(folder, sweep_seconds=1)
    given = {"timers": timers, "first": first, "last": last, "rest": rest, "visibility_timeout": visibility}
    try:
        rig.start_broker()
        begins, step = timezone.now() + timedelta(seconds=first), timedelta(seconds=(last - first) / timers)
        start_clocks(timers, first=begins, every=step, responsible=person)
        for name in ("sweep-1", "sweep-2"):
            rig.start_sweep(name)
        theirs = peers.ask("eta", given | {"broker": rig.broker.url, "workers": 2}, is_our_own=True)
        eventually(lambda: Rung.objects.count() >= timers, seconds=PATIENCE_SECONDS)
    finally:
        rig.stop()
        shutil.rmtree(folder, ignore_errors=True)
    ours = effects()
    for side, times in (("the portal", ours), ("Celery", theirs)):
        check_all_done(side, times, timers)
    peer = f"Celery, apply_async(eta), visibility timeout {visibility} s"
    shown = {"on average": statistics.mean, "at most": max}
    return [
        figure(
            name=f"how often each of {timers:,} deadlines took effect, {what}",
            ours=count(ours),
            unit="times",
            peer=peer,
            theirs=count(theirs),
            goal=2,
        )
        for what, count in shown.items()
    ]


def effects() -> list[int]:
    """How often each clock was told to be broken, in the log of events: no constraint holds that down to once."""
    told = Event.objects.filter(kind="clock.breached").values("subject_id").annotate(times=Count("pk"))
    return [row["times"] for row in told]


def check_all_done(side: str, times: Sequence[int], timers: int) -> None:
    """A timer that never took effect is no timer that took effect less often."""
    if len(times) != timers or 0 in times:
        raise AssertionError(f"{side}: {sum(map(bool, times))} of {timers} timers took effect")
