"""Judge a criterion on the facts of one enterprise, and say what is missing. Pure rule: no database, no clock.

What is not known is neither met nor missed: judging follows Kleene's logic, and a review always waits for a person.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from profiles import items
from profiles.criteria import Criterion, Group, Leaf, Not, Review, Tiers
from profiles.facts import Value, value_of


class Outcome(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Distance:
    """What is missing: `by` in the unit of the fact, `share` of the bound; or `on`, the day on which time will have done it."""

    by: Decimal | None = None
    share: Decimal | None = None
    on: date | None = None


@dataclass(frozen=True)
class Result:
    """How a criterion is judged; `actual` and `distance` of a leaf, `parts` of a group or a negation."""

    criterion: Criterion
    outcome: Outcome
    parts: tuple["Result", ...] = ()
    actual: Value = None
    distance: Distance | None = None

    def leaves(self) -> Iterator["Result"]:
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


def evaluate(criterion: Criterion, row: Mapping[str, Any], today: date) -> Result:
    """Judge a row of facts (as profiles.facts.value_of takes it; others by their names, as Python values) on a day."""
    if isinstance(criterion, Review):
        return Result(criterion, Outcome.UNKNOWN)
    if isinstance(criterion, Leaf):
        return _judge(criterion, row, today)
    if isinstance(criterion, Not):
        inner = evaluate(criterion.of, row, today)
        return Result(criterion, _OPPOSITE[inner.outcome], (inner,))
    parts = tuple(evaluate(one, row, today) for one in criterion.of)
    return Result(criterion, _joined(criterion.how, [part.outcome for part in parts]), parts)


_OPPOSITE = {Outcome.MET: Outcome.NOT_MET, Outcome.NOT_MET: Outcome.MET, Outcome.UNKNOWN: Outcome.UNKNOWN}


def _joined(how: str, outcomes: Collection[Outcome]) -> Outcome:
    decides = Outcome.NOT_MET if how == "all" else Outcome.MET
    if decides in outcomes:
        return decides
    return Outcome.UNKNOWN if Outcome.UNKNOWN in outcomes else _OPPOSITE[decides]


def in_the_way(result: Result, wanted: Outcome = Outcome.MET) -> tuple[Result, ...]:
    """The fewest leaves that would have to be otherwise for it to be met. Of alternatives, the one with the fewest; of those
    that are equal, one of which more is known, then the one that lacks the smallest share."""
    if result.outcome == wanted:
        return ()
    if not result.parts:
        return (result,)
    if isinstance(result.criterion, Not):
        return in_the_way(result.parts[0], _OPPOSITE[wanted])
    parts = [in_the_way(part, wanted) for part in result.parts]
    is_all = isinstance(result.criterion, Group) and result.criterion.how == "all"
    if is_all == (wanted == Outcome.MET):
        return tuple(leaf for part in parts for leaf in part)
    return min(parts, key=_effort)


def _effort(way: tuple[Result, ...]) -> tuple[int, int, Decimal]:
    unknown = sum(leaf.outcome == Outcome.UNKNOWN for leaf in way)
    shares = [leaf.distance.share for leaf in way if leaf.distance and leaf.distance.share is not None]
    return len(way), unknown, max(shares, default=Decimal("Infinity"))


def _judge(leaf: Leaf, row: Mapping[str, Any], today: date) -> Result:
    actual = row.get(leaf.fact) if leaf.of else value_of(leaf.fact, row)
    if isinstance(leaf.value, Tiers):
        by = value_of(leaf.value.by, row)
        if not isinstance(by, Decimal):
            return Result(leaf, Outcome.UNKNOWN, actual=actual)
        plain = Leaf(leaf.fact, leaf.op.removeprefix("tiered_"), leaf.value.bound(by))
        judged = _judge(plain, row, today)
        return Result(leaf, judged.outcome, actual=actual, distance=judged.distance)
    met = None if actual is None else _is_met(leaf, actual, today)
    if met is None:
        return Result(leaf, Outcome.UNKNOWN, actual=actual)
    if met:
        return Result(leaf, Outcome.MET, actual=actual)
    return Result(leaf, Outcome.NOT_MET, actual=actual, distance=_distance(leaf, actual, today))


def _is_met(leaf: Leaf, actual: Any, today: date) -> bool | None:
    value, kind, op = leaf.value, leaf.kind, leaf.op
    if kind == "nothing":
        return bool(actual) == (op == "is_true")
    if kind == "years":
        age = whole_years(actual, today)
        return age >= value if op == "age_gte" else age <= value
    if kind in {"numbers", "days"}:
        return bool(value[0] <= actual <= value[1])
    if kind in {"number", "day"}:
        return bool(_COMPARED[op](actual, value))
    if kind == "word":
        return bool(actual == value)
    if kind == "industries":
        found = _in_industries(actual, value)
        return found if op == "in" or found is None else not found
    there = bool({actual} & {*value}) if isinstance(actual, str) else bool({*actual} & {*value})
    return there == (op in {"in", "contains_any"})


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
}


def beginnings(codes: Sequence[str]) -> tuple[str, ...]:
    """Industry codes with sections spelt out as their divisions."""
    return tuple(one for code in codes for one in items.divisions_of().get(code, (code,)))


def coarser(codes: Sequence[str]) -> tuple[str, ...]:
    """The codes of which these are finer groups: whoever has one of them may or may not belong to these."""
    longer = {code[:n] for code in beginnings(codes) for n in range(2, len(code))}
    return tuple(sorted(longer))


def _in_industries(actual: str, codes: Sequence[str]) -> bool | None:
    if actual.startswith(beginnings(codes)):
        return True
    return None if actual in coarser(codes) else False


def whole_years(since: date, today: date) -> int:
    return today.year - since.year - ((today.month, today.day) < (since.month, since.day))


def born_by(years: int, today: date) -> date:
    """The latest day from which so many whole years have passed."""
    year = today.year - years
    return date(year, 2, 28) if (today.month, today.day) == (2, 29) and not _leaps(year) else today.replace(year=year)


def _reaches(since: date, years: int) -> date | None:
    """The first day on which so many whole years have passed."""
    year = since.year + years
    if year > date.max.year:
        return None
    return date(year, 3, 1) if (since.month, since.day) == (2, 29) and not _leaps(year) else since.replace(year=year)


def _leaps(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _distance(leaf: Leaf, actual: Any, today: date) -> Distance | None:
    if leaf.op == "age_gte":
        return Distance(on=_reaches(actual, leaf.value))
    if leaf.kind not in {"number", "numbers"} or leaf.op == "eq":
        return None
    ends = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
    bound = min(ends, key=lambda end: abs(end - actual))
    missing = abs(bound - actual)
    return Distance(missing, missing / abs(bound) if bound else None)
