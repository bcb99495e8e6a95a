"""Dates open clocks anew after a change of the calendar: set-based, in batches that can be taken up again, in use.

Only what the change itself moves is moved: a clock whose limit ends on the same day by the old and the new calendar keeps
its stored date, whatever else has shaped that. No clock is moved earlier to less than two working days from now. A paused
clock is dated when it runs on; here it only learns whether its year is certain. A rung that was told for the old date and
lies in the past of the new ladder is recorded as skipped, so that nobody is told twice for one reason.

From the moment of a change new clocks use the new calendar. One that began beside it, by the old one, is found by the last
pass, which begins no sooner than SETTLE after the change and must find no clock in use.
"""

import json
import logging
import sys
import time as ticks
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Max, Min
from django.db.models.expressions import RawSQL

from park.deadlines import guard, ladder, selectors, workdays
from park.deadlines.models import CalendarChange, ChangeSlice, ChangeState, Clock
from park.events import services as events
from park.runtime.failpoints import failpoint

logger = logging.getLogger(__name__)

BATCH = 10_000
# So many sessions work beside each other, each on a slice of the clocks, and no slice is cut smaller than this.
SESSIONS, SLICES, SLICE_AT_LEAST = 2, 4, 2_000
END = sys.maxsize
# Longer than any transaction of a request: one that has read the old calendar has ended by then.
SETTLE = timedelta(seconds=30)
# A rung after the deadline lies at most this far from it: five working days across the longest holidays.
LADDER_REACH = timedelta(days=25)
# No change of the calendar moves a date by so much; the tables of days end there.
MOVED_AT_MOST = timedelta(days=2 * 366)
WORKING_DAYS_AT_LEAST = 2

TABLES = """
DROP TABLE IF EXISTS redate_day, redate_old, redate_new, redate_held, redate_plan;
CREATE TEMP TABLE redate_day (day date PRIMARY KEY, old_n int, new_n int, new_works int, is_provisional bool);
CREATE TEMP TABLE redate_old (n int PRIMARY KEY, day date);
CREATE TEMP TABLE redate_new (n int PRIMARY KEY, day date);
CREATE TEMP TABLE redate_held (
    id bigint, state text, unit text, amount int, extended_by int, start_day date, due_at timestamptz, promised_at timestamptz,
    ladder_at timestamptz[], is_provisional bool, revision int
);
CREATE TEMP TABLE redate_plan (
    id bigint, state text, before timestamptz, computed timestamptz, target timestamptz, promised timestamptz,
    ladder timestamptz[], amber timestamptz, next int, has_new_ladder bool, was_provisional bool, is_provisional bool,
    revision int
);
"""
# The days are given as one digit each, which is read ten times as fast as an array of dates.
FILL = """
INSERT INTO redate_day
SELECT %(first)s::date + (place - 1)::int, sum(old) OVER counted, sum(new) OVER counted, new, provisional = 1
FROM unnest(string_to_array(%(old)s, NULL)::int[], string_to_array(%(new)s, NULL)::int[],
    string_to_array(%(provisional)s, NULL)::int[]) WITH ORDINALITY AS days(old, new, provisional, place)
WINDOW counted AS (ORDER BY place);
INSERT INTO redate_old SELECT old_n, min(day) FROM redate_day WHERE old_n > 0 GROUP BY old_n;
INSERT INTO redate_new SELECT new_n, min(day) FROM redate_day WHERE new_n > 0 GROUP BY new_n;
ANALYZE redate_day; ANALYZE redate_old; ANALYZE redate_new;
"""

# Where slices end, as shares of the open clocks.
CUT = "SELECT percentile_disc(%s::float[]) WITHIN GROUP (ORDER BY id) FROM deadlines_clock WHERE state IN ('running', 'paused')"

