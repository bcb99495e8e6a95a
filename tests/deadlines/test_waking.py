"""What wakes the sweep, and that each way is as the promises need it."""

import re

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from park.celery import app
from park.deadlines.models import Rung, SweepMinute
from park.events.models import Event
from park.runtime import roles
from tests.cast import Cast
from tests.processes.rig import start_clocks


def test_messages_are_wake_ups_that_nobody_misses():
    """A lost message costs an interval, a doubled one nothing, a late one is dropped; the broker may be away for ever."""
    conf = app.conf
    assert conf.task_ignore_result
    assert conf.task_acks_late
    assert conf.task_reject_on_worker_lost
    assert conf.worker_prefetch_multiplier == 1
    assert conf.broker_connection_retry_on_startup
    assert conf.broker_connection_max_retries is None
    assert conf.broker_transport_options["visibility_timeout"] == conf.visibility_timeout == 120
    assert conf.task_time_limit <= 120  # a task must end before its message is given out again
    assert conf.task_soft_time_limit < conf.task_time_limit
    for entry in conf.beat_schedule.values():
        assert entry["schedule"] <= 15
        assert entry["options"]["expires"] <= entry["schedule"]


def test_workers_start_without_gossip_and_two_beats_run():
    command = roles.worker(roles.DEADLINES)
    assert {"--without-gossip", "--without-mingle"} <= set(command)


@pytest.mark.django_db
def test_sweep_command_fires_once_tells_and_says_what_it_did(cast: Cast, capsys):
    start_clocks(3, first=timezone.now(), responsible=cast.wang)
    call_command("sweep", "--once")
    said = capsys.readouterr().out
    assert re.search(r"clocks=3 rungs=3 told=3", said)
    assert Rung.objects.count() == 3
    assert SweepMinute.objects.count() == 1
    assert not Event.objects.filter(position=None).exists()
    call_command("sweep", "--once")
    assert "clocks=0" in capsys.readouterr().out


def test_interval_of_the_sweep_is_short():
    assert settings.SWEEP_SECONDS <= 15
