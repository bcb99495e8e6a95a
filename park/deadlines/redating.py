"""Dates open clocks anew after a change of the calendar: set-based, in batches that can be taken up again, in use.

Only what the change itself moves is moved: a clock whose limit ends on the same day by the old and the new calendar keeps
its stored date, whatever else has shaped that. No clock is moved earlier to less than two working days from now. A paused
clock is dated when it runs on; here it only learns whether its year is certain. A rung that was told for the old date and
lies in the past of the new ladder is recorded as skipped, so that nobody is told twice for one reason.

From the moment of a change new clocks use the new calendar. One that began beside it, by the old one, is found by the last
pass, which begins no sooner than SETTLE after the change and must find no clock in use.
"""

import logging
import time as ticks
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection, transaction

from park.deadlines import guard, ladder, selectors, workdays
from park.deadlines.models import CalendarChange, ChangeState, Clock
from park.events import services as events

logger = logging.getLogger(__name__)

BATCH = 5000
# Longer than any transaction of a request: one that has read the old calendar has ended by then.
SETTLE = timedelta(seconds=30)
# A rung after the deadline lies at most this far from it: five working days across the longest holidays.
LADDER_REACH = timedelta(days=25)
WORKING_DAYS_AT_LEAST = 2

TABLES = """
DROP TABLE IF EXISTS redate_day, redate_old, redate_new, redate_plan;
CREATE TEMP TABLE redate_day (day date PRIMARY KEY, old_n int, new_n int, new_works int, is_provisional bool);
CREATE TEMP TABLE redate_old (n int PRIMARY KEY, day date);
CREATE TEMP TABLE redate_new (n int PRIMARY KEY, day date);
CREATE TEMP TABLE redate_plan (
    id bigint PRIMARY KEY, state text, before timestamptz, computed timestamptz, target timestamptz, promised timestamptz,
    ladder timestamptz[], amber timestamptz, was_provisional bool, is_provisional bool
);
"""
FILL = """
INSERT INTO redate_day
SELECT * FROM unnest(%(day)s::date[], %(old_n)s::int[], %(new_n)s::int[], %(works)s::int[], %(prov)s::bool[]);
INSERT INTO redate_old SELECT * FROM unnest(%(old_k)s::int[], %(old_day)s::date[]);
INSERT INTO redate_new SELECT * FROM unnest(%(new_k)s::int[], %(new_day)s::date[]);
ANALYZE redate_day; ANALYZE redate_old; ANALYZE redate_new;
"""

# Which clocks a change can touch: those that run across a changed day, or whose rungs after the deadline reach one.
TOUCHED = "started_at < %(last)s AND due_at >= %(first)s"

