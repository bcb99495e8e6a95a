"""Finds every clock whose next rung is due, and fires it: rung, event, notices and messages in one statement.

Why a rung cannot fire twice: the row of the clock is locked while it fires, and (clock, revision, rung) is unique for ever;
notices come from the rungs that were really inserted. Why none is missed: what is due is a predicate over stored rows, so
whatever crashes leaves it due. After an outage only the highest missed rung speaks; the lower ones are recorded as skipped.

Who is told: the person responsible, in their absence their substitute, else the head of the department; the lead of the
case from the last day on; the head from the breach on, the park's leaders at the last rung; the enterprise at the breach,
with the day by which the portal will ask again. Warnings before the last day stand in the portal and in the morning's
digest (see duties); what is due today, and every breach, goes out by the other channels too.
"""

import logging
import math
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from park.deadlines import guard, selectors, workdays
from park.deadlines.enums import Source
from park.runtime.failpoints import failpoint

logger = logging.getLogger(__name__)

BATCH = 2000
TIME_BOX_SECONDS = 10.0
WHOLE_EVERY = 20.0
# Longer than any transaction of a request takes.
SETTLE = timedelta(seconds=30)

# ladder_at holds the instants of W1, W2, W3, B0, B1, B2 in this order; next_rung is the 1-based place in it.
# The time is that of the statement and not clock_timestamp(), which changes within it: no index can be searched for that.
FIRE = """
WITH moment AS (
    SELECT COALESCE(%(now)s::timestamptz, statement_timestamp()) AS now
), due AS (
    SELECT id, revision, ladder_at, next_rung, kind, label_zh, label_en, thread, path, enterprise_path, enterprise_id,
           department_id, responsible_id, lead_id, due_at, next_rung_at,
           COALESCE(%(now)s::timestamptz, statement_timestamp()) AS now
    FROM deadlines_clock
    WHERE state = 'running' AND next_rung_at <= COALESCE(%(now)s::timestamptz, statement_timestamp())
        AND next_rung_at >= %(since)s::timestamptz AND (%(clock)s::bigint IS NULL OR id = %(clock)s)
    ORDER BY next_rung_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), step AS (
    -- the highest rung that has passed, and the one to wait for next
    SELECT d.*, r.highest, r.next, d.ladder_at[r.next] AS next_at
    FROM due d, LATERAL (
        SELECT max(place) FILTER (WHERE at <= d.now) AS highest, min(place) FILTER (WHERE at > d.now) AS next
        FROM unnest(d.ladder_at) WITH ORDINALITY AS rung(at, place) WHERE place >= d.next_rung
    ) r
), fired AS (
    INSERT INTO deadlines_rung (clock_id, revision, code, scheduled_for, fired_at, is_skipped, source)
    SELECT s.id, s.revision, (ARRAY['W1','W2','W3','B0','B1','B2'])[r.place], r.at, s.now, r.place < s.highest, %(source)s
    FROM step s, unnest(s.ladder_at) WITH ORDINALITY AS r(at, place)
    WHERE r.place BETWEEN s.next_rung AND s.highest AND r.at <= s.now
    ON CONFLICT (clock_id, revision, code) DO NOTHING
    RETURNING clock_id, revision, code, scheduled_for, is_skipped
), noted AS (
    SELECT d.*, f.code, f.scheduled_for, f.is_skipped,
           -- a warning on the last day itself, and a breach, are told at once by every channel
           f.code LIKE 'B%%' OR (d.due_at AT TIME ZONE 'Asia/Shanghai')::date = (d.now AT TIME ZONE 'Asia/Shanghai')::date
               AS is_urgent,
           jsonb_build_object('label_zh', d.label_zh, 'label_en', d.label_en, 'due_at', d.due_at,
               'expected_at', CASE WHEN d.next IS NULL OR f.code NOT LIKE 'B%%' THEN NULL ELSE
                   ((d.next_at AT TIME ZONE 'Asia/Shanghai')::date + %(closes)s::time) AT TIME ZONE 'Asia/Shanghai' END,
               'of_zh', COALESCE(e.name_zh || '：', ''),
               'of_en', COALESCE(COALESCE(NULLIF(e.name_en, ''), e.name_zh) || ': ', '')
           ) AS words
    FROM fired f JOIN step d ON d.id = f.clock_id LEFT JOIN accounts_enterprise e ON e.id = d.enterprise_id
), logged AS (
    INSERT INTO events_event
        (kind, at, actor_name, subject_type, subject_id, enterprise_id, thread, is_internal, data)
    SELECT CASE WHEN code = 'B0' THEN 'clock.breached' WHEN code LIKE 'W%%' THEN 'clock.warned' ELSE 'clock.escalated' END,
           CASE WHEN code = 'B0' THEN scheduled_for ELSE now END, '', 'deadlines.clock', id::text, enterprise_id, thread,
           code <> 'B0', words || jsonb_build_object('clock', kind, 'rung', code, 'revision', revision)
    FROM noted
    WHERE NOT is_skipped OR code = 'B0'
    RETURNING 1
), here AS (
    -- who can be told today
    SELECT p.id, p.user_id
    FROM team_specialist p JOIN accounts_user u ON u.id = p.user_id AND u.is_active
    WHERE NOT EXISTS (SELECT 1 FROM team_absence a, moment m WHERE a.specialist_id = p.id
        AND (m.now AT TIME ZONE 'Asia/Shanghai')::date BETWEEN a.first_on AND a.last_on)
), answering AS (
    -- who answers today for the work of a specialist: the person, in their absence their substitute, else nobody
    SELECT p.id AS specialist_id, p.department_id, p.is_head AND p.is_active AS is_head,
           COALESCE(h.user_id, (SELECT min(s.user_id) FROM team_absence a JOIN here s ON s.id = a.substitute_id, moment m
               WHERE a.specialist_id = p.id
               AND (m.now AT TIME ZONE 'Asia/Shanghai')::date BETWEEN a.first_on AND a.last_on)) AS user_id
    FROM team_specialist p LEFT JOIN here h ON h.id = p.id
), heads AS (
    SELECT department_id, user_id FROM answering WHERE is_head AND user_id IS NOT NULL
), speaking AS (
    SELECT n.id, n.revision, n.code, n.is_urgent, n.is_skipped, n.department_id, n.enterprise_id, n.path, n.enterprise_path,
           n.words, n.now, a.user_id AS person_id, l.user_id AS lead_id
    FROM noted n LEFT JOIN answering a ON a.specialist_id = n.responsible_id
        LEFT JOIN answering l ON l.specialist_id = n.lead_id
), loud AS (
    SELECT * FROM speaking WHERE NOT is_skipped
), told AS (
    SELECT s.*, s.person_id AS user_id, 'staff' AS side, s.path AS leads_to
    FROM loud s
    WHERE s.code IN ('W1', 'W2', 'W3', 'B0') AND s.person_id IS NOT NULL
    UNION ALL
    -- whoever answers to the enterprise for the whole: on the last day before it, and from then on
    SELECT s.*, s.lead_id, 'staff', s.path
    FROM loud s
    WHERE s.lead_id IS NOT NULL AND (s.is_urgent OR s.code = 'W3')
    UNION ALL
    SELECT s.*, h.user_id, 'staff', s.path
    FROM loud s JOIN heads h ON h.department_id = s.department_id
    WHERE s.code IN ('B0', 'B1', 'B2') OR s.person_id IS NULL
    UNION ALL
    -- the park's leaders: for the last rung, and wherever a department has no head to be told
    SELECT s.*, u.id, 'staff', s.path
    FROM loud s JOIN accounts_user u ON u.role = 'manager' AND u.is_active
    WHERE s.code = 'B2' OR ((s.code IN ('B0', 'B1') OR s.person_id IS NULL)
        AND NOT EXISTS (SELECT 1 FROM heads h WHERE h.department_id = s.department_id))
    UNION ALL
    -- the enterprise has one rung alone: it hears of the breach also where a higher rung speaks to the park
    SELECT s.*, m.user_id, CASE WHEN s.words->>'expected_at' IS NULL THEN 'enterprise.open' ELSE 'enterprise' END,
           s.enterprise_path
    FROM speaking s JOIN accounts_membership m
        ON m.enterprise_id = s.enterprise_id AND m.approval = 'approved' AND m.ended_at IS NULL
    WHERE s.code = 'B0'
), noticed AS (
    INSERT INTO notices_notice (recipient_id, kind, dedupe_key, path, data, created_at)
    SELECT user_id, 'clock.' || CASE WHEN code LIKE 'W%%' AND is_urgent THEN 'today' ELSE code END || '.' || side,
           'rung:' || id || ':' || revision || ':' || code || ':' || user_id, leads_to, words, now
    FROM told
    ON CONFLICT (dedupe_key) DO NOTHING
    RETURNING id, recipient_id, kind, created_at
), mailed AS (
    INSERT INTO notices_outboxmessage (notice_id, channel, created_at, available_at)
    -- a breach is told at any hour, everything else in office hours
    SELECT n.id, r.channel, n.created_at, CASE WHEN n.kind LIKE 'clock.B0%%' THEN n.created_at ELSE %(speak_at)s END
    FROM noticed n JOIN notices_reach r ON r.user_id = n.recipient_id AND r.topic = 'deadlines'
    WHERE n.kind LIKE 'clock.B%%' OR n.kind LIKE 'clock.today%%'
    RETURNING 1
), moved AS (
    UPDATE deadlines_clock c
    SET next_rung = s.next, next_rung_at = s.next_at, is_breached = c.is_breached OR s.ladder_at[4] <= s.now
    FROM step s
    WHERE c.id = s.id
    RETURNING 1
)
SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM fired), (SELECT count(*) FROM loud),
    (SELECT max(next_rung_at) FROM due)
"""

