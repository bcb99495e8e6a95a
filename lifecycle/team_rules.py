"""Which experts industry and need call for (data/teams.yaml). Pure rule: no database, no clock."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from profiles.criteria import Criterion, Invalid, parse
from profiles.criteria_judging import Outcome, evaluate
from profiles.facts import Fact
from profiles.items import DATA as FILE_DATA
from profiles.items import Named

DATA = Path(__file__).parent / "data" / "teams.yaml"
PROCEDURE, NEEDS = "case.procedure", "need.category"
BASES = ("article", "code", "proposal")


class RulesRefused(ValueError):
    """The rules contradict themselves; the message says where."""


@dataclass(frozen=True)
class Rule:
    """`when` None: for everybody. `requires` and `suggests` are codes of skills."""

    code: str
    name: Named
    when: Criterion | None
    requires: tuple[str, ...]
    suggests: tuple[str, ...]
    source: str
    basis: str


@dataclass(frozen=True)
class Rules:
    """`experts` are the departments of the skills, by their codes; `answer_within` is in working days."""

    rules: tuple[Rule, ...]
    experts: Mapping[str, str]
    answer_within: int

    @property
    def by_code(self) -> dict[str, Rule]:
        return {rule.code: rule for rule in self.rules}


@dataclass(frozen=True)
class Call:
    """The skills that are called for and those that are suggested besides, each with the codes of the rules that do."""

    required: Mapping[str, tuple[str, ...]]
    suggested: Mapping[str, tuple[str, ...]]


def call(rules: Iterable[Rule], row: Mapping[str, Any], today: date) -> Call:
    """What the rules call for. `row` are the facts of a file, with PROCEDURE (a code) and NEEDS (codes of categories)."""
    required: dict[str, list[str]] = {}
    suggested: dict[str, list[str]] = {}
    for rule in rules:
        if rule.when is not None and evaluate(rule.when, row, today).outcome != Outcome.MET:
            continue
        for skill in rule.requires:
            required.setdefault(skill, []).append(rule.code)
        for skill in rule.suggests:
            suggested.setdefault(skill, []).append(rule.code)
    return Call(
        {skill: tuple(codes) for skill, codes in required.items()},
        {skill: tuple(codes) for skill, codes in suggested.items() if skill not in required},
    )


@cache
def vocabulary() -> dict[str, Fact]:
    """What the rules may speak of besides the facts of the file."""
    said = Named("办件或企业的情况。", "As the case and the enterprise have it.")
    return {
        PROCEDURE: Fact(PROCEDURE, "choice", None, Named("事项", "procedure"), said, {}),
        NEEDS: Fact(NEEDS, "list", None, Named("需求", "needs"), said, _categories()),
    }


@cache
def rules() -> Rules:
    """The rules that come with the portal; a file of the code, so they change when the code does."""
    return read(DATA)


def read(path: Path) -> Rules:
    """Raises RulesRefused for a rule that is double, calls for nobody, names a skill without a department, does not say
    whence it comes, or whose condition is no criterion."""
    table = yaml.safe_load(path.read_text(encoding="utf-8"))
    experts = {str(skill): str(department) for skill, department in table["experts"].items()}
    found = tuple(_read(row, experts) for row in table["rules"])
    if len({rule.code for rule in found}) < len(found):
        raise RulesRefused("two rules have one code")
    if table["answer_within"] < 1:
        raise RulesRefused("answer_within: at least one working day")
    return Rules(found, experts, int(table["answer_within"]))


def _read(row: Mapping[str, Any], experts: Collection[str]) -> Rule:
    code = row["code"]
    requires, suggests = tuple(row["requires"]), tuple(row.get("suggests", ()))
    without = [skill for skill in (*requires, *suggests) if skill not in experts]
    if without:
        raise RulesRefused(f"{code}: no department has {', '.join(without)}")
    if not requires or set(requires) & set(suggests):
        raise RulesRefused(f"{code}: it has to call for somebody, and suggests nobody whom it calls for")
    if row["basis"] not in BASES or not row["source"]:
        raise RulesRefused(f"{code}: it does not say whence it comes")
    try:
        when = parse(row["when"], also=vocabulary()) if "when" in row else None
    except Invalid as error:
        raise RulesRefused(f"{code}: {error}") from error
    return Rule(code, Named(row["zh"], row["en"]), when, requires, suggests, row["source"], row["basis"])


def _categories() -> dict[str, Named]:
    table = yaml.safe_load((FILE_DATA / "needs.yaml").read_text(encoding="utf-8"))
    return {code: Named(row[0], row[1]) for group in table["groups"] for code, row in group["categories"].items()}
