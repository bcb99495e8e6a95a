"""The sweep while another session holds a snapshot, as a long report, a dump or a forgotten transaction does.

Under it the database can remove no outdated row version and no outdated index entry: a sweep that always began its search
at the lowest deadline would walk over everything that has ever been swept (see park.deadlines.sweep.Mark).
"""

import contextlib
import statistics
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg2
from django.db import connection

from bench.run import ROUNDS, Figure, figure, limit
from bench.scratch import FAR_AWAY, START, make_specialist, scratch_database, tidy
from park.deadlines.enums import Source
from park.deadlines.sweep import Mark, fire, sweep
from park.team.models import Specialist
from tests.processes.rig import own_database_url, start_clocks

SWEEPS, CLOCKS, WAITING = 5, 10_000, 100_000
LOOKS = 20
MINUTE = timedelta(minutes=1)


def figures(seed: int) -> list[Figure]:
    """`seed` changes nothing: every clock is like the other."""
    with scratch_database():
        person = make_specialist()
        return compare(person, rounds=ROUNDS)


def compare(person: Specialist, *, rounds: int) -> list[Figure]:
    """Five sweeps in a row without and with a snapshot held, in turn; the look that finds nothing comes after each."""
    free, held = [], []
    for _ in range(rounds):
        _fill(person)
        free.append(sweeps())
        _fill(person)
        with snapshot_held():
            held.append(sweeps())
    pace = [statistics.median(SWEEPS * CLOCKS / sum(swept) for swept, _ in side) for side in (held, free)]
    last = [statistics.median(swept[-1] for swept, _ in side) for side in (held, free)]
    idle = statistics.median(looks[-1] for _, looks in held)
    name, peer = f"{SWEEPS} × {CLOCKS:,} deadlines under a held snapshot", "the same, no snapshot"
    return [
        figure(name=name, ours=pace[0], unit="/s", peer=peer, theirs=pace[1], goal=0.8, more_is_better=True),
        figure(name=f"{name}: the last sweep", ours=last[0], unit="s", peer=peer, theirs=last[1], goal=0.8),
        limit(name=f"{name}: then finding nothing", ours=idle, unit="ms", most=5.0),
    ]


def sweeps() -> tuple[list[float], list[float]]:
    """Seconds of each of the sweeps, and milliseconds of one look that finds nothing after each."""
    took, idle, mark = [], [], Mark()
    for n in range(SWEEPS):
        now = START + n * MINUTE
        began = time.perf_counter()
        found = sweep(source=Source.COMMAND, now=now, mark=mark).clocks
        took.append(time.perf_counter() - began)
        if found != CLOCKS:
            raise AssertionError(f"{found} clocks were due, not {CLOCKS}")
        idle.append(_look(now + MINUTE / 2, mark))
    return took, idle


def _look(now: datetime, mark: Mark) -> float:
    """The look of a process that has swept before, half a minute later; each begins where that process would."""
    began = time.perf_counter()
    for _ in range(LOOKS):
        fire(source=Source.COMMAND, now=now, since=mark.begin())
    return 1000 * (time.perf_counter() - began) / LOOKS


def _fill(person: Specialist) -> None:
    """Clocks for every sweep, among many that are not due."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE deadlines_clock CASCADE")
    start_clocks(WAITING, first=FAR_AWAY, every=timedelta(milliseconds=1), responsible=person)
    for n in range(SWEEPS):
        start_clocks(CLOCKS, first=START + n * MINUTE, responsible=person)
    tidy()


@contextlib.contextmanager
def snapshot_held() -> Iterator[None]:
    """Another session that has read once in a transaction and stands idle in it."""
    other = psycopg2.connect(own_database_url())
    other.set_session(isolation_level="REPEATABLE READ")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM deadlines_clock")
        yield
    finally:
        other.close()
