"""The queue of the desk among a million tasks: whole pages as people ask for them, and its rows beside paging by OFFSET.

Each page is a request through everything that a request goes through but the network: sign-in, counts, rows, template.
"""

import contextlib
import itertools
import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models
from django.db.models import F, Q
from django.test import Client
from django.utils import timezone

from bench.run import ROUNDS, Figure, figure, limit
from bench.scratch import scratch_database
from lifecycle.models import Task
from lifecycle.selectors import queue
from lifecycle.selectors.queue_lanes import Key, Reader, Scope, Wanted
from lifecycle.services.standard import publish_from_file
from park.accounts.enums import Role
from park.accounts.models import User
from park.deadlines.enums import ClockState
from park.runtime.steady import settle
from park.team.models import Department, Specialist

TASKS, OPEN_OF_100, PEOPLE = 1_000_000, 15, 5
REQUESTS, ROWS_READ = 30, 10
FIRST_MS, DEEPER_AT_MOST = 60.0, 2.0
SCOPES = (Scope.MINE, Scope.DEPARTMENT, Scope.UNASSIGNED)

# Cases of every procedure in turn, each with a task for each step of the park. Of a hundred tasks some are open, with a clock,
# and of these every twentieth is paused and every sixteenth in nobody's hands.
FILL = """
INSERT INTO accounts_enterprise (name_zh, name_en, is_forming, approval, approval_note, created_at)
SELECT '计时 ' || n, '', true, 'approved', '', %(now)s FROM generate_series(1, 20000) n;
CREATE TEMP TABLE bench_procedure AS
SELECT row_number() OVER (ORDER BY p.id) - 1 AS place, p.id, p.code, p.stage, p.standard_id,
       (SELECT count(*) FROM lifecycle_node n WHERE n.procedure_id = p.id AND n.department_id IS NOT NULL) AS nodes
FROM lifecycle_procedure p;
CREATE TEMP TABLE bench_enterprise AS SELECT row_number() OVER (ORDER BY id) - 1 AS place, id FROM accounts_enterprise;
INSERT INTO lifecycle_case (uid, reference, procedure_id, enterprise_id, state, answers, created_by_id, created_at, saved_at,
    submitted_at, closing_reason, closing_remedy, result_number)
SELECT gen_random_uuid(), 'B' || n, p.id, e.id, 'in_progress', '{}', %(user)s, %(now)s, %(now)s, %(now)s, '', '', ''
FROM generate_series(0, %(count)s / (SELECT avg(nodes) FROM bench_procedure)) n
JOIN bench_procedure p ON p.place = n %% (SELECT count(*) FROM bench_procedure)
JOIN bench_enterprise e ON e.place = n %% 20000;
CREATE TEMP TABLE bench_person AS
SELECT row_number() OVER (PARTITION BY department_id ORDER BY id) - 1 AS place, id, department_id FROM team_specialist;
CREATE TEMP TABLE bench_task AS
SELECT row_number() OVER (ORDER BY c.id, n.order) AS place, c.id AS case_id, n.id AS node_id, n.department_id, p.code, p.stage,
       p.standard_id, c.enterprise_id, hashint8(c.id * 100 + n.order) & 1048575 AS dice
FROM lifecycle_case c JOIN bench_procedure p ON p.id = c.procedure_id
JOIN lifecycle_node n ON n.procedure_id = c.procedure_id AND n.department_id IS NOT NULL
LIMIT %(count)s;
CREATE TEMP TABLE bench_clock AS
SELECT place, CASE WHEN dice %% 20 = 0 THEN 'paused' ELSE 'running' END AS state,
       %(now)s + make_interval(days => dice %% 90 - 5, hours => dice %% 3) AS due_at
FROM bench_task WHERE dice %% 100 < %(open)s;
ANALYZE bench_person, bench_task, bench_clock;
INSERT INTO deadlines_clock (id, kind, label_zh, label_en, stage, procedure, department_id, enterprise_id, thread, path,
    enterprise_path, standard_version, amount, unit, started_at, first_due_at, due_at, revision, is_provisional, state,
    ladder_at, amber_at, is_breached)
SELECT place, 'step', '计时', 'Bench', stage, code, department_id, enterprise_id, 'case:' || case_id, '/desk/', '/cases/',
    standard_id, 10, 'working_day', due_at - interval '14 days', due_at, due_at, 1, false, state, '{}',
    due_at - interval '4 days', false
FROM bench_task JOIN bench_clock USING (place);
SET CONSTRAINTS ALL IMMEDIATE;
"""
# Into a table without indexes and foreign keys, which are built once for all rows.
FILL_TASKS = """
ALTER TABLE lifecycle_task DISABLE TRIGGER USER;
INSERT INTO lifecycle_task (case_id, node_id, department_id, state, assignee_id, assignment, clock_id, place_at, ready_at,
    assigned_at, claimed_at, done_at, note)
SELECT t.case_id, t.node_id, t.department_id, w.state, CASE WHEN NOT (w.is_open AND w.is_free) THEN p.id END, '{}', c.place,
    CASE WHEN c.state = 'running' THEN c.due_at ELSE '9999-01-01 00:00:00+00' END, %(now)s, %(now)s,
    CASE WHEN w.state <> 'ready' THEN %(now)s END, CASE w.state WHEN 'done' THEN %(now)s END, ''
FROM bench_task t
JOIN bench_person p ON p.department_id = t.department_id AND p.place = t.place %% %(people)s
LEFT JOIN bench_clock c ON c.place = t.place,
LATERAL (SELECT c.place IS NOT NULL AS is_open, t.dice %% 16 = 0 AS is_free,
    CASE WHEN c.place IS NULL THEN 'done' WHEN t.dice %% 16 = 0 OR t.dice %% 3 = 0 THEN 'ready' ELSE 'claimed' END AS state) w
ORDER BY t.place;
ALTER TABLE lifecycle_task ENABLE TRIGGER USER;
DROP TABLE bench_procedure, bench_enterprise, bench_person, bench_task, bench_clock;
"""
FOREIGN_KEYS = """
SELECT format('ALTER TABLE %%I DROP CONSTRAINT %%I', relname, conname),
       format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', relname, conname, pg_get_constraintdef(k.oid))
FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid WHERE t.relname = %s AND k.contype = 'f'
"""
INDEXES = """
SELECT format('DROP INDEX %%I', indexname), indexdef FROM pg_indexes
WHERE tablename = %s AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


def figures(_seed: int) -> list[Figure]:
    with scratch_database():
        now = timezone.now()
        person = fill(TASKS, now)
        reader = Reader.of(person.user)
        measured: list[Figure] = []
        for scope in SCOPES:
            pages = positions(reader, scope, now)
            rounds = [ask(person.user, scope, pages, REQUESTS) for _ in range(ROUNDS)]
            first, deep, last = (statistics.median(p95(taken[name]) for taken in rounds) for name in pages)
            open_tasks = f"{Task.objects.open().count():,} open of {TASKS:,} tasks"
            name = f"{open_tasks}, scope {scope}"
            often = f"95 of 100, median of {ROUNDS} rounds"
            measured.append(limit(name=f"{name}: first page, {often}", ours=first, unit="ms", most=FIRST_MS))
            measured.append(
                figure(
                    name=f"{name}: deep and last page, {often}",
                    ours=max(deep, last),
                    unit="ms",
                    peer="the first page",
                    theirs=first,
                    goal=1 / DEEPER_AT_MOST,
                )
            )
        rows, by_offset = rows_of_deep_pages(reader, now, ROWS_READ)
        measured.append(
            figure(
                name="rows of a page in the middle of a department",
                ours=rows * 1000,
                unit="ms",
                peer="ORDER BY over the clocks, OFFSET",
                theirs=by_offset * 1000,
                goal=10,
            )
        )
    return measured


def fill(count: int, now: datetime) -> Specialist:
    """The scene; one of the people of the fullest department."""
    publish_from_file(now=now - timedelta(days=30))
    for department, number in itertools.product(Department.objects.all(), range(PEOPLE)):
        name = f"bench-{department.pk}-{number}"
        role = Role.PARTNER if department.code.startswith("PTN") else Role.SPECIALIST
        user = User.objects.create(username=name, email=f"{name}@example.invalid", name="计时", role=role, password="!")
        Specialist.objects.create(user=user, department=department)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        given = {"count": count, "now": now, "open": OPEN_OF_100, "people": PEOPLE}
        cursor.execute(FILL, {**given, "user": User.objects.earliest("pk").pk})
        with bare(cursor, "lifecycle_task"):
            cursor.execute(FILL_TASKS, given)
        cursor.execute("SELECT department_id FROM lifecycle_task GROUP BY 1 ORDER BY count(*) DESC LIMIT 1")
        fullest = cursor.fetchone()[0]
        if not connection.in_atomic_block:
            cursor.execute("VACUUM ANALYZE")
        cursor.execute("RESET statement_timeout")
    return Specialist.objects.select_related("user", "department").filter(department=fullest).earliest("pk")


@contextlib.contextmanager
def bare(cursor: Any, table: str) -> Iterator[None]:
    """A table without its indexes and foreign keys; both are as before afterwards."""
    taken = []
    for question in (FOREIGN_KEYS, INDEXES):
        cursor.execute(question, [table])
        taken += cursor.fetchall()
    for drop, _make in taken:
        cursor.execute(drop)
    yield
    for _drop, make in reversed(taken):
        cursor.execute(make)


def positions(reader: Reader, scope: Scope, now: datetime) -> dict[str, Key | None]:
    """The keys behind which the first page, one in the middle and the last one begin."""
    tasks = by_offset_rows(reader, scope)
    count = tasks.count()
    if count < 3 * queue.PAGE:
        raise AssertionError(f"{scope}: {count} rows are no depth")
    deep, last = (Key.of(tasks[place]) for place in (count // 2, count - queue.PAGE - 1))
    found = {"first": None, "deep": deep, "last": last}
    for name, (key, place) in zip(found, ((None, 0), (deep, count // 2 + 1), (last, count - queue.PAGE)), strict=True):
        check(name, [t.pk for t in tasks[place : place + queue.PAGE]], page(reader, scope, key, now))
    return found


def check(name: str, wanted: Sequence[int], found: Sequence[int]) -> None:
    if list(wanted) != list(found):
        raise AssertionError(f"{name} page: other rows than by OFFSET")


def page(reader: Reader, scope: Scope, key: Key | None, now: datetime) -> list[int]:
    return [row.task.pk for row in queue.queue(reader, Wanted(scope, after=key), now).rows]


def ask(user: User, scope: Scope, pages: dict[str, Key | None], times: int) -> dict[str, list[float]]:
    """Milliseconds of each request, the pages in turn; one round before is not counted."""
    from allauth.mfa.totp.internal import auth  # models, which need the settings

    if not user.authenticator_set.exists():
        auth.TOTP.activate(user, auth.generate_totp_secret())
    client = Client(HTTP_HOST="localhost")
    client.force_login(user)
    settle()  # as a web process does
    taken: dict[str, list[float]] = {name: [] for name in pages}
    for number in range(times + 1):
        for name, key in pages.items():
            query = {"scope": str(scope), **({"after": str(key)} if key else {})}
            began = time.perf_counter()
            response = client.get("/desk/", query)
            seconds = time.perf_counter() - began
            shown = response.content.decode().count("data-row=")
            if response.status_code != 200 or shown != queue.PAGE:
                raise AssertionError(f"{scope}, {name} page: {response.status_code} with {shown} rows")
            if number:
                taken[name].append(seconds * 1000)
    return taken


def p95(values: Sequence[float]) -> float:
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def rows_of_deep_pages(reader: Reader, now: datetime, times: int) -> tuple[float, float]:
    """Seconds for the rows of a page in the middle, by our keys and by OFFSET, in turn; medians."""
    scope = Scope.DEPARTMENT
    tasks = by_offset_rows(reader, scope)
    middle = tasks.count() // 2
    key = Key.of(tasks[middle])
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        ours = timed(taken[0], lambda: page(reader, scope, key, now))
        theirs = timed(taken[1], lambda: [t.pk for t in tasks.all()[middle + 1 : middle + 1 + queue.PAGE]])
        check("deep", theirs, ours)
    return statistics.median(taken[0]), statistics.median(taken[1])


def timed(seconds: list[float], act: Callable[[], list[int]]) -> list[int]:
    began = time.perf_counter()
    found = act()
    seconds.append(time.perf_counter() - began)
    return found


def by_offset_rows(reader: Reader, scope: Scope) -> Any:
    """The queue as it is read from the clocks themselves, to be sliced."""
    person = reader.specialist
    if person is None:
        raise AssertionError("the scene is read by a specialist")
    scopes = {
        Scope.MINE: Q(assignee=person.pk),
        Scope.DEPARTMENT: Q(department=person.department_id) | Q(assignee=person.pk),
        Scope.UNASSIGNED: Q(department=person.department_id, assignee=None),
    }
    waits = Q(clock__state=ClockState.PAUSED, clock__is_breached=False)
    place = models.Case(models.When(waits, then=None), default=F("clock__due_at"), output_field=models.DateTimeField())
    tasks = Task.objects.open().filter(scopes[scope]).annotate(place=place)
    rows = tasks.select_related("case__procedure", "case__enterprise", "node", "department", "assignee__user", "clock")
    return rows.order_by(F("place").asc(nulls_last=True), "pk")
