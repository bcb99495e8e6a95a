"""Reading criteria, judging them and putting them into words."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import translation

from profiles.amounts import number_words
from profiles.criteria import Invalid, changes_with_the_day, facts_named, leaves, parse, tags_named, to_data
from profiles.criteria_judging import Outcome, born_by, evaluate, in_the_way, whole_years
from profiles.criteria_words import describe, distance_words, sentence
from profiles.facts import columns

TODAY = date(2026, 11, 23)
REVENUE = {"fact": "revenue_cny", "op": "gte", "value": 20_000_000}
STAFF = {"fact": "headcount", "op": "lte", "value": 500}
POLICIES = json.loads((Path(__file__).parent / "policy_conditions.json").read_text(encoding="utf-8"))


def row(more=None, **known):
    return dict.fromkeys(columns()) | {"has_tag": [], "more": more or {}} | known


def judged(data, **known):
    return evaluate(parse(data), row(**known), TODAY)


def problems(data, tags=None) -> list[str]:
    with pytest.raises(Invalid) as caught:
        parse(data, tags)
    return [one.pointer for one in caught.value.problems]


@pytest.mark.parametrize("name", POLICIES)
def test_conditions_of_real_policies_can_be_said(name):
    criterion = parse(POLICIES[name])
    assert parse(to_data(criterion)) == criterion
    for language in ("zh-hans", "en"):
        with translation.override(language):
            assert sentence(criterion)
    assert evaluate(criterion, row(), TODAY).outcome in {Outcome.UNKNOWN, Outcome.NOT_MET}


def test_what_was_read_is_written_as_it_was():
    data = {"all": [REVENUE, {"not": {"any": [STAFF, {"fact": "rd_ratio", "op": "gte", "value": "0.05"}]}}]}
    assert to_data(parse(data)) == data
    assert parse({"fact": "rd_ratio", "op": "gte", "value": 0.05}).value == Decimal("0.05")


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (None, ""),
        ([], ""),
        ({}, "/fact"),
        ({"all": []}, "/all"),
        ({"all": {}}, "/all"),
        ({"all": [REVENUE], "any": [STAFF]}, ""),
        ({"all": [REVENUE], "text_zh": "x"}, ""),
        ({"not": [REVENUE]}, "/not"),
        ({"fact": "no_such", "op": "eq", "value": 1}, "/fact"),
        ({"fact": ["revenue_cny"], "op": "eq", "value": 1}, "/fact"),
        ({"fact": "revenue_cny); --", "op": "eq", "value": 1}, "/fact"),
        ({**REVENUE, "op": "contains_any"}, "/op"),
        ({**REVENUE, "op": ["gte"]}, "/op"),
        ({**REVENUE, "more": 1}, "/more"),
        ({**REVENUE, "value": None}, "/value"),
        ({**REVENUE, "value": True}, "/value"),
        ({**REVENUE, "value": "much"}, "/value"),
        ({**REVENUE, "value": "NaN"}, "/value"),
        ({**REVENUE, "value": "1e999999999"}, "/value"),
        ({**REVENUE, "value": "1e-999999999"}, "/value"),
        ({**REVENUE, "value": "0.0000001"}, "/value"),
        ({**REVENUE, "value": 10**20}, "/value"),
        ({**REVENUE, "op": "between", "value": [2]}, "/value"),
        ({**REVENUE, "op": "between", "value": [2, 1]}, "/value"),
        ({**REVENUE, "op": "between", "value": [1, "x"]}, "/value/1"),
        ({**REVENUE, "text_zh": "x" * 501}, "/text_zh"),
        ({"fact": "credit_ok", "op": "is_true", "value": False}, "/value"),
        ({"fact": "sme_size", "op": "in", "value": ["micro", "tiny"]}, "/value/1"),
        ({"fact": "sme_size", "op": "in", "value": []}, "/value"),
        ({"fact": "sme_size", "op": "in", "value": "micro"}, "/value"),
        ({"fact": "choice.park_level", "op": "eq", "value": "a\x00b"}, "/value"),
        ({"fact": "choice.park_level", "op": "eq", "value": " "}, "/value"),
        ({"fact": "industry_code", "op": "in", "value": ["X"]}, "/value/0"),
        ({"fact": "industry_code", "op": "in", "value": ["37%"]}, "/value/0"),
        ({"fact": "founded_on", "op": "gte", "value": "2026-02-30"}, "/value"),
        ({"fact": "founded_on", "op": "gte", "value": "20260223"}, "/value"),
        ({"fact": "founded_on", "op": "age_gte", "value": 1.5}, "/value"),
        ({"fact": "founded_on", "op": "age_gte", "value": 201}, "/value"),
        ({"fact": "has_tag", "op": "contains_any", "value": ["{a,b}"]}, "/value/0"),
        ({"op": "review"}, "/text_zh"),
        ({"op": "review", "fact": "revenue_cny", "text_zh": "x"}, "/fact"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(data, where):
    assert problems(data) == [where]


def test_all_problems_are_said_at_once():
    data = {"all": [{**REVENUE, "value": "x"}, {"any": [{"fact": "nothing"}, {**STAFF, "op": "is_true"}]}]}
    assert problems(data) == ["/all/0/value", "/all/1/any/0/fact", "/all/1/any/1/op"]


def test_tags_have_to_be_known():
    data = {"fact": "has_tag", "op": "contains_any", "value": ["hnte", "no_such"]}
    assert problems(data, tags={"hnte"}) == ["/value/1"]
    assert parse(data).value == ("hnte", "no_such")


TIERED = {"fact": "rd_ratio_3y", "op": "tiered_gte"}


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (0.05, "/value"),
        ({"by": "sme_size", "tiers": [{"upto": None, "min": 1}]}, "/value/by"),
        ({"by": "revenue_cny", "tiers": []}, "/value/tiers"),
        ({"by": "revenue_cny", "tiers": [{"upto": 5, "min": 1}]}, "/value/tiers/0/upto"),
        ({"by": "revenue_cny", "tiers": [{"upto": None, "min": 1}, {"upto": None, "min": 1}]}, "/value/tiers/0/upto"),
        ({"by": "revenue_cny", "tiers": [{"upto": None, "max": 1}]}, "/value/tiers/0"),
        ({"by": "revenue_cny", "tiers": [{"upto": n, "min": 1} for n in (5, 5, None)]}, "/value/tiers"),
    ],
)
def test_tiers_have_to_fit(value, where):
    assert problems({**TIERED, "value": value}) == [where]


def test_depth_and_size_are_limited():
    deep = REVENUE
    for _ in range(5):
        deep = {"all": [deep]}
    parse(deep)
    assert problems({"all": [deep]}) == ["/all/0" * 6]
    for _ in range(2000):
        deep = {"not": deep}
    assert len(problems(deep)) == 1
    parse({"all": [REVENUE] * 200})
    assert problems({"all": [REVENUE] * 201}) == ["/all/200"]
    assert problems({"any": [{"all": [REVENUE] * 150}] * 5}) == ["/any/1/all/50"]


def test_it_says_what_it_speaks_of():
    data = {
        "all": [
            {**TIERED, "value": {"by": "revenue_cny", "tiers": [{"upto": None, "min": 1}]}},
            {"not": {"fact": "has_tag", "op": "contains_any", "value": ["hnte"]}},
            {"op": "review", "text_zh": "看"},
        ]
    }
    assert facts_named(parse(data)) == ("rd_ratio_3y", "revenue_cny", "has_tag")
    assert tags_named(parse(data)) == {"hnte"}
    assert len([*leaves(parse(data))]) == 3
    assert not changes_with_the_day(parse(data))
    assert changes_with_the_day(parse({"not": {"fact": "founded_on", "op": "age_gte", "value": 1}}))


MET, MISSED, UNKNOWN = Outcome.MET, Outcome.NOT_MET, Outcome.UNKNOWN
ABOUT = {MET: {"revenue_cny": Decimal(20_000_000)}, MISSED: {"revenue_cny": Decimal(1)}, UNKNOWN: {}}
ALSO = {MET: {"headcount": Decimal(500)}, MISSED: {"headcount": Decimal(501)}, UNKNOWN: {}}


@pytest.mark.parametrize(
    ("left", "right", "both", "either"),
    [
        (MET, MET, MET, MET),
        (MET, MISSED, MISSED, MET),
        (MET, UNKNOWN, UNKNOWN, MET),
        (MISSED, MISSED, MISSED, MISSED),
        (MISSED, UNKNOWN, MISSED, UNKNOWN),
        (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    ],
)
def test_what_is_not_known_is_neither_met_nor_missed(left, right, both, either):
    known = ABOUT[left] | ALSO[right]
    assert judged({"all": [REVENUE, STAFF]}, **known).outcome == both
    assert judged({"any": [STAFF, REVENUE]}, **known).outcome == either
    assert judged({"not": {"not": REVENUE}}, **known).outcome == left


def test_tiers_go_by_another_fact():
    value = {"by": "revenue_cny", "tiers": [{"upto": 50, "min": 0.05}, {"upto": None, "min": 0.03}]}
    tiered = {**TIERED, "value": value}
    for revenue, share, outcome in [(50, "0.05", MET), (50, "0.04", MISSED), (51, "0.03", MET), (51, "0.02", MISSED)]:
        assert judged(tiered, revenue_cny=Decimal(revenue), rd_ratio_3y=Decimal(share)).outcome == outcome
    assert judged(tiered, rd_ratio_3y=Decimal(1)).outcome == UNKNOWN
    assert judged(tiered, revenue_cny=Decimal(1)).outcome == UNKNOWN


@pytest.mark.parametrize(
    ("op", "codes", "outcome"),
    [
        ("in", ["C"], MET),
        ("in", ["37"], MET),
        ("in", ["A"], MISSED),
        ("in", ["3737"], UNKNOWN),
        ("in", ["3737", "37"], MET),
        ("not_in", ["C"], MISSED),
        ("not_in", ["A"], MET),
        ("not_in", ["3737"], UNKNOWN),
    ],
)
def test_industries_are_compared_by_their_beginning(op, codes, outcome):
    assert judged({"fact": "industry_code", "op": op, "value": codes}, industry_code="373").outcome == outcome


@pytest.mark.parametrize(
    ("since", "today", "years"),
    [
        ("2025-11-23", "2026-11-23", 1),
        ("2025-11-24", "2026-11-23", 0),
        ("2024-02-29", "2025-02-28", 0),
        ("2024-02-29", "2025-03-01", 1),
        ("2024-02-29", "2028-02-29", 4),
        ("2026-12-01", "2026-11-23", -1),
    ],
)
def test_years_are_whole(since, today, years):
    since, today = date.fromisoformat(since), date.fromisoformat(today)
    assert whole_years(since, today) == years
    assert born_by(max(years, 0), today) >= since or years < 0


def test_distance_says_what_is_missing():
    short = judged(REVENUE, revenue_cny=Decimal(15_000_000))
    assert (short.distance.by, short.distance.share) == (5_000_000, Decimal("0.25"))
    assert judged(STAFF, headcount=Decimal(510)).distance.by == 10
    age = judged({"fact": "founded_on", "op": "age_gte", "value": 1}, founded_on=date(2026, 2, 28))
    assert age.distance.on == date(2027, 2, 28)
    with translation.override("en"):
        assert distance_words(short) == "5 million yuan short (25%)"
        assert distance_words(age) == "will be met on 2027-02-28"
    with translation.override("zh-hans"):
        assert "500 万元" in distance_words(short)
    assert judged(REVENUE).distance is None


def test_in_the_way_are_the_fewest_leaves_that_decide():
    share = {"fact": "rd_ratio", "op": "gte", "value": "0.05"}
    data = {"all": [STAFF, {"any": [{"all": [REVENUE, share]}, {"fact": "credit_ok", "op": "is_true"}]}]}
    way = in_the_way(judged(data, headcount=Decimal(600), revenue_cny=Decimal(1), credit_ok=False))
    assert [leaf.criterion.fact for leaf in way] == ["headcount", "credit_ok"]
    way = in_the_way(judged({"not": {"any": [STAFF, REVENUE]}}, headcount=Decimal(5), revenue_cny=Decimal(1)))
    assert [leaf.criterion.fact for leaf in way] == ["headcount"]
    assert in_the_way(judged(STAFF, headcount=Decimal(5))) == ()


@pytest.mark.parametrize(
    ("number", "unit", "zh", "en"),
    [
        ("20000000", "CNY", "2,000 万元", "20 million yuan"),
        ("250000000", "CNY", "2.5 亿元", "250 million yuan"),
        ("100000001", "CNY", "10,000.0001 万元", "100,000,001 yuan"),
        ("0.6", "ratio", "60%", "60%"),
        ("0.125", "ratio", "12.5%", "12.5%"),
        ("500", "person", "500 人", "500 people"),
        ("1", "year", "1 年", "1 year"),
        ("3", None, "3", "3"),
    ],
)
def test_numbers_are_readable_and_exact(number, unit, zh, en):
    with translation.override("zh-hans"):
        assert number_words(Decimal(number), unit) == zh
    with translation.override("en"):
        assert number_words(Decimal(number), unit) == en


def test_it_reads_as_nested_lines_and_as_one_sentence():
    data = {"all": [REVENUE, {"any": [STAFF, {"not": {"fact": "has_tag", "op": "contains_any", "value": ["hnte"]}}]}]}
    with translation.override("en"):
        assert sentence(parse(data), {"hnte": "High-tech"}) == (
            "revenue is at least 20 million yuan; and (headcount is at most 500 people; or not (has the tag High-tech))"
        )
        lines = describe(parse(data))
        assert [part.how for part in lines.parts] == ["leaf", "any"]
        assert lines.parts[1].parts[1].parts[0].words == "has the tag hnte"
