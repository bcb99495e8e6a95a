"""Readers of the log: functions that take events, each behind its own cursor."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction
from django.db.models.functions import Now

from park.events.models import Consumer, Event, PassedOver
from park.events.sequencer import seal_batch

logger = logging.getLogger(__name__)

Handler = Callable[[Sequence[Event]], None]
_handlers: dict[str, Handler] = {}

# After so many failures in a row a reader is given one event at a time, and after so many it goes on without it.
ONE_BY_ONE_AFTER = 3
GIVE_UP_AFTER = 8


def consumer(name: str) -> Callable[[Handler], Handler]:
    """Register a function as a reader of the log. It gets sealed events in order and is called inside a transaction."""

    def register(handler: Handler) -> Handler:
        _handlers[name] = handler
        return handler

    return register


def run(name: str, *, limit: int = 500) -> int:
    """Hand the next events to one reader; how many it took.

    Cursor and effect commit together. When the reader fails, neither does: the failure is noted and the same events
    are offered again at the next call, one by one after some failures. An event that alone fails GIVE_UP_AFTER times is
    passed over and kept aside, so that one broken event cannot silence everybody; a database that is away is no such fault.
    """
    row, _made = Consumer.objects.get_or_create(name=name)
    try:
        return _hand_over(name, limit if row.failures < ONE_BY_ONE_AFTER else 1)
    except Exception as error:
        logger.exception("consumer %s failed", name)
        if not isinstance(error, OperationalError | InterfaceError):
            _note(name, row.position, error)
        return 0


def make_up(row: PassedOver, *, now: datetime) -> None:
    """Hand an event that was passed over to its reader once more. What it raises leaves everything as it was."""
    with transaction.atomic():
        held = PassedOver.objects.select_for_update(of=["self"]).get(pk=row.pk, settled_at__isnull=True)
        _handlers[held.consumer]([Event.objects.get(pk=held.event_id)])
        held.settled_at = now
        held.save(update_fields=["settled_at"])


def _hand_over(name: str, limit: int) -> int:
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


@transaction.atomic
def _note(name: str, position: int, error: Exception) -> None:
    """Count a failure; at the last of them the next event is put aside and the reader goes on behind it."""
    row = Consumer.objects.select_for_update().get(name=name)
    if row.position != position:
        return  # another process has got past it
    row.failures, row.last_error = row.failures + 1, repr(error)[:2000]
    event = Event.objects.sealed_after(row.position).first()
    if event and row.failures >= GIVE_UP_AFTER:
        kept = {"kind": event.kind, "error": row.last_error, "at": Now()}
        PassedOver.objects.get_or_create(consumer=name, event_id=event.pk, defaults=kept)
        row.position, row.failures = event.position or row.position, ONE_BY_ONE_AFTER
    row.save()


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