# Which clocks a change can touch: those that run across a changed day, or whose rungs after the deadline reach one.
TOUCHED = "state IN ('running', 'paused') AND started_at < %(last)s AND due_at >= %(first)s"
LOOK = f"""
INSERT INTO redate_held
SELECT id, state, unit, amount, extended_by, (started_at AT TIME ZONE 'Asia/Shanghai')::date, due_at, promised_at,
       ladder_at, is_provisional, revision
FROM deadlines_clock WHERE {TOUCHED}
"""  # noqa: S608
# Of those, in a batch: the next of a slice beyond its cursor that no earlier pass has moved. What somebody else has locked is
# not held.
HOLD = f"""
WITH ahead AS MATERIALIZED (
    SELECT id FROM deadlines_clock
    WHERE {TOUCHED} AND id > %(after)s AND id <= %(end)s AND redated_by IS DISTINCT FROM %(change)s
    ORDER BY id LIMIT %(batch)s
), held AS (
    {LOOK} AND id = ANY(ARRAY(SELECT id FROM ahead))
    FOR UPDATE SKIP LOCKED
    RETURNING 1
)
SELECT (SELECT count(*) FROM ahead), (SELECT max(id) FROM ahead), (SELECT count(*) FROM held)
"""  # noqa: S608

# Limits in working days, as workdays.due_at and ladder.rungs count them (a test compares them). Clocks that are alike in
# all that decides a date are dated once, as `alike`.
PLAN = f"""
INSERT INTO redate_plan
WITH base AS (
    SELECT h.id, h.start_day, h.due_at, h.amount + h.extended_by AS amount, d.old_n, d.new_n,
           ((h.amount + h.extended_by) * {ladder.W1_PERCENT} + 99) / 100 AS used,
           CASE WHEN h.extended_by > 0 THEN h.amount END AS promise
    FROM redate_held h JOIN redate_day d ON d.day = h.start_day
    WHERE h.state = 'running' AND h.unit = 'working_day'
), stretch AS (
    -- days that two pauses share count once
    SELECT s.clock_id, s.id, s.started_at, (s.ended_at AT TIME ZONE 'Asia/Shanghai')::date AS last,
           GREATEST((s.started_at AT TIME ZONE 'Asia/Shanghai')::date, max((s.ended_at AT TIME ZONE 'Asia/Shanghai')::date)
               OVER (PARTITION BY s.clock_id ORDER BY s.started_at, s.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
           ) AS first
    FROM deadlines_pause s JOIN base b ON b.id = s.clock_id WHERE s.ended_at IS NOT NULL
), stood AS (
    SELECT s.clock_id, s.id, s.started_at, GREATEST(0, b.old_n - a.old_n) AS old_stood,
           GREATEST(0, b.new_n - a.new_n) AS new_stood
    FROM stretch s JOIN redate_day a ON a.day = s.first JOIN redate_day b ON b.day = s.last
), walked AS (
    SELECT s.clock_id, s.id, s.started_at, w.which, w.stood, w.k + COALESCE(sum(w.stood) OVER (
        PARTITION BY s.clock_id, w.which ORDER BY s.started_at, s.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0
    )::int AS k
    FROM stood s JOIN base b ON b.id = s.clock_id, LATERAL (VALUES
        ('old', b.old_n + b.amount, s.old_stood), ('due', b.new_n + b.amount, s.new_stood),
        ('used', b.new_n + b.used, s.new_stood), ('promise', b.new_n + b.promise, s.new_stood)) w(which, k, stood)
), judged AS (
    -- a pause that begins when the limit has ended moves nothing, nor does any after it
    SELECT w.clock_id, w.which, w.stood, bool_or(w.started_at >=
        ((CASE w.which WHEN 'old' THEN o.day ELSE n.day END) + %(closes)s::time) AT TIME ZONE 'Asia/Shanghai'
    ) OVER (PARTITION BY w.clock_id, w.which ORDER BY w.started_at, w.id) AS is_late
    FROM walked w LEFT JOIN redate_old o ON o.n = w.k LEFT JOIN redate_new n ON n.n = w.k
), paused AS (
    SELECT clock_id, sum(stood) FILTER (WHERE which = 'old') AS old_stood, sum(stood) FILTER (WHERE which = 'due') AS new_stood,
           sum(stood) FILTER (WHERE which = 'used') AS used_stood, sum(stood) FILTER (WHERE which = 'promise') AS promise_stood
    FROM judged WHERE is_late IS NOT TRUE GROUP BY clock_id
), counted AS (
    SELECT b.id, b.start_day, b.due_at, b.amount, b.old_n + b.amount + COALESCE(p.old_stood, 0)::int AS old_k,
           b.new_n + b.amount + COALESCE(p.new_stood, 0)::int AS new_k,
           b.new_n + b.used + COALESCE(p.used_stood, 0)::int AS used_k,
           COALESCE(b.new_n + b.promise + COALESCE(p.promise_stood, 0), 0)::int AS promise_k
    FROM base b LEFT JOIN paused p ON p.clock_id = b.id
), alike AS (
    SELECT start_day, due_at, amount, old_k, new_k, used_k, promise_k, array_agg(id) AS ids FROM counted
    GROUP BY start_day, due_at, amount, old_k, new_k, used_k, promise_k
), computed AS (
    SELECT a.*, amount <= {ladder.SHORT_UP_TO["working_day"]} AS is_short, o.day AS old_day, n.day AS computed_day,
           (n.day + %(closes)s::time) AT TIME ZONE 'Asia/Shanghai' AS computed, u.day AS used_day,
           (p.day + %(closes)s::time) AT TIME ZONE 'Asia/Shanghai' AS promised
    FROM alike a JOIN redate_old o ON o.n = a.old_k JOIN redate_new n ON n.n = a.new_k JOIN redate_new u ON u.n = a.used_k
        LEFT JOIN redate_new p ON p.n = a.promise_k
), target AS (
    SELECT c.*, CASE WHEN old_day = computed_day THEN due_at
        WHEN computed < due_at THEN GREATEST(computed, LEAST(due_at, %(floor)s)) ELSE computed END AS target
    FROM computed c
), stepped AS (
    SELECT t.*, d.is_provisional,
           CASE WHEN is_short THEN one.day ELSE used_day END AS w1,
           CASE WHEN is_short THEN d.day ELSE three.day END AS w2,
           CASE WHEN is_short THEN NULL ELSE one.day END AS w3,
           b1.day AS b1, b2.day AS b2
    FROM target t JOIN redate_day d ON d.day = (t.target AT TIME ZONE 'Asia/Shanghai')::date
        LEFT JOIN redate_new one ON one.n = d.new_n - d.new_works + 1 - {ladder.LAST_DAY_LEFT}
        LEFT JOIN redate_new three ON three.n = d.new_n - d.new_works + 1 - {ladder.W2_DAYS_LEFT}
        JOIN redate_new b1 ON b1.n = d.new_n + CASE WHEN is_short THEN {ladder.SHORT_AFTER[0]} ELSE {ladder.LONG_AFTER[0]} END
        JOIN redate_new b2 ON b2.n = d.new_n + CASE WHEN is_short THEN {ladder.SHORT_AFTER[1]} ELSE {ladder.LONG_AFTER[1]} END
), timed AS (
    SELECT s.*,
           CASE WHEN w1 > start_day THEN (w1 + %(opens)s::time) AT TIME ZONE 'Asia/Shanghai' END AS w1_at,
           CASE WHEN w2 > start_day AND (w2 + %(opens)s::time) AT TIME ZONE 'Asia/Shanghai' < target
                THEN (w2 + %(opens)s::time) AT TIME ZONE 'Asia/Shanghai' END AS w2_at,
           CASE WHEN w3 > start_day AND (w3 + %(opens)s::time) AT TIME ZONE 'Asia/Shanghai' < target
                THEN (w3 + %(opens)s::time) AT TIME ZONE 'Asia/Shanghai' END AS w3_at,
           (b1 + %(opens)s::time) AT TIME ZONE 'Asia/Shanghai' AS b1_at,
           (b2 + %(opens)s::time) AT TIME ZONE 'Asia/Shanghai' AS b2_at
    FROM stepped s
), told AS (
    SELECT t.*, CASE WHEN w1_at < LEAST(w2_at, w3_at, target) THEN w1_at END AS first_at FROM timed t
), dated AS MATERIALIZED (
    SELECT ids, due_at, computed, target, promised, ARRAY[first_at, w2_at, w3_at, target, b1_at, b2_at] AS ladder,
           COALESCE(first_at, w2_at, w3_at, target) AS amber, is_provisional,
           CASE WHEN first_at IS NOT NULL THEN 1 WHEN w2_at IS NOT NULL THEN 2 WHEN w3_at IS NOT NULL THEN 3 ELSE 4 END AS next
    FROM told
)
SELECT h.id, h.state, d.due_at, d.computed, d.target, CASE WHEN d.target = d.due_at THEN h.promised_at ELSE d.promised END,
       d.ladder, d.amber, d.next, d.ladder IS DISTINCT FROM h.ladder_at, h.is_provisional, d.is_provisional,
       h.revision + (d.target <> d.due_at)::int
FROM dated d, unnest(d.ids) AS one(id) JOIN redate_held h USING (id)
"""  # noqa: S608  numbers of the ladder alone

