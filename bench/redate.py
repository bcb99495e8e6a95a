"""Dating open clocks anew after a change of the calendar: all at once beside one row at a time, and a change that touches few.

Every clock of the scene runs across the days that change in each round; a few run so long that they reach the one day that
is changed alone.
"""

import contextlib
import random
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import F

from bench.run import ROUNDS, Figure, figure, limit
from bench.scratch import make_specialist, scratch_database
from lifecycle.models import Node, Task
from lifecycle.services.standard import publish_from_file
from park.accounts.models import User
from park.deadlines import ladder, redating, selectors, workdays, years
from park.deadlines.models import RUNGS, CalendarChange, Clock, Rung
from park.deadlines.notice_text import read
from park.events import services as events
from park.events.models import Event
from park.notices.services import withdraw
from park.team.models import Specialist

CLOCKS, FEW, KINDS = 300_000, 500, 600
ALL_SECONDS, FEW_SECONDS, PREVIEW_SECONDS = 30.0, 3.0, 5.0
NOW = workdays.at(date(2026, 12, 21), workdays.OFFICE_HOURS.opens)
TITLE = "国务院办公厅关于2027年部分节假日安排的通知\n"
SHORT = TITLE + "一、元旦：2027年1月1日（周五）至3日（周日）放假，共3天。"
LONG = TITLE + "一、元旦：2027年1月1日（周五）至5日（周二）放假，共5天。"
ONE_DAY = "\n二、清明节：4月5日（周一）放假，共1天。"

KIND = """
CREATE TEMP TABLE bench_kind (place int, name text, amount int, extended int, started timestamptz, due timestamptz,
    promised timestamptz, ladder timestamptz[], amber timestamptz, next int, paused timestamptz, resumed timestamptz)
"""
FILL = """
INSERT INTO deadlines_clock (kind, label_zh, label_en, stage, procedure, department_id, responsible_id, thread, path,
    enterprise_path, standard_version, amount, unit, started_at, first_due_at, due_at, extended_by, promised_at, revision,
    is_provisional, state, ladder_at, amber_at, next_rung, next_rung_at, is_breached)
SELECT 'pre_review', '注册材料预审', 'Pre-review', 'registration', k.name, %(department)s, %(responsible)s, 'case:' || n,
    '/desk/', '/cases/', 1, k.amount, 'working_day', k.started, k.due, k.due, k.extended, k.promised, 1, false, 'running',
    k.ladder, k.amber, k.next, k.ladder[k.next], false
FROM generate_series(0, %(count)s - 1) n JOIN bench_kind k ON k.place = n %% %(kinds)s
ORDER BY n;
INSERT INTO deadlines_pause (clock_id, reason, started_at, ended_at, note)
SELECT c.id, 'site_access', k.paused, k.resumed, ''
FROM deadlines_clock c JOIN bench_kind k ON k.name = c.procedure WHERE k.paused IS NOT NULL;
INSERT INTO deadlines_rung (clock_id, revision, code, scheduled_for, fired_at, is_skipped, source)
SELECT c.id, 1, (ARRAY['W1','W2','W3','B0','B1','B2'])[r.place], r.at, r.at, false, 'beat'
FROM deadlines_clock c, unnest(c.ladder_at) WITH ORDINALITY AS r(at, place) WHERE r.at <= %(now)s;
INSERT INTO notices_notice (recipient_id, kind, dedupe_key, path, data, created_at)
SELECT %(user)s, 'clock.' || code || '.staff', 'rung:' || clock_id || ':1:' || code || ':' || %(user)s, '/desk/', '{}', fired_at
FROM deadlines_rung;
DROP TABLE bench_kind;
"""
# Each clock is that of a task, which follows it.
FILL_CASES = """
INSERT INTO accounts_enterprise (name_zh, name_en, is_forming, approval, approval_note, created_at)
VALUES ('计时', '', true, 'approved', '', %(now)s);
INSERT INTO lifecycle_case (uid, reference, procedure_id, enterprise_id, state, answers, created_by_id, created_at, saved_at,
    submitted_at, closing_reason, closing_remedy, result_number)
SELECT gen_random_uuid(), 'B' || c.id, n.procedure_id, e.id, 'in_progress', '{}', %(user)s, %(now)s, %(now)s, %(now)s,
    '', '', ''
FROM deadlines_clock c, accounts_enterprise e, lifecycle_node n WHERE n.id = %(node)s;
SET CONSTRAINTS ALL IMMEDIATE;
ANALYZE lifecycle_case, deadlines_clock;
"""
FILL_TASKS = """
INSERT INTO lifecycle_task (case_id, node_id, department_id, state, assignee_id, assignment, clock_id, ready_at,
    assigned_at, note)
SELECT c.id, %(node)s, k.department_id, 'ready', k.responsible_id, '{}', k.id, %(now)s, %(now)s, ''
FROM lifecycle_case c JOIN deadlines_clock k ON c.reference = 'B' || k.id
"""
# The rows alone that a change leaves, of dates that nobody reckons: what PostgreSQL takes for them in one session.
BARE = """
WITH moved AS (
    UPDATE deadlines_clock SET due_at = due_at + interval '1 day', amber_at = amber_at + interval '1 day',
        next_rung_at = next_rung_at + interval '1 day', revision = revision + 1, redated_by = 0
    WHERE state = 'running'
    RETURNING id, kind, label_zh, label_en, thread, due_at, revision
)
INSERT INTO events_event (kind, at, actor_name, subject_type, subject_id, thread, is_internal, data)
SELECT 'clock.redated', %s, '', 'deadlines.clock', id::text, thread, false, jsonb_build_object('clock', kind,
    'label_zh', label_zh, 'label_en', label_en, 'due_at', due_at, 'before_at', due_at, 'would_have_been_at', due_at,
    'revision', revision, 'year', 2027, 'change', 0)
FROM moved
"""


