"""The price of finding nothing: one look of the sweep among ten thousand, a million and ten million running clocks."""

import contextlib
from collections.abc import Iterator
from datetime import timedelta

from django.db import connection, transaction

from bench.run import ROUNDS, Figure, figure, limit, medians
from bench.scratch import FAR_AWAY, make_specialist, scratch_database, tidy
from park.deadlines.enums import Source
from park.deadlines.sweep import fire
from park.team.models import Specialist
from tests.processes.rig import start_clocks

SIZES = {"small": 10_000, "medium": 1_000_000, "large": 10_000_000}
# So that one look is not measured but many, over tens of milliseconds.
LOOKS = 200
LIMIT_MS = 5.0
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = %s AND tablename = 'deadlines_clock' ORDER BY indexname"


def figures(seed: int) -> list[Figure]:
    """`seed` changes nothing: every clock is like the other."""
    with scratch_database():
        return finding_nothing(make_specialist(), SIZES)


def finding_nothing(
    person: Specialist, sizes: dict[str, int], *, looks: int = LOOKS, rounds: int = ROUNDS
) -> list[Figure]:
    """`sizes` by the name of the schema that holds so many clocks, the smallest first."""
    for schema, clocks in sizes.items():
        _fill(schema, clocks, person)
    sides = [lambda schema=schema: look_often(schema, looks) for schema in sizes]
    seconds = medians(*sides, lambda: _select_one_often(looks), rounds=rounds)
    (few, first), *more = zip(sizes.values(), (1000 * s / looks for s in seconds[:-1]), strict=True)
    nothing = 1000 * seconds[-1] / looks
    return [
        row
        for clocks, ms in more
        for name in [f"a sweep that finds nothing, {clocks:,} clocks"]
        for row in (
            figure(name=name, ours=ms, unit="ms", peer="`select 1`, at most 5 times", theirs=nothing, goal=0.2),
            figure(name=name, ours=ms, unit="ms", peer=f"{few:,} clocks, at most 2.5 times", theirs=first, goal=0.4),
            limit(name=name, ours=ms, unit="ms", most=LIMIT_MS),
        )
    ]


def _fill(schema: str, clocks: int, person: Specialist) -> None:
    """The table of clocks once more, with all its indexes, which are quicker to build when the rows are there.

    It keeps no journal, which only writing would need.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA {schema}")
        cursor.execute(
            f"CREATE UNLOGGED TABLE {schema}.deadlines_clock"
            " (LIKE public.deadlines_clock INCLUDING ALL EXCLUDING INDEXES)"
        )
    with clocks_of(schema), connection.cursor() as cursor:
        # Filling takes minutes, and is not what the time limit of the portal's statements is for.
        cursor.execute("SET statement_timeout = 0")
        start_clocks(clocks, first=FAR_AWAY, every=timedelta(milliseconds=1), responsible=person)
        cursor.execute("SET maintenance_work_mem = '1GB'")
        for definition in indexes("public"):
            cursor.execute(definition.replace(" ON ", f" ON {schema}.", 1))
        tidy()
        cursor.execute("RESET maintenance_work_mem")
        cursor.execute("RESET statement_timeout")


def indexes(schema: str) -> list[str]:
    """How the indexes of this schema's clocks are made, without its name."""
    with connection.cursor() as cursor:
        cursor.execute(INDEXES, [schema])
        return [definition.replace(f" ON {schema}.", " ON ") for (definition,) in cursor.fetchall()]


def look_often(schema: str, looks: int) -> None:
    with clocks_of(schema):
        for _ in range(looks):
            if fire(source=Source.COMMAND).clocks:
                raise AssertionError(f"something is due among the clocks of {schema}")


def _select_one_often(looks: int) -> None:
    """In a transaction of its own, as each sweep is."""
    for _ in range(looks):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()


@contextlib.contextmanager
def clocks_of(schema: str) -> Iterator[None]:
    """The same statements find the clocks of this schema."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {schema}, public")
        try:
            yield
        finally:
            cursor.execute("SET search_path = public")
