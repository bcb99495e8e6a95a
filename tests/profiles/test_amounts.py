from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from profiles.amounts import value_words
from profiles.items import items


@pytest.mark.parametrize(
    ("item", "value", "currency", "zh", "en"),
    [
        ("revenue", Decimal(12_000_000), "", "1,200 万元", "12 million yuan"),
        ("revenue", Decimal(250_000_000), "", "2.5 亿元", "250 million yuan"),
        ("revenue", Decimal("999.50"), "", "999.5 元", "999.5 yuan"),
        ("registered_capital", Decimal(500_000), "USD", "50 万美元", "500,000 US dollars"),
        ("debt_ratio", Decimal("0.4550"), "", "45.5 %", "45.5 %"),
        ("headcount", Decimal(1200), "", "1,200 人", "1,200 people"),
        ("foreign_invested", False, "", "否", "no"),
        ("founded_on", date(2020, 2, 3), "", "2020-02-03", "2020-02-03"),
        ("region", "chongming", "", "崇明区", "Chongming District"),
    ],
)
def test_values_read_in_both_languages(item: str, value: object, currency: str, zh: str, en: str):
    for language, words in (("zh-hans", zh), ("en", en)):
        with translation.override(language):
            assert value_words(items()[item], value, currency) == words


def test_finer_industry_reads_by_its_division():
    with translation.override("zh-hans"):
        assert "2710" in value_words(items()["industry_code"], "2710")