@dataclass
class Rounds:
    """Seconds of each round."""

    ours: list[float] = field(default_factory=list)
    theirs: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)
    few: list[float] = field(default_factory=list)
    preview: list[float] = field(default_factory=list)


def figures(seed: int) -> list[Figure]:
    with scratch_database():
        person = make_specialist()
        fill(CLOCKS, person, random.Random(seed))
        tidy()
        rounds = measure(person.user, clocks=CLOCKS, few=FEW, rounds=ROUNDS, tidy=tidy)
    ours, theirs = statistics.median(rounds.ours), statistics.median(rounds.theirs)
    bare, few, preview = (
        statistics.median(rounds.bare),
        statistics.median(rounds.few),
        statistics.median(rounds.preview),
    )
    name = f"{CLOCKS:,} open clocks dated anew"
    return [
        figure(
            name=name,
            ours=(CLOCKS - FEW) / ours,
            unit="/s",
            peer="Django, save() row by row",
            theirs=FEW / theirs,
            goal=50,
            more_is_better=True,
        ),
        figure(
            name=name,
            ours=ours,
            unit="s",
            peer="UPDATE, INSERT of the same rows, no date reckoned",
            theirs=bare,
            goal=0.7,
        ),
        limit(name=name, ours=ours, unit="s", most=ALL_SECONDS),
        limit(name=f"{name}: preview", ours=preview, unit="s", most=PREVIEW_SECONDS),
        figure(name="one day changed that 3 of 100 reach", ours=few, unit="s", peer="all of them", theirs=ours, goal=5),
        limit(name="one day changed that 3 of 100 reach", ours=few, unit="s", most=FEW_SECONDS),
    ]


def fill(count: int, person: Specialist, draw: random.Random, kinds: int = KINDS) -> None:
    """Running clocks as the portal would have them at NOW: of many limits and starts, paused before, extended, warned of."""
    work_off(begin(SHORT, person.user))
    publish_from_file(now=NOW - timedelta(days=90))
    node = Node.objects.filter(department__isnull=False).earliest("pk")
    calendar, hours = selectors.calendar(), selectors.office_hours()
    rows = []
    for place in range(kinds):
        started = NOW - timedelta(days=draw.randint(0, 34), hours=draw.randint(0, 8))
        amount, extended = 90 if place % 33 == 0 else draw.choice([36, 38, 40]), 5 if place % 20 == 7 else 0
        pauses: tuple[workdays.Pause, ...] = ()
        if place % 10 == 1:
            paused = started + timedelta(days=draw.randint(0, 4))
            pauses = (workdays.Pause(paused, paused + timedelta(days=draw.randint(1, 9))),)
        limit, promise = workdays.Limit(amount + extended), workdays.Limit(amount)
        due = workdays.due_at(calendar, started, limit, pauses, hours)
        promised = workdays.due_at(calendar, started, promise, pauses, hours) if extended else None
        steps = ladder.rungs(limit, started, due, calendar, pauses, hours)
        coming = next(place for place, step in enumerate(steps, 1) if step and step.at > NOW)
        stretch = (pauses[0].start, pauses[0].end) if pauses else (None, None)
        ladder_at = [step.at if step else None for step in steps]
        amber = ladder.amber_from(steps) or due
        rows.append((place, f"B-{place}", amount, extended, started, due, promised, ladder_at, amber, coming, *stretch))
    given = {"department": person.department_id, "responsible": person.pk, "user": person.user_id}
    with connection.cursor() as cursor:
        cursor.execute(KIND)
        cursor.executemany(f"INSERT INTO bench_kind VALUES ({', '.join(['%s'] * 12)})", rows)
        cursor.execute(FILL, {**given, "count": count, "kinds": kinds, "now": NOW})
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(FILL_CASES, {**given, "node": node.pk, "now": NOW})
        cursor.execute(FILL_TASKS, {**given, "node": node.pk, "now": NOW})
        cursor.execute("RESET statement_timeout")


