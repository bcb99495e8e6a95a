"""Looks that find nothing look at what they say they look at."""

from collections.abc import Iterator

import pytest
from django.db import connection

from bench import idle
from bench.scratch import FAR_AWAY, START
from park.deadlines.models import Clock
from park.team.models import Specialist
from tests.processes.rig import start_clocks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sizes() -> Iterator[dict[str, int]]:
    """Schemas with so many clocks, gone afterwards."""
    sizes = {"few_clocks": 30, "many_clocks": 300}
    yield sizes
    with connection.cursor() as cursor:
        for schema in sizes:
            cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def test_looks_that_find_nothing_look_at_as_many_clocks_as_they_say(person: Specialist, sizes: dict[str, int]):
    figures = idle.finding_nothing(person, sizes, looks=2, rounds=1)
    assert {f["name"] for f in figures} == {"a sweep that finds nothing, 300 clocks"}
    assert [f["is_limit"] for f in figures] == [False, False, True]
    for schema, clocks in sizes.items():
        with idle.clocks_of(schema):
            assert Clock.objects.filter(state="running", next_rung_at__gte=FAR_AWAY).count() == clocks
        assert [made.split(" WHERE ")[0] for made in idle.indexes(schema)] == [
            made.split(" WHERE ")[0] for made in idle.indexes("public")
        ]


def test_look_that_finds_something_is_no_look_that_finds_nothing(person: Specialist):
    start_clocks(1, first=START, responsible=person)
    with pytest.raises(AssertionError, match="something is due"):
        idle.look_often("public", 1)
