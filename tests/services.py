"""A database and a broker for one run of the tests, loaded by pytest before anything reads the settings.

They are real servers in a temporary folder, thrown away afterwards. Addresses that are already in the environment are
taken as they are, which is also how the parallel workers of one run find the servers of the process that leads them.
"""

import atexit
import os
import subprocess
import sys
from pathlib import Path

import pytest

from park.runtime.embedded import ThrowawayServers
from park.runtime.processes import CannotStart

ROOT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        compile_texts()
    if os.environ.get("DATABASE_URL") or early_config.known_args_namespace.help:
        return
    servers = ThrowawayServers()
    atexit.register(servers.stop)
    try:
        os.environ.update(servers.start())
    except (CannotStart, OSError) as error:
        raise pytest.UsageError(f"The servers of the tests do not start: {error}") from error


def compile_texts() -> None:
    """Tests read the pages in Chinese: the catalogue is compiled before Django reads it, and once for all workers."""
    command = [sys.executable, "manage.py", "messages", "--compile"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise pytest.UsageError(f"The Chinese texts cannot be compiled: {done.stderr}")
