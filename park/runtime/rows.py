"""Instances of models from rows of statements that are written by hand, and rows from instances.

For what every step of every case asks: what the ORM puts together anew each time is put together once here.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

from park.runtime.statements import Statement

Made = TypeVar("Made", bound=models.Model)
# How many rows are written at once, and up to how many by a statement that is prepared for as many.
AT_ONCE, FEW = 1000, 4


def partly(model: type[Made], names: Sequence[str], values: Sequence[Any]) -> Made:
    """An instance with these columns, by their attribute names; the others are fetched when somebody asks for them."""
    in_order, places = _part(model, tuple(names))
    return model.from_db(DEFAULT_DB_ALIAS, in_order, [values[place] for place in places])


@lru_cache(maxsize=100)
def _part(model: type[models.Model], names: tuple[str, ...]) -> tuple[list[str], list[int]]:
    in_order = [field.attname for field in model._meta.concrete_fields if field.attname in names]
    return in_order, [names.index(name) for name in in_order]


def columns(model: type[models.Model], of: str) -> str:
    """The columns of a model for a SELECT in which its table is called `of`."""
    return ", ".join(f"{of}.{field.column}" for field in model._meta.concrete_fields)


def read(model: type[Made], statement: Statement, parameters: Mapping[str, Any]) -> Iterator[Made]:
    """As Manager.raw: an instance for each row, whose columns are the model's; further columns become attributes."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        statement.execute(cursor, parameters)
        names, places, converters, further = _columns(model, tuple(column.name for column in cursor.description))
        rows = cursor.fetchall()
    for row in rows:
        values = [row[place] for place in places]
        for at, convert in converters:
            values[at] = convert(values[at])
        made = model.from_db(DEFAULT_DB_ALIAS, names, values)
        for name, place in further:
            setattr(made, name, row[place])
        yield made


@lru_cache(maxsize=100)
def _columns(
    model: type[models.Model], columns: tuple[str, ...]
) -> tuple[list[str], list[int], list[tuple[int, Callable[[Any], Any]]], list[tuple[str, int]]]:
    """The attributes of the model among the columns, in its order, where they stand in a row, how the values of some are
    converted, and the columns that are not the model's."""
    connection = connections[DEFAULT_DB_ALIAS]
    place_of = {name: place for place, name in enumerate(columns)}
    fields: list[Any] = [field for field in model._meta.concrete_fields if field.column in place_of]
    converters = [
        (at, _converter(convert, field, connection))
        for at, field in enumerate(fields)
        for convert in field.get_db_converters(connection)
    ]
    own = {field.column for field in fields}
    further = [(name, place) for place, name in enumerate(columns) if name not in own]
    return [field.attname for field in fields], [place_of[field.column] for field in fields], converters, further


def _converter(convert: Callable[..., Any], field: Any, connection: Any) -> Callable[[Any], Any]:
    return lambda value: convert(value, field.cached_col, connection)


def insert(made: Sequence[Made]) -> None:
    """As Manager.bulk_create: these new instances of one model become rows, in their order, and get their numbers."""
    connection = connections[DEFAULT_DB_ALIAS]
    for first in range(0, len(made), AT_ONCE):
        some = made[first : first + AT_ONCE]
        fields = _written(type(some[0]))
        values = (field.get_db_prep_save(field.pre_save(one, add=True), connection) for one in some for field in fields)
        given = {f"v{place}": value for place, value in enumerate(values)}
        with connection.cursor() as cursor:
            if len(some) <= FEW:
                _insertion(type(some[0]), len(some)).execute(cursor, given)
            else:
                cursor.execute(_insert(type(some[0]), len(some)), given)
            for one, (number,) in zip(some, cursor.fetchall(), strict=True):
                one.pk = number
                one._state.adding, one._state.db = False, DEFAULT_DB_ALIAS


@cache
def _written(model: type[models.Model]) -> list[Any]:
    return [
        field for field in model._meta.concrete_fields if field is not model._meta.auto_field and not field.generated
    ]


@cache
def _insertion(model: type[models.Model], count: int) -> Statement:
    return Statement(f"insert_{count}_{model._meta.db_table}", _insert(model, count))


def _insert(model: type[models.Model], count: int) -> str:
    connection, fields = connections[DEFAULT_DB_ALIAS], _written(model)
    types, many = [_type(field.db_type(connection)) for field in fields], len(fields)
    rows = (", ".join(f"%(v{row * many + place})s::{kind}" for place, kind in enumerate(types)) for row in range(count))
    table, number = model._meta.db_table, model._meta.pk.column
    names, values = ", ".join(field.column for field in fields), ", ".join(f"({row})" for row in rows)
    return f"INSERT INTO {table} ({names}) VALUES {values} RETURNING {number}"  # noqa: S608  names of the model


def _type(name: str) -> str:
    """In one word: a length is for the column to see to."""
    return re.sub(r"\(\d+\)", "", name).replace("timestamp with time zone", "timestamptz")