# Limits in working days without an extension, as workdays.due_at and ladder.rungs count them (a test compares them).
PLAN = f"""
INSERT INTO redate_plan
WITH picked AS (
    SELECT id, amount, due_at, is_provisional, (started_at AT TIME ZONE 'Asia/Shanghai')::date AS start_day,
           (amount * {ladder.W1_PERCENT} + 99) / 100 AS used, amount <= {ladder.SHORT_UP_TO["working_day"]} AS is_short
    FROM deadlines_clock
    WHERE state = 'running' AND unit = 'working_day' AND extended_by = 0 AND {TOUCHED}
        AND (%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s))
), base AS (
    SELECT p.*, d.old_n + p.amount AS old_k, d.new_n + p.amount AS new_k, d.new_n + p.used AS used_k
    FROM picked p JOIN redate_day d ON d.day = p.start_day
), stretch AS (
    -- days that two pauses share count once
    SELECT s.clock_id, s.id, s.started_at, (s.ended_at AT TIME ZONE 'Asia/Shanghai')::date AS last,
           GREATEST((s.started_at AT TIME ZONE 'Asia/Shanghai')::date, max((s.ended_at AT TIME ZONE 'Asia/Shanghai')::date)
               OVER (PARTITION BY s.clock_id ORDER BY s.started_at, s.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
           ) AS first
    FROM deadlines_pause s JOIN picked p ON p.id = s.clock_id WHERE s.ended_at IS NOT NULL
), stood AS (
    SELECT s.clock_id, s.id, s.started_at, GREATEST(0, b.old_n - a.old_n) AS old_stood,
           GREATEST(0, b.new_n - a.new_n) AS new_stood
    FROM stretch s JOIN redate_day a ON a.day = s.first JOIN redate_day b ON b.day = s.last
), walked AS (
    SELECT s.clock_id, s.id, s.started_at, w.which, w.stood, w.k + COALESCE(sum(w.stood) OVER (
        PARTITION BY s.clock_id, w.which ORDER BY s.started_at, s.id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0
    )::int AS k
    FROM stood s JOIN base b ON b.id = s.clock_id, LATERAL (VALUES
        ('old', b.old_k, s.old_stood), ('due', b.new_k, s.new_stood), ('used', b.used_k, s.new_stood)) w(which, k, stood)
), judged AS (
    -- a pause that begins when the limit has ended moves nothing, nor does any after it
    SELECT w.clock_id, w.which, w.stood, bool_or(w.started_at >=
        ((CASE w.which WHEN 'old' THEN o.day ELSE n.day END) + %(closes)s::time) AT TIME ZONE 'Asia/Shanghai'
    ) OVER (PARTITION BY w.clock_id, w.which ORDER BY w.started_at, w.id) AS is_late
    FROM walked w LEFT JOIN redate_old o ON o.n = w.k LEFT JOIN redate_new n ON n.n = w.k
), paused AS (
    SELECT clock_id, COALESCE(sum(stood) FILTER (WHERE which = 'old'), 0)::int AS old_stood,
           COALESCE(sum(stood) FILTER (WHERE which = 'due'), 0)::int AS new_stood,
           COALESCE(sum(stood) FILTER (WHERE which = 'used'), 0)::int AS used_stood
    FROM judged WHERE is_late IS NOT TRUE GROUP BY clock_id
), computed AS (
    SELECT b.*, o.day AS old_day, (n.day + %(closes)s::time) AT TIME ZONE 'Asia/Shanghai' AS computed, u.day AS used_day,
           n.day AS computed_day
    FROM base b LEFT JOIN paused p ON p.clock_id = b.id
        JOIN redate_old o ON o.n = b.old_k + COALESCE(p.old_stood, 0)
        JOIN redate_new n ON n.n = b.new_k + COALESCE(p.new_stood, 0)
        JOIN redate_new u ON u.n = b.used_k + COALESCE(p.used_stood, 0)
), target AS (
    SELECT c.*, CASE WHEN old_day = computed_day THEN due_at
        WHEN computed < due_at THEN GREATEST(computed, LEAST(due_at, %(floor)s)) ELSE computed END AS target
    FROM computed c
), stepped AS (
    SELECT t.*, d.is_provisional AS will_be_provisional, d.day AS target_day,
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
           CASE WHEN w2 > start_day THEN (w2 + %(opens)s::time) AT TIME ZONE 'Asia/Shanghai' END AS w2_at,
           CASE WHEN w3 > start_day THEN (w3 + %(opens)s::time) AT TIME ZONE 'Asia/Shanghai' END AS w3_at,
           (b1 + %(opens)s::time) AT TIME ZONE 'Asia/Shanghai' AS b1_at,
           (b2 + %(opens)s::time) AT TIME ZONE 'Asia/Shanghai' AS b2_at
    FROM stepped s
), told AS (
    SELECT t.*, CASE WHEN w1_at < LEAST(w2_at, w3_at, target) THEN w1_at END AS first_at FROM timed t
)
SELECT id, 'running', due_at, computed, target, NULL, ARRAY[first_at, w2_at, w3_at, target, b1_at, b2_at],
       COALESCE(first_at, w2_at, w3_at, target), is_provisional, will_be_provisional
FROM told
"""  # noqa: S608  numbers of the ladder and TOUCHED alone

# A paused clock has no date until it runs on; whether the year of the one it had is certain, it learns at once.
PLAN_PAUSED = f"""
INSERT INTO redate_plan
SELECT c.id, c.state, c.due_at, c.due_at, c.due_at, c.promised_at, c.ladder_at, c.amber_at, c.is_provisional, d.is_provisional
FROM deadlines_clock c JOIN redate_day d ON d.day = (c.due_at AT TIME ZONE 'Asia/Shanghai')::date
WHERE c.state = 'paused' AND {TOUCHED} AND (%(ids)s::bigint[] IS NULL OR c.id = ANY(%(ids)s))
"""  # noqa: S608

