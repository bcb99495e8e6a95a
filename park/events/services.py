"""The one way to write into the log."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, models

from park.events.models import Event


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
    event = _event(
        kind, subject=subject, by=by, at=at, enterprise_id=enterprise_id, thread=thread, internal=internal, **data
    )
    event.save(force_insert=True)
    return event


def record_many(drafts: Iterable[dict[str, Any]]) -> list[Event]:
    """As record, for many at once: each draft holds its arguments, with the kind as "kind"; in this order."""
    return Event.objects.bulk_create([_event(**draft) for draft in drafts], batch_size=1000)


def _event(
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
    if not connection.in_atomic_block:
        raise RuntimeError("an event is recorded in the transaction of its change")
    return Event(
        kind=kind,
        at=at,
        actor_id=by.pk if by else None,
        actor_name=by.get_full_name() if by else "",
        subject_type=subject._meta.label_lower,
        subject_id=str(subject.pk),
        enterprise_id=enterprise_id,
        thread=thread,
        is_internal=internal,
        data=data,
    )
