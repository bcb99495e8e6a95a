"""Operating-system processes that end with the one that started them.

Three things make sure of that: the supervisor stops them in order; should it be killed, the kernel sends each of them
its `orphan_signal` (Linux only); and what survives even that is found at the next start, because the process numbers
were written down. A number alone proves nothing, it is given out again: it counts only together with the time at which
the process started.
"""

import contextlib
import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from park.runtime.addresses import keep_private

PR_SET_PDEATHSIG = 1
LOG_BYTES = 10 * 1024 * 1024
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class CannotStart(Exception):
    """Something of the machine is in the way; the text is one line for the person at the console."""


@dataclass(frozen=True)
class Account:
    """The operating system's user that a process runs as, when that is not our own."""

    uid: int
    gid: int

    def arguments(self) -> dict:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True)
class Service:
    """A process that is meant to run until it is told to stop."""

    name: str
    command: list[str]
    log: Path | None
    """Where it speaks; None is the console."""
    environment: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    folder: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    orphan_signal: signal.Signals = signal.SIGTERM
    grace: float = 15.0
    """Seconds between the stop signal and SIGKILL."""
    stage: int = 0
    """Stages stop from the highest to the lowest; services of one stage stop together."""


def start(service: Service) -> subprocess.Popen:
    """Start a service in a process group of its own, so that Ctrl-C in the terminal reaches only the supervisor.

    Call it from the main thread: the kernel's promise to signal an orphan is bound to the thread that started it.
    """
    with contextlib.ExitStack() as opened:
        log = opened.enter_context(_open_log(service.log)) if service.log else None
        return subprocess.Popen(  # noqa: S603 - commands are built here, never from input
            service.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT if log else None,
            env={**os.environ, **service.environment},
            cwd=service.folder or "/",
            process_group=0,
            # Runs after the change of user, which would undo it.
            preexec_fn=end_with_parent(service.orphan_signal),
            **(service.account.arguments() if service.account else {}),
        )


def _open_log(log: Path) -> BinaryIO:
    if log.is_file() and log.stat().st_size > LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return open(log, "ab")


def end_with_parent(orphan_signal: signal.Signals) -> Callable[[], None]:
    """What a child does before its program starts, to be signalled when the process that started it dies."""
    parent = os.getpid()

    def ask_kernel() -> None:
        if _libc is not None:
            _libc.prctl(PR_SET_PDEATHSIG, int(orphan_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return ask_kernel


def stop(services: Iterable[tuple[Service, subprocess.Popen]]) -> None:
    """Stop services together, each with its own signal and patience; what is left of their groups is killed."""
    running = [(service, process) for service, process in services if process.poll() is None]
    for service, process in running:
        process.send_signal(service.stop_signal)
    began = time.monotonic()
    for service, process in running:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.0, began + service.grace - time.monotonic()))
        kill_group(process.pid)
        process.wait()


def kill_group(pid: int) -> None:
    """Kill what is left of the process group that `pid` led, such as a worker's children after the worker died."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def started_at(pid: int) -> str | None:
    """When the process started, in ticks since boot; None if there is no such process or only its remains."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def is_same(pid: int, started: str | None) -> bool:
    return started is not None and started_at(pid) == started


class Ledger:
    """Which processes run under this folder, and who started them; survives the one who wrote it."""

    def __init__(self, folder: Path):
        self.path = folder / "processes.json"
        self._entries: dict[str, list] = {}

    def add(self, service: Service, process: subprocess.Popen) -> None:
        self._entries[service.name] = [process.pid, started_at(process.pid), int(service.orphan_signal)]
        self._write()

    def clear(self) -> None:
        self._entries = {}
        self.path.unlink(missing_ok=True)

    def end_orphans(self, patience: float = 8.0) -> list[str]:
        """End what an earlier owner of this folder left behind, and return the names of what was found.

        Nothing is touched while that owner lives: then these are no orphans. `patience` is in seconds.
        """
        try:
            kept = json.loads(self.path.read_text())
        except (FileNotFoundError, ValueError):
            return []
        if is_same(*kept["owner"]):
            return []
        found = {name: entry for name, entry in kept["processes"].items() if is_same(entry[0], entry[1])}
        for pid, _started, orphan_signal in found.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, orphan_signal)
        deadline = time.monotonic() + patience
        for pid, started, _signal in found.values():
            while is_same(pid, started) and time.monotonic() < deadline:
                time.sleep(0.05)
            if is_same(pid, started):
                kill_group(pid)
        self.path.unlink(missing_ok=True)
        return list(found)

    def _write(self) -> None:
        owner = [os.getpid(), started_at(os.getpid())]
        keep_private(self.path, json.dumps({"owner": owner, "processes": self._entries}))