# Most sweeps find nothing, and planning FIRE costs more than this whole question. Ordered, so that it is the index that
# is asked: after a backlog the planner believes that many are due, and would read the table.
ANYTHING_DUE = """
SELECT EXISTS (
    SELECT 1 FROM (
        SELECT 1 FROM deadlines_clock
        WHERE state = 'running' AND next_rung_at <= COALESCE(%(now)s::timestamptz, statement_timestamp())
            AND next_rung_at >= %(since)s::timestamptz
        ORDER BY next_rung_at LIMIT 1
    ) earliest
), COALESCE(%(now)s::timestamptz, statement_timestamp())
"""

BEAT = """
INSERT INTO deadlines_sweepminute (minute, runs, fired, slowest_ms, last_at)
VALUES (date_trunc('minute', clock_timestamp()), 1, %(fired)s, %(took)s, clock_timestamp())
ON CONFLICT (minute) DO UPDATE SET runs = deadlines_sweepminute.runs + 1,
    fired = deadlines_sweepminute.fired + EXCLUDED.fired,
    slowest_ms = greatest(deadlines_sweepminute.slowest_ms, EXCLUDED.slowest_ms), last_at = EXCLUDED.last_at
"""


@dataclass(frozen=True)
class Swept:
    """`clocks` whose next rung was due, `rungs` recorded, `spoken` of them told to people.

    `last` is the instant of the last of these rungs; `quiet_at` that of the look which found nothing due.
    """

    clocks: int = 0
    rungs: int = 0
    spoken: int = 0
    last: datetime | None = field(default=None, compare=False)
    quiet_at: datetime | None = field(default=None, compare=False)

    def __add__(self, other: "Swept") -> "Swept":
        return Swept(self.clocks + other.clocks, self.rungs + other.rungs, self.spoken + other.spoken)


