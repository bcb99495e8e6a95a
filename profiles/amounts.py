"""How values of a file read, in Chinese and in English. Pure rule: no database, no clock."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from park.accounts.bilingual import reads_chinese
from profiles.items import Item, industry_name, units

TEN_THOUSAND, HUNDRED_MILLION, MILLION = Decimal(10_000), Decimal(100_000_000), Decimal(1_000_000)
_MONEY = {"money", "CNY", "USD"}
_CURRENCIES = {
    "CNY": ("元", "yuan"),
    "USD": ("美元", "US dollars"),
    "EUR": ("欧元", "euros"),
    "HKD": ("港元", "HK dollars"),
}


def value_words(item: Item, value: object, currency: str = "") -> str:
    """`1,200 万元`, `12.5 %`, `是`, `化学原料和化学制品制造业（26）`; an empty text for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return number_words(value, item.unit, currency)
    if isinstance(value, date):
        return value.isoformat()
    if item.kind == "industry":
        return _("%(name)s (%(code)s)") % {"name": industry_name(str(value)), "code": value}
    return str(item.choices.get(str(value), value))


def number_words(value: Decimal, unit: str | None, currency: str = "") -> str:
    """A number with its unit; large sums of money in 万 and 亿, or in millions."""
    if unit == "ratio":
        return f"{plain(value * 100)} %"
    if unit in _MONEY:
        return _money(value, currency or ("USD" if unit == "USD" else "CNY"))
    word = str(units()[unit]) if unit in units() else ""
    return f"{plain(value)} {word}".strip()


def plain(value: Decimal) -> str:
    """Thousands apart, no zeros at the end: 1,234.5."""
    return f"{value.quantize(Decimal('0.01')).normalize():,f}" if value % 1 else f"{value:,.0f}"


def _money(value: Decimal, currency: str) -> str:
    zh, en = _CURRENCIES.get(currency, (currency, currency))
    if reads_chinese():
        if abs(value) >= HUNDRED_MILLION:
            return f"{plain(value / HUNDRED_MILLION)} 亿{zh}"
        if abs(value) >= TEN_THOUSAND:
            return f"{plain(value / TEN_THOUSAND)} 万{zh}"
        return f"{plain(value)} {zh}"
    if abs(value) >= MILLION:
        return f"{plain(value / MILLION)} million {en}"
    return f"{plain(value)} {en}"
