"""A second way for the deadlines to be kept: a thread in each worker that sweeps when nobody else has.

It needs neither broker nor beat. It looks at the heartbeat in the database and steps in only when that is stale.
"""

import logging
import threading
from datetime import timedelta
from typing import Any

from celery.signals import worker_init, worker_shutting_down
from django.conf import settings
from django.db import connections
from django.utils import timezone

from park.deadlines import duties, redating, selectors, sweep
from park.deadlines.enums import Source
from park.events import consumers
from park.notices import outbox

logger = logging.getLogger(__name__)
_stop = threading.Event()
_mark = sweep.Mark()


def step() -> bool:
    """Sweep, react and deliver if the last sweep is two intervals old; whether it did."""
    last = selectors.last_sweep_at()
    if last and timezone.now() - last < timedelta(seconds=2 * settings.SWEEP_SECONDS):
        return False
    sweep.sweep(source=Source.FALLBACK, mark=_mark)
    duties.look_after()
    redating.work_off(timezone.now(), seconds=settings.SWEEP_SECONDS / 2)
    consumers.react()
    outbox.deliver(seconds=settings.SWEEP_SECONDS / 2)  # a slow mail server must not hold up the next sweep
    return True


def watch(stop: threading.Event) -> None:
    """Step every interval until told to stop; a database that is away is asked again at the next."""
    while not stop.wait(settings.SWEEP_SECONDS / 2):
        try:
            step()
        except Exception:
            logger.exception("fallback sweep failed")
        finally:
            connections.close_all()  # nothing is left open for a child of the pool to inherit


@worker_init.connect  # before the first word with the broker, which may be down
def begin(**kwargs: Any) -> None:
    threading.Thread(target=watch, args=[_stop], name="fallback-sweep", daemon=True).start()


@worker_shutting_down.connect
def end(**kwargs: Any) -> None:
    _stop.set()
