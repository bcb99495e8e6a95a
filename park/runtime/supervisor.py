"""Keeps services running until it is told to stop, and then stops all of them in order.

Signals only leave a mark here; the supervisor looks at it where it waits. So no signal, however often it comes, can
break off a start half-way or a stop that is under way.
"""

import itertools
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from park.runtime import processes
from park.runtime.processes import Ledger, Service

FIRST_DELAY = 0.5
LONGEST_DELAY = 10.0
STEADY_SECONDS = 30.0
"""A service that ran this long before it died is started again without the patience gathered before."""
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAsked(Exception):
    """Somebody asked the portal to stop."""


@dataclass
class Kept:
    service: Service
    process: subprocess.Popen | None = None
    since: float = 0.0
    delay: float = FIRST_DELAY
    again_at: float = 0.0


class Supervisor:
    """Use as a context: leaving it, for whatever reason, stops everything that was started in it."""

    def __init__(self, folder: Path, say: Callable[[str], None] = print):
        self._say = say
        self._ledger = Ledger(folder)
        self._kept: list[Kept] = []
        self._stop_asked = False
        self._handlers: dict[signal.Signals, signal._HANDLER] = {}

    def __enter__(self) -> "Supervisor":
        for number in STOP_SIGNALS:
            self._handlers[number] = signal.signal(number, self._mark)
        for name in self._ledger.end_orphans():
            self._say(f"Ended {name}, left over from a start that was killed.")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop_everything()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def keep(self, service: Service) -> subprocess.Popen:
        """Start a service and start it again whenever it ends."""
        kept = Kept(service)
        self._kept.append(kept)
        return self._start(kept)

    def run_to_end(self, service: Service) -> int:
        """Run a step that ends by itself, and return its exit code; the kept services are looked after meanwhile."""
        process = processes.start(service)
        try:
            while process.poll() is None:
                self.pause(0.05)
        finally:
            processes.stop([(service, process)])
        return process.returncode

    def pause(self, seconds: float) -> None:
        """Wait, looking after the services. Raises StopAsked as soon as somebody asked for it."""
        until = time.monotonic() + seconds
        while True:
            if self._stop_asked:
                raise StopAsked
            self._look_after()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, 0.1))

    def watch(self) -> None:
        """Look after the services until StopAsked."""
        while True:
            self.pause(60.0)

    def _mark(self, number: int, frame: FrameType | None) -> None:
        self._stop_asked = True

    def _look_after(self) -> None:
        now = time.monotonic()
        for kept in self._kept:
            if kept.process is None:
                if now >= kept.again_at:
                    self._start_again(kept)
            elif kept.process.poll() is not None:
                processes.kill_group(kept.process.pid)
                if now - kept.since > STEADY_SECONDS:
                    kept.delay = FIRST_DELAY
                self._say(
                    f"{kept.service.name} ended ({_how(kept.process.returncode)}); "
                    f"it is started again in {kept.delay:g} s. Log: {kept.service.log}"
                )
                kept.process, kept.again_at = None, now + kept.delay
                kept.delay = min(kept.delay * 2, LONGEST_DELAY)

    def _start_again(self, kept: Kept) -> None:
        """A full disk or a file that cannot be opened ends nothing that runs, and what does not run is tried again."""
        try:
            self._start(kept)
        except OSError as error:
            self._say(
                f"{kept.service.name}: {error.strerror or error}: {error.filename2 or error.filename or kept.service.log}"
            )
            if kept.process is None:
                kept.again_at = time.monotonic() + kept.delay
                kept.delay = min(kept.delay * 2, LONGEST_DELAY)

    def _start(self, kept: Kept) -> subprocess.Popen:
        process = kept.process = processes.start(kept.service)
        kept.since = time.monotonic()
        self._ledger.add(kept.service, process)
        return process

    def _stop_everything(self) -> None:
        running = [(kept.service, kept.process) for kept in self._kept if kept.process is not None]
        running.sort(key=lambda pair: -pair[0].stage)
        for _stage, group in itertools.groupby(running, key=lambda pair: pair[0].stage):
            processes.stop(group)
        self._kept = []
        self._ledger.clear()


def _how(code: int) -> str:
    return f"by {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
