"""Whether the engine that keeps the deadlines is alive, read in one statement so that all figures are of one instant."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from park.cockpit.periods import midnight
from park.deadlines.models import RUNGS
from park.deadlines.workdays import local_day

SWEEP_LATE = timedelta(seconds=60)
RUNG_LATE = timedelta(seconds=60)
MAIL_LATE = timedelta(minutes=5)
MINUTES = 60

READ = """
SELECT jsonb_build_object(
    'last_sweep', (SELECT last_at FROM deadlines_sweepminute ORDER BY minute DESC LIMIT 1),
    'today', (SELECT jsonb_build_object('runs', coalesce(sum(runs), 0), 'slowest_ms', coalesce(max(slowest_ms), 0))
              FROM deadlines_sweepminute WHERE minute >= %(midnight)s),
    'slowest_at', (SELECT minute FROM deadlines_sweepminute WHERE minute >= %(midnight)s
                   ORDER BY slowest_ms DESC, minute DESC LIMIT 1),
    'minutes', (SELECT coalesce(jsonb_agg(jsonb_build_array(minute, runs, slowest_ms)), '[]')
                FROM deadlines_sweepminute WHERE minute > %(first_minute)s AND minute <= %(now)s),
    'next_rung', (SELECT jsonb_build_array(next_rung_at, count(*)) FROM deadlines_clock
                  WHERE state = 'running' AND next_rung_at > %(now)s
                  GROUP BY next_rung_at ORDER BY next_rung_at LIMIT 1),
    'unfired', (SELECT jsonb_build_array(min(next_rung_at), count(*)) FROM deadlines_clock
                WHERE state = 'running' AND next_rung_at <= %(now)s),
    -- the park's own channels; what is held back for the morning does not wait yet
    'mail', (SELECT jsonb_build_array(min(CASE WHEN attempts = 0 THEN available_at ELSE created_at END), count(*))
             FROM notices_outboxmessage
             WHERE delivered_at IS NULL AND NOT is_dead AND channel IN ('email', 'sms')
                 AND (available_at <= %(now)s OR attempts > 0)),
    'dead', (SELECT count(*) FROM notices_outboxmessage
             WHERE is_dead AND delivered_at IS NULL AND channel IN ('email', 'sms')),
    'held', (SELECT jsonb_build_array(held_since, moved_seconds) FROM deadlines_clockguard
             WHERE held_since IS NOT NULL ORDER BY held_since LIMIT 1),
    'failing', (SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') FROM events_consumer WHERE failures > 0),
    'passed_over', (SELECT count(*) FROM events_passedover WHERE settled_at IS NULL),
    'rungs', (SELECT coalesce(jsonb_object_agg(code, jsonb_build_array(spoken, skipped)), '{}') FROM (
                  SELECT code, count(*) FILTER (WHERE NOT is_skipped) AS spoken, count(*) FILTER (WHERE is_skipped) AS skipped
                  FROM deadlines_rung WHERE fired_at >= %(midnight)s AND fired_at <= %(now)s GROUP BY code) r)
)::text
"""


@dataclass(frozen=True)
class Minute:
    """One minute of the last hour; without runs nothing swept in it."""

    at: datetime
    runs: int
    slowest_ms: int


@dataclass(frozen=True)
class Step:
    """A rung's code with how often it has spoken today, and how often a higher one spoke instead."""

    code: str
    spoken: int
    skipped: int


@dataclass(frozen=True)
class Pulse:
    now: datetime
    last_sweep_at: datetime | None
    runs_today: int
    slowest_ms: int
    slowest_at: datetime | None
    minutes: list[Minute]
    next_rung_at: datetime | None
    next_rungs: int
    unfired_since: datetime | None
    unfired: int
    mail_since: datetime | None
    mails: int
    dead: int
    failing: list[str]
    ladder: list[Step]
    held_since: datetime | None
    moved_seconds: int
    passed_over: int

    @property
    def seconds_ago(self) -> int | None:
        """Since the last sweep; a sweep that ends while this is read counts as now."""
        return max(0, int((self.now - self.last_sweep_at).total_seconds())) if self.last_sweep_at else None

    @property
    def sweep_is_late(self) -> bool:
        return self.last_sweep_at is None or self.now - self.last_sweep_at > SWEEP_LATE

    @property
    def rung_is_late(self) -> bool:
        return self.unfired_since is not None and self.now - self.unfired_since > RUNG_LATE

    @property
    def mail_is_late(self) -> bool:
        return self.mail_since is not None and self.now - self.mail_since > MAIL_LATE

    @property
    def is_beating(self) -> bool:
        return not (self.sweep_is_late or self.rung_is_late or self.mail_is_late or self.is_held)

    @property
    def is_held(self) -> bool:
        """The wall clock has jumped, and no deadline is judged by it."""
        return self.held_since is not None

    @property
    def idle_minutes(self) -> int:
        """Minutes of the last hour without a sweep; the present minute may still get one."""
        return sum(1 for minute in self.minutes[:-1] if not minute.runs)

    @property
    def skipped(self) -> int:
        return sum(step.skipped for step in self.ladder)


def pulse(now: datetime) -> Pulse:
    first = now.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)
    asked = {"now": now, "midnight": midnight(local_day(now)), "first_minute": first - timedelta(seconds=1)}
    with connection.cursor() as cursor:
        cursor.execute(READ, asked)
        found: dict[str, Any] = json.loads(cursor.fetchone()[0])
    ran = {_instant(at): (runs, ms) for at, runs, ms in found["minutes"]}
    grid = [first + timedelta(minutes=number) for number in range(MINUTES)]
    next_at, nexts = found["next_rung"] or (None, 0)
    held_since, moved = found["held"] or (None, 0)
    return Pulse(
        now=now,
        last_sweep_at=_instant(found["last_sweep"]),
        runs_today=found["today"]["runs"],
        slowest_ms=found["today"]["slowest_ms"],
        slowest_at=_instant(found["slowest_at"]),
        minutes=[Minute(at, *ran.get(at, (0, 0))) for at in grid],
        next_rung_at=_instant(next_at),
        next_rungs=nexts,
        unfired_since=_instant(found["unfired"][0]),
        unfired=found["unfired"][1],
        mail_since=_instant(found["mail"][0]),
        mails=found["mail"][1],
        dead=found["dead"],
        failing=found["failing"],
        ladder=[Step(code, *found["rungs"].get(code, (0, 0))) for code in RUNGS],
        held_since=_instant(held_since),
        moved_seconds=moved,
        passed_over=found["passed_over"],
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
