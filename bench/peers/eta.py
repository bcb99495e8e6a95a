"""Timers as messages with an ETA: how often each of them ran.

Two workers, and a visibility timeout that is short beside the ETA, as one hour is beside three working days.
"""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from celery import Celery
from redis import Redis

BROKER = "ETA_BROKER"
VISIBILITY_SECONDS = "ETA_VISIBILITY_SECONDS"
RAN = "eta-ran"
PATIENCE_SECONDS = 30

app = Celery("eta", broker=os.environ.get(BROKER))
app.conf.update(
    task_ignore_result=True,
    broker_transport_options={
        "visibility_timeout": int(os.environ.get(VISIBILITY_SECONDS, 0)),
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    },
)


@app.task(name="ring")
def ring(timer: int) -> None:
    """The effect of a timer that is due: once more for this timer."""
    _broker().hincrby(RAN, str(timer), 1)


def _broker() -> Redis:
    return Redis.from_url(os.environ[BROKER])


def measure(given: dict[str, Any]) -> list[int]:
    """Start timers that are due between `first` and `last` seconds from now; how often each ran, `rest` seconds later.

    On a busy machine it waits longer for those that have not run yet, but not for ever.
    """
    broker, timers = _broker(), given["timers"]
    broker.delete(RAN)
    command = [sys.executable, "-m", "celery", "-A", "eta", "worker", "--concurrency", "1", "--loglevel", "ERROR"]
    # Celery would set up the portal, where it finds its settings.
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    environment["PYTHONWARNINGS"] = "ignore"  # such as that root runs it
    began, step = datetime.now(UTC), (given["last"] - given["first"]) / timers
    workers = [
        subprocess.Popen(
            [*command, "--hostname", f"eta-{n}@%h"],
            env=environment,
            cwd=Path(__file__).parent,
            stdout=subprocess.DEVNULL,
            process_group=0,
        )
        for n in range(given["workers"])
    ]
    try:
        for timer in range(timers):
            ring.apply_async([timer], eta=began + timedelta(seconds=given["first"] + timer * step))
        time.sleep(given["last"] + given["rest"] - (datetime.now(UTC) - began).total_seconds())
        patience = time.monotonic() + PATIENCE_SECONDS
        while broker.hlen(RAN) < timers and time.monotonic() < patience:
            time.sleep(0.1)
        ran = broker.hgetall(RAN)
        return [int(ran.get(str(timer).encode(), 0)) for timer in range(timers)]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    os.environ |= {BROKER: asked["broker"], VISIBILITY_SECONDS: str(asked["visibility_timeout"])}
    # The workers import this file as a module, so its timers are started from there too.
    import eta

    json.dump(eta.measure(asked), sys.stdout)
