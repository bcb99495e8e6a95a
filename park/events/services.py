"""The one way to write into the log."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, models

from park.events.models import Event
from park.runtime.statements import Statement

_kept: ContextVar[list[Event] | None] = ContextVar("kept", default=None)


class Actor(Protocol):
    """Who acted, as far as the log needs to know: a user above this floor, or nobody for the portal itself."""

    pk: Any

    def get_full_name(self) -> str: ...


def record(
    kind: str,
    *,
    subject: models.Model,
    by: Actor | None,
    at: datetime,
    enterprise_id: int | None = None,
    thread: str = "",
    internal: bool = False,
    **data: Any,
) -> Event:
    """Write one event in the transaction that makes the change.

    `data` holds what a reader needs to tell the story later, in plain JSON values. Raises RuntimeError outside of a
    transaction: an event without its change, or a change without its event, must be impossible.
    """
    note = Note(subject, data, enterprise_id=enterprise_id, thread=thread, internal=internal)
    event = _event(kind, note, by, at)
    kept = _kept.get()
    if kept is None:
        event.save(force_insert=True)
    else:
        kept.append(event)
    return event


@dataclass(frozen=True)
class Note:
    """What one of many events of a kind is about; the fields are those of `record`."""

    subject: models.Model
    data: Mapping[str, Any] = field(default_factory=dict)
    enterprise_id: int | None = None
    thread: str = ""
    internal: bool = False


def record_many(kind: str, notes: Iterable[Note], *, by: Actor | None, at: datetime) -> None:
    """Write events of one kind that happen at one instant, in the transaction that makes the changes. See `record`."""
    events = [_event(kind, note, by, at) for note in notes]
    kept = _kept.get()
    if kept is None:
        Event.objects.bulk_create(events, batch_size=2000)
    else:
        kept += events


@contextmanager
def together() -> Iterator[None]:
    """Write all events that are recorded inside by one statement at the end, in the order in which they were recorded.

    For a change of many parts; an error must leave the block, and with it the transaction. Until the end the events have no
    numbers, and nobody can read them. A block within another is part of it.
    """
    if _kept.get() is not None:
        yield
        return
    kept: list[Event] = []
    token = _kept.set(kept)
    try:
        yield
    finally:
        _kept.reset(token)
    if kept:
        _write(kept)


# By hand: every step of every case writes some.
WRITE = Statement(
    "write_events",
    """
INSERT INTO events_event (kind, at, actor_id, actor_name, subject_type, subject_id, enterprise_id, thread, is_internal, data)
SELECT kind, at, actor, actor_name, subject_type, subject_id, enterprise, thread, is_internal, data
FROM unnest(%(kind)s::text[], %(at)s::timestamptz[], %(actor_id)s::bigint[], %(actor_name)s::text[], %(subject_type)s::text[],
    %(subject_id)s::text[], %(enterprise_id)s::bigint[], %(thread)s::text[], %(is_internal)s::boolean[], %(data)s::jsonb[])
    WITH ORDINALITY
    noted(kind, at, actor, actor_name, subject_type, subject_id, enterprise, thread, is_internal, data, place)
ORDER BY place
""",
)
COLUMNS = (
    "kind",
    "at",
    "actor_id",
    "actor_name",
    "subject_type",
    "subject_id",
    "enterprise_id",
    "thread",
    "is_internal",
)


def _write(events: Sequence[Event]) -> None:
    columns = {name: [getattr(event, name) for event in events] for name in COLUMNS}
    with connection.cursor() as cursor:
        WRITE.execute(cursor, {**columns, "data": [json.dumps(event.data) for event in events]})


def _event(kind: str, note: Note, by: Actor | None, at: datetime) -> Event:
    if not connection.in_atomic_block:
        raise RuntimeError("an event is recorded in the transaction of its change")
    return Event(
        kind=kind,
        at=at,
        actor_id=by.pk if by else None,
        actor_name=by.get_full_name() if by else "",
        subject_type=note.subject._meta.label_lower,
        subject_id=str(note.subject.pk),
        enterprise_id=note.enterprise_id,
        thread=note.thread,
        is_internal=note.internal,
        data=dict(note.data),
    )
