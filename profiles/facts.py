"""The facts of an enterprise: their names, types, units, words and definitions. Pure rule: no database, no clock.

The named ones stand in data/facts.yaml, one for each column of FactSheet. Those with a key (declared.…, measure.…, choice.…,
event_date.…, official_score.…) are items of the file of the same name and stand in FactSheet.more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import yaml

from profiles.items import DATA, Item, Named, choices, industries, items, regions, units

Value = Decimal | bool | str | date | list[str] | None
_TYPES = {"number": "number", "flag": "flag", "text": "choice", "choice": "choice", "day": "day"}


@dataclass(frozen=True)
class Fact:
    """`type` is number, flag, choice, day, list, industry or tags; `unit` is a name of items.units()."""

    name: str
    type: str
    unit: str | None
    label: Named
    definition: Named
    # of a fact that does not stand in the file, such as an answer of a case
    options: Mapping[str, Named] | None = None

    @property
    def is_keyed(self) -> bool:
        return "." in self.name

    @property
    def is_industry(self) -> bool:
        return self.type == "industry"

    @property
    def choices(self) -> Mapping[str, Named]:
        """What a choice or list can be, with its words; empty for what is free, and for tags, which are rows."""
        if self.options is not None:
            return self.options
        if self.type == "list":
            return regions()
        if self.type == "industry":
            return industries()
        return choices().get(self.name, {})

    @property
    def unit_label(self) -> str:
        return str(units()[self.unit]) if self.unit in units() else ""


@cache
def facts() -> dict[str, Fact]:
    """All facts by name, the named ones first."""
    rows = yaml.safe_load((DATA / "facts.yaml").read_text(encoding="utf-8"))
    named = {
        name: Fact(name, kind, unit, Named(zh, en), Named(meaning_zh, meaning_en))
        for name, (kind, unit, zh, en, meaning_zh, meaning_en) in rows.items()
    }
    return named | {item.code: _keyed(item) for item in items().values() if "." in item.code}


@cache
def columns() -> tuple[str, ...]:
    """The named facts, which are the columns of FactSheet."""
    return tuple(name for name, fact in facts().items() if not fact.is_keyed)


def value_of(name: str, row: Mapping[str, Any]) -> Value:
    """The fact of a row (columns and `more` as the database gives them), as the Python value of its type; None: not known."""
    fact = facts()[name]
    if not fact.is_keyed:
        return row[name]
    said = (row["more"] or {}).get(name)
    if said is None:
        return None
    if fact.type == "number":
        return Decimal(said)
    return date.fromisoformat(said) if fact.type == "day" else said


def _keyed(item: Item) -> Fact:
    said = Named("档案中所声明或填报的值。", "As declared or entered in the file.")
    return Fact(item.code, _TYPES[item.kind], item.unit, item.label, said)