def tidy() -> None:
    """As the server does by itself while nobody looks."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def measure(by: User, *, clocks: int, few: int, rounds: int, tidy: Callable[[], None]) -> Rounds:
    """In each round a preview, then one by one the first `few` clocks, then at once all others; then the one day."""
    taken = Rounds()
    for number in range(rounds):
        text = SHORT if number % 2 else LONG
        proposal = years.propose(read(text), replacing=2027)
        with timed(taken.preview):
            effect = redating.preview(proposal.old, proposal.new, NOW)
        expect("previewed", clocks, effect.moved)
        change = begin(text, by)
        with timed(taken.theirs):
            row_by_row(change, few)
        expect("moved one by one", few, Clock.objects.filter(redated_by=change.pk).count())
        with timed(taken.ours):
            work_off(change)
        check(change, clocks)
        tidy()
        alone = begin(text + ONE_DAY, by)
        with timed(taken.few):
            work_off(alone)
        reached = alone.later
        check(alone, reached)
        with transaction.atomic():
            with timed(taken.bare), connection.cursor() as cursor:
                cursor.execute(BARE, [NOW])
                expect("rows of the bare statement", clocks, cursor.rowcount)
            transaction.set_rollback(True)
        if not 0 < reached <= clocks / 20:
            raise AssertionError(f"{reached} of {clocks} clocks reach the one day")
        tidy()
    return taken


@contextlib.contextmanager
def timed(seconds: list[float]) -> Iterator[None]:
    began = time.perf_counter()
    yield
    seconds.append(time.perf_counter() - began)


def begin(text: str, by: User) -> CalendarChange:
    replacing = 2027 if CalendarChange.objects.exists() else None
    return years.set_year(read(text), by=by, now=NOW, text=text, replacing=replacing)


def work_off(change: CalendarChange) -> CalendarChange:
    return redating.apply_all(change, NOW)


def check(change: CalendarChange, moved: int) -> None:
    """Every clock that had to move has left what tells of it, once, and lies where the calendar says."""
    expect("rows", moved, Clock.objects.filter(redated_by=change.pk).count())
    expect("tasks behind their clocks", 0, Task.objects.exclude(place_at=F("clock__due_at")).count())
    expect("events", moved, Event.objects.filter(kind="clock.redated", data__change=change.pk).count())
    calendar = selectors.calendar()
    for clock in Clock.objects.order_by("-pk")[:20]:
        due = workdays.due_at(calendar, clock.started_at, selectors.limit_of(clock), selectors.pauses_of(clock))
        expect(f"due date of {clock.pk}", due, clock.due_at)


def expect(what: str, wanted: object, found: object) -> None:
    if found != wanted:
        raise AssertionError(f"{what}: {found}, not {wanted}")


def row_by_row(change: CalendarChange, most: int) -> None:
    """What a loop over model instances does for the same effect, one transaction a clock."""
    calendar, hours = selectors.calendar(), selectors.office_hours()
    for clock in Clock.objects.filter(state="running").order_by("pk")[:most]:
        with transaction.atomic():
            pauses, limit = selectors.pauses_of(clock), selectors.limit_of(clock)
            before, clock.due_at = clock.due_at, workdays.due_at(calendar, clock.started_at, limit, pauses, hours)
            if clock.extended_by:
                promise = workdays.Limit(clock.amount)
                clock.promised_at = workdays.due_at(calendar, clock.started_at, promise, pauses, hours)
            steps = ladder.rungs(limit, clock.started_at, clock.due_at, calendar, pauses, hours)
            clock.revision, clock.redated_by = clock.revision + 1, change.pk
            clock.ladder_at = [step.at if step else None for step in steps]
            clock.amber_at = ladder.amber_from(steps) or clock.due_at
            clock.is_provisional = calendar.is_provisional(workdays.local_day(clock.due_at))
            told = set(Rung.objects.filter(clock=clock).values_list("code", flat=True))
            behind = [step for step in steps if step and step.code in told and step.at <= NOW]
            for step in behind:
                given = {"code": step.code, "scheduled_for": step.at, "fired_at": NOW, "is_skipped": True}
                Rung.objects.create(clock=clock, revision=clock.revision, source="request", **given)
            coming = next(step for step in steps if step and step not in behind)
            clock.next_rung, clock.next_rung_at = RUNGS.index(coming.code) + 1, coming.at
            clock.save()
            record(change, clock, before)
            if clock.due_at > before:
                drop_warnings(clock)


def record(change: CalendarChange, clock: Clock, before: datetime) -> None:
    events.record(
        "clock.redated",
        subject=clock,
        by=None,
        at=NOW,
        enterprise_id=clock.enterprise_id,
        thread=clock.thread,
        clock=clock.kind,
        label_zh=clock.label_zh,
        label_en=clock.label_en,
        due_at=clock.due_at.isoformat(),
        before_at=before.isoformat(),
        would_have_been_at=clock.due_at.isoformat(),
        revision=clock.revision,
        year=change.year,
        change=change.pk,
    )


def drop_warnings(clock: Clock) -> None:
    old = Rung.objects.filter(clock=clock, revision__lt=clock.revision, code__startswith="W", withdrawn_at=None)
    for rung in old:
        rung.withdrawn_at = NOW
        rung.save()
        withdraw(f"rung:{clock.pk}:{rung.revision}:{rung.code}:", now=NOW)
