"""Many people at once: threads with connections of their own, started together."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, transaction

PATIENCE_SECONDS = 60


def at_once(action: Callable[[int], Any], times: int, threads: int = 20) -> list[Any]:
    """Call `action(0)`, … `action(times - 1)`, `threads` of them at any moment; results or exceptions in order."""
    start = threading.Barrier(min(threads, times))

    def worker(number: int) -> list[tuple[int, Any]]:
        start.wait(PATIENCE_SECONDS)
        try:
            return [(call, _outcome(action, call)) for call in range(number, times, start.parties)]
        finally:
            connection.close()

    with ThreadPoolExecutor(start.parties) as pool:
        parts = list(pool.map(worker, range(start.parties)))
    return [outcome for _call, outcome in sorted((row for part in parts for row in part), key=lambda row: row[0])]


class Holder:
    """Does something in a transaction of another connection, and ends it when told."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act, self._begun, self._go_on = act, threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Holder":
        self._thread.start()
        assert self._begun.wait(PATIENCE_SECONDS)
        return self

    def __exit__(self, *_error: object) -> None:
        self._go_on.set()
        self._thread.join(PATIENCE_SECONDS)

    def _run(self) -> None:
        try:
            with transaction.atomic():
                self._act()
                self._begun.set()
                self._go_on.wait(PATIENCE_SECONDS)
        finally:
            self._begun.set()
            connection.close()


def _outcome(action: Callable[[int], Any], call: int) -> Any:
    try:
        return action(call)
    except Exception as error:
        return error
