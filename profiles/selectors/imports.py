"""An import as its pages show it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, IntegerField, QuerySet, Value, When
from django.utils.translation import gettext as _

from profiles import items, table_words
from profiles.enums import ImportState, RowFate
from profiles.models import ImportRow, ImportRun
from profiles.tables import columns

PAGE = 50
# Problems first; then what is written; then what is not.
_ORDER = {RowFate.ERROR: 0, RowFate.CREATE: 1, RowFate.UPDATE: 2, RowFate.SAME: 3}


@dataclass(frozen=True)
class Problem:
    cell: str
    column: str
    typed: str
    text: str


@dataclass(frozen=True)
class Change:
    column: str
    before: str
    after: str


@dataclass(frozen=True)
class Row:
    row: ImportRow
    name: str
    problems: list[Problem]
    changes: list[Change]


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    previous: int | None
    next: int | None
    first: int
    last: int


def counts(run: ImportRun) -> dict[str, int]:
    """How many rows have which fate, the four of them always."""
    found = dict(run.rows.exclude(fate="").values_list("fate").annotate(n=Count("pk")).order_by())
    return {fate: found.get(fate, 0) for fate in RowFate.values}


def page(run: ImportRun, *, fate: str = "", after: int = 0) -> Page:
    """The rows with this fate, those with problems first, from the given place on."""
    rows = run.rows.exclude(fate="").select_related("enterprise")
    if fate:
        rows = rows.filter(fate=fate).order_by("number")
    else:
        whens = [When(fate=one, then=Value(place)) for one, place in _ORDER.items()]
        rows = rows.order_by(Case(*whens, output_field=IntegerField()), "number")
    found = list(rows[after : after + PAGE + 1])
    return Page(
        [shown(row) for row in found[:PAGE]],
        max(0, after - PAGE) if after else None,
        after + PAGE if len(found) > PAGE else None,
        after + 1,
        after + len(found[:PAGE]),
    )


def shown(row: ImportRow) -> Row:
    name = row.data.get("name_zh") or (str(row.enterprise) if row.enterprise else "")
    changes = [
        Change(table_words.label(key), plain(key, before), plain(key, row.data.get(key)))
        for key, before in row.changes.items()
        if key not in {"name_zh"}
    ]
    return Row(row, str(name), problems_of(row), changes if row.fate == RowFate.UPDATE else [])


def problems_of(row: ImportRow) -> list[Problem]:
    return [
        Problem(cell, table_words.label(said["column"]), said["typed"], table_words.problem(said))
        for cell, said in row.problems.items()
    ]


def plain(key: str, value: Any) -> str:
    """A value as people read it: words for choices, percent for shares."""
    if value in (None, ""):
        return ""
    item = columns()[key].item
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if item is None:
        return str(value)
    if item.kind == "industry":
        return f"{value} {items.industry_name(str(value))}"
    if item.unit == "ratio":
        return f"{float(value) * 100:g} %"
    if item.kind == "number":
        number, _gap, currency = str(value).partition(" ")
        whole, dot, rest = number.partition(".")
        return f"{int(whole):,}{dot}{rest} {currency}".strip() if whole not in {"", "-", "-0"} else str(value)
    return str(item.choices.get(str(value), value))


def imports_in_order(runs: QuerySet[ImportRun]) -> QuerySet[ImportRun]:
    return runs.select_related("by").order_by("-created_at", "-pk")


def rows_to_correct(run: ImportRun) -> Iterator[Sequence[object]]:
    """The rows that cannot be taken, as they stand in the file, each with what is wrong with it."""
    for row in run.rows.filter(fate=RowFate.ERROR).order_by("number").iterator(chunk_size=1000):
        said = "\n".join(f"{one.cell} {one.column}: {one.text}" for one in problems_of(row))
        blank = [""] * (len(run.columns) - len(row.cells))
        yield [*row.cells, *blank, said]


def headings(run: ImportRun) -> list[str]:
    return [column["text"] for column in run.columns]


def unknown_columns(run: ImportRun) -> list[str]:
    """Columns that the portal does not know, and so leaves out: letter and heading."""
    return [f"{column['letter']} {column['text']}" for column in run.columns if not column["key"] and column["text"]]


def is_settled(run: ImportRun) -> bool:
    return run.state in {ImportState.CHECKED, ImportState.APPLYING, ImportState.DONE}
