from datetime import date, datetime
from decimal import Decimal

import pytest

from profiles.cells import Raw, read, said_of
from profiles.items import items
from profiles.reading import Misread
from profiles.table_words import PROBLEMS, problem
from profiles.tables import columns


@pytest.mark.parametrize(
    ("key", "value", "understood"),
    [
        ("uscc", "91310230MA1K0ABC3B", "91310230MA1K0ABC3B"),
        ("uscc", " 9131-0230 ma1k0abc3b ", "91310230MA1K0ABC3B"),
        ("uscc", "９１３１０２３０ＭＡ１Ｋ０ＡＢＣ３Ｂ", "91310230MA1K0ABC3B"),
        ("name_zh", "上海某某 ", "上海某某"),
        ("contact_phone", 13800004126.0, "13800004126"),
        ("year", 2025, "2025"),
        ("year", "2025年度", "2025"),
        ("revenue", 1200000, "1200000"),
        ("revenue", 0.1 + 0.2, "0.3"),
        ("revenue", "1,200,000.50", "1200000.5"),
        ("revenue", "1，200，000", "1200000"),
        ("revenue", "120万", "1200000"),
        ("revenue", "1.2 亿元", "120000000"),
        ("revenue", "￥35", "35"),
        ("taxable_income", "-5万", "-50000"),
        ("taxable_income", "(1,000)", "-1000"),
        ("registered_capital", "500万美元", "5000000 USD"),
        ("registered_capital", "USD 500", "500 USD"),
        ("debt_ratio", "42%", "0.42"),
        ("debt_ratio", "120％", "1.2"),
        ("debt_ratio", 0.42, "0.42"),
        ("debt_ratio", 1, "1"),
        ("headcount", "85人", "85"),
        ("headcount", "1.2万人", "12000"),
        ("revenue", "12 million yuan", "12000000"),
        ("revenue", "1 200 000", "1200000"),
        ("revenue", 0.123456, "0.1235"),
        ("registered_capital", "500万元", "5000000"),
        ("founded_on", datetime(2019, 3, 5), "2019-03-05"),
        ("founded_on", "2019年3月5日", "2019-03-05"),
        ("founded_on", "2019.3.5", "2019-03-05"),
        ("founded_on", "2019/03/05", "2019-03-05"),
        ("founded_on", 20190305, "2019-03-05"),
        ("private_owned", "是", True),
        ("private_owned", "No", False),
        ("private_owned", 1, True),
        ("private_owned", False, False),
        ("sme_size", "小型", "small"),
        ("sme_size", "Small", "small"),
        ("region", "崇明区", "chongming"),
        ("industry_code", "C2710", "2710"),
        ("industry_code", 2710, "2710"),
        ("industry_code", 1, "01"),
        ("industry_code", "2710 化学药品原料药制造", "2710"),
        ("industry_code", "医药制造业", "27"),
        ("choice.loan_purpose", "扩产", "扩产"),
    ],
)
def test_what_a_cell_says_is_understood(key: str, value: object, understood: object):
    assert read(columns()[key], Raw(value)) == understood  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("uscc", 9.13102300000001e17, "code_is_number"),
        ("uscc", "91310230MA1K0ABC3", "code_length"),
        ("uscc", "91310230MA1K0ABO3B", "code_characters"),
        ("uscc", "91990230MA1K0ABC3B", "code_region"),
        ("uscc", "91310230MA1K0ABC3C", "code_check"),
        ("name_zh", "长" * 121, "too_long"),
        ("year", "今年", "year"),
        ("year", 25, "year"),
        ("year", date(2025, 1, 1), "year"),
        ("revenue", "约", "number"),
        ("revenue", "12,34", "number"),
        ("revenue", "1.2.3", "number"),
        ("revenue", "三百万", "number"),
        ("revenue", "约100万", "unit"),
        ("revenue", "100箱", "unit"),
        ("revenue", True, "number"),
        ("revenue", float("nan"), "number"),
        ("revenue", "12%", "percent"),
        ("revenue", 10**16, "too_large"),
        ("measure.project_investment_cny", "5万美元", "currency"),
        ("debt_ratio", 42, "ratio"),
        ("headcount", "3万箱", "unit"),
        ("headcount", 3.5, "whole"),
        ("headcount", "85吨", "unit"),
        ("revenue", "12 34", "number"),
        ("registered_capital", "USD 5 元", "unit"),
        ("headcount", -1, "negative"),
        ("founded_on", "去年", "day"),
        ("founded_on", 43529, "day"),
        ("founded_on", "2019-02-30", "no_such_day"),
        ("private_owned", "也许", "flag"),
        ("sme_size", "巨型", "choice"),
        ("industry_code", "9999", "industry"),
        ("industry_code", "炼金", "industry"),
    ],
)
def test_what_a_cell_cannot_mean_is_refused(key: str, value: object, reason: str):
    with pytest.raises(Misread) as refused:
        read(columns()[key], Raw(value))  # type: ignore[arg-type]
    assert refused.value.reason == reason
    assert "%(" not in problem({"reason": reason, **refused.value.more})


def test_share_that_looks_like_percent_says_both_ways_to_write_it():
    with pytest.raises(Misread) as refused:
        read(columns()["debt_ratio"], Raw(42))
    assert refused.value.more == {"percent": "42%", "share": "0.42"}


def test_number_shown_as_percent_is_a_share():
    assert read(columns()["debt_ratio"], Raw(1.2, is_percent=True)) == "1.2"
    assert Raw(0.425, is_percent=True).shown == "42.5%"


def test_formula_and_error_are_refused():
    for raw, reason in ((Raw("=A1", is_formula=True), "formula"), (Raw("#N/A", is_error=True), "excel_error")):
        with pytest.raises(Misread) as refused:
            read(columns()["revenue"], raw)
        assert refused.value.reason == reason


def test_every_reason_has_its_words():
    words = {"row": 1, "name": "n", "code": "c", "most": 1, "unit": "u", "percent": "p", "share": "s", "known_zh": "k"}
    for reason in PROBLEMS:
        assert "%(" not in problem({"reason": reason, **words})


def test_value_comes_back_in_the_type_of_its_item():
    assert said_of(items()["registered_capital"], "500 USD") == (Decimal(500), "USD")
    assert said_of(items()["founded_on"], "2019-03-05") == (date(2019, 3, 5), "")
    assert said_of(items()["private_owned"], True) == (True, "")
    assert said_of(items()["sme_size"], "small") == ("small", "")
