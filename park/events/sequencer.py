"""Gives committed events their place in the log and their seal.

One sequencer at a time holds an advisory lock. It sees only what is committed, so an event that commits late simply gets a
later position and no reader can pass it by. The seal of an event is SHA-256 over the seal before it and the event's own
content: whoever changes a row breaks every seal after it.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from django.db import connection, transaction
from psycopg2.extras import execute_values

from park.events.models import Event

LOCK = 7_302_001
GENESIS = bytes(32)
FIELDS = (
    "kind",
    "at",
    "actor_id",
    "actor_name",
    "subject_type",
    "subject_id",
    "enterprise_id",
    "thread",
    "is_internal",
    "data",
)


def content(event: Event) -> bytes:
    """The bytes that are sealed: the event as JSON with sorted keys, instants in UTC with microseconds."""
    values = {name: getattr(event, name) for name in FIELDS}
    values["id"] = event.pk
    values["at"] = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def seal_of(previous: bytes, position: int, event: Event) -> bytes:
    return hashlib.sha256(previous + position.to_bytes(8) + content(event)).digest()


@transaction.atomic
def seal_batch(limit: int = 2000) -> int:
    """Seal up to `limit` committed events; 0 when there are none or another sequencer is at work."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
        last = Event.objects.filter(position__isnull=False).order_by("-position").values("position", "seal").first()
        position, seal = (last["position"] or 0, bytes(last["seal"] or b"")) if last else (0, GENESIS)
        rows = []
        for event in Event.objects.filter(position__isnull=True).order_by("pk")[:limit]:
            position += 1
            seal = seal_of(seal, position, event)
            rows.append((event.pk, position, seal))
        if rows:
            execute_values(
                cursor.cursor,
                f"UPDATE {Event._meta.db_table} AS e SET position = v.position, seal = v.seal "  # noqa: S608
                "FROM (VALUES %s) AS v(id, position, seal) WHERE e.id = v.id",
                rows,
                page_size=len(rows),
            )
    return len(rows)


@dataclass(frozen=True)
class Broken:
    """The first place at which the log does not agree with its seals."""

    position: int
    event_id: int
    reason: str


def verify() -> Broken | None:
    """Read the whole log and recompute every seal; None when it is whole."""
    seal = GENESIS
    for expected, event in enumerate(_sealed(), 1):
        if event.position != expected:
            return Broken(expected, event.pk, "a position is missing")
        seal = seal_of(seal, expected, event)
        if bytes(event.seal or b"") != seal:
            return Broken(expected, event.pk, "the seal does not fit the content")
    return None


def _sealed() -> Iterator[Event]:
    return Event.objects.sealed_after(0).iterator(chunk_size=2000)
