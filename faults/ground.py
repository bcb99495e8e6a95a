"""Where a campaign happens: a small disk, ports, proxies and the house, all gone afterwards."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2

from faults.history import History
from faults.proxy import Proxy
from faults.receiver import Receiver
from park.runtime import processes
from park.runtime.addresses import BASE_DIR
from park.runtime.alive import answers
from park.runtime.ports import LOOPBACK, free_port
from park.runtime.processes import Ledger, Service, started_at

DISK_MB = 700
TEMPORARY = "park-faults-"
START_SECONDS = 120.0
WORKERS = ("worker-deadlines", "worker-mail")
BEATS = ("beat-1", "beat-2")


class Ground:
    """Use as a context: leaving it stops every process and takes the disk away."""

    def __init__(self, history: History, say: Callable[[str], None], *, sweep_seconds: int = 1) -> None:
        self.history, self.say, self.sweep_seconds = history, say, sweep_seconds
        _remove_leftovers()
        self.base = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY}{os.getpid()}-"))
        self.base.chmod(0o711)
        self.folder = self.base / "var"
        self.folder.mkdir(mode=0o711)
        self.has_own_disk = False
        self.why_no_disk = ""
        self.house: tuple[Service, subprocess.Popen] | None = None
        self.port = free_port()
        self.database = Proxy(free_port(), lambda: self._port_of("database_url"))
        self.broker = Proxy(free_port(), lambda: self._port_of("redis_url"))
        self.receiver = Receiver(history)

    def __enter__(self) -> "Ground":
        try:
            self._mount()
            self.database.start()
            self.broker.start()
            self.receiver.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.thaw()
        if self.house:
            processes.stop([self.house])
            self.house = None
        for helper in (self.database, self.broker, self.receiver):
            with contextlib.suppress(Exception):
                helper.stop()
        _remove(self.base)

    def _mount(self) -> None:
        """A disk of its own, small enough to be filled; without it the campaign goes on and says what it leaves out."""
        if os.geteuid() != 0:
            self.why_no_disk = "only root may mount a small disk"
            return
        options = f"size={DISK_MB}m,mode=0711"
        command = ["mount", "-t", "tmpfs", "-o", options, "park-faults", str(self.folder)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            self.why_no_disk = f"no mount: {error}"
            return
        self.has_own_disk = done.returncode == 0
        self.why_no_disk = "" if self.has_own_disk else f"no small disk: {done.stderr.strip()}"

    # -- the house --------------------------------------------------------------------------------------------------

    def prepare(self, *extra: str) -> None:
        """Start database and broker and make the tables; the portal's own processes wait for `open`."""
        command = [sys.executable, "-m", "faults.house", str(self.folder), "--port", str(self.port)]
        command += ["--database-by", str(self.database.port), "--broker-by", str(self.broker.port)]
        command += ["--sweep-seconds", str(self.sweep_seconds), *extra]
        # Its log lies on another disk than the one that is filled.
        service = Service("house", command, self.base / "house.log", folder=BASE_DIR, grace=60.0)
        self.house = service, processes.start(service)
        self._wait(lambda: (self.folder / "prepared").exists(), "database and tables")
        os.environ.update(
            VAR_DIR=str(self.folder),
            DATABASE_URL=self.database_url,
            REDIS_URL=(self.folder / "redis_url").read_text(),
            EMAIL_URL="filemail://",
            SWEEP_SECONDS=str(self.sweep_seconds),
            LOG_LEVEL="ERROR",
            OUTGOING_ALLOWED_HOSTS=LOOPBACK,
            RECEIVER=self.receiver.url,
        )

    def open(self) -> None:
        """Let the portal's processes begin, and wait until it answers and sweeps."""
        began = time.monotonic()
        (self.folder / "go").touch()
        self._wait(lambda: answers(f"{self.url}/healthz/live"), "the first page")
        self._wait(lambda: self.ask("SELECT max(last_at) FROM deadlines_sweepminute WHERE runs > 0"), "the first sweep")
        # How busy the machine is: what is killed later takes about as long to come back.
        self.history.write("started", seconds=round(time.monotonic() - began, 3))

    def _wait(self, condition: Callable[[], object], what: str) -> None:
        until = time.monotonic() + START_SECONDS
        while not condition():
            if self.house is None or self.house[1].poll() is not None or time.monotonic() > until:
                raise SystemExit(
                    f"The portal does not come to {what}:\n{(self.base / 'house.log').read_text()[-2000:]}"
                )
            time.sleep(0.1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database_url(self) -> str:
        """Straight to the server, past the proxy."""
        return (self.folder / "database_url").read_text()

    def _port_of(self, name: str) -> int:
        return urlsplit((self.folder / name).read_text()).port or 0

    def ask(self, query: str, *arguments: object, patience: int = 2) -> object:
        """The first value of a query, None when the database does not answer."""
        try:
            with self.connected(patience) as connection, connection.cursor() as cursor:
                cursor.execute(query, arguments or None)
                row = cursor.fetchone()
                return row[0] if row else None
        except psycopg2.Error:
            return None

    @contextlib.contextmanager
    def connected(self, patience: int = 2) -> Iterator["psycopg2.extensions.connection"]:
        options = "-c statement_timeout=5000"
        connection = psycopg2.connect(
            self.database_url, connect_timeout=patience, options=options, tcp_user_timeout=3000
        )
        connection.autocommit = True
        try:
            yield connection
        finally:
            connection.close()

    # -- processes --------------------------------------------------------------------------------------------------

    def pid(self, name: str) -> int | None:
        """The present process of a service, as the supervisor wrote it down; None while there is none."""
        try:
            kept = json.loads((self.folder / "processes.json").read_text())["processes"]
        except (OSError, ValueError):
            return None
        pid, started, _signal = kept.get(name, [0, None, 0])
        return pid if pid and started_at(pid) == started else None

    def tree(self, name: str) -> list[int]:
        """The process of a service and all its descendants."""
        pid = self.pid(name)
        return [pid, *_descendants(pid)] if pid else []

    def thaw(self) -> None:
        """Let everything run on that was frozen."""
        for name in ("postgresql", "valkey", *WORKERS, *BEATS, "web"):
            for pid in self.tree(name):
                send(pid, signal.SIGCONT)


def _remove(base: Path) -> None:
    """Take the disk away, and the folder in which it lay."""
    for _try in range(20):
        folder = base / "var"
        if not os.path.ismount(folder) or not subprocess.run(["umount", str(folder)], check=False).returncode:
            break
        time.sleep(0.2)
    shutil.rmtree(base, ignore_errors=True)


def _remove_leftovers() -> None:
    """What campaigns that were killed have left; their processes ended with them."""
    for left in Path(tempfile.gettempdir()).glob(f"{TEMPORARY}*"):
        owner = re.match(rf"{TEMPORARY}(\d+)-", left.name)
        if owner and left.stat().st_uid == os.geteuid() and started_at(int(owner[1])) is None:
            Ledger(left / "var").end_orphans(patience=2.0)
            _remove(left)


def _descendants(pid: int) -> list[int]:
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in path.read_text().split():
                found += [int(child), *_descendants(int(child))]
    return found


def send(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True
