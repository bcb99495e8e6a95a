"""Readers of the log: functions that take events, each behind its own cursor."""

import logging
from collections.abc import Callable, Sequence

from django.db import transaction

from park.events.models import Consumer, Event
from park.events.sequencer import seal_batch

logger = logging.getLogger(__name__)

Handler = Callable[[Sequence[Event]], None]
_handlers: dict[str, Handler] = {}


def consumer(name: str) -> Callable[[Handler], Handler]:
    """Register a function as a reader of the log. It gets sealed events in order and is called inside a transaction."""

    def register(handler: Handler) -> Handler:
        _handlers[name] = handler
        return handler

    return register


def run(name: str, *, limit: int = 500) -> int:
    """Hand the next events to one reader; how many it took.

    Cursor and effect commit together. When the reader fails, neither does: the failure is noted and the same events
    are offered again at the next call.
    """
    Consumer.objects.get_or_create(name=name)
    try:
        with transaction.atomic():
            row = Consumer.objects.select_for_update(skip_locked=True).filter(name=name).first()
            if row is None:
                return 0
            events = list(Event.objects.sealed_after(row.position)[:limit])
            if not events:
                return 0
            _handlers[name](events)
            row.position, row.failures, row.last_error = events[-1].position or row.position, 0, ""
            row.save()
            return len(events)
    except Exception as error:
        logger.exception("consumer %s failed", name)
        row = Consumer.objects.get(name=name)
        Consumer.objects.filter(name=name).update(failures=row.failures + 1, last_error=repr(error)[:2000])
        return 0


def react(*, rounds: int = 20) -> int:
    """Seal what was committed and let every reader follow, until nothing is left or `rounds` are done."""
    total = 0
    for _ in range(rounds):
        sealed = seal_batch()
        taken = sum(run(name) for name in sorted(_handlers))
        total += taken
        if not sealed and not taken:
            break
    return total
