"""Derive the facts of enterprises from their files, in SQL, for as many at once as one transaction may hold.

The statement is the one definition of every fact. What changes a file calls `refresh` in its own transaction. "Latest year"
of a fact is the latest year in which what it is made of is known; where it is made of the years before it too, and one of those
is missing, it is unknown.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from profiles import facts, items

# Of values without a year: fact, item, column.
_PLAIN = {
    "entity_kind": "entity_kind",
    "resident_enterprise": "resident_enterprise",
    "independent_legal_person": "independent_legal_person",
    "private_owned": "private_owned",
    "foreign_invested": "foreign_invested",
    "founded_on": "founded_on",
    "industry_code": "industry_code",
    "product_restricted_or_prohibited": "product_restricted_or_prohibited",
    "sme_size": "sme_size",
    "headquarters_function": "headquarters_function",
    "credit_ok": "credit_ok",
    "no_major_incident_years": "no_major_incident_years",
    "no_serious_dishonesty_years": "no_serious_dishonesty_years",
    "tax_credit_grade": "tax_credit_grade",
    "tax_collection": "tax_collection",
    "vat_taxpayer": "vat_taxpayer",
    "accounts_sound": "accounts_sound",
    "overseas_parent_share": "overseas_parent_share",
    "segment_years": "segment_years",
    "insured_months": "insured_months",
}
_IN_CURRENCY = {
    "registered_capital_cny": ("registered_capital", "CNY"),
    "registered_capital_usd": ("registered_capital", "USD"),
    "paid_in_capital_usd": ("paid_in_capital", "USD"),
    "parent_total_assets_usd": ("parent_total_assets", "USD"),
}
# Of values by year, of which year `y` and the years before it (_1, _2): what it is, and what must be known in that year.
_YEARLY = {
    "revenue_cny": ("revenue", "revenue"),
    "revenue_cagr_2y": ("CASE WHEN revenue_2 > 0 AND revenue >= 0 THEN sqrt(revenue / revenue_2) - 1 END", "revenue"),
    "monthly_sales_cny": ("monthly_sales", "monthly_sales"),
    "main_business_ratio": ("main_business_ratio", "main_business_ratio"),
    "manufacturing_sales_ratio": ("manufacturing_sales_ratio", "manufacturing_sales_ratio"),
    "hi_tech_income_ratio": ("hi_tech_income / nullif(revenue, 0)", "hi_tech_income + revenue"),
    "taxable_income_cny": ("taxable_income", "taxable_income"),
    "tax_paid_cny": ("tax_paid", "tax_paid"),
    "total_assets_cny": ("total_assets", "total_assets"),
    "debt_ratio": ("debt_ratio", "debt_ratio"),
    "rd_spending_cny": ("rd_spending", "rd_spending"),
    "rd_spending_2y_cny": ("rd_spending + rd_spending_1", "rd_spending"),
    "rd_spending_min_2y_cny": (
        "CASE WHEN rd_spending_1 IS NOT NULL THEN least(rd_spending, rd_spending_1) END",
        "rd_spending",
    ),
    "rd_ratio": ("rd_spending / nullif(revenue, 0)", "rd_spending + revenue"),
    "rd_ratio_min_2y": (
        "CASE WHEN revenue > 0 AND revenue_1 > 0 AND rd_spending_1 IS NOT NULL"
        " THEN least(rd_spending / revenue, rd_spending_1 / revenue_1) END",
        "rd_spending + revenue",
    ),
    "rd_ratio_3y": (
        "(rd_spending + rd_spending_1 + rd_spending_2) / nullif(revenue + revenue_1 + revenue_2, 0)",
        "rd_spending + revenue",
    ),
    "rd_domestic_ratio": ("rd_spending_domestic / nullif(rd_spending, 0)", "rd_spending_domestic + rd_spending"),
    "rd_staff_count": ("rd_staff", "rd_staff"),
    "rd_staff_ratio": ("rd_staff / nullif(headcount, 0)", "rd_staff + headcount"),
    "ip_class1_count": ("ip_class1", "ip_class1"),
    "patents_invention": ("patents_invention", "patents_invention"),
    "patents_total": (
        "patents_invention + patents_utility + patents_design",
        "coalesce(patents_invention, patents_utility, patents_design)",
    ),
    "headcount": ("headcount", "headcount"),
    "headcount_needed": ("headcount_needed", "headcount_needed"),
    "headcount_growth": ("headcount / nullif(headcount_1, 0) - 1", "headcount"),
    "layoff_rate": ("layoff_rate", "layoff_rate"),
    "energy_tce": ("energy", "energy"),
}
_WITH_YEARS_BEFORE = ("revenue", "rd_spending", "headcount")
_AGGREGATE = {"number": "max", "text": "max", "day": "max", "flag": "bool_or"}


def refresh(enterprises: Collection[int], *, now: datetime) -> list[int]:
    """Derive the facts of these enterprises anew; the numbers of those that changed.

    To be called in the transaction that changed what they are derived from.
    """
    with connection.cursor() as cursor:
        cursor.execute(_statement(), {"some": list(enterprises), "now": now})
        return [row[0] for row in cursor.fetchall()]


def _statement() -> str:
    catalogue = items.items()
    plain = {fact: _pick(catalogue[item].column, f"item = '{item}'") for fact, item in _PLAIN.items()}
    plain |= {
        fact: _pick("number", f"item = '{item}' AND currency IN ({_currencies(currency)})")
        for fact, (item, currency) in _IN_CURRENCY.items()
    }
    yearly = {
        code: _pick("number", f"item = '{code}' AND currency IN ({_currencies('CNY')})")
        for code, item in catalogue.items()
        if item.by_year
    }
    before = [
        f"max({code}) OVER (w RANGE BETWEEN {n} PRECEDING AND {n} PRECEDING) AS {code}_{n}"
        for code in _WITH_YEARS_BEFORE
        for n in (1, 2)
    ]
    latest = {
        fact: f"(array_agg(({what}) ORDER BY year DESC) FILTER (WHERE ({known}) IS NOT NULL))[1]"
        for fact, (what, known) in _YEARLY.items()
    }
    places = " ".join(
        f"WHEN '{code}' THEN ARRAY[{', '.join(repr(one) for one in around)}]"
        for code, around in items.regions_around().items()
    )
    values = {fact: f"u.{fact}" for fact in plain} | {fact: f"round(l.{fact}, 6)" for fact in latest}
    values |= {
        "located_in": f"CASE u.region {places} END",
        "is_key": "coalesce(p.is_key, false)",
        "has_tag": "coalesce(t.codes, '{}')",
        "more": "coalesce(u.more, '{}'::jsonb)",
    }
    assert {*values} - {"more"} == {*facts.columns()}, "every fact has its definition"
    named = ", ".join(values)
    # What is put together here is names of the catalogue and of this module alone.
    return f"""
