"""The checker sees each harm that is done to a sound database; the campaign itself shows that it lets sound ones pass."""

import subprocess
import sys

import pytest

from faults.harms import HARMS
from park.runtime.addresses import BASE_DIR

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def said() -> list[str]:
    command = [sys.executable, "-m", "faults", "--self-test", "--seed", "1"]
    done = subprocess.run(command, cwd=BASE_DIR, capture_output=True, text=True, timeout=180, check=False)
    assert not done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("harm", ["nothing", *(harm.name for harm in HARMS)])
def test_checker_sees(said: list[str], harm: str):
    assert f"seen: {harm}" in said, "\n".join(said)
