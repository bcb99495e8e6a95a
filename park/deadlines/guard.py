"""Watches the wall clock by which deadlines are kept: when it jumps, nothing fires until it is right again or accepted.

The database's wall clock is compared with CLOCK_BOOTTIME of the machine that sweeps, which only ever runs forward. Between
two sweeps of one machine both must have moved by the same time, apart from TOLERANCE: a smaller correction passes, a
larger one is held against the last time that was trusted. When the clock comes back, the hold ends by itself; when the new
time is the right one (a virtual machine that was frozen, a clock that was wrong before), a person says so.
"""

import time
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from park.accounts.models import User
from park.deadlines.models import ClockGuard
from park.events import services as events

TOLERANCE = timedelta(seconds=30)
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

LOCK = 7_302_003
PROCESS = str(uuid.uuid4())


@dataclass(frozen=True)
class Reading:
    """One look at both clocks: `wall` of the database, `boot` in seconds since this machine (`boot_id`) started."""

    boot_id: str
    wall: datetime
    boot: float


def drift(before: Reading, after: Reading) -> timedelta:
    """By how much the wall clock has moved more (or less: negative) than time has passed between two readings."""
    return after.wall - before.wall - timedelta(seconds=after.boot - before.boot)


def read() -> Reading:
    """Both clocks now. Where a system has no boot id, a process compares with itself alone."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        wall = cursor.fetchone()[0]
    return Reading(_boot_id(), wall, _since_boot())


@transaction.atomic
def is_steady(reading: Reading | None = None) -> bool:
    """Whether deadlines may be judged by the wall clock now. Keeps the reading if so; else records the hold, once.

    A machine that sweeps for the first time has nothing to compare with but what others have seen: a wall clock behind
    that has gone backwards, and while any machine is held, a new one is held too.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    now = reading or read()
    rows = {row.boot_id: row for row in ClockGuard.objects.all()}
    own = rows.get(now.boot_id)
    if own is None:
        seen = [row.seen_at for row in rows.values()]
        held = any(row.held_since for row in rows.values()) or (bool(seen) and now.wall < max(seen) - TOLERANCE)
        own = ClockGuard(boot_id=now.boot_id, wall=now.wall, boot=now.boot, seen_at=now.wall)
        moved = now.wall - max(seen) if held else timedelta(0)
    else:
        moved = drift(Reading(own.boot_id, own.wall, own.boot), now)
        held = abs(moved) > TOLERANCE
    if held:
        _hold(own, now, moved)
    else:
        _trust(own, now)
    own.save()
    return not held


@transaction.atomic
def accept(*, by: User, now: datetime) -> int:
    """Trust the wall clock as it is now: a person has compared it with another. How many machines were held."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    held = list(ClockGuard.objects.filter(held_since__isnull=False))
    if held:
        events.record(
            "deadlines.clock_accepted",
            subject=held[0],
            by=by,
            at=now,
            internal=True,
            moved_seconds=[row.moved_seconds for row in held],
        )
        # the next sweep of each machine begins anew, with nothing to compare with
        ClockGuard.objects.all().delete()
    return len(held)


def held_since() -> datetime | None:
    """Since when deadlines stand still because the clock jumped, by the time that was trusted; None if they do not."""
    return ClockGuard.objects.filter(held_since__isnull=False).values_list("held_since", flat=True).first()


def _hold(row: ClockGuard, now: Reading, moved: timedelta) -> None:
    if row.held_since is None:
        row.held_since = row.seen_at
        row.moved_seconds = int(moved.total_seconds())
        row.save()
        _record("deadlines.clock_jumped", row, row.seen_at)


def _trust(row: ClockGuard, now: Reading) -> None:
    if row.held_since is not None:
        _record("deadlines.clock_steady", row, now.wall)
    row.wall, row.boot, row.seen_at, row.held_since, row.moved_seconds = now.wall, now.boot, now.wall, None, 0


def _record(kind: str, row: ClockGuard, at: datetime, **data: Any) -> None:
    events.record(kind, subject=row, by=None, at=at, internal=True, moved_seconds=row.moved_seconds, **data)


def _since_boot() -> float:
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def _boot_id() -> str:
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else PROCESS
