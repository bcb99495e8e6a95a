"""Criteria and facts at random, by a seeded generator: few distinct values, so that bounds are met exactly and often."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from profiles import items
from profiles.criteria import OPERATORS
from profiles.facts import Fact, facts

NUMBERS = ["-3", "0", "0.1", "0.05", "0.6", "0.333333", "1", "60", "500", "20000000", "20000000.000001", "199999999.99"]
CODES = ["01", "013", "27", "271", "2710", "2720", "37", "373", "3737", "65", "6510", "90"]
WANTED_CODES = [*CODES, "A", "C", "I"]
TAGS = ["hnte", "tech_sme", "srdi_sme", "little_giant"]
DAY = date(2024, 2, 29)
DAYS = [DAY + timedelta(days=n) for n in (-3653, -1096, -731, -366, -365, -1, 0, 1, 2, 366)]
WORDS = ["building", "O'Neill", "100%", "仓库", "a\\b"]
NAMES = [*facts()]


def criterion(chance: random.Random, depth: int = 4) -> dict[str, Any]:
    kind = chance.random()
    if depth and kind < 0.45:
        return {chance.choice(["all", "any"]): [criterion(chance, depth - 1) for _ in range(chance.randint(1, 4))]}
    if depth and kind < 0.55:
        return {"not": criterion(chance, depth - 1)}
    if kind < 0.58:
        return {"op": "review", "text_zh": "专家判断"}
    return leaf(facts()[chance.choice(NAMES)], chance)


def leaf(fact: Fact, chance: random.Random) -> dict[str, Any]:
    op, kind = chance.choice([*OPERATORS[fact.type].items()])
    value = _VALUES[kind](chance, fact, op)
    return {"fact": fact.name, "op": op} | ({} if value is None else {"value": value})


def _number(chance: random.Random, *_fact: Any) -> Any:
    text = chance.choice(NUMBERS)
    return chance.choice([text, float(text) if len(text) < 15 else text])


def _numbers(chance: random.Random, *_fact: Any) -> list[Any]:
    return sorted((_number(chance) for _ in range(2)), key=lambda one: Decimal(str(one)))


def _tiers(chance: random.Random, fact: Fact, op: str) -> dict[str, Any]:
    by = chance.choice([name for name in NAMES if facts()[name].type == "number"])
    ends = sorted(chance.sample([Decimal(one) for one in NUMBERS], chance.randint(0, 3)))
    bound = op.removeprefix("tiered_").replace("gte", "min").replace("lte", "max")
    return {
        "by": by,
        "tiers": [{"upto": end, bound: _number(chance)} for end in [*map(str, ends), None]],
    }


def _word(chance: random.Random, fact: Fact, *_op: Any) -> str:
    return chance.choice([*fact.choices] or WORDS)


def _words(chance: random.Random, fact: Fact, *_op: Any) -> list[str]:
    known = [*fact.choices] or WORDS
    return chance.sample(known, chance.randint(1, min(3, len(known))))


def _some(values: list[str]) -> Any:
    return lambda chance, *_fact: chance.sample(values, chance.randint(1, 3))


def _days(chance: random.Random, *_fact: Any) -> list[str]:
    return sorted(chance.choice(DAYS).isoformat() for _ in range(2))


_VALUES: dict[str, Any] = {
    "number": _number,
    "numbers": _numbers,
    "tiers": _tiers,
    "nothing": lambda *_: None,
    "word": _word,
    "words": _words,
    "tags": _some(TAGS),
    "industries": _some(WANTED_CODES),
    "day": lambda chance, *_: chance.choice(DAYS).isoformat(),
    "days": _days,
    "years": lambda chance, *_: chance.randint(0, 11),
}


def sheet(chance: random.Random) -> dict[str, Any]:
    """The columns of a FactSheet; about a third is not known."""
    row: dict[str, Any] = {"more": {}}
    for name, fact in facts().items():
        value = _fact(fact, chance) if chance.random() < 0.67 else None
        if not fact.is_keyed:
            row[name] = value if fact.type != "tags" else value or []
        elif value is not None or chance.random() < 0.1:
            row["more"][name] = value if value is None or isinstance(value, bool) else str(value)
    return row


def _fact(fact: Fact, chance: random.Random) -> Any:
    if fact.type == "number":
        return Decimal(chance.choice(NUMBERS))
    if fact.type == "flag":
        return chance.random() < 0.5
    if fact.type == "choice":
        return chance.choice([*fact.choices] or WORDS)
    if fact.type == "list":
        return items.regions_around()[chance.choice([*items.regions_around()])]
    if fact.type == "tags":
        return chance.sample(TAGS, chance.randint(0, 3))
    return chance.choice(CODES) if fact.type == "industry" else chance.choice(DAYS)
