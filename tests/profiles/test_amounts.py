from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from django.utils import translation

from profiles.amounts import CURRENCIES, bare_words, number_words, value_words
from profiles.facts import facts
from profiles.items import Item, industries, is_industry, items, units
from profiles.reading import FROM_NOTHING, WHOLE, read_number, read_value

LANGUAGES = ("zh-hans", "en")


@pytest.mark.parametrize(
    ("item", "value", "currency", "zh", "en"),
    [
        ("revenue", Decimal(12_000_000), "", "1,200 万元", "12 million yuan"),
        ("revenue", Decimal(250_000_000), "", "2.5 亿元", "250 million yuan"),
        ("revenue", Decimal("999.50"), "", "999.5 元", "999.5 yuan"),
        ("revenue", Decimal("12345678.91"), "", "12,345,678.91 元", "12,345,678.91 yuan"),
        ("registered_capital", Decimal(500_000), "USD", "50 万美元", "500,000 US dollars"),
        ("debt_ratio", Decimal("0.4550"), "", "45.5%", "45.5%"),
        ("headcount", Decimal(1200), "", "1,200 人", "1,200 people"),
        ("headcount", Decimal(1), "", "1 人", "1 person"),
        ("foreign_invested", False, "", "否", "no"),
        ("founded_on", date(2020, 2, 3), "", "2020-02-03", "2020-02-03"),
        ("region", "chongming", "", "崇明区", "Chongming District"),
        ("revenue", None, "", "", ""),
    ],
)
def test_values_read_in_both_languages(item: str, value: object, currency: str, zh: str, en: str):
    for language, words in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            assert value_words(items()[item], value, currency) == words


def test_finer_industry_reads_by_its_division():
    with translation.override("zh-hans"):
        assert "2710" in value_words(items()["industry_code"], "2710")


def test_number_without_its_unit_stands_in_a_field():
    with translation.override("zh-hans"):
        assert bare_words(Decimal(12_000_000), "money") == "1,200 万"
        assert bare_words(Decimal("0.455"), "ratio") == "45.5"
    with translation.override("en"):
        assert bare_words(Decimal(12_000_000), "money") == "12 million"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("code", list(items()))
def test_what_is_worded_is_read_back_the_same(code: str, language: str):
    item, chance = items()[code], Random(code)
    with translation.override(language):
        for value in _values(item, chance):
            assert read_value(item, value_words(item, value)) == (value, "CNY" if item.is_money else "")
            if isinstance(value, Decimal):
                assert read_value(item, bare_words(value, item.unit), is_percent=item.unit == "ratio") == (value, "")
            for currency in CURRENCIES if item.is_money else ():
                assert read_value(item, value_words(item, value, currency)) == (value, currency)


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_of_facts_are_read_back_the_same(language: str):
    chance = Random(7)
    with translation.override(language):
        for unit in {fact.unit for fact in facts().values() if fact.type == "number"}:
            for _turn in range(200):
                number = Decimal(chance.randint(-(10**13), 10**13)).scaleb(-chance.randint(0, 6))
                assert read_number(number_words(number, unit), unit)[0] == number, (unit, number)
                assert read_number(bare_words(number, unit), unit, is_percent=unit == "ratio")[0] == number


def _values(item: Item, chance: Random) -> list[Decimal | str | date | bool]:
    match item.kind:
        case "number":
            lowest = 0 if item.unit in FROM_NOTHING else -(10**15)
            decimals = 0 if item.unit in WHOLE else 4
            sums = [Decimal(chance.randint(lowest, 10**15)).scaleb(-chance.randint(0, decimals)) for _turn in range(60)]
            round_ones = [Decimal(chance.randint(0, 999)) * 10 ** chance.randint(0, 12) for _turn in range(60)]
            return [Decimal(0), Decimal(1), *sums, *round_ones]
        case "day":
            return [date(1950, 1, 1) + timedelta(days=chance.randint(0, 40_000)) for _turn in range(20)]
        case "flag":
            return [True, False]
        case "industry":
            divisions = [code for code in industries() if is_industry(code)]
            return [*divisions, *(f"{code}{chance.randint(0, 99):02}" for code in divisions)]
        case "choice" | "region":
            return list(item.choices)
        case _:
            return ["扩产", "New premises, 300 m²", "a\nb"]


def test_every_unit_is_one_that_is_read():
    for unit in units():
        assert read_number("1", unit)[0] == 1
