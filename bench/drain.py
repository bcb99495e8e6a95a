"""A morning after an outage: twenty thousand deadlines are overdue, and people read their pages while they are drained."""

import http.client
import random
import secrets
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import cycle
from pathlib import Path

from django.conf import settings
from django.test import Client
from django.utils import timezone

from bench.run import ROUNDS, Figure, figure, limit
from bench.scratch import START, scratch_database, tidy
from bench.sweep import MANY, sweep_all
from bench.workers import Workers
from lifecycle.demo.play import perform
from lifecycle.demo.scene import read_facts
from lifecycle.models import Case, Task
from park.accounts.models import Membership, User
from park.deadlines.models import Clock, Rung
from park.runtime.alive import status
from park.runtime.ports import LOOPBACK, free_port
from park.team.models import Specialist
from tests.processes.rig import Rig, start_clocks
from tests.runtime.conditions import eventually

EVERY_SECONDS = 1.0
CALM_SECONDS = 6.0
PATIENCE_SECONDS = 60
DRAIN_SECONDS, PAGE_MS = 10.0, 300.0


@dataclass(frozen=True)
class Reader:
    """Somebody who is signed in, the pages that they look at again and again, and the seconds from one to the next."""

    session: str
    pages: Sequence[str]
    dice: random.Random

    def pause(self) -> float:
        return self.dice.expovariate(1 / EVERY_SECONDS)


def figures(seed: int) -> list[Figure]:
    """`seed` makes the month that people read about, and when each of them asks for the next page."""
    with scratch_database():
        perform(facts=read_facts(), now=timezone.now(), seed=seed, password=secrets.token_urlsafe())
        return draining(seed)


def draining(seed: int, *, many: int = MANY, calm: float = CALM_SECONDS, rounds: int = ROUNDS) -> list[Figure]:
    """Pages are read for a while and then while the clocks are drained, in turn; with the same overdue clocks about."""
    quiet: list[float] = []
    busy: list[float] = []
    took: list[float] = []
    with _web() as port, Workers(1) as sweeper:
        sweeper.at_once(sweep_all, START)
        people = readers(seed)
        for number in range(rounds + 1):
            before = _last_clock()
            _overdue(many)
            with _reading(port, people) as ms:
                time.sleep(calm)
            calm_ms = ms
            with _reading(port, people) as ms:
                began = time.perf_counter()
                sweeper.at_once(sweep_all, timezone.now())
                seconds = time.perf_counter() - began
            check_drained(before, many)
            # The first round fills the caches of a server that has just been started.
            if number:
                quiet, busy, took = quiet + calm_ms, busy + ms, [*took, seconds]
    late, usual = (statistics.quantiles(ms, n=20)[-1] for ms in (busy, quiet))
    pages = f"pages meanwhile, 95 of 100 (four people, each a page a second on average; {len(busy):,} pages)"
    return [
        limit(
            name=f"{many:,} overdue deadlines drained while pages are read: the slowest of {rounds} times",
            ours=max(took),
            unit="s",
            most=DRAIN_SECONDS,
        ),
        limit(name=pages, ours=late, unit="ms", most=PAGE_MS),
        figure(name=pages, ours=late, unit="ms", peer="without the drain, at most 4 times", theirs=usual, goal=0.25),
    ]


def readers(seed: int) -> list[Reader]:
    """Two people of enterprises with a case under way, a specialist with a task, and the head of a department."""
    under_way = Case.objects.filter(submitted_at__isnull=False).order_by("pk")
    task = Task.objects.filter(state="claimed", assignee__is_head=False).order_by("pk").first()
    head = Specialist.objects.filter(is_head=True).order_by("pk").first()
    if not under_way or task is None or head is None:
        raise AssertionError("nobody in the park has anything to read")
    members = [
        (
            Membership.objects.filter(enterprise=case.enterprise_id, approval="approved", ended_at=None).first().user,
            ["/", "/cases/", f"/cases/{case.uid}/"],
        )
        for case in (under_way.first(), under_way.last())
    ]
    staff = [
        (task.assignee.user, ["/desk/", f"/desk/tasks/{task.pk}/"]),
        (head.user, ["/desk/?scope=department", "/"]),
    ]
    return [
        Reader(_sign_in(user), pages, random.Random(f"{seed}/{place}"))
        for place, (user, pages) in enumerate([*members, *staff])
    ]


def check_drained(before: int, many: int) -> None:
    """Every one of the clocks made since has fired once. They are then done with, so that the next find none of them."""
    made = Clock.objects.filter(pk__gt=before)
    fired = Rung.objects.filter(clock__in=made)
    if fired.count() != many or fired.values("clock").distinct().count() != many:
        raise AssertionError(f"{many} clocks were overdue, and {fired.count()} rungs fired")
    made.update(state="cancelled", stopped_at=timezone.now(), next_rung=None, next_rung_at=None)


def _sign_in(user: User) -> str:
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def _last_clock() -> int:
    return Clock.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _overdue(many: int) -> None:
    """Overdue by a minute, and spread over everybody who works here."""
    staff = list(Specialist.objects.filter(user__is_active=True).order_by("pk"))
    due = timezone.now() - timedelta(minutes=1)
    for number, person in enumerate(staff):
        start_clocks(len(range(number, many, len(staff))), first=due, responsible=person)
    tidy()


@contextmanager
def _web() -> Iterator[int]:
    """The portal's web server on the database of this process; its port."""
    folder = Path(tempfile.mkdtemp(prefix="park-drain-"))
    rig = Rig(folder, sweep_seconds=settings.SWEEP_SECONDS)
    port = free_port()
    try:
        rig.start_web(port)
        if not eventually(lambda: status(f"http://{LOOPBACK}:{port}/healthz/live") == 200, seconds=PATIENCE_SECONDS):
            raise AssertionError(f"the web server does not answer: {rig.log('web')}")
        yield port
    finally:
        rig.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _reading(port: int, people: Sequence[Reader]) -> Iterator[list[float]]:
    """Let everybody read while the context lasts; the list then holds the milliseconds of every page."""
    stop, ms = threading.Event(), []
    with ThreadPoolExecutor(len(people)) as threads:
        reading = [threads.submit(_read, port, reader, stop) for reader in people]
        try:
            yield ms
        finally:
            stop.set()
        for one in reading:
            ms += one.result()


def _read(port: int, reader: Reader, stop: threading.Event) -> list[float]:
    """One page after the other, each at an instant of its own as people do, who know nothing of each other."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={reader.session}"}
    ms: list[float] = []
    stop.wait(reader.pause())
    for page in cycle(reader.pages):
        began = time.perf_counter()
        connection.request("GET", page, headers=headers)
        answer = connection.getresponse()
        answer.read()
        connection.close()  # the next page may come later than the server waits
        seconds = time.perf_counter() - began
        if answer.status != 200:
            raise AssertionError(f"{page} was answered with {answer.status}")
        ms.append(1000 * seconds)
        if stop.wait(max(0.0, reader.pause() - seconds)):
            break
    return ms
