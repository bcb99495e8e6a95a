"""A criterion as one boolean SQL expression over a row of facts; NULL is unknown. It says exactly what evaluate says.

Names come from the catalogue alone and values are parameters. Pure rule: nothing is asked here.
"""

from datetime import date
from typing import Any

from profiles.criteria import Criterion, Group, Leaf, Not, Review, Tiers
from profiles.criteria_judging import beginnings, born_by, coarser
from profiles.facts import facts

Compiled = tuple[str, list[Any]]
_CASTS = {"number": "::numeric", "flag": "::boolean", "day": "::date", "choice": ""}
_SIGNS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def compiled(criterion: Criterion, today: date, row: str = "f") -> Compiled:
    """The expression and its parameters, on the day `today`; `row` is the alias of profiles_factsheet."""
    if isinstance(criterion, Review):
        return "NULL::boolean", []
    if isinstance(criterion, Not):
        inner, parameters = compiled(criterion.of, today, row)
        return f"(NOT {inner})", parameters
    if isinstance(criterion, Group):
        parts = [compiled(one, today, row) for one in criterion.of]
        between = " AND " if criterion.how == "all" else " OR "
        return f"({between.join(sql for sql, _values in parts)})", [v for _sql, values in parts for v in values]
    return _leaf(criterion, today, row)


def fact(name: str, row: str = "f") -> Compiled:
    """The value of a fact, in the type of its column."""
    known = facts()[name]
    if not known.is_keyed:
        return f"{row}.{known.name}", []
    return f"({row}.more->>%s){_CASTS[known.type]}", [known.name]


def _leaf(leaf: Leaf, today: date, row: str) -> Compiled:
    this, names = fact(leaf.fact, row)
    value, op = leaf.value, leaf.op
    match leaf.kind:
        case "nothing":
            return f"({this} = {'true' if op == 'is_true' else 'false'})", names
        case "number" | "word" | "day":
            return f"({this} {_SIGNS[op]} %s)", [*names, value]
        case "numbers" | "days":
            return f"({this} BETWEEN %s AND %s)", [*names, *value]
        case "years":
            # at least n years old: born by that day; at most n: after the day by which one is n + 1
            if op == "age_gte":
                return f"({this} <= %s)", [*names, born_by(value, today)]
            return f"({this} > %s)", [*names, born_by(value + 1, today)]
        case "tiers":
            return _tiers(leaf, this, names, row)
        case "industries":
            return _industries(leaf, this, names)
        case "words" if leaf.about.type == "choice":
            return f"({'' if op == 'in' else 'NOT '}{this} = ANY(%s::text[]))", [*names, list(value)]
        case _:
            return f"({'' if op == 'contains_any' else 'NOT '}{this} && %s::varchar[])", [*names, list(value)]


def _tiers(leaf: Leaf, this: str, names: list[Any], row: str) -> Compiled:
    tiers: Tiers = leaf.value
    by, by_names = fact(tiers.by, row)
    sign = _SIGNS[leaf.op.removeprefix("tiered_")]
    sql, parameters = f"CASE WHEN {by} IS NULL THEN NULL", [*by_names]
    for tier in tiers.tiers[:-1]:
        sql += f" WHEN {by} <= %s THEN {this} {sign} %s"
        parameters += [*by_names, tier.upto, *names, tier.bound]
    return f"({sql} ELSE {this} {sign} %s END)", [*parameters, *names, tiers.tiers[-1].bound]


def _industries(leaf: Leaf, this: str, names: list[Any]) -> Compiled:
    patterns = [f"{code}%" for code in beginnings(leaf.value)]
    sql = f"({this} LIKE ANY(%s::text[]))"
    parameters: list[Any] = [*names, patterns]
    if unclear := list(coarser(leaf.value)):
        # true OR unknown is true, so a code that is covered by another of the list stays so
        sql, parameters = f"({sql} OR nullif({this} = ANY(%s::text[]), true))", [*parameters, *names, unclear]
    return (sql, parameters) if leaf.op == "in" else (f"(NOT {sql})", parameters)
