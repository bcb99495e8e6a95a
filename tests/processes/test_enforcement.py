"""Deadlines are kept by the real workers and beats: no broker, no worker and no crash makes one late, lost or doubled."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db.models import Count, F, Max
from django.utils import timezone

from park.deadlines.enums import Source
from park.deadlines.models import Clock, Rung
from park.deadlines.selectors import last_sweep_at
from park.events.models import Event
from park.notices.models import Notice
from park.team.models import Specialist
from tests.cast import Cast
from tests.processes.rig import Rig, kill, start_clocks
from tests.runtime.conditions import eventually

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

SWEEP_SECONDS = 2
OUTAGE_SECONDS = 30
MANY = 20_000


@pytest.fixture
def wang(cast: Cast) -> Specialist:
    return cast.wang


@pytest.fixture
def rig() -> Iterator[Rig]:
    folder = Path(tempfile.mkdtemp(prefix="park-rig-"))
    rig = Rig(folder, sweep_seconds=SWEEP_SECONDS)
    yield rig
    rig.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def running(rig: Rig) -> Rig:
    """A rig whose beat wakes its worker."""
    rig.start_broker()
    rig.start_worker()
    rig.start_beat()
    assert eventually(last_sweep_at, seconds=30), rig.log("worker")
    return rig


def test_deadline_that_passes_is_a_breach_within_seconds(cast: Cast, running: Rig) -> None:
    due = timezone.now() + timedelta(seconds=1)
    start_clocks(1, first=due, responsible=cast.wang, enterprise_id=cast.enterprise.pk)

    assert eventually(lambda: Notice.objects.filter(kind="clock.B0.enterprise").count() == 2, seconds=20)

    rung = Rung.objects.get()
    assert (rung.code, rung.scheduled_for, rung.source) == ("B0", due, Source.BEAT)
    assert Event.objects.get(kind="clock.breached").at == due
    assert eventually(lambda: Event.objects.filter(kind="clock.breached", position__isnull=False).exists(), seconds=20)


def test_worker_killed_in_mid_sweep_loses_and_doubles_nothing(wang: Specialist, rig: Rig) -> None:
    start_clocks(MANY, first=timezone.now() - timedelta(minutes=1), responsible=wang)
    rig.start_broker()
    rig.start_beat()
    worker = rig.start_worker()
    assert eventually(Rung.objects.exists, seconds=30), rig.log("worker")

    kill(worker)
    done = Rung.objects.count()
    assert 0 < done < MANY

    rig.start_worker()
    assert eventually(lambda: Rung.objects.count() == MANY, seconds=60), rig.log("worker")
    assert not Clock.objects.filter(next_rung_at__lte=timezone.now()).exists()
    assert Event.objects.filter(kind="clock.breached").values("subject_id").distinct().count() == MANY
    assert Event.objects.filter(kind="clock.breached").count() == MANY
    to_wang = Notice.objects.filter(kind="clock.B0.staff", recipient=wang.user)
    assert to_wang.count() == MANY


def test_broker_that_is_away_makes_nothing_later_than_three_sweeps(wang: Specialist, running: Rig) -> None:
    running.stop_broker()
    began = timezone.now()
    start_clocks(OUTAGE_SECONDS * 4, first=began, every=timedelta(seconds=0.25), responsible=wang)
    time.sleep(OUTAGE_SECONDS)
    running.start_broker()

    assert eventually(lambda: Rung.objects.count() == OUTAGE_SECONDS * 4, seconds=30), running.log("worker")
    assert Rung.objects.filter(source=Source.FALLBACK).exists()
    assert _latest(began) <= timedelta(seconds=3 * SWEEP_SECONDS)
    assert _most_of_one_clock() == 1


def test_beat_and_worker_go_on_when_the_broker_is_back(wang: Specialist, running: Rig) -> None:
    running.stop_broker()
    time.sleep(SWEEP_SECONDS)
    running.start_broker()
    start_clocks(200, first=timezone.now(), every=timedelta(seconds=0.25), responsible=wang)

    assert eventually(Rung.objects.filter(source=Source.BEAT).exists, seconds=45), running.log("worker")


def test_worker_started_without_broker_keeps_deadlines_and_takes_up_with_it_later(wang: Specialist, rig: Rig) -> None:
    start_clocks(200, first=timezone.now(), every=timedelta(seconds=0.25), responsible=wang)
    rig.start_worker()
    rig.start_beat()
    assert eventually(Rung.objects.filter(source=Source.FALLBACK).exists, seconds=30), rig.log("worker")

    rig.start_broker()

    assert eventually(Rung.objects.filter(source=Source.BEAT).exists, seconds=45), rig.log("worker")
    assert _most_of_one_clock() == 1


def _latest(since: datetime) -> timedelta:
    """The greatest lateness of a rung that was due since then."""
    due = Rung.objects.filter(scheduled_for__gte=since)
    return due.aggregate(latest=Max(F("fired_at") - F("scheduled_for")))["latest"]


def _most_of_one_clock() -> int:
    return Rung.objects.values("clock").annotate(times=Count("pk")).aggregate(most=Max("times"))["most"]
