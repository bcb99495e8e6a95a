"""Instances of models from rows of statements that are written by hand."""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection, models

Made = TypeVar("Made", bound=models.Model)


def partly(model: type[Made], names: Sequence[str], values: Sequence[Any]) -> Made:
    """An instance with these columns, by their attribute names; the others are fetched when somebody asks for them."""
    given = dict(zip(names, values, strict=True))
    in_order = [field.attname for field in model._meta.concrete_fields if field.attname in given]
    return model.from_db(connection.alias, in_order, [given[name] for name in in_order])
