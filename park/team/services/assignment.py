"""The one door by which work comes into people's hands, changes hands and leaves them.

Apps call it in the transaction of their own change, after their own locks: the departments are the last thing that is
locked. Who opens several pieces of work in one transaction first holds all their departments (`hold_departments`), in
one order, so that nobody waits for somebody who waits for them.
"""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from park.accounts.models import User
from park.runtime.statements import Statement
from park.team import kinds
from park.team.assignment import AWAY, Looked, choose
from park.team.enums import Ground
from park.team.kinds import Held, Request
from park.team.models import AssignmentDecision, OpenWork, Specialist
from park.team.rules import rules
from park.team.selectors.candidates import pool_of

EVERY_DEPARTMENT = 0


@transaction.atomic
def assign(request: Request, *, now: datetime, by: User | None = None) -> AssignmentDecision:
    """Give a piece of work to whoever the rules choose; the decision says who, and why not the others.

    Where nobody is suitable the decision names nobody and the work is nobody's; the caller tells the department's head.
    """
    return assign_many([request], now=now, by=by)[0]


# Starts the clocks of what has just been decided, given the places of the requests and who was chosen for each; their numbers.
Begin = Callable[[Sequence[tuple[int, Specialist | None]]], Sequence[int | None]]


def assign_many(
    requests: Sequence[Request], *, now: datetime, by: User | None = None, begin: Begin | None = None
) -> list[AssignmentDecision]:
    """As assign, one after the other, in the transaction of the caller. Those of different departments are decided at once:
    nobody is of two. With `begin` the work's clocks start when it is known whose they are."""
    hold_departments(request.department for request in requests)
    decided: dict[int, AssignmentDecision] = {}
    while len(decided) < len(requests):
        left = [place for place in range(len(requests)) if place not in decided]
        # of one department one at a time, since each is load for the next
        turn = sorted({requests[place].department: place for place in reversed(left)}.values())
        if any(requests[place].department is None for place in turn):
            turn = left[:1]
        decisions = _choose([requests[place] for place in turn], now=now, by=by)
        clocks = [requests[place].clock for place in turn]
        if begin:
            clocks = list(begin([(place, one.specialist) for place, one in zip(turn, decisions, strict=True)]))
        _keep(decisions, clocks)
        decided |= zip(turn, decisions, strict=True)
    return [decided[place] for place in range(len(requests))]


def _choose(requests: Sequence[Request], *, now: datetime, by: User | None) -> list[AssignmentDecision]:
    pool = pool_of(requests, now)
    decisions = []
    for request in requests:
        looked_at = pool.candidates(request)
        choice = choose(looked_at, rules().order)
        if choice.pk is None:
            person, ground = None, Ground.NOBODY
        else:
            person = pool.person(choice.pk)
            is_close = next(c.closeness for c in looked_at if c.pk == choice.pk) > 0
            ground = Ground.LOOKS_AFTER if is_close else Ground.LEAST_LOAD
        decisions.append(_decision(request, person, ground, now=now, by=by, considered=choice.looked))
    return decisions


KEEP = Statement(
    "keep_decisions",
    """
WITH put AS (
    INSERT INTO team_openwork (kind, number, specialist_id, clock, given_at)
    SELECT kind, number, specialist, clock, given_at
    FROM unnest(%(kinds)s::text[], %(numbers)s::bigint[], %(specialists)s::bigint[], %(clocks)s::bigint[],
        %(given)s::timestamptz[]) held(kind, number, specialist, clock, given_at)
    ON CONFLICT (kind, number) DO UPDATE
    SET specialist_id = EXCLUDED.specialist_id, clock = EXCLUDED.clock, given_at = EXCLUDED.given_at
)
INSERT INTO team_assignmentdecision (kind, number, department_id, is_key, specialist_id, ground, considered, decided_at,
    decided_by_id)
SELECT kind, number, department, is_key, specialist, ground, considered, %(now)s::timestamptz, %(by)s::bigint
FROM unnest(%(of_kinds)s::text[], %(of_numbers)s::bigint[], %(departments)s::bigint[], %(keys)s::boolean[],
    %(chosen)s::bigint[], %(grounds)s::text[], %(considered)s::jsonb[]) WITH ORDINALITY
    decided(kind, number, department, is_key, specialist, ground, considered, place)
ORDER BY place
RETURNING id
""",
)