# A paused clock has no date until it runs on; whether the year of the one it had is certain, it learns at once.
PLAN_PAUSED = """
INSERT INTO redate_plan
SELECT h.id, h.state, h.due_at, h.due_at, h.due_at, h.promised_at, h.ladder_at, c.amber_at, NULL, false,
       h.is_provisional, d.is_provisional, h.revision
FROM redate_held h JOIN deadlines_clock c USING (id) JOIN redate_day d ON d.day = (h.due_at AT TIME ZONE 'Asia/Shanghai')::date
WHERE h.state = 'paused'
"""
PLAN_SINGLY = "INSERT INTO redate_plan SELECT * FROM jsonb_populate_recordset(NULL::redate_plan, %s)"

# The clocks move, and leave what tells of it. A rung of the new ladder is behind if it was told for the old date and lies in
# the past now; where the date stays, if it was told at all. Clocks and rungs are read by the range of the batch, so that no
# batch reads the whole table.
MOVE = """
WITH asked AS MATERIALIZED (
    SELECT id, ladder, revision, target <> before AS is_moved FROM redate_plan
    WHERE next IS NOT NULL AND has_new_ladder AND (target = before OR ladder[next] <= %(now)s)
), told AS (
    SELECT DISTINCT a.id, a.ladder, a.revision, a.is_moved, codes.place
    FROM asked a JOIN deadlines_rung r ON r.clock_id = a.id
        JOIN unnest(ARRAY['W1','W2','W3','B0','B1','B2']) WITH ORDINALITY AS codes(code, place) ON codes.code = r.code
    WHERE r.clock_id > %(after)s AND r.clock_id <= %(upto)s
        AND CASE WHEN a.is_moved THEN a.ladder[codes.place] <= %(now)s ELSE r.revision = a.revision END
), skipped AS (
    INSERT INTO deadlines_rung (clock_id, revision, code, scheduled_for, fired_at, is_skipped, source)
    SELECT id, revision, (ARRAY['W1','W2','W3','B0','B1','B2'])[place], ladder[place], %(now)s, true, 'request'
    FROM told WHERE is_moved
), behind AS (
    SELECT id, (SELECT min(place) FROM unnest(ladder) WITH ORDINALITY AS rung(at, place)
                WHERE at IS NOT NULL AND place <> ALL(places)) AS next
    FROM (SELECT id, ladder, array_agg(place) AS places FROM told GROUP BY id, ladder) t
), going AS (
    SELECT p.*, CASE WHEN b.id IS NULL THEN p.next ELSE b.next END AS coming FROM redate_plan p LEFT JOIN behind b USING (id)
    WHERE p.has_new_ladder OR p.is_provisional <> p.was_provisional
), moved AS (
    UPDATE deadlines_clock c
    SET due_at = p.target, revision = p.revision, is_provisional = p.is_provisional, promised_at = p.promised,
        ladder_at = p.ladder, amber_at = p.amber, next_rung = CASE WHEN p.has_new_ladder THEN p.coming ELSE c.next_rung END,
        next_rung_at = CASE WHEN p.has_new_ladder THEN p.ladder[p.coming] ELSE c.next_rung_at END,
        redated_by = CASE WHEN p.target <> p.before THEN %(change)s ELSE c.redated_by END,
        spared_until = CASE WHEN p.target <> p.before AND p.computed <= %(now)s AND p.before > %(now)s
            THEN GREATEST(c.spared_until, p.before) ELSE c.spared_until END
    FROM going p
    WHERE c.id = p.id AND c.id > %(after)s AND c.id <= %(upto)s
    RETURNING c.id, c.kind, c.label_zh, c.label_en, c.enterprise_id, c.thread, c.revision, p.before, p.target, p.computed
)
INSERT INTO events_event (kind, at, actor_name, subject_type, subject_id, enterprise_id, thread, is_internal, data)
SELECT 'clock.redated', %(now)s, '', 'deadlines.clock', id::text, enterprise_id, thread, false,
       jsonb_build_object('clock', kind, 'label_zh', label_zh, 'label_en', label_en, 'due_at', target, 'before_at', before,
           'would_have_been_at', computed, 'revision', revision, 'year', %(year)s, 'change', %(change)s)
FROM moved WHERE target <> before
"""
# Warnings of a date that was put off are news no more, as after a pause; a breach stays what it was.
WITHDRAW = """
WITH withdrawn AS (
    UPDATE deadlines_rung r SET withdrawn_at = %(now)s
    FROM redate_plan p
    WHERE r.clock_id = p.id AND r.clock_id > %(after)s AND r.clock_id <= %(upto)s
        AND p.target > p.before AND r.revision < p.revision AND r.code LIKE 'W%%' AND r.withdrawn_at IS NULL
    RETURNING 'rung:' || r.clock_id || ':' || r.revision || ':' || r.code AS key
), unread AS (
    UPDATE notices_notice n SET read_at = COALESCE(n.read_at, %(now)s) FROM withdrawn w
    WHERE n.dedupe_key ~>=~ (w.key || ':') AND n.dedupe_key ~<~ (w.key || ';')
    RETURNING n.id
)
DELETE FROM notices_outboxmessage o USING unread u WHERE o.notice_id = u.id AND o.delivered_at IS NULL
"""
COUNT = """
SELECT count(*) FILTER (WHERE target < before), count(*) FILTER (WHERE target > before),
       count(*) FILTER (WHERE was_provisional AND NOT is_provisional), (SELECT count(*) FROM redate_held) - count(*)
FROM redate_plan
"""


