"""What a cell of an imported table means. Pure rule: no database, no clock.

A spreadsheet knows numbers, days and formulas beside text. They are put as they would be typed, and read by profiles.reading
as everything that is typed is.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from park.accounts import uscc
from profiles.items import Item
from profiles.reading import LAST_YEAR, Content, Misread, read_text, read_value
from profiles.tables import Column

FIRST_YEAR = 1949
Plain = str | int | float | bool | date | None


@dataclass(frozen=True)
class Raw:
    """A cell as its file holds it. `is_percent`: a number shown as percent; `is_formula`, `is_error`: what Excel says."""

    value: Plain
    is_percent: bool = False
    is_formula: bool = False
    is_error: bool = False

    @property
    def is_empty(self) -> bool:
        return self.value is None or (isinstance(self.value, str) and not self.value.strip())

    @property
    def shown(self) -> str | int | float | bool:
        """As it is kept and handed back: JSON, and read again it means the same."""
        if self.value is None:
            return ""
        if self.is_percent and isinstance(self.value, int | float) and not isinstance(self.value, bool):
            return f"{(Decimal(str(self.value)) * 100).normalize():f}%"
        if isinstance(self.value, datetime):
            return self.value.date().isoformat() if self.value.time() == datetime.min.time() else str(self.value)
        return self.value.isoformat() if isinstance(self.value, date) else self.value


def read(column: Column, raw: Raw) -> str | bool:
    """What the cell says, as plain JSON: `said_of` makes a value of it. Raises Misread."""
    if raw.is_formula:
        raise Misread("formula")
    if raw.is_error:
        raise Misread("excel_error")
    if column.key == "uscc":
        return _code(raw)
    if column.key == "year":
        return _year(raw)
    if column.item is None:
        return read_text(_typed(raw), column.most)
    return plain_of(*read_value(column.item, _typed_value(column.item, raw), is_rounded=True))


def plain_of(value: Content, currency: str) -> str | bool:
    """A value as JSON keeps it: of a number its digits, and behind them the currency if it is not yuan."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f} {'' if currency == 'CNY' else currency}".rstrip()
    return value.isoformat() if isinstance(value, date) else value


def said_of(item: Item, plain: str | bool) -> tuple[Content, str]:
    """Value and currency, as profiles.services.values.Said takes them, of what `read` gave."""
    if item.column == "number":
        number, _space, currency = str(plain).partition(" ")
        return Decimal(number), currency
    if item.column == "day":
        return date.fromisoformat(str(plain)), ""
    return plain, ""


def _code(raw: Raw) -> str:
    if isinstance(raw.value, int | float):
        raise Misread("code_is_number")
    try:
        return uscc.normalise(str(raw.value))
    except uscc.InvalidCode as invalid:
        raise Misread(f"code_{invalid.reason}") from invalid


def _year(raw: Raw) -> str:
    if isinstance(raw.value, date):
        raise Misread("year")
    found = re.fullmatch(r"(\d{4})(?:\.0)?\s*(?:年|年度)?", unicodedata.normalize("NFKC", _typed(raw)))
    if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise Misread("year")
    return found[1]


def _typed(raw: Raw) -> str:
    """The cell as it would be typed; a whole number, such as a telephone's, without a point."""
    is_whole = isinstance(raw.value, float) and raw.value.is_integer()
    return str(int(raw.value) if is_whole else raw.shown).strip()  # type: ignore[arg-type]


def _typed_value(item: Item, raw: Raw) -> str:
    """As _typed; of industries with the nought that the spreadsheet took away."""
    value = raw.value
    if isinstance(value, datetime) and item.kind == "day":
        return value.date().isoformat()
    if item.kind == "number" and isinstance(value, int | float) and not isinstance(value, bool):
        number = Decimal(str(value))
        if not number.is_finite():
            raise Misread("number")
        return f"{number * 100:f}%" if raw.is_percent else f"{number:f}"
    text = _typed(raw)
    return f"0{text}" if item.kind == "industry" and isinstance(value, int) and value < 10 else text
