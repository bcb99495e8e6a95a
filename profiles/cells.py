"""What a cell of an imported table means. Pure rule: no database, no clock.

What can be understood in one way only is understood: thousands separators, 万 and 亿, percent signs, dates in the usual
forms, words of choices in both languages. What could mean two things is refused with the reason.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache

from park.accounts import uscc
from profiles import items
from profiles.items import Item
from profiles.tables import Column, folded

FIRST_YEAR, LAST_YEAR = 1949, 2200
LARGEST = Decimal(10) ** 16  # as a ProfileValue holds it
WHOLE = {"person", "item", "month"}
FROM_NOTHING = {"person", "item", "month", "year", "tce", "m2", "m", "km", "score"}
YES = {"是", "有", "yes", "y", "true", "1", "√", "✓"}
NO = {"否", "无", "没有", "no", "n", "false", "0", "×", "x"}
TIMES = {"": 1, "千": 10**3, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}
CURRENCIES = {
    "": "",
    "元": "",
    "人民币": "",
    "人民币元": "",
    "rmb": "",
    "cny": "",
    "¥": "",
    "美元": "USD",
    "usd": "USD",
    "$": "USD",
    "欧元": "EUR",
    "eur": "EUR",
    "€": "EUR",
    "港元": "HKD",
    "港币": "HKD",
    "hkd": "HKD",
    "日元": "JPY",
    "jpy": "JPY",
    "英镑": "GBP",
    "gbp": "GBP",
}
_NUMBER = re.compile(
    r"(?P<before>[^\d.,()\-+]*)(?P<open>\()?(?P<sign>[-+])?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?P<close>\))?(?P<after>\D*)"
)
_DAY = re.compile(r"(\d{4})(?:[-/.年])(\d{1,2})(?:[-/.月])(\d{1,2})日?|(\d{4})(\d{2})(\d{2})")
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


class Misread(ValueError):
    """The cell cannot be taken. `reason` is a name of table_words.PROBLEMS, `more` the words that it needs."""

    def __init__(self, reason: str, **more: str | int) -> None:
        super().__init__(reason)
        self.reason, self.more = reason, more


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
        return _text(raw, column.most)
    return _READERS[column.item.kind](column.item, raw)


def said_of(item: Item, plain: str | bool) -> tuple[Decimal | str | date | bool, str]:
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
    found = re.fullmatch(r"(\d{4})(?:\.0)?\s*(?:年|年度)?", _plain(raw))
    if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise Misread("year")
    return found[1]


def _text(raw: Raw, most: int) -> str:
    # a telephone number that the spreadsheet took for a number
    is_whole = isinstance(raw.value, float) and raw.value.is_integer()
    text = str(int(raw.value)) if is_whole else str(raw.shown).strip()  # type: ignore[arg-type]
    text = "".join(c for c in text if c.isprintable() or c == "\n")
    if len(text) > most:
        raise Misread("too_long", most=most)
    return text


def _free(item: Item, raw: Raw) -> str:
    return _text(raw, 200)


def _number(item: Item, raw: Raw) -> str:
    number, currency, is_percent = _quantity(raw, is_money=item.is_money or item.unit in {"CNY", "USD"})
    unit = item.unit or ""
    if unit == "ratio":
        if not is_percent and abs(number) > 1:
            raise Misread("ratio", percent=f"{number:f}%", share=f"{number / 100:f}")
    elif is_percent:
        raise Misread("percent")
    if currency and not item.is_money and currency != item.unit:
        raise Misread("currency")
    if unit in WHOLE and number != number.to_integral_value():
        raise Misread("whole")
    if unit in FROM_NOTHING and number < 0:
        raise Misread("negative")
    if abs(number) >= LARGEST:
        raise Misread("too_large")
    plain = f"{number.quantize(Decimal('0.0001')).normalize():f}"
    return f"{plain} {currency}" if currency and item.is_money else plain


def _quantity(raw: Raw, *, is_money: bool) -> tuple[Decimal, str, bool]:
    """Number, currency, and whether it was said in percent. Raises Misread."""
    if isinstance(raw.value, bool | date):
        raise Misread("number")
    if isinstance(raw.value, int | float):
        try:
            number = Decimal(str(raw.value))
        except InvalidOperation as error:
            raise Misread("number") from error
        if not number.is_finite():
            raise Misread("number")
        return number, "", raw.is_percent
    found = _NUMBER.fullmatch(_plain(raw).replace(" ", ""))
    if not found or bool(found["open"]) != bool(found["close"]) or (found["open"] and found["sign"]):
        raise Misread("number")
    number = Decimal(found["digits"].replace(",", ""))
    if found["sign"] == "-" or found["open"]:
        number = -number
    before, after = found["before"], found["after"]
    if after in {"%", "％"} and not before:
        return number / 100, "", True
    times = next((word for word in sorted(TIMES, key=len, reverse=True) if after.startswith(word)), "")
    rest = after[len(times) :]
    if times and not is_money:
        raise Misread("number")
    if (
        not is_money
        and not before
        and rest in {"人", "名", "项", "件", "个", "个月", "年", "吨", "吨标准煤", "分", "米", "平方米", "公里", "tce"}
    ):
        rest = ""
    if before not in CURRENCIES or rest not in CURRENCIES or (CURRENCIES[before] and rest):
        raise Misread("unit", unit=(before or rest)[:20])
    return number * TIMES[times], CURRENCIES[before] or CURRENCIES[rest], False


def _day(item: Item, raw: Raw) -> str:
    if isinstance(raw.value, datetime):
        return raw.value.date().isoformat()
    if isinstance(raw.value, date):
        return raw.value.isoformat()
    found = _DAY.fullmatch(re.sub(r"\s|00:00:00$", "", _plain(raw)))
    if not found:
        raise Misread("day")
    parts = [int(part) for part in found.groups() if part]
    try:
        day = date(*parts)
    except ValueError as error:
        raise Misread("no_such_day") from error
    if not 1800 <= day.year <= LAST_YEAR:
        raise Misread("no_such_day")
    return day.isoformat()


def _flag(item: Item, raw: Raw) -> bool:
    if isinstance(raw.value, bool):
        return raw.value
    word = folded(_plain(raw))
    if word in YES or word in NO:
        return word in YES
    raise Misread("flag")


def _choice(item: Item, raw: Raw) -> str:
    word = folded(_plain(raw))
    found = _words_of(item).get(word)
    if found is None:
        known = list(item.choices.values())
        raise Misread(
            "choice", known_zh="、".join(one.zh for one in known), known_en=", ".join(one.en for one in known)
        )
    return found


@cache
def _words_of(item: Item) -> dict[str, str]:
    return {folded(name): code for code, words in item.choices.items() for name in (code, words.zh, words.en)}


def _industry(item: Item, raw: Raw) -> str:
    text = _plain(raw).strip()
    if isinstance(raw.value, int) and raw.value < 10:
        text = f"0{text}"  # the spreadsheet took the nought away
    # "C2710" and "2710 化学药品原料药制造" say the code; else it may be the name of a division
    said = re.match(r"(?:[A-Ta-t])?(\d{2,4})(?!\d)", text)
    if said and items.is_industry(said[1]):
        return said[1]
    named = _divisions().get(folded(text))
    if named is None:
        raise Misread("industry")
    return named


@cache
def _divisions() -> dict[str, str]:
    return {
        folded(name): code
        for code, words in items.industries().items()
        if items.is_industry(code)
        for name in (words.zh, words.en)
    }


def _plain(raw: Raw) -> str:
    value = raw.value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return unicodedata.normalize("NFKC", str(value)).strip().lower()


_READERS: dict[str, Callable[[Item, Raw], str | bool]] = {
    "number": _number,
    "choice": _choice,
    "region": _choice,
    "text": _free,
    "industry": _industry,
    "day": _day,
    "flag": _flag,
}