WITH chosen AS MATERIALIZED (
    SELECT id FROM accounts_enterprise WHERE id = ANY(%(some)s::bigint[])
), said AS MATERIALIZED (
    SELECT v.* FROM profiles_profilevalue v JOIN chosen c ON c.id = v.enterprise_id WHERE v.is_accepted
), u AS (
    SELECT enterprise_id, {_listed(plain)}, max(text) FILTER (WHERE item = 'region') AS region,
           jsonb_object_agg(item, CASE WHEN number IS NOT NULL THEN to_jsonb(trim_scale(number)::text)
               WHEN flag IS NOT NULL THEN to_jsonb(flag) ELSE to_jsonb(coalesce(text, day::text)) END
           ) FILTER (WHERE strpos(item, '.') > 0) AS more
    FROM said WHERE year = 0 GROUP BY enterprise_id
), y AS (
    SELECT enterprise_id, year, {_listed(yearly)} FROM said WHERE year > 0 GROUP BY enterprise_id, year
), walked AS (
    SELECT *, {", ".join(before)} FROM y WINDOW w AS (PARTITION BY enterprise_id ORDER BY year)
), l AS (
    SELECT enterprise_id, {_listed(latest)} FROM walked GROUP BY enterprise_id
), t AS (
    SELECT g.enterprise_id, array_agg(DISTINCT r.code ORDER BY r.code) AS codes
    FROM profiles_tag g JOIN profiles_tagrule r ON r.id = g.rule_id JOIN chosen c ON c.id = g.enterprise_id
    WHERE g.ended_at IS NULL GROUP BY g.enterprise_id
)
INSERT INTO profiles_factsheet AS f (enterprise_id, changed_at, {named})
SELECT c.id, %(now)s, {", ".join(values.values())}
FROM chosen c LEFT JOIN u ON u.enterprise_id = c.id LEFT JOIN l ON l.enterprise_id = c.id
    LEFT JOIN t ON t.enterprise_id = c.id LEFT JOIN profiles_enterpriseprofile p ON p.enterprise_id = c.id
ORDER BY c.id
ON CONFLICT (enterprise_id) DO UPDATE SET changed_at = excluded.changed_at,
    {", ".join(f"{fact} = excluded.{fact}" for fact in values)}
WHERE ({", ".join(f"f.{fact}" for fact in values)}) IS DISTINCT FROM ({", ".join(f"excluded.{fact}" for fact in values)})
RETURNING f.enterprise_id
"""  # noqa: S608


def _pick(column: str, condition: str) -> str:
    return f"{_AGGREGATE[column]}({column}) FILTER (WHERE {condition})"


def _currencies(currency: str) -> str:
    return "'', 'CNY'" if currency == "CNY" else f"'{currency}'"


def _listed(expressions: dict[str, str]) -> str:
    return ", ".join(f"{expression} AS {name}" for name, expression in expressions.items())