def _keep(decisions: Sequence[AssignmentDecision], clocks: Sequence[int | None]) -> None:
    """The decisions, which get their numbers, and what came into hands by them, with its clocks; or left them."""
    for one in decisions:
        if one.specialist_id is None:
            release(one.kind, [one.number])
    put = [(one, clock) for one, clock in zip(decisions, clocks, strict=True) if one.specialist_id is not None]
    columns: dict[str, Any] = {
        "kinds": [one.kind for one, _clock in put],
        "numbers": [one.number for one, _clock in put],
        "specialists": [one.specialist_id for one, _clock in put],
        "clocks": [clock for _one, clock in put],
        "given": [one.decided_at for one, _clock in put],
        "now": decisions[0].decided_at,
        "by": decisions[0].decided_by_id,
        "of_kinds": [one.kind for one in decisions],
        "of_numbers": [one.number for one in decisions],
        "departments": [one.department_id for one in decisions],
        "keys": [one.is_key for one in decisions],
        "chosen": [one.specialist_id for one in decisions],
        "grounds": [str(one.ground) for one in decisions],
        "considered": [json.dumps(one.considered) for one in decisions],
    }
    with connection.cursor() as cursor:
        KEEP.execute(cursor, columns)
        for decision, (number,) in zip(decisions, cursor.fetchall(), strict=True):
            decision.pk = number


@transaction.atomic
def transfer(
    request: Request, *, to: Specialist, now: datetime, by: User | None, ground: Ground = Ground.TRANSFERRED
) -> AssignmentDecision:
    """Somebody has taken the work, or was handed it by a person: write down who has it now. The caller asks `may_take`."""
    _put([Held(request.number, to.pk, request.clock, now)], request.kind)
    decision = _decision(request, to, ground, now=now, by=by)
    decision.save()
    return decision


@transaction.atomic
def take_many(
    kind: str, rows: Collection[tuple[Held, int]], *, ground: Ground, now: datetime, by: User | None = None
) -> None:
    """Many pieces of work at once, each with the department of its person, chosen by a plan of the caller's own."""
    _put([held for held, _department in rows], kind)
    AssignmentDecision.objects.bulk_create(
        AssignmentDecision(
            kind=kind,
            number=held.number,
            department_id=department,
            specialist_id=held.specialist,
            ground=ground,
            decided_at=now,
            decided_by=by,
        )
        for held, department in rows
    )


RELEASE = Statement(
    "release_work", "DELETE FROM team_openwork WHERE kind = %(kind)s::text AND number = ANY(%(numbers)s::bigint[])"
)


def release(kind: str, numbers: Collection[int]) -> None:
    """The work is done, ended, or nobody's: it is no load any more."""
    with connection.cursor() as cursor:
        RELEASE.execute(cursor, {"kind": kind, "numbers": list(numbers)})


def put_on_clock(kind: str, number: int, clock: int) -> None:
    """The work runs on this clock from now on."""
    OpenWork.objects.filter(kind=kind, number=number).update(clock=clock)


def may_take(person: Specialist, request: Request, now: datetime) -> bool:
    """Whether a person is qualified for the work; whether they are there is theirs to know."""
    return pool_of([request], now).lacking(request).get(person.pk) in {"", AWAY}


# row by row, in the order of the list
HOLD = Statement(
    "hold_departments", "SELECT pg_advisory_xact_lock(7302002, number) FROM unnest(%(numbers)s::integer[]) number"
)


def hold_departments(departments: Iterable[int | None]) -> None:
    """Hold these departments until the transaction ends, so that the load that is compared is the load that is."""
    numbers = sorted({number or EVERY_DEPARTMENT for number in departments})
    with connection.cursor() as cursor:
        HOLD.execute(cursor, {"numbers": numbers})


def reconcile(now: datetime) -> int:
    """Make the open work be what the apps above say it is, for example after rows were restored; how many rows differed.

    What the door writes is right at once; this is the second look at it.
    """
    return sum(_reconcile(kind, now) for kind in kinds.all_kinds())


@transaction.atomic
def _reconcile(kind: kinds.Kind, now: datetime) -> int:
    kept = {row.number: row for row in OpenWork.objects.filter(kind=kind.code)}
    true = {row.number: row for row in kind.held()}
    gone = [number for number in kept if number not in true]
    wrong = [
        row
        for number, row in true.items()
        if number not in kept or (kept[number].specialist_id, kept[number].clock) != (row.specialist, row.clock)
    ]
    release(kind.code, gone)
    _put(wrong, kind.code)
    return len(gone) + len(wrong)


def _put(rows: Collection[Held], kind: str) -> None:
    OpenWork.objects.bulk_create(
        [
            OpenWork(kind=kind, number=r.number, specialist_id=r.specialist, clock=r.clock, given_at=r.given_at)
            for r in rows
        ],
        update_conflicts=True,
        unique_fields=["kind", "number"],
        update_fields=["specialist", "clock", "given_at"],
    )


def _decision(
    request: Request,
    person: Specialist | None,
    ground: Ground,
    *,
    now: datetime,
    by: User | None,
    considered: Iterable[Looked] = (),
) -> AssignmentDecision:
    return AssignmentDecision(
        kind=request.kind,
        number=request.number,
        department_id=request.department,
        is_key=request.is_key,
        specialist=person,
        ground=ground,
        considered=[one.plain() for one in considered],
        decided_at=now,
        decided_by=by,
    )
