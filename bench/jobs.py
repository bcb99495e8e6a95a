"""Deadlines that fall at once beside a queue in the same database, whose jobs do nothing at all.

The portal's side does all that a deadline asks for: a rung, an event, a notice, a mail, and the clock moved on. What the
queue's side does besides its own book-keeping would come on top.
"""

import statistics
from typing import Any

from django.db import connection

from bench import peers
from bench.run import ROUNDS, Figure, figure, medians
from bench.scratch import SECOND, START, make_specialist, scratch_database, tidy
from bench.sweep import MANY, check_traces, expect, sweep_all, traces
from bench.workers import Workers
from park.team.models import Specialist
from tests.processes.rig import own_database_url, start_clocks

JOBS = 500
GOAL = 20


def figures(seed: int) -> list[Figure]:
    """`seed` changes nothing: every clock and every job is like the other."""
    with scratch_database():
        return compare(make_specialist())


def compare(person: Specialist) -> list[Figure]:
    """One and two processes on either side; on theirs the jobs are made beforehand, and starting a process is not counted."""
    before = traces()
    instants = [START + n * SECOND for n in range(2 * ROUNDS)]
    for instant in instants:
        start_clocks(MANY, first=instant, responsible=person)
    tidy()
    moments = iter(instants)
    worked: dict[int, list[float]] = {1: [], 2: []}
    with Workers(1) as one, Workers(2) as two:
        for workers in (one, two):
            workers.at_once(sweep_all, START - SECOND)
        seconds = medians(
            lambda: expect(MANY, one.at_once(sweep_all, next(moments))),
            lambda: worked[1].append(_work_off(1)),
            lambda: expect(MANY, two.at_once(sweep_all, next(moments))),
            lambda: worked[2].append(_work_off(2)),
        )
    check_traces(before, fired=MANY * len(instants))
    return [
        figure(
            name=f"{MANY:,} deadlines at once, processes: {processes}",
            ours=MANY / swept,
            unit="/s",
            peer=f"procrastinate, jobs that do nothing, workers: {processes}",
            theirs=JOBS / statistics.median(worked[processes]),
            goal=GOAL,
            more_is_better=True,
        )
        for processes, swept in ((1, seconds[0]), (2, seconds[2]))
    ]


def _work_off(workers: int) -> float:
    """Seconds in which the queue's workers do all the jobs. Its tables lie in a schema of their own."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS jobs")
    address = own_database_url().replace("postgres:", "postgresql:", 1) + "?options=-csearch_path%3Djobs"
    return seconds_of(peers.ask("jobs", {"address": address, "jobs": JOBS, "workers": workers}), JOBS)


def seconds_of(answer: dict[str, Any], jobs: int) -> float:
    """How long it took, if everything was done."""
    if answer["done"] != jobs:
        raise AssertionError(f"procrastinate did {answer['done']} of {jobs} jobs")
    return answer["seconds"]
