"""The sweep: twenty thousand deadlines at once beside one row at a time, and the price of finding nothing."""

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "park.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402 - models need the settings

from bench.run import ROUNDS, Figure, figure, medians  # noqa: E402
from park.accounts.enums import Role  # noqa: E402
from park.accounts.models import User  # noqa: E402
from park.deadlines.enums import Source  # noqa: E402
from park.deadlines.models import Clock, Rung  # noqa: E402
from park.deadlines.sweep import fire, sweep  # noqa: E402
from park.events.models import Event  # noqa: E402
from park.notices.models import Notice, OutboxMessage  # noqa: E402
from park.team.models import Department, Specialist  # noqa: E402
from tests.processes.rig import start_clocks  # noqa: E402

MANY, FEW = 20_000, 1_000
BIG, SMALL = 1_000_000, 10_000
# So that one look is not measured but many, over tens of milliseconds.
LOOKS = 200
LIMIT_MS = 5.0
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
FAR_AWAY = datetime(2999, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def figures(seed: int) -> list[Figure]:
    """`seed` changes nothing: every clock is like the other."""
    with scratch_database():
        person = make_specialist()
        return [*_draining(person), *_finding_nothing(person)]


@contextlib.contextmanager
def scratch_database() -> Iterator[None]:
    """An empty database with all tables, beside the one of DATABASE_URL, and gone afterwards."""
    kept = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(kept, verbosity=0)


def make_specialist() -> Specialist:
    user = User.objects.create(
        username="bench", email="bench@example.invalid", name="计时", role=Role.SPECIALIST, password="!"
    )
    department = Department.objects.create(code="BENCH", name_zh="计时部", name_en="Bench")
    return Specialist.objects.create(user=user, department=department)


def _draining(person: Specialist) -> list[Figure]:
    """Each deadline leaves a rung, an event, a notice and a mail, and moves its clock on; on both sides."""
    ours = iter([START + 2 * n * SECOND for n in range(ROUNDS)])
    theirs = iter([START + (2 * n + 1) * SECOND for n in range(ROUNDS)])
    for n in range(ROUNDS):
        start_clocks(MANY, first=START + 2 * n * SECOND, responsible=person)
        start_clocks(FEW, first=START + (2 * n + 1) * SECOND, responsible=person)
    _tidy()
    at_once, by_rows = medians(lambda: _sweep_all(next(ours)), lambda: _row_by_row(next(theirs)))
    expected = ROUNDS * (MANY + FEW)
    for model in (Rung, Event, Notice, OutboxMessage):
        if model.objects.count() != expected:
            raise AssertionError(f"{model.__name__}: {model.objects.count()} rows, not {expected}")
    return [
        figure(
            name=f"{MANY:,} deadlines at once",
            ours=MANY / at_once,
            unit="/s",
            peer="Django, save() row by row",
            theirs=FEW / by_rows,
            goal=50,
            more_is_better=True,
        )
    ]


def _sweep_all(now: datetime) -> None:
    while sweep(source=Source.COMMAND, now=now).clocks:
        pass


def _row_by_row(now: datetime) -> None:
    """What a loop over model instances does for the same effect, one transaction a clock."""
    due = Clock.objects.filter(state="running", next_rung_at__lte=now).select_related("responsible__user")
    for clock in due:
        recipient = clock.responsible.user
        key = f"rung:{clock.pk}:{clock.revision}:B0:{recipient.pk}"
        data = {"label_zh": clock.label_zh, "label_en": clock.label_en, "due_at": clock.due_at.isoformat()}
        told = {"recipient": recipient, "kind": "clock.B0.staff", "path": clock.path, "data": data, "created_at": now}
        with transaction.atomic():
            Rung.objects.create(
                clock=clock,
                revision=clock.revision,
                code="B0",
                scheduled_for=clock.next_rung_at,
                fired_at=now,
                source=Source.COMMAND,
            )
            Event.objects.create(
                kind="clock.breached",
                at=clock.next_rung_at,
                subject_type="deadlines.clock",
                subject_id=str(clock.pk),
                thread=clock.thread,
                data={**data, "clock": clock.kind, "rung": "B0", "revision": clock.revision},
            )
            notice = Notice.objects.create(dedupe_key=key, **told)
            OutboxMessage.objects.create(notice=notice, channel="email", created_at=now, available_at=now)
            clock.next_rung, clock.next_rung_at, clock.is_breached = 5, clock.ladder_at[4], True
            clock.save()


def _finding_nothing(person: Specialist) -> list[Figure]:
    """One look that finds nothing due, among a million running clocks and among ten thousand."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE deadlines_clock CASCADE")
        cursor.execute("CREATE SCHEMA small")
        cursor.execute("CREATE TABLE small.deadlines_clock (LIKE public.deadlines_clock INCLUDING ALL)")
    start_clocks(BIG, first=FAR_AWAY, every=timedelta(milliseconds=1), responsible=person)
    with _small_table():
        start_clocks(SMALL, first=FAR_AWAY, every=timedelta(milliseconds=1), responsible=person)
    _tidy()
    big, small, nothing = (
        1000 * seconds / LOOKS for seconds in medians(_look_often, _look_often_in_small_table, _select_one_often)
    )
    name = f"a sweep that finds nothing, {BIG:,} clocks"
    return [
        figure(name=name, ours=big, unit="ms", peer="`select 1`, at most 5 times", theirs=nothing, goal=0.2),
        figure(name=name, ours=big, unit="ms", peer=f"{SMALL:,} clocks, at most 2.5 times", theirs=small, goal=0.4),
        figure(name=name, ours=big, unit="ms", peer="the limit", theirs=LIMIT_MS, goal=1),
    ]


def _look_often() -> None:
    for _ in range(LOOKS):
        fire(source=Source.COMMAND)


def _look_often_in_small_table() -> None:
    with _small_table():
        _look_often()


def _select_one_often() -> None:
    """In a transaction of its own, as each sweep is."""
    for _ in range(LOOKS):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()


@contextlib.contextmanager
def _small_table() -> Iterator[None]:
    """The same statements find the small table of clocks."""
    with connection.cursor() as cursor:
        cursor.execute("SET search_path = small, public")
        try:
            yield
        finally:
            cursor.execute("SET search_path = public")


def _tidy() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE deadlines_clock")
