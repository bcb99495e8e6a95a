"""Which experts the rules call for."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lifecycle import team_rules
from lifecycle.team_rules import NEEDS, PROCEDURE, RulesRefused, call, read, rules
from profiles.criteria import tags_named
from profiles.facts import columns
from profiles.items import DATA, is_industry

TODAY = date(2026, 11, 20)
TEAM = Path(__file__).resolve().parents[2] / "park" / "team" / "data" / "departments.yaml"


def row(procedure: str = "", needs: tuple[str, ...] = (), **facts: object) -> dict:
    return {**dict.fromkeys(columns()), "more": {}, **facts, PROCEDURE: procedure, NEEDS: list(needs)}


def required(**given: object) -> set[str]:
    return set(call(rules().rules, row(**given), TODAY).required)


@pytest.mark.parametrize(
    ("given", "skills"),
    [
        ({}, {"R-ESS"}),
        ({"industry_code": "2720"}, {"R-ESS", "R-PHA"}),
        ({"industry_code": "5292"}, {"R-ESS", "R-XBT"}),
        ({"foreign_invested": True}, {"R-ESS", "R-XBT", "R-LAW"}),
        ({"procedure": "REG-02"}, {"R-ESS", "R-XBT", "R-LAW"}),
        ({"industry_code": "0141"}, {"R-ESS", "R-AGR"}),
        ({"needs": ("cold_chain",)}, {"R-ESS", "R-AGR"}),
        ({"industry_code": "7291"}, {"R-ESS", "R-TOU"}),
        ({"industry_code": "7294"}, {"R-ESS"}),
        ({"industry_code": "8810"}, {"R-ESS", "R-TOU", "R-IPR"}),
        ({"industry_code": "6510"}, {"R-ESS", "R-DIB"}),
        ({"energy_tce": 12_000}, {"R-ESS", "R-LCE"}),
        ({"energy_tce": 9_999}, {"R-ESS"}),
        ({"has_tag": ["hnte"]}, {"R-ESS", "R-POL"}),
        ({"has_tag": ["headquarters_economy"]}, {"R-ESS", "R-POL", "R-XBT"}),
        ({"industry_code": "3612", "needs": ("bank_loan",)}, {"R-ESS", "R-TEC", "R-POL", "R-FIN"}),
        ({"needs": ("recruitment", "complaint")}, {"R-ESS", "R-HRS", "R-QSV"}),
        ({"procedure": "RES-03"}, {"R-ESS", "R-QSV"}),
    ],
)
def test_enterprise_and_case_call_for(given, skills):
    assert required(**given) == skills


def test_each_skill_says_which_rules_call_for_it_and_is_suggested_only_where_none_requires_it():
    found = call(rules().rules, row(industry_code="3612", foreign_invested=True), TODAY)
    assert found.required["R-TEC"] == ("TR-11", "TR-12")
    assert "R-POL" not in found.suggested
    assert found.suggested["R-FIN"] == ("TR-11",)
    assert found.suggested["R-HRS"] == ("TR-03",)


def test_what_is_not_known_calls_for_nobody():
    assert required(industry_code="73") == {"R-ESS"}  # 734 would be research in medicine
    assert required(industry_code="734") == {"R-ESS", "R-PHA"}


CODES = st.sampled_from([None, "27", "2720", "358", "36", "3612", "5193", "8810", "A", "0111", "65"])
CATEGORIES = st.sets(st.sampled_from(sorted(team_rules.vocabulary()[NEEDS].choices)))


@given(code=CODES, foreign=st.none() | st.booleans(), needs=CATEGORIES, more=CATEGORIES)
def test_knowing_of_more_needs_sends_nobody_away(code, foreign, needs, more):
    facts = {"industry_code": code, "foreign_invested": foreign}
    fewer = call(rules().rules, row(needs=tuple(needs), **facts), TODAY)
    all_of_them = call(rules().rules, row(needs=tuple(needs | more), **facts), TODAY)
    assert set(fewer.required) <= set(all_of_them.required)
    assert not set(all_of_them.required) & set(all_of_them.suggested)
    for skill, codes in fewer.required.items():
        assert set(codes) <= set(all_of_them.required[skill])


@given(code=CODES, needs=CATEGORIES)
def test_team_is_the_union_of_what_each_rule_alone_calls_for(code, needs):
    given_row = row(industry_code=code, needs=tuple(needs))
    alone = [set(call([rule], given_row, TODAY).required) for rule in rules().rules]
    assert set(call(rules().rules, given_row, TODAY).required) == set().union(*alone)


def test_rules_name_skills_departments_and_tags_that_there_are():
    known = yaml.safe_load(TEAM.read_text(encoding="utf-8"))
    skills, departments = ({one["code"] for one in known[part]} for part in ("skills", "departments"))
    assert set(rules().experts) <= skills
    assert set(rules().experts.values()) <= departments
    assert {skill for rule in rules().rules for skill in (*rule.requires, *rule.suggests)} == set(rules().experts)
    tags = set(yaml.safe_load((DATA / "tags.yaml").read_text(encoding="utf-8"))["tags"])
    assert {tag for rule in rules().rules if rule.when for tag in tags_named(rule.when)} <= tags
    assert is_industry("7291")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"requires": ["R-NONE"]}, "R-NONE"),
        ({"requires": []}, "somebody"),
        ({"suggests": ["R-LAW"]}, "suggests nobody"),
        ({"basis": "hearsay"}, "whence"),
        ({"when": {"fact": "no_such", "op": "is_true"}}, "TR-X"),
        ({"when": {"fact": "need.category", "op": "contains_any", "value": ["moon"]}}, "TR-X"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(tmp_path, wrong, says):
    good = {"code": "TR-X", "zh": "甲", "en": "x", "requires": ["R-LAW"], "source": "s", "basis": "proposal"}
    path = tmp_path / "teams.yaml"

    def write(*found: dict) -> None:
        table = {"answer_within": 2, "experts": {"R-LAW": "DEP-LEG"}, "rules": list(found)}
        path.write_text(yaml.safe_dump(table), encoding="utf-8")

    write(good)
    assert read(path).rules[0].requires == ("R-LAW",)
    write({**good, **wrong})
    with pytest.raises(RulesRefused, match=says):
        read(path)
    write(good, good)
    with pytest.raises(RulesRefused, match="one code"):
        read(path)
