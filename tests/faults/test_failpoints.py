"""A failpoint kills only where both variables say so, and only at the hit that was asked for."""

import os
import re
import signal
import subprocess
import sys

import pytest

from faults.crash import POINTS
from park.notices.models import Channel
from park.runtime import failpoints
from park.runtime.addresses import BASE_DIR

PASS_THREE = (
    "from park.runtime.failpoints import failpoint\nfor n in range(3):\n    print(n, flush=True)\n    failpoint('here')"
)


def passed(**environment: str) -> tuple[int, int]:
    """How a process that comes to the place three times ends, and how often it got there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FAILPOINT")}
    command = [sys.executable, "-c", PASS_THREE]
    done = subprocess.run(command, env={**kept, **environment}, cwd=BASE_DIR, capture_output=True, check=False)
    return done.returncode, len(done.stdout.split())


def test_process_is_killed_at_the_hit_that_was_named():
    assert passed(FAILPOINT="here:2", FAILPOINT_CONFIRM=failpoints.CONFIRM) == (-signal.SIGKILL, 2)


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"FAILPOINT": "here:1"},
        {"FAILPOINT_CONFIRM": failpoints.CONFIRM},
        {"FAILPOINT": "here:1", "FAILPOINT_CONFIRM": "yes"},
        {"FAILPOINT": "elsewhere:1", "FAILPOINT_CONFIRM": failpoints.CONFIRM},
    ],
)
def test_nothing_happens_otherwise(environment: dict[str, str]):
    assert passed(**environment) == (0, 3)


def test_every_failpoint_of_the_portal_is_a_crash_point_of_the_campaign():
    named = set()
    for folder in ("park", "lifecycle", "profiles"):
        for path in (BASE_DIR / folder).rglob("*.py"):
            named |= set(re.findall(r'^ +failpoint\(f?"([^"]+)"\)', path.read_text(), re.MULTILINE))
    by_channel = "outbox.sent.{message.channel}"
    tried = {f"outbox.sent.{channel}" for channel in (Channel.EMAIL, Channel.SMS, Channel.WEBHOOK)}
    assert by_channel in named
    assert named - {by_channel} | tried == set(POINTS)
