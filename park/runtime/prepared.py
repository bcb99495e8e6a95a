"""Queries of the ORM that are put together once in a process and planned once in a connection.

For what every request asks. Django takes a millisecond or more to put a query together, and PostgreSQL plans a join of fifteen
tables for longer than it reads its one row; both would be done anew each time.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.base import ModelState
from django.db.models.query import ModelIterable, get_related_populators
from django.http import Http404

from park.runtime.statements import Statement

Made = TypeVar("Made", bound=models.Model)
NUMBER, NUMBERS, INSTANT, TEXT, TEXTS, UID = "bigint", "bigint[]", "timestamptz", "text", "text[]", "uuid"
BEYOND_NUMBERS = 2**63  # the first that is no bigint
_FIELDS: dict[str, Any] = {
    NUMBER: models.BigIntegerField(),
    NUMBERS: ArrayField(models.BigIntegerField()),
    INSTANT: models.DateTimeField(),
    TEXT: models.TextField(),
    TEXTS: ArrayField(models.TextField()),
    UID: models.UUIDField(),
}


class Parameter(models.Expression):
    """`filter(pk=Parameter("task"))`: stands in a query for what is given each time it is asked. One of the types above."""

    def __init__(self, name: str, kind: str = NUMBER) -> None:
        super().__init__(output_field=_FIELDS[kind])
        self.name, self.kind = name, kind

    def as_sql(self, _compiler: Any, _connection: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        return "(%s)", [self]


class Among(models.Func):
    """`filter(Among("pk", Parameter("tasks", NUMBERS)))`: one of these."""

    template, arg_joiner = "%(expressions)s", " = ANY "
    output_field = models.BooleanField()


class Prepared(Generic[Made]):
    """One query with parameters. `build` makes its queryset, when it is first asked, and never again: it must follow from
    nothing that changes (a language, today). Logs of the database show it by `name`.

    No prefetch_related. `planned_each_time` where a good plan depends on what is given, as for words that are searched for.
    """

    def __init__(
        self, name: str, build: Callable[[], "models.QuerySet[Made, Any]"], *, planned_each_time: bool = False
    ) -> None:
        self.name, self._build, self._planned_each_time = name, build, planned_each_time

    def objects(self, **given: Any) -> list[Made]:
        """As list(queryset): instances with their related ones and annotations. What several rows are related to by a foreign
        key is one instance, as with prefetch_related."""
        query, found = self._query, []
        known: dict[tuple[int, Any], Any] = {}
        for row in self._rows(given):
            made = _made(query.model, query.names, row[query.own])
            for populator in query.populators:
                _populate(populator, row, made, known)
            for name, place in query.annotations:
                setattr(made, name, row[place])
            found.append(made)
        return found

    def first(self, **given: Any) -> Made | None:
        return next(iter(self.objects(**given)), None)

    def get_or_404(self, **given: Any) -> Made:
        """The first; Http404 if there is none, or where a number is none that the database knows."""
        numbers = (one for one in given.values() if isinstance(one, int))
        found = self.first(**given) if all(abs(one) < BEYOND_NUMBERS for one in numbers) else None
        if found is None:
            raise Http404(f"{self.name}: nothing of this kind")
        return found

    def tuples(self, **given: Any) -> list[Sequence[Any]]:
        """The rows of a queryset that ends in values_list."""
        return list(self._rows(given))

    def _rows(self, given: dict[str, Any]) -> Iterable[Sequence[Any]]:
        query, connection = self._query, connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            if self._planned_each_time:
                cursor.execute(query.statement.text, given)
            else:
                query.statement.execute(cursor, given)
            rows = cursor.fetchall()
        if not query.converters:
            return rows
        return [query.convert(list(row), connection) for row in rows]

    @cached_property
    def _query(self) -> "_Query":
        return _Query(self.name, self._build())


class _Query:
    """What Django finds out each time that it asks a query (see django.db.models.query.ModelIterable)."""

    def __init__(self, name: str, queryset: "models.QuerySet[Any, Any]") -> None:
        connection = connections[DEFAULT_DB_ALIAS]
        # what can find nothing is asked all the same, and finds nothing
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS, elide_empty=False)
        sql, parameters = compiler.as_sql()
        self.statement = Statement(name, placed(sql, parameters))
        columns = [column for column, *_rest in compiler.select]
        self.converters = list(compiler.get_converters(columns).items())
        self.model, self.names, self.own = queryset.model, [], slice(0)
        self.populators: list[Any] = []
        self.annotations: list[tuple[str, int]] = []
        if queryset._iterable_class is ModelIterable:
            fields = compiler.klass_info["select_fields"]
            self.own = slice(fields[0], fields[-1] + 1)
            self.names = [column.target.attname for column in columns[self.own]]
            related = compiler.klass_info, compiler.select, connection.alias
            self.populators = get_related_populators(*related)  # type: ignore[call-arg]  # stubs of a later Django
            self.annotations = list((compiler.annotation_col_map or {}).items())

    def convert(self, row: list[Any], connection: Any) -> Sequence[Any]:
        for place, (convert, expression) in self.converters:
            for one in convert:
                row[place] = one(row[place], expression, connection)
        return tuple(row)


def _made(model: type[Made], names: Sequence[str], values: Sequence[Any]) -> Made:
    """As Model.from_db, which goes through all fields of a model also where a few are wanted. No signals of Model.__init__."""
    made = model.__new__(model)
    made.__dict__.update(zip(names, values, strict=True))
    made._state = state = ModelState()
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    return made


def _populate(populator: Any, row: Sequence[Any], of: Any, known: dict[tuple[int, Any], Any]) -> None:
    """As RelatedPopulator.populate, but for what is `known` already."""
    number = row[populator.cols_start + populator.pk_idx]
    key = (id(populator), number)
    related = known.get(key)
    if related is None and number is not None:
        values = row[populator.cols_start : populator.cols_end]
        related = known[key] = _made(populator.model_cls, populator.init_list, values)
        for further in populator.related_populators:
            _populate(further, row, related, known)
    populator.local_setter(of, related)
    if related is not None:
        populator.remote_setter(related, of)


def placed(sql: str, parameters: Sequence[Any]) -> str:
    """The text of a Statement from what the ORM put together: constants stand in it, and the places of parameters."""
    connection, left = connections[DEFAULT_DB_ALIAS], iter(parameters)
    with connection.cursor() as cursor:

        def place(found: re.Match[str]) -> str:
            if found[0] == "%%":
                return "%%"
            one = next(left)
            if isinstance(one, Parameter):
                return f"%({one.name})s::{one.kind}"
            return str(cursor.mogrify("%s", [one]).decode()).replace("%", "%%")

        return re.sub("%s|%%", place, sql)
