"""The catalogue of what a file can hold, read from data/items.yaml. Pure rule: no database, no clock.

Units: money is in whole CNY unless a value names another currency; ratios are 0..1; energy is tonnes of standard coal (tce).
Industries are GB/T 4754-2017: a section is a letter, a division two digits, finer groups three or four digits, kept without
the letter.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from park.accounts.bilingual import reads_chinese

DATA = Path(__file__).parent / "data"
COLUMNS = {
    "number": "number",
    "choice": "text",
    "text": "text",
    "industry": "text",
    "region": "text",
    "day": "day",
    "flag": "flag",
}


@dataclass(frozen=True)
class Named:
    """A word in both languages."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh if reads_chinese() else self.en


@dataclass(frozen=True)
class Item:
    """`kind` says which column of a ProfileValue holds it (COLUMNS); `is_money` values may name a currency."""

    code: str
    kind: str
    unit: str | None
    by_year: bool
    label: Named
    group: str

    @property
    def column(self) -> str:
        return COLUMNS[self.kind]

    @property
    def is_money(self) -> bool:
        return self.unit == "money"

    @property
    def is_industry(self) -> bool:
        return self.kind == "industry"

    @property
    def choices(self) -> Mapping[str, Named]:
        """The words of a choice, region or industry; empty for what is free."""
        if self.kind == "region":
            return regions()
        if self.kind == "industry":
            return industries()
        return choices().get(self.code, {})


@dataclass(frozen=True)
class Group:
    code: str
    label: Named
    items: tuple[Item, ...]


@cache
def groups() -> tuple[Group, ...]:
    """The catalogue in the order of the page."""
    return tuple(
        Group(
            group["code"],
            Named(group["zh"], group["en"]),
            tuple(
                Item(code, kind, unit, by_year, Named(zh, en), group["code"])
                for code, (kind, unit, by_year, zh, en) in group["items"].items()
            ),
        )
        for group in _tables()["groups"]
    )


@cache
def items() -> dict[str, Item]:
    return {item.code: item for group in groups() for item in group.items}


@cache
def choices() -> dict[str, dict[str, Named]]:
    return {
        item: {code: Named(*names) for code, names in words.items()} for item, words in _tables()["choices"].items()
    }


@cache
def regions() -> dict[str, Named]:
    return {code: Named(row["zh"], row["en"]) for code, row in _tables()["regions"].items()}


@cache
def regions_around() -> dict[str, list[str]]:
    """By region: the regions that hold it and itself, the widest first."""
    return {code: [*row["within"], code] for code, row in _tables()["regions"].items()}


@cache
def units() -> dict[str, Named]:
    return {code: Named(*names) for code, names in _tables()["units"].items()}


@cache
def industries() -> dict[str, Named]:
    """Sections (A..T) and divisions (01..97) of GB/T 4754-2017 by code. Finer codes are taken by their division."""
    return {row["code"]: Named(row["name_zh"], row["name_en"]) for row in _industries()}


@cache
def sections() -> dict[str, str]:
    """By division: the letter of its section."""
    return {row["code"]: row["parent"] for row in _industries() if row["level"] == "division"}


@cache
def divisions_of() -> dict[str, tuple[str, ...]]:
    """By section: its divisions."""
    found: dict[str, tuple[str, ...]] = {}
    for division, section in sections().items():
        found[section] = (*found.get(section, ()), division)
    return found


def is_industry(code: str) -> bool:
    """Whether this is a division of GB/T 4754-2017 or a group or class (three or four digits) of one."""
    return code.isdecimal() and code.isascii() and 2 <= len(code) <= 4 and code[:2] in sections()


def industry_name(code: str) -> str:
    """The name of the section, division, or of the division that holds a finer code."""
    known = industries()
    return str(known.get(code) or known.get(code[:2]) or code)


@cache
def _tables() -> dict:
    return yaml.safe_load((DATA / "items.yaml").read_text(encoding="utf-8"))


@cache
def _industries() -> tuple[dict[str, str], ...]:
    with open(DATA / "industries.csv", encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