@dataclass(frozen=True)
class Move:
    """One clock of a preview."""

    clock: Clock
    before: datetime
    after: datetime

    @property
    def is_later(self) -> bool:
        return self.after > self.before


@dataclass(frozen=True)
class Effect:
    """What a change does to the open clocks; `moves` are the farthest first."""

    open: int
    earlier: int
    later: int
    certain: int
    paused: int
    moves: Sequence[Move] = ()

    @property
    def moved(self) -> int:
        return self.earlier + self.later

    @property
    def unmoved(self) -> int:
        return self.open - self.moved


def table_of(years: Mapping[int, workdays.Year]) -> dict[str, Any]:
    """Years as they are kept in a CalendarChange."""
    return {
        str(number): {
            "status": year.status,
            "off": {day.isoformat(): name for day, name in sorted(year.off.items())},
            "on": {day.isoformat(): name for day, name in sorted(year.on.items())},
        }
        for number, year in years.items()
    }


def years_of(table: Mapping[str, Any]) -> dict[int, workdays.Year]:
    """The years of a table_of."""
    return {
        int(number): workdays.Year(
            year["status"],
            {date.fromisoformat(day): name for day, name in year["off"].items()},
            {date.fromisoformat(day): name for day, name in year["on"].items()},
        )
        for number, year in table.items()
    }


