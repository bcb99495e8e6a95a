"""The table of enterprises that is imported and exported: its columns, and how a file's own columns are told. Pure rule.

One row is one enterprise, or one enterprise in one year: the figures of a year stand in the row that names the year, and an
enterprise with three years has three rows. What has no year may stand in any of them.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from profiles import items
from profiles.items import Item, Named

LEFT_TO_SPECIALISTS = {"declared", "measured", "chosen"}
EXAMPLE = ("示例", "example")
MOST_ROWS = 20_000
MOST_COLUMNS = 300


@dataclass(frozen=True)
class Column:
    """`item` is None for what says who the enterprise is and how to reach it, and for the year."""

    key: str
    label: Named
    item: Item | None = None
    most: int = 200

    @property
    def is_by_year(self) -> bool:
        return self.item is not None and self.item.by_year


OWN = (
    Column("uscc", Named("统一社会信用代码", "Unified social credit code"), most=18),
    Column("name_zh", Named("企业名称", "Name in Chinese"), most=120),
    Column("name_en", Named("英文名称", "Name in English")),
    Column("contact_name", Named("联系人", "Contact person"), most=60),
    Column("contact_phone", Named("联系电话", "Phone"), most=30),
    Column("address", Named("地址", "Address")),
    Column("business_scope", Named("经营范围", "Business scope"), most=4000),
)
YEAR = Column("year", Named("年度", "Year"))
HEAD = ("contact_name", "contact_phone", "address", "business_scope")


@cache
def columns() -> dict[str, Column]:
    """Every column that a file may have, by its key, in the order of the template: what has no year first."""
    of_items = [Column(item.code, item.label, item) for item in items.items().values()]
    undated = [column for column in of_items if not column.is_by_year]
    dated = [column for column in of_items if column.is_by_year]
    return {column.key: column for column in (*OWN, *undated, YEAR, *dated)}


@cache
def of_template() -> tuple[Column, ...]:
    """The columns that the template has; the others may be added by their names."""
    return tuple(
        column for column in columns().values() if column.item is None or column.item.group not in LEFT_TO_SPECIALISTS
    )


@cache
def _by_name() -> dict[str, str]:
    """By each name of a column, folded: its key. A name that two columns share names the first."""
    found: dict[str, str] = {}
    for column in columns().values():
        for name in (column.key, column.label.zh, column.label.en):
            found.setdefault(folded(name), column.key)
    return found


def key_of(text: object) -> str:
    """The key of the column with this heading; empty if there is none."""
    return _by_name().get(folded(str(text)), "")


def folded(text: str) -> str:
    """For comparing words: full-width as half-width, small letters, without spaces and marks of required fields."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().replace("*", "").split())


def header_keys(cells: Sequence[object]) -> list[str] | None:
    """The keys of a row of headings; None for a row that is none: it does not name the code."""
    keys = [key_of(cell) if cell not in (None, "") else "" for cell in cells]
    return keys if "uscc" in keys else None


def repeats_header(cells: Sequence[object], keys: Sequence[str]) -> bool:
    """Whether this row says the headings once more, in the other language."""
    said = [(key_of(cell), key) for cell, key in zip(cells, keys, strict=False) if cell not in (None, "") and key]
    return bool(said) and 2 * sum(one == key for one, key in said) > len(said)


def is_example(cell: object) -> bool:
    return str(cell or "").strip().casefold().startswith(EXAMPLE)


def letter(place: int) -> str:
    """The letter of a column of a spreadsheet; place 0 is A."""
    text, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(ord("A") + rest) + text
    return text


def doubled(keys: Iterable[str]) -> str:
    """The first key that stands twice; empty if none does."""
    seen: set[str] = set()
    for key in keys:
        if key and key in seen:
            return key
        seen.add(key)
    return ""