class Mark:
    """From where on one process looks for what is due: before it, everything has fired.

    Only while some session holds an old snapshot does it matter: then the index keeps an entry for every rung that has ever
    fired, and a look from its beginning walks over them all. What comes to lie before the mark afterwards - a clock that runs
    on late, a transaction that took long - is found by the look from the beginning, every WHOLE_EVERY seconds.
    """

    def __init__(self) -> None:
        self.since: datetime | None = None
        self.begun_at = -math.inf

    def begin(self) -> datetime | None:
        """Where the next sweep begins; None for the beginning of everything."""
        if time.monotonic() - self.begun_at >= WHOLE_EVERY:
            self.begun_at, self.since = time.monotonic(), None
        return self.since

    def reach(self, quiet_at: datetime) -> None:
        self.since = quiet_at - SETTLE


def fire(
    *,
    source: Source,
    now: datetime | None = None,
    clock_id: int | None = None,
    limit: int = BATCH,
    since: datetime | None = None,
) -> Swept:
    """Fire what is due, at most `limit` clocks, in one transaction (the caller's, if there is one).

    `now` None means the database's clock. With `clock_id`, that clock alone: an act that stops or pauses a late clock
    records its breach itself, so that a dead worker can hide none. Rungs before `since` are left to another look.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        asked = {"now": now, "since": since or "-infinity"}
        cursor.execute(ANYTHING_DUE, asked)
        is_due, moment = cursor.fetchone()
        failpoint("sweep.asked")
        if not is_due:
            return Swept(quiet_at=moment)
        hours = selectors.office_hours()
        values: dict[str, Any] = {
            **asked,
            "clock": clock_id,
            "limit": limit,
            "source": source,
            "closes": hours.closes,
            "speak_at": workdays.in_office_hours(selectors.calendar(), moment, hours),
        }
        cursor.execute(FIRE, values)
        failpoint("sweep.fired")
        return Swept(*cursor.fetchone())


def sweep(*, source: Source, now: datetime | None = None, batch: int = BATCH, mark: Mark | None = None) -> Swept:
    """Fire everything that is due, batch by batch within a time box, and leave a heartbeat.

    While the wall clock is held (see guard) nothing fires and no heart beats; a `now` that is given is taken as it is.
    Whoever sweeps again and again keeps a `mark`.
    """
    began = time.monotonic()
    total = Swept()
    mark = mark or Mark()
    first = since = mark.begin()
    while True:
        failpoint("sweep.begun")
        if now is None and not guard.is_steady():
            logger.error("the wall clock has jumped: no deadline is judged by it until it is back or accepted")
            return total
        swept = fire(source=source, now=now, limit=batch, since=since)
        failpoint("sweep.committed")
        total += swept
        if swept.quiet_at and since == first:
            mark.reach(swept.quiet_at)
            break
        if time.monotonic() - began > TIME_BOX_SECONDS or (since == first and not swept.clocks):
            break  # what is left is in use by somebody
        # After the last batch once more from where this sweep began, for what was in use.
        since = swept.last if swept.clocks == batch else first
    with connection.cursor() as cursor:
        cursor.execute(BEAT, {"fired": total.rungs, "took": int((time.monotonic() - began) * 1000)})
    failpoint("sweep.beaten")
    return total
