"""The file of an enterprise, shaped for its pages: what counts, who says so, what differs, what is old."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from park.accounts.models import Enterprise
from park.deadlines.workdays import local_day
from profiles import freshness, items
from profiles.amounts import value_words
from profiles.items import Group, Item, Named
from profiles.models import UNDATED, ProfileValue

YEARS_SHOWN = 4


@dataclass(frozen=True)
class Cell:
    """One value as a page shows it. `others` are what sources that are trusted less say, where they differ."""

    row: ProfileValue
    words: str
    others: tuple["Cell", ...] = ()

    @property
    def differs(self) -> bool:
        return bool(self.others)


@dataclass(frozen=True)
class Line:
    """An item with its value; for items by year, one cell for each year of the table, None where nothing is known."""

    item: Item
    cell: Cell | None
    by_year: tuple[Cell | None, ...] = ()
    is_stale: bool = False

    @property
    def is_known(self) -> bool:
        return self.cell is not None


@dataclass(frozen=True)
class Part:
    """A group of items. `lines` have no year, `table` has: its columns are `years`."""

    group: Group
    lines: tuple[Line, ...]
    table: tuple[Line, ...]
    years: tuple[int, ...]

    @property
    def code(self) -> str:
        return self.group.code

    @property
    def label(self) -> Named:
        return self.group.label

    @property
    def is_empty(self) -> bool:
        return not any(line.is_known for line in (*self.lines, *self.table))


@dataclass(frozen=True)
class File:
    parts: tuple[Part, ...]
    confirmed_on: date | None
    is_confirmation_due: bool
    stale: tuple[Line, ...]
    differing: tuple[Line, ...]


def said_words(rows: Iterable[ProfileValue]) -> str:
    """How new values were read: `营业收入 1,200 万元; …`."""
    known = [(items.items()[row.item], row) for row in rows]
    return "; ".join(f"{item.label} {value_words(item, row.value, row.currency)}" for item, row in known)


def file_of(enterprise: Enterprise, today: date) -> File:
    """The whole file, in two queries."""
    latest = enterprise.confirmations.order_by("-at").values_list("at", flat=True).first()
    confirmed_on = local_day(latest) if latest else None
    rows = _latest_of_each_source(enterprise)
    cells: dict[tuple[str, int], Cell] = {}
    for (code, year), said in _by_item_and_year(rows).items():
        item = items.items().get(code)
        counts = next((row for row in said if row.is_accepted), None)
        if item is None or counts is None:
            continue  # an item that the catalogue has no more
        differing = tuple(
            Cell(row, value_words(item, row.value, row.currency))
            for row in said
            if not row.is_accepted and (row.value, row.currency) != (counts.value, counts.currency)
        )
        cells[code, year] = Cell(counts, value_words(item, counts.value, counts.currency), differing)
    last = max([freshness.year_expected(today), *(year for _code, year in cells)])
    years = tuple(range(last - YEARS_SHOWN + 1, last + 1)) if cells else ()
    parts = tuple(_part(group, cells, years, confirmed_on, today) for group in items.groups())
    lines = [line for part in parts for line in (*part.lines, *part.table)]
    return File(
        parts=parts,
        confirmed_on=confirmed_on,
        is_confirmation_due=freshness.is_confirmation_due(confirmed_on, today),
        stale=tuple(line for line in lines if line.is_stale),
        differing=tuple(line for line in lines if any(cell and cell.differs for cell in (line.cell, *line.by_year))),
    )


def history_of(enterprise: Enterprise, item: Item) -> list[Cell]:
    """All that was ever said of one item, the latest year and the latest word first."""
    rows = (
        ProfileValue.objects.filter(enterprise=enterprise, item=item.code)
        .select_related("said_by", "document")
        .order_by("-year", "-said_at", "-pk")
    )
    return [Cell(row, value_words(item, row.value, row.currency)) for row in rows]


def accepted_values(enterprise: Enterprise, codes: Iterable[str], year: int = UNDATED) -> dict[str, ProfileValue]:
    """What counts of these items, for a form."""
    rows = ProfileValue.objects.filter(enterprise=enterprise, item__in=list(codes), year=year, is_accepted=True)
    return {row.item: row for row in rows}


def _latest_of_each_source(enterprise: Enterprise) -> QuerySet[ProfileValue]:
    """What counts, and the last word of each source."""
    order = ("item", "year", "is_accepted", "source")
    return (
        ProfileValue.objects.filter(enterprise=enterprise)
        .select_related("said_by")
        .order_by(*order, "-said_at", "-pk")
        .distinct(*order)
    )


def _by_item_and_year(rows: Iterable[ProfileValue]) -> dict[tuple[str, int], list[ProfileValue]]:
    """A source whose own later word counts does not differ from it."""
    found: dict[tuple[str, int], list[ProfileValue]] = {}
    for row in rows:
        found.setdefault((row.item, row.year), []).append(row)
    for key, said in found.items():
        counts = next((row for row in said if row.is_accepted), None)
        if counts is not None:
            found[key] = [row for row in said if row is counts or row.source != counts.source]
    return found


def _part(
    group: Group, cells: dict[tuple[str, int], Cell], years: tuple[int, ...], confirmed_on: date | None, today: date
) -> Part:
    lines, table = [], []
    for item in group.items:
        if not item.by_year:
            cell = cells.get((item.code, UNDATED))
            old = cell is not None and freshness.is_stale_since(
                local_day(timezone.localtime(cell.row.said_at)), confirmed_on, today
            )
            lines.append(Line(item, cell, is_stale=old and item.kind != "day"))
            continue
        known = [year for code, year in cells if code == item.code]
        latest = cells[item.code, max(known)] if known else None
        stale = bool(known) and freshness.is_stale_year(max(known), today)
        table.append(Line(item, latest, tuple(cells.get((item.code, year)) for year in years), stale))
    return Part(group, tuple(lines), tuple(table), years)