def preview(old: workdays.Calendar, new: workdays.Calendar, now: datetime, most: int = 50) -> Effect:
    """What changing from one calendar to another would do to the open clocks; nothing is written."""
    with transaction.atomic():
        counted = Clock.objects.open().count()
        paused = Clock.objects.filter(state="paused").count()
        window = _window(old, new)
        if window is None:
            return Effect(counted, 0, 0, 0, paused)
        with _tables(old, new), connection.cursor() as cursor:
            # all clocks at once, not a batch of them: in memory rather than on disk
            cursor.execute("SET LOCAL work_mem = '64MB'")
            cursor.execute(LOOK, {"first": window[0], "last": window[1]})
            earlier, later, certain = _plan(old, new, now)
            cursor.execute(
                "SELECT id, before, target FROM redate_plan WHERE target <> before "
                "ORDER BY abs(extract(epoch FROM target - before)) DESC, id LIMIT %s",
                [most],
            )
            found = cursor.fetchall()
    clocks = Clock.objects.select_related("enterprise", "department").in_bulk([row[0] for row in found])
    moves = [Move(clocks[pk], before, after) for pk, before, after in found]
    return Effect(counted, earlier, later, certain, paused, moves)


def cut(change: CalendarChange) -> None:
    """The slices of a change that has just been made: as even as the open clocks allow, few where these are few."""
    slices = min(SLICES, max(1, Clock.objects.open().count() // SLICE_AT_LEAST))
    shares = [place / slices for place in range(1, slices)]
    with connection.cursor() as cursor:
        cursor.execute(CUT, [shares])
        ends = sorted(set(cursor.fetchone()[0] or ())) if shares else []
    ChangeSlice.objects.bulk_create(
        ChangeSlice(change=change, after=after, upto=upto, cursor=after)
        for after, upto in zip([0, *ends], [*ends, END], strict=True)
    )


def work_off(now: datetime, *, seconds: float = 8.0) -> int:
    """Go on with a change that is under way, for about so long; how many clocks were looked at. For task and thread."""
    change = CalendarChange.objects.filter(state=ChangeState.RUNNING).first()
    if change is None or guard.held_since():
        return 0
    return _run(change, now, seconds=seconds)


def apply_all(change: CalendarChange, now: datetime) -> CalendarChange:
    """Work a change off to its end at once, without waiting for what may have begun beside it."""
    while change.state == ChangeState.RUNNING:
        _run(change, now, settle=timedelta(0))
        change.refresh_from_db()
    return change


def _run(change: CalendarChange, now: datetime, *, seconds: float = 8.0, settle: timedelta = SETTLE) -> int:
    """One pass over each slice, for about so long; slices beside each other, each session with tables of its own."""
    ends = ticks.monotonic() + seconds
    slices = list(change.slices.filter(is_done=False).values_list("pk", flat=True))

    def work(_session: int) -> int:
        return sum(_pass(slices, change, now, ends, settle))

    def work_apart(session: int) -> int:
        try:
            return work(session)
        finally:
            connection.close()

    if len(slices) < SESSIONS:
        return work(0)
    with ThreadPoolExecutor(SESSIONS, "redating") as pool:
        return sum(pool.map(work_apart, range(SESSIONS)))


def _pass(
    slices: Sequence[int], change: CalendarChange, now: datetime, ends: float, settle: timedelta
) -> Iterator[int]:
    """How many clocks were looked at in each batch, slice after slice; one that another session has is left to it."""
    new = selectors.calendar()
    old = workdays.Calendar({**new.years, **years_of(change.before)})
    with _tables(old, new):
        for pk in slices:
            while looked := batch(pk, old, new, now, settle):
                failpoint("redate.committed")
                yield looked
                if ticks.monotonic() > ends:
                    return
            failpoint("redate.committed")


@transaction.atomic
def batch(pk: int, old: workdays.Calendar, new: workdays.Calendar, now: datetime, settle: timedelta = SETTLE) -> int:
    """The next clocks of a slice, with its cursor, in one transaction; 0 at the end of a pass, or if there is nothing to do
    or another session does it. The temporary tables must be there (see _tables)."""
    # by the slice alone: its usual order joins the change, and would lock that as well, for all slices
    one = (
        ChangeSlice.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk, is_done=False)
        .order_by()
        .first()
    )
    if one is None:
        return 0
    change = CalendarChange.objects.get(pk=one.change_id)
    values: dict[str, Any] = {"change": change.pk, "year": change.year, "now": now}
    values |= {"after": one.cursor, "end": one.upto, "batch": BATCH}
    seen, values["upto"], held = _hold(_window(old, new), values)
    if not seen:
        _end_pass(one, change, now, settle)
        return 0
    # a clock that was stopped meanwhile is left out as well, which costs at most one more pass
    one.has_left_out = one.has_left_out or held < seen
    one.cursor = values["upto"]
    one.save()
    failpoint("redate.held")
    earlier, later, certain = _plan(old, new, now)
    with connection.cursor() as cursor:
        cursor.execute(MOVE, values)
        if later:
            cursor.execute(WITHDRAW, values)
    failpoint("redate.moved")
    # last of all, since the other sessions wait for it
    CalendarChange.objects.filter(pk=change.pk).update(
        earlier=F("earlier") + earlier, later=F("later") + later, certain=F("certain") + certain
    )
    return seen


def _hold(window: tuple[datetime, datetime] | None, values: Mapping[str, Any]) -> tuple[int, int, int]:
    """Lock the next clocks and put them into redate_held: how many are next, the last of them, how many were free."""
    if window is None:
        return 0, 0, 0
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE redate_held")
        cursor.execute(HOLD, {**values, "first": window[0], "last": window[1]})
        seen, last_id, held = cursor.fetchone()
    return seen, last_id, held


def _end_pass(one: ChangeSlice, change: CalendarChange, now: datetime, settle: timedelta) -> None:
    """Another pass if this one left a clock out or began too soon; else the slice is done, and with the last the change."""
    began_late_enough = not settle or (one.passes > 0 and now >= change.made_at + settle)
    one.is_done = began_late_enough and not one.has_left_out
    one.passes, one.cursor, one.has_left_out = one.passes + 1, one.after, False
    one.save()
    if not one.is_done:
        return
    # of two slices that end at once, the second sees the first
    change = CalendarChange.objects.select_for_update().get(pk=change.pk)
    if change.slices.filter(is_done=False).exists():
        return
    change.state, change.finished_at = ChangeState.DONE, now
    change.save()
    events.record(
        "calendar.changed",
        subject=change,
        by=change.made_by,
        at=now,
        internal=True,
        year=change.year,
        act=change.act,
        earlier=change.earlier,
        later=change.later,
        certain=change.certain,
    )


def _plan(old: workdays.Calendar, new: workdays.Calendar, now: datetime) -> tuple[int, int, int]:
    """Date the clocks of redate_held, into redate_plan; how many move earlier, move later, become certain."""
    hours = selectors.office_hours()
    floor = workdays.at(new.add(workdays.local_day(now), WORKING_DAYS_AT_LEAST), hours.closes)
    values: dict[str, Any] = {"opens": hours.opens, "closes": hours.closes, "floor": floor}
    with connection.cursor() as cursor:
        # without it the planner takes them for a handful of clocks
        cursor.execute("ANALYZE redate_held (state, unit, start_day, extended_by)")
        cursor.execute("TRUNCATE redate_plan")
        cursor.execute(PLAN, values)
        cursor.execute(PLAN_PAUSED)
        rows = list(_counted_singly(old, new, floor))
        if rows:
            cursor.execute(PLAN_SINGLY, [json.dumps(rows, default=datetime.isoformat)])
        cursor.execute(COUNT)
        earlier, later, certain, left_out = cursor.fetchone()
    if left_out:
        logger.warning("%s clocks reach beyond the calendar and keep their dates", left_out)
    return earlier, later, certain


def _counted_singly(old: workdays.Calendar, new: workdays.Calendar, floor: datetime) -> Iterator[dict[str, Any]]:
    """The clocks that the statement leaves out: those with limits in other units."""
    held = RawSQL("SELECT id FROM redate_held WHERE state = 'running' AND unit <> 'working_day'", ())
    for clock in Clock.objects.filter(pk__in=held).with_pauses().iterator(chunk_size=1000):
        with suppress(workdays.OutsideCalendar):
            yield _row(clock, old, new, floor)


def _row(clock: Clock, old: workdays.Calendar, new: workdays.Calendar, floor: datetime) -> dict[str, Any]:
    hours, limit, pauses = selectors.office_hours(), selectors.limit_of(clock), _pauses(clock)
    computed = workdays.due_at(new, clock.started_at, limit, pauses, hours)
    if computed == workdays.due_at(old, clock.started_at, limit, pauses, hours):
        target = clock.due_at
    elif computed < clock.due_at:
        target = max(computed, min(clock.due_at, floor))
    else:
        target = computed
    promised = clock.promised_at
    if clock.extended_by and target != clock.due_at:
        promised = workdays.due_at(new, clock.started_at, workdays.Limit(clock.amount, clock.unit), pauses, hours)
    steps = ladder.rungs(limit, clock.started_at, target, new, pauses, hours)
    instants = [step.at if step else None for step in steps]
    return {
        "id": clock.pk,
        "state": clock.state,
        "before": clock.due_at,
        "computed": computed,
        "target": target,
        "promised": promised,
        "ladder": instants,
        "amber": ladder.amber_from(steps) or target,
        "next": next(place for place, step in enumerate(steps, 1) if step),
        "has_new_ladder": instants != clock.ladder_at,
        "was_provisional": clock.is_provisional,
        "is_provisional": new.is_provisional(workdays.local_day(target)),
        "revision": clock.revision + (target != clock.due_at),
    }


def _pauses(clock: Clock) -> tuple[workdays.Pause, ...]:
    """The closed pauses that came with the clock (ClockQuerySet.with_pauses)."""
    rows = getattr(clock, "pause_rows", [])
    return tuple(
        workdays.Pause(datetime.fromisoformat(row["started_at"]), datetime.fromisoformat(row["ended_at"]))
        for row in rows
        if row["ended_at"]
    )


def _differing(old: workdays.Calendar, new: workdays.Calendar) -> tuple[date, date] | None:
    """The first and the last day on which two calendars differ: in whether it is worked, or how certain its year is."""
    days: list[date] = []
    for number, year in new.years.items():
        before = old.years[number]
        if before.status != year.status:
            days += [date(number, 1, 1), date(number, 12, 31)]
        if before is not year:
            named = {*before.off, *before.on, *year.off, *year.on}
            days += [day for day in named if old.is_working(day) != new.is_working(day)]
    return (min(days), max(days)) if days else None


def _window(old: workdays.Calendar, new: workdays.Calendar) -> tuple[datetime, datetime] | None:
    """Clocks that end before the first instant, or begin after the second, keep date and ladder."""
    differing = _differing(old, new)
    if differing is None:
        return None
    first, last = differing
    return workdays.at(first, time.min) - LADDER_REACH, workdays.at(last + workdays.ONE_DAY, time.min) + LADDER_REACH


@contextmanager
def _tables(old: workdays.Calendar, new: workdays.Calendar) -> Iterator[None]:
    """Both calendars as temporary tables of this session: day and number, and the working day of each number."""
    # one that has stopped can be reopened meanwhile
    reach = Clock.objects.aggregate(first=Min("started_at"), last=Max("due_at"))
    first = max(new.first_day, workdays.local_day(reach["first"])) if reach["first"] else new.last_day
    last = min(new.last_day, workdays.local_day(reach["last"]) + MOVED_AT_MOST) if reach["last"] else new.last_day
    days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]

    def digits(is_so: Callable[[date], bool]) -> str:
        return "".join("1" if is_so(day) else "0" for day in days)

    given: dict[str, Any] = {"first": first, "provisional": digits(new.is_provisional)}
    given |= {"old": digits(old.is_working), "new": digits(new.is_working)}
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.execute(FILL, given)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE redate_day, redate_old, redate_new, redate_held, redate_plan")
