"""The sweep beside what simple systems do: one row at a time, and a nightly look at every open deadline."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Model

from bench.run import ROUNDS, Figure, figure, medians
from bench.scratch import SECOND, START, make_specialist, scratch_database, tidy
from bench.workers import Workers
from park.deadlines import selectors, workdays
from park.deadlines.enums import Source
from park.deadlines.models import Clock, Rung
from park.deadlines.sweep import sweep
from park.events.models import Event
from park.notices.models import Notice, OutboxMessage
from park.team.models import Specialist
from tests.processes.rig import start_clocks

MANY, FEW = 20_000, 500
OPEN, DUE = 10_000, 100
LATER = timedelta(days=20)
TRACES: tuple[type[Model], ...] = (Rung, Event, Notice, OutboxMessage)


def figures(seed: int) -> list[Figure]:
    """`seed` changes nothing: every clock is like the other."""
    with scratch_database():
        person = make_specialist()
        return [*firing(person), *recounting(person)]


def firing(person: Specialist, *, many: int = MANY, few: int = FEW, rounds: int = ROUNDS) -> list[Figure]:
    """Each deadline leaves a rung, an event, a notice and a mail, and moves its clock on; on every side.

    One and two processes on either side, from a common start; loops share the clocks between them.
    """
    before = traces()
    instants = [START + n * SECOND for n in range(4 * rounds)]
    for n, instant in enumerate(instants):
        start_clocks(many if n % 4 < 2 else few, first=instant, responsible=person)
    tidy()
    moments = iter(instants)
    with Workers(1) as one, Workers(2) as two:
        for workers in (one, two):
            workers.at_once(sweep_all, START - SECOND)
        swept = medians(
            lambda: expect(many, one.at_once(sweep_all, next(moments))),
            lambda: expect(many, two.at_once(sweep_all, next(moments))),
            lambda: expect(few, one.at_once(row_by_row, next(moments), shared=True)),
            lambda: expect(few, two.at_once(row_by_row, next(moments), shared=True)),
            rounds=rounds,
        )
    check_traces(before, fired=rounds * 2 * (many + few))
    alone, pair = many / swept[0], many / swept[1]
    loop, loops = few / swept[2], few / swept[3]
    compared = [
        (1, alone, "one loop, save() row by row", loop, 30),
        (2, pair, "one loop, save() row by row", loop, 50),
        (2, pair, "two loops, save() row by row", loops, 30),
    ]
    return [
        figure(
            name=f"{many:,} deadlines at once, processes: {processes}",
            ours=ours,
            unit="/s",
            peer=peer,
            theirs=theirs,
            goal=goal,
            more_is_better=True,
        )
        for processes, ours, peer, theirs, goal in compared
    ]


def recounting(person: Specialist, *, open_: int = OPEN, due: int = DUE, rounds: int = ROUNDS) -> list[Figure]:
    """What is due among many open clocks: found by the sweep, and by a loop over all of them.

    Both leave the same; the loop, run once a night, notices a breach up to a day after it happened.
    """
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE deadlines_clock CASCADE")
    before = traces()
    instants = [START + n * SECOND for n in range(2 * rounds)]
    start_clocks(open_ - due * len(instants), first=START + LATER, every=SECOND, responsible=person)
    for instant in instants:
        start_clocks(due, first=instant, responsible=person)
    tidy()
    moments = iter(instants)
    found, recounted = medians(
        lambda: expect(due, [sweep_all(next(moments))]),
        lambda: expect(open_, [recount(next(moments))]),
        rounds=rounds,
    )
    check_traces(before, fired=due * len(instants))
    return [
        figure(
            name=f"open clocks looked after, {due:,} of {open_:,} due",
            ours=open_ / found,
            unit="/s",
            peer="nightly loop: days left, save(); up to 24 h late",
            theirs=open_ / recounted,
            goal=100,
            more_is_better=True,
        )
    ]


def sweep_all(now: datetime) -> int:
    """Sweep until nothing is due that nobody else is at; how many clocks were fired."""
    fired = 0
    while clocks := sweep(source=Source.COMMAND, now=now).clocks:
        fired += clocks
    return fired


def row_by_row(now: datetime, share: int, of: int) -> int:
    """What a loop over model instances does for the same effect, one transaction a clock; how many there were."""
    due = Clock.objects.filter(state="running", next_rung_at__lte=now).annotate(whose=F("pk") % of).filter(whose=share)
    clocks = list(due.select_related("responsible__user"))
    for clock in clocks:
        _fire_one(clock, now)
    return len(clocks)


def recount(now: datetime) -> int:
    """What a nightly task does: compute the days left of every open clock and save it; how many there were."""
    calendar = selectors.calendar()
    clocks = list(Clock.objects.filter(state="running").select_related("responsible__user"))
    for clock in clocks:
        left = workdays.remaining(calendar, now, clock.due_at)
        clock.is_breached = clock.is_breached or left < 0
        if clock.next_rung_at and clock.next_rung_at <= now:
            _fire_one(clock, now)
        else:
            clock.save()
    return len(clocks)


def _fire_one(clock: Clock, now: datetime) -> None:
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


def traces() -> dict[str, int]:
    """How many rows of each kind firing has left so far."""
    return {model.__name__: model._default_manager.count() for model in TRACES}


def check_traces(before: dict[str, int], *, fired: int) -> None:
    """Every deadline that was fired since left one row of each kind, no more and no less."""
    left = {name: number - before[name] for name, number in traces().items()}
    if wrong := {name: number for name, number in left.items() if number != fired}:
        raise AssertionError(f"{fired} deadlines were fired, and left {wrong}")


def expect(number: int, shares: list[int]) -> None:
    if sum(shares) != number:
        raise AssertionError(f"{' + '.join(map(str, shares))} clocks were done, not {number}")
