"""What a typed value means. Pure rule: no database, no clock.

The one reader, for forms, criteria and imported tables. What can be understood in one way only is understood: 万 and 亿,
thousands apart, full-width digits, percent signs, currencies, days in the usual forms, words of choices in both languages, and
all that profiles.amounts writes. What could mean two things is refused with the reason.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal
from functools import cache

from profiles import items
from profiles.amounts import CURRENCIES, MONEY, ONE, places
from profiles.items import Item, Named
from profiles.tables import folded

Content = Decimal | str | date | bool
FIRST_DAY, LAST_YEAR = 1800, 2200
LARGEST, MOST_PLACES = Decimal(10) ** 16, 4  # as a ProfileValue holds it
MOST_DIGITS = 40
MOST_CHARACTERS = 200
WHOLE = {"person", "item", "month"}
FROM_NOTHING = {"person", "item", "month", "year", "tce", "m2", "m", "km", "score"}
YES = {"是", "有", "yes", "y", "true", "1", "√", "✓"}
NO = {"否", "无", "没有", "no", "n", "false", "0", "×", "x"}
TIMES = {
    "": 1,
    "千": 10**3,
    "万": 10**4,
    "十万": 10**5,
    "百万": 10**6,
    "千万": 10**7,
    "亿": 10**8,
    "十亿": 10**9,
    "百亿": 10**10,
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "million": 10**6,
    "bn": 10**9,
    "billion": 10**9,
}
# Beside the words of profiles.amounts, which are understood as well.
_FURTHER_CURRENCIES = {
    "CNY": ("人民币", "人民币元", "rmb", "¥"),
    "USD": ("us$", "$"),
    "EUR": ("€",),
    "HKD": ("港币", "hk$"),
    "JPY": (),
    "GBP": ("£",),
}
_FURTHER_UNITS = {
    "person": ("名", "位", "个人"),
    "item": ("个", "件"),
    "month": ("月",),
    "tce": ("吨", "tce"),
    "m2": ("平米", "sqm"),
    "km": ("千米",),
}
_NUMBER = re.compile(
    r"(?P<before>[^\d.,()\-+]*)(?P<open>\()?(?P<sign>[-+])?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?P<close>\))?(?P<after>\D*(?:m2)?)"
)
_DAY = re.compile(r"(\d{4})(?:[-/.年])(\d{1,2})(?:[-/.月])(\d{1,2})日?|(\d{4})(\d{2})(\d{2})")


class Misread(ValueError):
    """The text cannot be taken. `reason` is a name of table_words.PROBLEMS, `more` the words that it needs."""

    def __init__(self, reason: str, **more: str | int) -> None:
        super().__init__(reason)
        self.reason, self.more = reason, more


def read_value(item: Item, text: str, *, is_percent: bool = False, is_rounded: bool = False) -> tuple[Content, str]:
    """The value of an item, and the currency that was said; "" where none was. Raises Misread.

    `is_percent` as in read_number. `is_rounded`: of more decimals than a file can hold the rest is rounded, which tables
    need, where shares stand with all their digits; else they are refused.
    """
    match item.kind:
        case "number":
            number, currency = read_number(text, item.unit, is_percent=is_percent)
            return _fitting(item, number, is_rounded=is_rounded), currency
        case "day":
            return read_day(text), ""
        case "flag":
            return read_flag(text), ""
        case "industry":
            return read_industry(text), ""
        case "choice" | "region":
            return read_choice(item, text), ""
        case _:
            return read_text(text, MOST_CHARACTERS), ""


def read_number(text: str, unit: str | None, *, is_percent: bool = False) -> tuple[Decimal, str]:
    """A number in a unit of the catalogue, exactly, and the currency that was said where there is a choice of them.

    `is_percent`: a percent sign stands beside the field, so that 45 means 45%. Raises Misread.
    """
    plain = _plain(text).replace("−", "-")
    plain = re.sub(r"(?<=\d)\s(?=\d{3}(?!\d))", ",", plain)
    if re.search(r"\d\s+\d", plain):
        raise Misread("number")
    plain = re.sub(r"\s", "", plain)
    found = _NUMBER.fullmatch(plain) if len(plain) <= MOST_DIGITS else None
    if not found or bool(found["open"]) != bool(found["close"]) or (found["open"] and found["sign"]):
        raise Misread("number")
    number = Decimal(found["digits"].replace(",", ""))
    if found["sign"] == "-" or found["open"]:
        number = -number
    before, after = found["before"], found["after"]
    if after == "%" and not before:
        if unit != "ratio":
            raise Misread("percent")
        return number / 100, ""
    times, currency = _counted_in(before, after, unit)
    number *= times
    if unit != "ratio":
        return number, currency
    if is_percent:
        return number / 100, ""
    if abs(number) > 1:
        raise Misread("ratio", percent=f"{number:f}%", share=f"{number / 100:f}")
    return number, ""


def _counted_in(before: str, after: str, unit: str | None) -> tuple[int, str]:
    """What the words around the digits make of them: times how much, in which currency. Raises Misread."""
    known = _currencies() if unit in MONEY else dict.fromkeys(_units(unit or ""), "")
    fitting = [word for word in TIMES if after.startswith(word) and after[len(word) :] in known]
    if not fitting:
        raise Misread("unit", unit=after[:20])
    times = min(fitting, key=len)
    if before and (unit not in MONEY or before not in known):
        raise Misread("unit", unit=before[:20])
    in_front, behind = known[before], known[after[len(times) :]]
    if in_front and behind and in_front != behind:
        raise Misread("unit", unit=after[:20])
    currency = in_front or behind
    if unit != "money" and currency not in {"", unit}:
        raise Misread("currency")
    return TIMES[times], currency if unit == "money" else ""


def read_day(text: str) -> date:
    """Raises Misread."""
    found = _DAY.fullmatch(re.sub(r"\s|00:00:00$", "", _plain(text)))
    if not found:
        raise Misread("day")
    try:
        day = date(*(int(part) for part in found.groups() if part))
    except ValueError as error:
        raise Misread("no_such_day") from error
    if not FIRST_DAY <= day.year <= LAST_YEAR:
        raise Misread("no_such_day")
    return day


def read_flag(text: str) -> bool:
    """Raises Misread."""
    word = folded(text)
    if word in YES or word in NO:
        return word in YES
    raise Misread("flag")


def read_choice(item: Item, text: str) -> str:
    """The code of a choice or region, said as code or in words. Raises Misread."""
    found = _words_of(item).get(folded(text))
    if found is None:
        known = list(item.choices.values())
        zh, en = "、".join(one.zh for one in known), ", ".join(one.en for one in known)
        raise Misread("choice", known_zh=zh, known_en=en)
    return found


def read_industry(text: str) -> str:
    """A code of GB/T 4754-2017 without its letter, from `C2710`, `2710 化学药品原料药制造`, `医药制造业（27）` or the name of a
    division. Raises Misread."""
    plain = _plain(text)
    said = re.match(r"[a-t]?(\d{2,4})(?!\d)", plain) or re.search(r"\([a-t]?(\d{2,4})\)$", plain)
    if said and items.is_industry(said[1]):
        return said[1]
    named = _divisions().get(folded(text))
    if named is None:
        raise Misread("industry")
    return named


def read_text(text: str, most: int) -> str:
    """A free text, without what cannot be printed. Raises Misread."""
    clean = "".join(c for c in text.strip() if c.isprintable() or c == "\n")
    if len(clean) > most:
        raise Misread("too_long", most=most)
    return clean


def _fitting(item: Item, number: Decimal, *, is_rounded: bool) -> Decimal:
    if item.unit in WHOLE and number != number.to_integral_value():
        raise Misread("whole")
    if item.unit in FROM_NOTHING and number < 0:
        raise Misread("negative")
    if abs(number) >= LARGEST:
        raise Misread("too_large")
    if places(number) <= MOST_PLACES:
        return number
    if not is_rounded:
        raise Misread("places", most=MOST_PLACES - (2 if item.unit == "ratio" else 0))
    return number.quantize(Decimal(1).scaleb(-MOST_PLACES))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


@cache
def _currencies() -> dict[str, str]:
    """By each word for a currency: its code; by none: none."""
    found = {"": ""}
    for code, named in CURRENCIES.items():
        words = (code, named.zh, named.en, named.en.removesuffix("s"), *_FURTHER_CURRENCIES[code])
        found |= {folded(word): code for word in words}
    return found


@cache
def _units(unit: str) -> frozenset[str]:
    """The words that may stand behind a number of this unit, or be left out."""
    named = items.units().get(unit, Named("", ""))
    words = ("", named.zh, named.en, ONE.get(named.en, ""), *_FURTHER_UNITS.get(unit, ()))
    return frozenset(folded(word) for word in words)


@cache
def _words_of(item: Item) -> dict[str, str]:
    return {folded(name): code for code, words in item.choices.items() for name in (code, words.zh, words.en)}


@cache
def _divisions() -> dict[str, str]:
    return {
        folded(name): code
        for code, words in items.industries().items()
        if items.is_industry(code)
        for name in (words.zh, words.en)
    }
