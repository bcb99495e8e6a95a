"""Clocks by the hundred, their rungs a few seconds apart, written as the portal's own services write them."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from faults.history import History
from faults.people import People

INSERT = """
INSERT INTO deadlines_clock (kind, label_zh, label_en, stage, procedure, department_id, responsible_id, enterprise_id, thread,
    path, enterprise_path, standard_version, amount, unit, started_at, first_due_at, due_at, revision, is_provisional, state,
    ladder_at, amber_at, next_rung, next_rung_at, is_breached)
SELECT 'trial', '试验', 'Trial', 'registration', 'REG-01', %(department)s, %(responsible)s, %(enterprise)s,
    'trial:' || (%(number)s + ordinality), '/desk/', '/cases/', 1, 3, 'working_day', %(started)s, l[4], l[4], 1, false,
    'running', l, l[1], 1, l[1], false
FROM (
    SELECT ordinality, ARRAY[w1, w2, w3, b0, b1, b2] AS l
    FROM unnest(%(w1)s::timestamptz[], %(w2)s::timestamptz[], %(w3)s::timestamptz[], %(b0)s::timestamptz[],
        %(b1)s::timestamptz[], %(b2)s::timestamptz[]) WITH ORDINALITY AS t(w1, w2, w3, b0, b1, b2, ordinality)
) AS ladders ORDER BY ordinality
RETURNING id
"""
SHORT_HAS_NO_W3 = 0.5


def ladder(first: datetime, gaps: tuple[float, float], dice: random.Random) -> list[datetime | None]:
    """Six instants that ascend; half of the ladders are short and have no W3, as the portal's own."""
    at: list[datetime | None] = []
    moment = first
    for _ in range(6):
        at.append(moment)
        moment += timedelta(seconds=round(dice.uniform(*gaps), 6))
    if dice.random() < SHORT_HAS_NO_W3:
        at[2] = None
    return at


def seed(
    people: People,
    history: History,
    count: int,
    *,
    first: datetime,
    gaps: tuple[float, float],
    number: int,
    loud: bool = False,
    label: str = "",
    spread: float = 0.0,
    dice: random.Random | None = None,
) -> list[int]:
    """Start clocks whose first rungs fall from `first` on, within `spread` seconds; `loud` ones reach people by mail.

    They go into the history once the database has acknowledged the commit.
    """
    dice = dice or random.Random(number)
    ladders = [ladder(first + timedelta(seconds=round(dice.uniform(0, spread), 6)), gaps, dice) for _ in range(count)]
    who = people.loud if loud else people.quiet
    columns: dict[str, Sequence[datetime | None]] = dict(
        zip(("w1", "w2", "w3", "b0", "b1", "b2"), zip(*ladders, strict=True), strict=True)
    )
    given = {
        "department": who.department,
        "responsible": who.responsible,
        "enterprise": who.enterprise,
        "number": number,
        # Thirty days ago: a pause moves the due date, to wherever the working days say.
        "started": first - timedelta(days=dice.choice((3, 30))),
        **{name: list(column) for name, column in columns.items()},
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(INSERT, given)
        made = sorted(row[0] for row in cursor.fetchall())
    history.write(
        "seed",
        clocks=made,
        ladders=[[at.isoformat() if at else None for at in steps] for steps in ladders],
        label=label,
    )
    return made
