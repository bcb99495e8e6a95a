"""The history of a campaign: one JSON object a line, appended as things happen, read by the checker alone."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class History:
    """Appends records; each goes to the disk before the call returns, so that a crash of ours loses none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = open(path, "a", encoding="utf-8", buffering=1)  # noqa: SIM115 - closed by `close`
        self._lock = threading.Lock()

    def write(self, kind: str, /, **facts: Any) -> None:
        line = json.dumps({"t": round(time.time(), 6), "type": kind, **facts}, ensure_ascii=False, default=str)
        with self._lock:
            self._file.write(line + "\n")

    def close(self) -> None:
        self._file.close()


def read(path: Path) -> Iterator[dict[str, Any]]:
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
