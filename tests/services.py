"""A database and a broker for one run of the tests, loaded by pytest before anything reads the settings.

They are real servers in a temporary folder, thrown away afterwards. Addresses that are already in the environment are
taken as they are, which is also how the parallel workers of one run find the servers of the process that leads them.
"""

import atexit
import os
import re
import secrets
import shutil
import tempfile
from pathlib import Path

import pytest

from park.runtime.embedded import ThrowawayServers, remove_throwaway
from park.runtime.processes import CannotStart, started_at

PREFIX = "park-tests-"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    if os.environ.get("DATABASE_URL") or early_config.known_args_namespace.help:
        return
    remove_what_killed_runs_left()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # the database server runs as another user and must walk through
    servers = ThrowawayServers(folder)
    atexit.register(servers.stop)
    try:
        os.environ.update(servers.start())
    except (CannotStart, OSError) as error:
        raise pytest.UsageError(f"The servers of the tests do not start: {error}") from error
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))


def remove_what_killed_runs_left() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = re.match(rf"{PREFIX}(\d+)-", folder.name)
        if owner and folder.owner() == Path.home().owner() and started_at(int(owner[1])) is None:
            try:
                remove_throwaway(folder)
            except CannotStart:
                shutil.rmtree(folder, ignore_errors=True)
