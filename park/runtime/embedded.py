"""The two servers that run inside the project when no address of others is given."""

import contextlib
import os
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from park.runtime import processes
from park.runtime.addresses import make_folder
from park.runtime.postgres import Postgres
from park.runtime.processes import CannotStart, Ledger, Service, started_at
from park.runtime.valkey import Valkey

START_SECONDS = 30.0
TRIES = 3
TEMPORARY = "park-servers-"


def wait_until_up(
    service: Service,
    process: subprocess.Popen,
    answers: Callable[[], bool],
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Wait until a server answers. Raises CannotStart with a line of its log when it ends or stays silent."""
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise CannotStart(f"{service.name} did not start: {last_line(service.log)} (log: {service.log})")
        pause(0.03)


def last_line(log: Path | None) -> str:
    """The last line of a log that names a reason, else its last line."""
    if log is None or not log.is_file():
        return "no log"
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    reasons = [line for line in lines[-20:] if "FATAL" in line or "Error" in line or "error" in line]
    return ([*lines[-1:], *reasons[-1:]] or ["no message"])[-1]


class ThrowawayServers:
    """PostgreSQL and Valkey in a folder that is deleted with them; for tests and measurements."""

    def __init__(self, folder: Path | None = None, *, durable: bool = False):
        """In the given folder, else in a temporary one; what earlier, killed owners left of those is deleted.

        `durable` servers write as those in service do, which measurements must include.
        """
        self.folder = folder or _temporary_folder()
        self.durable = durable
        self._running: list[tuple[Service, subprocess.Popen]] = []
        self._postgres: Postgres | None = None
        self._pid = os.getpid()

    def start(self) -> dict[str, str]:
        """Start both and return the environment in which the portal finds them, with a signing key of its own."""
        make_folder(self.folder, walk_through=True)
        make_folder(self.folder / "log")
        ledger = Ledger(self.folder)
        self._postgres = postgres = Postgres(self.folder, throwaway=not self.durable)
        valkey = Valkey(self.folder)
        servers: list[Postgres | Valkey] = [postgres, valkey]
        for server in servers:
            self._bring_up(server, ledger)
        return {
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": postgres.url,
            "REDIS_URL": valkey.url,
            "SECRET_KEY": secrets.token_urlsafe(50),
        }

    def _bring_up(self, server: "Postgres | Valkey", ledger: Ledger) -> None:
        """Start a server. Between the choice of its port and its start somebody else may take the port: then another."""
        for left in reversed(range(TRIES)):
            service = server.prepare()
            process = processes.start(service)
            ledger.add(service, process)
            try:
                wait_until_up(service, process, server.answers)
            except CannotStart:
                processes.stop([(service, process)])
                if not left:
                    raise
            else:
                self._running.append((service, process))
                return

    def stop(self) -> None:
        """Stop both and delete their folder; a forked child that gets here leaves them to its parent."""
        if os.getpid() != self._pid:
            return
        processes.stop(self._running)
        self._running = []
        remove_throwaway(self.folder, self._postgres)
        self._postgres = None


def remove_throwaway(folder: Path, postgres: Postgres | None = None) -> None:
    """Delete a folder of throw-away servers, with what lies outside it; ends servers that still run there."""
    if not folder.is_dir():
        return
    Ledger(folder).end_orphans(patience=2.0)
    (postgres or Postgres(folder, throwaway=True)).place.remove()
    shutil.rmtree(folder, ignore_errors=True)


def _temporary_folder() -> Path:
    for left in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}*"):
        owner = re.match(rf"{TEMPORARY}(\d+)-", left.name)
        # another that starts at the same moment may have removed it meanwhile
        with contextlib.suppress(CannotStart, OSError):
            if owner and left.stat().st_uid == os.geteuid() and started_at(int(owner[1])) is None:
                remove_throwaway(left)
    folder = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY}{os.getpid()}-"))
    if os.geteuid() == 0:
        folder.chmod(0o711)  # the database server runs as another user and must walk through
    return folder
