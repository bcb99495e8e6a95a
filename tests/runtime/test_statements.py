"""Statements that are prepared once in a connection, and instances from their rows and back."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from lifecycle.models import Case
from park.accounts.models import Enterprise
from park.deadlines.models import Clock
from park.runtime import rows
from park.runtime.statements import Statement
from park.team.models import Department

ADD = Statement("add", "SELECT %(one)s::integer + %(other)s::integer + %(one)s, %(words)s::text[], '100%%'")


def prepared() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return [name for (name,) in cursor.fetchall()]


@pytest.mark.django_db
def test_words_that_look_like_a_parameter_are_words():
    words = Statement("words", "SELECT '%%(one)s %%%%(x)s 5%%', %(one)s::integer")
    with connection.cursor() as cursor:
        words.execute(cursor, {"one": 7})
        assert cursor.fetchone() == ("%(one)s %%(x)s 5%", 7)


def test_parameter_without_a_type_is_refused():
    with pytest.raises(TypeError, match="other"):
        Statement("lame", "SELECT %(one)s::integer + %(other)s")


@pytest.mark.django_db
def test_statement_is_prepared_once_and_answers_again_and_again():
    with connection.cursor() as cursor:
        for one in (1, 2):
            ADD.execute(cursor, {"one": one, "other": 40, "words": ["a'b", None]})
            assert cursor.fetchone() == (2 * one + 40, ["a'b", None], "100%")
        ADD.execute(cursor, {"one": None, "other": 1, "words": []})
        assert cursor.fetchone() == (None, [], "100%")
    assert prepared().count(ADD.name) == 1


@pytest.mark.django_db(transaction=True)
def test_statement_outlives_what_is_rolled_back_and_the_connection():
    insert = Statement(
        "twice", "INSERT INTO team_department SELECT * FROM team_department WHERE id = %(number)s::bigint RETURNING id"
    )
    department = Department.objects.create(code="X", name_zh="某部", name_en="X")
    for _ in range(2):  # the first time it is prepared in the transaction that fails
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            insert.execute(cursor, {"number": department.pk})
    connection.close()
    with connection.cursor() as cursor:
        insert.execute(cursor, {"number": 0})
        assert cursor.fetchall() == []


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, rows.FEW, rows.FEW + 1])
def test_instances_become_rows_and_come_back_from_them(count: int):
    now = timezone.now()
    department = Department.objects.create(code="X", name_zh="某部", name_en="X")
    enterprise = Enterprise.objects.create(name_zh="某公司", is_forming=True, created_at=now)
    made = [
        Clock(
            kind=f"k{number}",
            label_zh="某事",
            label_en="50% of it",
            stage="s",
            procedure="p",
            department=department,
            enterprise=enterprise if number else None,
            thread="t",
            standard_version=1,
            amount=3,
            started_at=now,
            first_due_at=now,
            due_at=now,
            amber_at=now,
            ladder_at=[now, None],
        )
        for number in range(count)
    ]
    rows.insert(made)
    stored = list(Clock.objects.order_by("pk"))
    assert [one.pk for one in made] == [one.pk for one in stored]
    names = [field.attname for field in Clock._meta.concrete_fields]
    assert [[getattr(one, name) for name in names] for one in made] == [
        [getattr(one, name) for name in names] for one in stored
    ]
    found = Statement("clocks", f"SELECT 7 AS further, {rows.columns(Clock, 'k')} FROM deadlines_clock k ORDER BY id")
    read = list(rows.read(Clock, found, {}))
    assert [[getattr(one, name) for name in names] for one in read] == [
        [getattr(one, name) for name in names] for one in stored
    ]
    assert {one.further for one in read} == {7}
    made[0].refresh_from_db()
    made[0].label_en = "changed"
    made[0].save()
    assert Clock.objects.count() == count


@pytest.mark.django_db
def test_column_that_is_not_there_is_fetched_when_asked_for():
    stored = Department.objects.create(code="X", name_zh="某部", name_en="X")
    partly = rows.partly(Department, ("code", "id"), ("X", stored.pk))
    assert (partly.pk, partly.code) == (stored.pk, "X")
    assert partly.name_zh == "某部"


@pytest.mark.django_db
def test_json_of_a_row_comes_back_as_it_was():
    statement = Statement(
        "empty_cases",
        f"SELECT {rows.columns(Case, 'c')} FROM (SELECT (jsonb_populate_record(NULL::lifecycle_case, "
        f'\'{{"id": 1, "answers": {{"a": [1, true]}}}}\')).*) c',
    )
    (case,) = rows.read(Case, statement, {})
    assert case.answers == {"a": [1, True]}
