"""Facts never disagree with their sources, whatever is edited in which order: the SQL against a second definition in Python."""

import random
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from park.accounts.models import Enterprise
from profiles import facts, items
from profiles.enums import ValueSource
from profiles.models import FactSheet, ProfileValue
from profiles.services.profile import name_key_enterprise
from profiles.services.values import Said, accept_value, record_all
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db

EDITS = 150
YEARS = range(2021, 2027)
SIX = Decimal("0.000001")


class Oracle:
    """The facts of one enterprise, computed from its accepted values in Python."""

    def __init__(self, rows: list[ProfileValue]) -> None:
        self.plain = {row.item: row for row in rows if row.year == 0}
        self.by_year: dict[str, dict[int, Decimal]] = {}
        for row in rows:
            if row.year and row.number is not None and row.currency in {"", "CNY"}:
                self.by_year.setdefault(row.item, {})[row.year] = row.number

    def at(self, item: str, year: int) -> Decimal | None:
        return self.by_year.get(item, {}).get(year)

    def latest(self, *codes: str) -> int | None:
        """The latest year in which all of them are known."""
        years = set.intersection(*(set(self.by_year.get(code, {})) for code in codes))
        return max(years, default=None)

    def last(self, item: str) -> Decimal | None:
        year = self.latest(item)
        return self.at(item, year) if year else None

    def share(self, part: str, whole: str) -> Decimal | None:
        year = self.latest(part, whole)
        return self._over(self.at(part, year), self.at(whole, year)) if year else None

    def value(self, item: str, currency: str | None = None) -> Any:
        row = self.plain.get(item)
        if row is None or (currency is not None and (row.currency or "CNY") != currency):
            return None
        return row.value

    @staticmethod
    def _over(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
        return part / whole if part is not None and whole else None

    def several(self) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        year = self.latest("revenue")
        if year:
            now, before = self.at("revenue", year), self.at("revenue", year - 2)
            if before and before > 0 and now >= 0:
                found["revenue_cagr_2y"] = (now / before).sqrt() - 1
        year = self.latest("rd_spending")
        if year and (before := self.at("rd_spending", year - 1)) is not None:
            now = self.at("rd_spending", year)
            found |= {"rd_spending_2y_cny": now + before, "rd_spending_min_2y_cny": min(now, before)}
        year = self.latest("rd_spending", "revenue")
        if year:
            spent = [self.at("rd_spending", year - n) for n in range(3)]
            earned = [self.at("revenue", year - n) for n in range(3)]
            if None not in (*spent[:2], *earned[:2]) and all(one > 0 for one in earned[:2]):
                found["rd_ratio_min_2y"] = min(spent[0] / earned[0], spent[1] / earned[1])
            if None not in (*spent, *earned) and sum(earned):
                found["rd_ratio_3y"] = sum(spent) / sum(earned)
        year = self.latest("headcount")
        if year and self.at("headcount", year - 1):
            found["headcount_growth"] = self.at("headcount", year) / self.at("headcount", year - 1) - 1
        kinds = [self.by_year.get(f"patents_{kind}", {}) for kind in ("invention", "utility", "design")]
        year = max({one for kind in kinds for one in kind}, default=None)
        if year and all(year in kind for kind in kinds):
            found["patents_total"] = sum(kind[year] for kind in kinds)
        return found


SHARES = {
    "hi_tech_income_ratio": ("hi_tech_income", "revenue"),
    "rd_ratio": ("rd_spending", "revenue"),
    "rd_domestic_ratio": ("rd_spending_domestic", "rd_spending"),
    "rd_staff_ratio": ("rd_staff", "headcount"),
}
RENAMED = {
    "revenue_cny": "revenue",
    "monthly_sales_cny": "monthly_sales",
    "taxable_income_cny": "taxable_income",
    "tax_paid_cny": "tax_paid",
    "total_assets_cny": "total_assets",
    "rd_spending_cny": "rd_spending",
    "rd_staff_count": "rd_staff",
    "ip_class1_count": "ip_class1",
    "energy_tce": "energy",
}
IN_CURRENCY = {
    "registered_capital_cny": ("registered_capital", "CNY"),
    "registered_capital_usd": ("registered_capital", "USD"),
    "paid_in_capital_usd": ("paid_in_capital", "USD"),
    "parent_total_assets_usd": ("parent_total_assets", "USD"),
}


def expected(enterprise: Enterprise, is_key: bool) -> dict[str, Any]:
    oracle = Oracle(list(ProfileValue.objects.filter(enterprise=enterprise, is_accepted=True)))
    several, found = oracle.several(), {}
    for name, fact in facts.facts().items():
        code = RENAMED.get(name, name)
        if name == "is_key":
            found[name] = is_key
        elif name == "has_tag":
            continue
        elif name == "located_in":
            region = oracle.value("region")
            found[name] = items.regions_around()[region] if region else None
        elif name in IN_CURRENCY:
            found[name] = oracle.value(*IN_CURRENCY[name])
        elif name in SHARES:
            found[name] = oracle.share(*SHARES[name])
        elif code in items.items():
            found[name] = oracle.last(code) if items.items()[code].by_year else oracle.value(code)
        else:
            found[name] = several.get(name)
        if fact.type == "number" and found[name] is not None:
            found[name] = Decimal(found[name]).quantize(SIX)
    return found


def stored(enterprise: Enterprise) -> dict[str, Any]:
    row = FactSheet.objects.filter(enterprise=enterprise).values().get()
    found = {name: facts.value_of(name, row) for name in facts.facts() if name != "has_tag"}
    return {
        name: value.quantize(SIX) if isinstance(value, Decimal) else value  # as the oracle rounds
        for name, value in found.items()
    }


def something(item: items.Item, draw: random.Random) -> Any:
    if item.kind == "number":
        return Decimal(draw.choice([0, 1, 7, 250, 1_000_000, 12345678901])) + Decimal(draw.randrange(10_000)) / 10_000
    if item.kind == "flag":
        return draw.random() < 0.5
    if item.kind == "day":
        return date(2000, 1, 1) + timedelta(days=draw.randrange(9000))
    if item.kind == "industry":
        return draw.choice(["26", "2710", "01", "659"])
    return draw.choice([*item.choices] or ["甲", "乙"])


def edits(draw: random.Random) -> list[Said]:
    found = []
    for item in draw.sample([*items.items().values()], draw.randrange(1, 12)):
        year = draw.choice(YEARS) if item.by_year else 0
        money = draw.choice(["", "", "CNY", "USD"]) if item.is_money else ""
        found.append(Said(item.code, something(item, draw), year, money))
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_facts_agree_with_the_file_after_any_edits(cast: Cast, seed: int):
    draw, both, is_key = random.Random(seed), [cast.enterprise, cast.other], {}
    for turn in range(EDITS):
        now = NOW + timedelta(minutes=turn)
        if draw.random() < 0.1 and (rows := list(ProfileValue.objects.order_by("pk"))):
            accept_value(draw.choice(rows), by=cast.shen, now=now)
        elif draw.random() < 0.05:
            one = draw.choice(both)
            is_key[one.pk] = draw.random() < 0.5
            name_key_enterprise(one, is_key=is_key[one.pk], reason="龙头", by=cast.shen, now=now)
        else:
            said = {one.pk: edits(draw) for one in draw.sample(both, draw.randrange(1, 3))}
            record_all(said, source=draw.choice([*ValueSource]), by=cast.shen, now=now)
        if turn % 10 == 9:
            for one in both:
                if FactSheet.objects.filter(enterprise=one).exists():
                    assert stored(one) == expected(one, is_key.get(one.pk, False))


def test_every_fact_is_a_column_of_its_type():
    wanted = {"number": "numeric", "flag": "bool", "choice": "varchar", "industry": "varchar", "day": "date"}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, udt_name FROM information_schema.columns WHERE table_name = 'profiles_factsheet'"
        )
        columns = dict(cursor.fetchall())
    for name in facts.columns():
        kind = facts.facts()[name].type
        assert columns[name] == wanted.get(kind, "_varchar"), name
    assert set(columns) == {*facts.columns(), "enterprise_id", "more", "changed_at", "judged_version", "judged_on"}


def test_facts_are_worded_in_both_languages():
    for fact in facts.facts().values():
        assert all((fact.label.zh, fact.label.en, fact.definition.zh, fact.definition.en)), fact.name


def test_industries_are_those_of_the_standard():
    sections = [code for code in items.industries() if code.isalpha()]
    assert (len(sections), len(items.sections())) == (20, 97)
    assert items.divisions_of()["J"] == ("66", "67", "68", "69")
    assert items.is_industry("2710") and not items.is_industry("98") and not items.is_industry("C")
