"""What SQL says of a criterion and what is explained to people are the same, for thousands at random."""

import random
from datetime import date

import pytest
from django.db import connection

from park.accounts.enums import Approval
from park.accounts.models import Enterprise
from profiles import criteria_sql
from profiles.criteria import Group, Not, parse
from profiles.criteria_judging import Outcome, evaluate
from profiles.facts import columns
from profiles.models import FactSheet
from tests.cast import NOW
from tests.profiles.criteria_at_random import NAMES, criterion, leaf, sheet
from tests.profiles.criteria_at_random import facts as catalogue

ROWS, CRITERIA = 80, 160
TODAYS = [date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2025, 2, 28), date(2026, 11, 23)]
OUTCOMES = {True: Outcome.MET, False: Outcome.NOT_MET, None: Outcome.UNKNOWN}


@pytest.fixture
def sheets(db):
    chance = random.Random(20261123)
    enterprises = Enterprise.objects.bulk_create(
        Enterprise(name_zh=f"企 {n}", is_forming=True, approval=Approval.APPROVED, created_at=NOW) for n in range(ROWS)
    )
    FactSheet.objects.bulk_create(FactSheet(enterprise=one, changed_at=NOW, **sheet(chance)) for one in enterprises)
    return {row["enterprise_id"]: row for row in FactSheet.objects.values("enterprise_id", "more", *columns())}


def by_sql(wanted, today) -> dict[int, Outcome]:
    sql, parameters = criteria_sql.compiled(wanted, today)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT f.enterprise_id, {sql} FROM profiles_factsheet f", parameters)
        return {pk: OUTCOMES[said] for pk, said in cursor.fetchall()}


def test_sql_and_explanation_agree(sheets):
    chance, seen = random.Random(7), dict.fromkeys(Outcome, 0)
    for number in range(CRITERIA):
        wanted, today = parse(criterion(chance)), TODAYS[number % len(TODAYS)]
        explained = {pk: evaluate(wanted, row, today).outcome for pk, row in sheets.items()}
        assert by_sql(wanted, today) == explained, wanted
        for outcome in explained.values():
            seen[outcome] += 1
    assert sum(seen.values()) == ROWS * CRITERIA > 10_000
    assert min(seen.values()) > 500, seen


@pytest.mark.parametrize("name", NAMES)
def test_each_fact_alone_agrees(sheets, name):
    chance = random.Random(name)
    for number in range(10):
        wanted, today = parse(leaf(catalogue()[name], chance)), TODAYS[number % len(TODAYS)]
        assert by_sql(wanted, today) == {pk: evaluate(wanted, row, today).outcome for pk, row in sheets.items()}


def test_de_morgan(sheets):
    chance, today = random.Random(11), TODAYS[0]
    for _ in range(30):
        parts = tuple(parse(criterion(chance, 2)) for _part in range(3))
        for how, other in (("all", "any"), ("any", "all")):
            left, right = Not(Group(how, parts)), Group(other, tuple(Not(part) for part in parts))
            assert by_sql(left, today) == by_sql(right, today)
            assert [evaluate(left, row, today).outcome for row in sheets.values()] == [
                evaluate(right, row, today).outcome for row in sheets.values()
            ]


def test_values_are_parameters_and_never_part_of_the_statement(sheets):
    words = "x'); DROP TABLE profiles_factsheet; --"
    sql, parameters = criteria_sql.compiled(
        parse({"fact": "choice.project_kind", "op": "in", "value": [words]}), TODAYS[0]
    )
    assert "DROP" not in sql
    assert parameters == ["choice.project_kind", [words]]
    assert set(by_sql(parse({"fact": "choice.project_kind", "op": "eq", "value": words}), TODAYS[0]).values()) == {
        Outcome.NOT_MET,
        Outcome.UNKNOWN,
    }
