"""How a value reads, in Chinese and in English. Pure rule: no database, no clock.

The one wording, for pages, forms, briefs and criteria; profiles.reading reads it back. It is exact: nothing is rounded, so a
sum that 万 or 亿 would not shorten is written out.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext as _

from profiles.items import Named, reads_chinese, units

TEN_THOUSAND, MILLION, HUNDRED_MILLION = Decimal(10_000), Decimal(1_000_000), Decimal(100_000_000)
MONEY = {"money", "CNY", "USD"}
CURRENCIES = {
    "CNY": Named("元", "yuan"),
    "USD": Named("美元", "US dollars"),
    "EUR": Named("欧元", "euros"),
    "HKD": Named("港元", "HK dollars"),
    "JPY": Named("日元", "yen"),
    "GBP": Named("英镑", "pounds"),
}
ONE = {"years": "year", "months": "month", "people": "person", "points": "point"}
# Beyond so many decimals 万, 亿 and million make a number no shorter.
_MOST_PLACES = 4


class Worded(Protocol):
    """An item of the file, or a fact."""

    @property
    def unit(self) -> str | None: ...
    @property
    def choices(self) -> Mapping[str, Named]: ...
    @property
    def is_industry(self) -> bool: ...


def value_words(of: Worded, value: object, currency: str = "") -> str:
    """`1,200 万元`, `12.5%`, `是`, `化学原料和化学制品制造业（26）`; an empty text for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal | int):
        return number_words(Decimal(value), of.unit, currency)
    if isinstance(value, date):
        return value.isoformat()
    text = str(value)
    if of.is_industry:
        name = of.choices.get(text) or of.choices.get(text[:2])
        return _("%(name)s (%(code)s)") % {"name": name, "code": text} if name else text
    return str(of.choices.get(text, text))


def number_words(number: Decimal, unit: str | None, currency: str = "") -> str:
    """The number with its unit; of large numbers 万 and 亿, of large sums of money millions."""
    if unit == "ratio":
        return f"{_grouped(number * 100)}%"
    if unit in MONEY:
        words = CURRENCIES.get(currency or ("USD" if unit == "USD" else "CNY")) or Named(currency, currency)
    else:
        words = units().get(unit or "", Named("", ""))
    digits, size = _shortened(number, unit)
    if reads_chinese():
        return f"{digits} {size}{words.zh}".rstrip()
    word = ONE.get(words.en, words.en) if number == 1 else words.en
    return " ".join(part for part in (digits, size, word) if part)


def bare_words(number: Decimal, unit: str | None) -> str:
    """The number as number_words has it, for a field beside which its unit stands: `1,200 万`, `45.5`."""
    digits, size = _shortened(number * 100 if unit == "ratio" else number, unit)
    return f"{digits} {size}".rstrip()


def places(number: Decimal) -> int:
    """How many decimals it takes to write the number."""
    exponent = number.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _shortened(number: Decimal, unit: str | None) -> tuple[str, str]:
    """Digits with thousands apart, and what they are counted in."""
    if reads_chinese():
        sizes = [(HUNDRED_MILLION, "亿"), (TEN_THOUSAND, "万")] if unit != "ratio" else []
    else:
        sizes = [(MILLION, "million")] if unit in MONEY else []
    for size, sign in sizes:
        if abs(number) >= size and places(number / size) <= _MOST_PLACES:
            return _grouped(number / size), sign
    return _grouped(number), ""


def _grouped(number: Decimal) -> str:
    return f"{number:,.{places(number)}f}"