NOTE_MOVED = """
INSERT INTO deadlines_redated (clock_id, change_id, at, before, after, would_have_been, is_only_by_calendar)
SELECT id, %(change)s, %(now)s, before, target, computed, computed <= %(now)s AND before > %(now)s
FROM redate_plan WHERE target <> before
"""
SKIP_TOLD = """
INSERT INTO deadlines_rung (clock_id, revision, code, scheduled_for, fired_at, is_skipped, source)
SELECT p.id, c.revision + 1, codes.code, p.ladder[codes.place], %(now)s, true, 'request'
FROM redate_plan p JOIN deadlines_clock c ON c.id = p.id,
     unnest(ARRAY['W1','W2','W3','B0','B1','B2']) WITH ORDINALITY AS codes(code, place)
WHERE p.target <> p.before AND p.ladder[codes.place] <= %(now)s
    AND EXISTS (SELECT 1 FROM deadlines_rung r WHERE r.clock_id = p.id AND r.code = codes.code)
ON CONFLICT (clock_id, revision, code) DO NOTHING
"""
MOVE = """
UPDATE deadlines_clock c
SET due_at = p.target, revision = c.revision + (p.target <> p.before)::int, is_provisional = p.is_provisional,
    promised_at = p.promised, ladder_at = p.ladder, amber_at = p.amber, next_rung = n.place, next_rung_at = n.at
FROM redate_plan p LEFT JOIN LATERAL (
    SELECT r.place, r.at FROM unnest(p.ladder) WITH ORDINALITY AS r(at, place), deadlines_clock k
    WHERE k.id = p.id AND p.state = 'running' AND r.at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM deadlines_rung f WHERE f.clock_id = p.id AND f.revision = k.revision + (p.target <> p.before)::int
        AND f.code = (ARRAY['W1','W2','W3','B0','B1','B2'])[r.place])
    ORDER BY r.place LIMIT 1
) n ON true
WHERE c.id = p.id AND (p.target <> p.before OR c.ladder_at IS DISTINCT FROM p.ladder
    OR c.promised_at IS DISTINCT FROM p.promised
    OR c.is_provisional <> p.is_provisional)
"""
RECORD = """
INSERT INTO events_event (kind, at, actor_name, subject_type, subject_id, enterprise_id, thread, is_internal, data)
SELECT 'clock.redated', %(now)s, '', 'deadlines.clock', c.id::text, c.enterprise_id, c.thread, false,
       jsonb_build_object('clock', c.kind, 'label_zh', c.label_zh, 'label_en', c.label_en, 'due_at', p.target,
           'before_at', p.before, 'would_have_been_at', p.computed, 'revision', c.revision,
           'year', %(year)s, 'change', %(change)s)
FROM redate_plan p JOIN deadlines_clock c ON c.id = p.id WHERE p.target <> p.before
"""
# Warnings of a date that was put off are news no more, as after a pause; a breach stays what it was.
WITHDRAW = """
WITH withdrawn AS (
    UPDATE deadlines_rung r SET withdrawn_at = %(now)s
    FROM redate_plan p JOIN deadlines_clock c ON c.id = p.id
    WHERE r.clock_id = p.id AND p.target > p.before AND r.revision < c.revision AND r.code LIKE 'W%%' AND r.withdrawn_at IS NULL
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
       count(*) FILTER (WHERE was_provisional AND NOT is_provisional)
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
        if _differing(old, new) is None:
            return Effect(counted, 0, 0, 0, paused)
        with _tables(old, new):
            _plan(old, new, now, None)
            with connection.cursor() as cursor:
                cursor.execute(COUNT)
                earlier, later, certain = cursor.fetchone()
                cursor.execute(
                    "SELECT id, before, target FROM redate_plan WHERE target <> before "
                    "ORDER BY abs(extract(epoch FROM target - before)) DESC, id LIMIT %s",
                    [most],
                )
                found = cursor.fetchall()
    clocks = Clock.objects.select_related("enterprise", "department").in_bulk([row[0] for row in found])
    moves = [Move(clocks[pk], before, after) for pk, before, after in found]
    return Effect(counted, earlier, later, certain, paused, moves)


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
    ends = ticks.monotonic() + seconds
    new = selectors.calendar()
    old = workdays.Calendar({**new.years, **years_of(change.before)})
    looked = 0
    with _tables(old, new):
        while True:
            taken = batch(change.pk, old, new, now, settle)
            looked += taken or 0
            if not taken or ticks.monotonic() > ends:
                return looked


@transaction.atomic
def batch(
    pk: int, old: workdays.Calendar, new: workdays.Calendar, now: datetime, settle: timedelta = SETTLE
) -> int | None:
    """The next clocks of a change, with its cursor, in one transaction; 0 at the end of a pass, None if there is nothing to
    do or another process does it. The temporary tables must be there (see _tables)."""
    change = CalendarChange.objects.select_for_update(skip_locked=True).filter(pk=pk, state=ChangeState.RUNNING).first()
    if change is None:
        return None
    window = _window(old, new)
    ids = _next_ids(change, window) if window else []
    if not ids:
        return _end_pass(change, now, settle)
    held = list(
        Clock.objects.select_for_update(skip_locked=True).filter(pk__in=ids).open().values_list("pk", flat=True)
    )
    # a clock that was stopped meanwhile is left out as well, which costs at most one more pass
    change.has_left_out = change.has_left_out or len(held) < len(ids)
    change.cursor = ids[-1]
    _plan(old, new, now, held)
    with connection.cursor() as cursor:
        cursor.execute(COUNT)
        earlier, later, certain = cursor.fetchone()
        values: dict[str, Any] = {"change": change.pk, "now": now, "year": change.year}
        for statement in (NOTE_MOVED, SKIP_TOLD, MOVE, RECORD, WITHDRAW) if earlier or later else (MOVE,):
            cursor.execute(statement, values)
    change.earlier, change.later, change.certain = (
        change.earlier + earlier,
        change.later + later,
        change.certain + certain,
    )
    change.save()
    return len(ids)


def _next_ids(change: CalendarChange, window: tuple[datetime, datetime]) -> list[int]:
    first, last = window
    clocks = Clock.objects.open().filter(pk__gt=change.cursor, started_at__lt=last, due_at__gte=first)
    if change.passes:
        clocks = clocks.exclude(redated__change=change)
    return list(clocks.order_by("pk").values_list("pk", flat=True)[:BATCH])


def _end_pass(change: CalendarChange, now: datetime, settle: timedelta) -> int:
    """Another pass if this one left a clock out or began too soon; else the change is done."""
    began_late_enough = not settle or (change.passes > 0 and now >= change.made_at + settle)
    is_done = began_late_enough and not change.has_left_out
    change.passes, change.cursor, change.has_left_out = change.passes + 1, 0, False
    if is_done:
        change.state, change.finished_at = ChangeState.DONE, now
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
    change.save()
    return 0


def _plan(old: workdays.Calendar, new: workdays.Calendar, now: datetime, ids: Sequence[int] | None) -> None:
    window = _window(old, new)
    if window is None:
        return
    hours = selectors.office_hours()
    floor = workdays.at(new.add(workdays.local_day(now), WORKING_DAYS_AT_LEAST), hours.closes)
    values: dict[str, Any] = {
        "first": window[0],
        "last": window[1],
        "ids": None if ids is None else list(ids),
        "opens": hours.opens,
        "closes": hours.closes,
        "floor": floor,
    }
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE redate_plan")
        cursor.execute(PLAN, values)
        cursor.execute(PLAN_PAUSED, values)
        rows = list(_counted_singly(old, new, window, floor, ids))
        if rows:
            cursor.executemany("INSERT INTO redate_plan VALUES (%s, 'running', %s, %s, %s, %s, %s, %s, %s, %s)", rows)


def _counted_singly(
    old: workdays.Calendar,
    new: workdays.Calendar,
    window: tuple[datetime, datetime],
    floor: datetime,
    ids: Sequence[int] | None,
) -> Iterator[tuple[Any, ...]]:
    """The clocks that the statement leaves out: limits in other units, and those that were extended."""
    clocks = Clock.objects.filter(state="running", started_at__lt=window[1], due_at__gte=window[0]).with_pauses()
    clocks = clocks.exclude(unit="working_day", extended_by=0)
    if ids is not None:
        clocks = clocks.filter(pk__in=ids)
    for clock in clocks.iterator(chunk_size=1000):
        try:
            yield _row(clock, old, new, floor)
        except workdays.OutsideCalendar:
            logger.warning("clock %s reaches beyond the calendar and keeps its date", clock.pk)


def _row(clock: Clock, old: workdays.Calendar, new: workdays.Calendar, floor: datetime) -> tuple[Any, ...]:
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
    return (
        clock.pk,
        clock.due_at,
        computed,
        target,
        promised,
        [step.at if step else None for step in steps],
        ladder.amber_from(steps) or target,
        clock.is_provisional,
        new.is_provisional(workdays.local_day(target)),
    )


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
    first, last = new.first_day, new.last_day
    days = [date.fromordinal(n) for n in range(first.toordinal(), last.toordinal() + 1)]
    numbered: dict[str, list[Any]] = {"day": days, "works": [int(new.is_working(day)) for day in days]}
    numbered["prov"] = [new.is_provisional(day) for day in days]
    for name, calendar in (("old", old), ("new", new)):
        count, numbers, worked, of_days = 0, [], [], []
        for day in days:
            if calendar.is_working(day):
                count += 1
                numbers.append(count)
                worked.append(day)
            of_days.append(count)
        numbered |= {f"{name}_n": of_days, f"{name}_k": numbers, f"{name}_day": worked}
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        cursor.execute(FILL, numbered)
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS redate_day, redate_old, redate_new, redate_plan")
