"""Many people at once: threads with connections of their own, started together."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection

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


def _outcome(action: Callable[[int], Any], call: int) -> Any:
    try:
        return action(call)
    except Exception as error:
        return error
