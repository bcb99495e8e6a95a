"""Conditions on the facts of an enterprise: read, judged and put into words. Pure rule: no database, no clock.

One language for tags, policies and packages. A criterion is a tree of JSON:

    {"all": [criterion, …]}    {"any": [criterion, …]}    {"not": criterion}
    {"fact": "revenue_cny", "op": "gte", "value": 20000000, "text_zh": "…", "text_en": "…"}
    {"op": "review", "text_zh": "…", "text_en": "…"}

Texts are the wording of whoever set the condition. profiles.criteria_judging judges one enterprise and explains the result,
profiles.criteria_sql says the same in SQL for all of them, profiles.criteria_words reads a criterion aloud.

Numbers are in the unit of their fact (money in yuan or US dollars, ratios 0..1). An industry is compared by its beginning; an
enterprise of which only a coarser group is known than the condition names is not known. Ages are whole years up to the day of
judgment, a birthday on 29 February falling on 1 March in other years.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from profiles import items
from profiles.facts import Fact, facts
from profiles.items import Named

MAX_DEPTH, MAX_LEAVES, MAX_VALUES, MAX_TIERS, MAX_TEXT, MAX_WORD = 6, 200, 100, 12, 500, 40
MAX_YEARS = 200
DIGITS, PLACES = 20, 6  # before and after the point: what a column of facts can hold
REVIEW = "review"
GROUPS = ("all", "any")


# By type of fact: the operators, and by operator what its value is.
OPERATORS: dict[str, dict[str, str]] = {
    "number": {
        "gte": "number",
        "gt": "number",
        "lte": "number",
        "lt": "number",
        "eq": "number",
        "between": "numbers",
        "tiered_gte": "tiers",
        "tiered_lte": "tiers",
    },
    "flag": {"is_true": "nothing", "is_false": "nothing"},
    "choice": {"eq": "word", "in": "words", "not_in": "words"},
    "list": {"contains_any": "words", "not_contains": "words"},
    "tags": {"contains_any": "tags", "not_contains": "tags"},
    "industry": {"in": "industries", "not_in": "industries"},
    "day": {"gte": "day", "lte": "day", "between": "days", "age_gte": "years", "age_lte": "years"},
}
ENDS = {"tiered_gte": "min", "tiered_lte": "max"}


@dataclass(frozen=True)
class Tier:
    """`bound` holds for values of the other fact up to and with `upto`; None: for all that are greater."""

    upto: Decimal | None
    bound: Decimal


@dataclass(frozen=True)
class Tiers:
    by: str
    tiers: tuple[Tier, ...]

    def bound(self, value: Decimal) -> Decimal:
        return next(tier.bound for tier in self.tiers if tier.upto is None or value <= tier.upto)


Wanted = Decimal | tuple[Decimal, ...] | Tiers | tuple[str, ...] | str | date | tuple[date, ...] | int | None


@dataclass(frozen=True)
class Leaf:
    """One condition on one fact. `value` is as `kind` says: Decimal (two, closed), Tiers, str or several, date (two), int."""

    fact: str
    op: str
    value: Any = None
    text: Named | None = None

    @property
    def kind(self) -> str:
        return OPERATORS[facts()[self.fact].type][self.op]

    @property
    def facts(self) -> tuple[str, ...]:
        return (self.fact, self.value.by) if isinstance(self.value, Tiers) else (self.fact,)


@dataclass(frozen=True)
class Review:
    """What a person has to judge."""

    text: Named


@dataclass(frozen=True)
class Group:
    """`how` is all or any."""

    how: str
    of: tuple["Criterion", ...]


@dataclass(frozen=True)
class Not:
    of: "Criterion"


Criterion = Leaf | Review | Group | Not


@dataclass(frozen=True)
class Problem:
    """`path` leads to the place: ("all", 0, "value")."""

    path: tuple[str | int, ...]
    text: str

    @property
    def pointer(self) -> str:
        return "".join(f"/{step}" for step in self.path)


class Invalid(ValueError):
    """It is no criterion; `problems` are all that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{one.pointer or '/'}: {one.text}" for one in problems))
        self.problems = tuple(problems)


# --- reading


def parse(data: Any, tags: Collection[str] | None = None) -> Criterion:
    """The criterion that JSON data hold. `tags` are the codes there are; None: any. Raises Invalid with all problems."""
    reader = _Reader(tags)
    criterion = reader.read(data, (), 1)
    if reader.problems or criterion is None:
        raise Invalid(reader.problems)
    return criterion


@dataclass
class _Reader:
    tags: Collection[str] | None
    problems: list[Problem] = field(default_factory=list)
    leaves: int = 0

    def read(self, data: Any, path: tuple[str | int, ...], depth: int) -> Criterion | None:
        if not isinstance(data, dict):
            return self.wrong(path, _("A condition is expected here."))
        if depth > MAX_DEPTH:
            return self.wrong(path, _("Groups lie in each other at most %(most)s deep.") % {"most": MAX_DEPTH})
        named = [key for key in (*GROUPS, "not") if key in data]
        if len(named) == 1 and len(data) == 1:
            return self.compound(named[0], data[named[0]], path, depth)
        if named:
            return self.wrong(path, _("A group is either “all”, “any” or “not”, and holds nothing else."))
        self.leaves += 1
        if self.leaves == MAX_LEAVES + 1:
            self.wrong(path, _("These are more than %(most)s conditions.") % {"most": MAX_LEAVES})
        return self.leaf(data, path) if self.leaves <= MAX_LEAVES else None

    def compound(self, how: str, data: Any, path: tuple[str | int, ...], depth: int) -> Criterion | None:
        if how == "not":
            inner = self.read(data, (*path, "not"), depth + 1)
            return Not(inner) if inner is not None else None
        if not isinstance(data, list) or not data:
            return self.wrong((*path, how), _("A group needs at least one condition."))
        found = [self.read(one, (*path, how, place), depth + 1) for place, one in enumerate(data[: MAX_LEAVES + 1])]
        return Group(how, tuple(one for one in found if one is not None))

    def leaf(self, data: dict[str, Any], path: tuple[str | int, ...]) -> Criterion | None:
        for key in sorted(str(key) for key in data.keys() - {"fact", "op", "value", "text_zh", "text_en"}):
            self.wrong((*path, key), _("A condition has no such part."))
        text = self.text(data, path)
        name, op = data.get("fact"), data.get("op")
        if op == REVIEW:
            if name is not None:
                self.wrong((*path, "fact"), _("What a person judges names no fact."))
            if data.get("value") is not None:
                self.wrong((*path, "value"), _("There is nothing to compare with here."))
            if text is None:
                self.wrong((*path, "text_zh"), _("Please say what a person has to judge."))
            return Review(text or Named("", ""))
        fact = facts().get(name) if isinstance(name, str) else None
        if fact is None:
            return self.wrong((*path, "fact"), _("There is no such fact. Please choose one of the catalogue."))
        kinds = OPERATORS[fact.type]
        if not isinstance(op, str) or op not in kinds:
            fitting = ", ".join(kinds)
            return self.wrong((*path, "op"), _("This fact is compared by one of: %(fitting)s.") % {"fitting": fitting})
        value = getattr(self, f"_{kinds[op]}")(data.get("value"), (*path, "value"), fact, op)
        return Leaf(fact.name, op, value, text)

    def text(self, data: dict[str, Any], path: tuple[str | int, ...]) -> Named | None:
        words: dict[str, str] = {}
        for key in ("text_zh", "text_en"):
            said = data.get(key)
            if said is None or said == "":
                continue
            if not isinstance(said, str) or len(said) > MAX_TEXT or not _is_clean(said):
                self.wrong((*path, key), _("Please give a text of at most %(most)s characters.") % {"most": MAX_TEXT})
            else:
                words[key] = said
        if not words:
            return None
        zh, en = words.get("text_zh", ""), words.get("text_en", "")
        return Named(zh or en, en or zh)

    def wrong(self, path: tuple[str | int, ...], text: str) -> Any:
        """Keep the problem; None, in place of what would have been read."""
        self.problems.append(Problem(path, text))
        return None

    # by kind of value; what they return counts only if nothing was wrong

    def _nothing(self, value: Any, path: tuple[str | int, ...], fact: Fact, op: str) -> None:
        if value not in (None, op == "is_true"):
            self.wrong(path, _("There is nothing to compare with here."))

    def _number(self, value: Any, path: tuple[str | int, ...], fact: Fact, op: str) -> Decimal | None:
        number = _decimal(value)
        if number is None:
            self.wrong(path, _("Please give a number with at most %(places)s decimals.") % {"places": PLACES})
        return number

    def _numbers(self, value: Any, path: tuple[str | int, ...], fact: Fact, op: str) -> Any:
        return self.pair(value, path, lambda one, at: self._number(one, at, fact, op))

    def _tiers(self, value: Any, path: tuple[str | int, ...], fact: Fact, op: str) -> Tiers | None:
        if not isinstance(value, dict) or value.keys() - {"by", "tiers"}:
            return self.wrong(path, _("Please give the fact that decides, and the tiers."))
        by = facts().get(value["by"]) if isinstance(value.get("by"), str) else None
        if by is None or by.type != "number":
            self.wrong((*path, "by"), _("Please choose a fact that is a number."))
        rows = value.get("tiers")
        if not isinstance(rows, list) or not 0 < len(rows) <= MAX_TIERS:
            return self.wrong((*path, "tiers"), _("Please give one to %(most)s tiers.") % {"most": MAX_TIERS})
        tiers = [self.tier(row, (*path, "tiers", n), fact, op, n == len(rows) - 1) for n, row in enumerate(rows)]
        limits = [tier.upto for tier in tiers if tier is not None and tier.upto is not None]
        if limits != sorted(set(limits)):
            self.wrong((*path, "tiers"), _("Each tier has to reach further than the one before."))
        if by is None or None in tiers:
            return None
        return Tiers(by.name, tuple(tier for tier in tiers if tier is not None))

    def tier(self, row: Any, path: tuple[str | int, ...], fact: Fact, op: str, is_last: bool) -> Tier | None:
        end = ENDS[op]
        if not isinstance(row, dict) or row.keys() - {"upto", end}:
            return self.wrong(path, _("A tier says up to where it reaches, and its bound."))
        bound = self._number(row.get(end), (*path, end), fact, op)
        if is_last != (row.get("upto") is None):
            return self.wrong((*path, "upto"), _("The last tier is open, and only the last."))
        upto = None if is_last else self._number(row["upto"], (*path, "upto"), fact, op)
        return Tier(upto, bound) if bound is not None and (is_last or upto is not None) else None

    def _word(self, value: Any, path: tuple[str | int, ...], fact: Fact, op: str) -> str | None:
        known = fact.choices
        if not isinstance(value, str) or (known and value not in known):
            return self.wrong(path, _("Please choose one of what this can be."))
        if not value.strip() or len(value) > MAX_WORD or not _is_clean(value):
            return self.wrong(path, _("Please give a word of at most %(most)s characters.") % {"most": MAX_WORD})
        return value

    def _words(self, value: Any, path: tuple[str | int, ...], fact: Fact, op: str) -> tuple[str, ...]:
        return self.several(value, path, lambda one, at: self._word(one, at, fact, op))

    def _tags(self, value: Any, path: tuple[str | int, ...], fact: Fact, op: str) -> tuple[str, ...]:
        def tag(one: Any, at: tuple[str | int, ...]) -> None:
            known = isinstance(one, str) and 0 < len(one) <= MAX_WORD and one.isascii() and one.isidentifier()
            if not known or (self.tags is not None and one not in self.tags):
                self.wrong(at, _("There is no such tag."))

        return self.several(value, path, tag)

    def _industries(self, value: Any, path: tuple[str | int, ...], fact: Fact, op: str) -> tuple[str, ...]:
        def industry(one: Any, at: tuple[str | int, ...]) -> None:
            if not isinstance(one, str) or not (one in items.divisions_of() or items.is_industry(one)):
                self.wrong(at, _("“%(code)s” is no code of GB/T 4754-2017.") % {"code": str(one)[:20]})

        return self.several(value, path, industry)

    def _day(self, value: Any, path: tuple[str | int, ...], fact: Fact, op: str) -> date | None:
        try:
            if isinstance(value, str) and len(value) == len("2026-01-01"):
                return date.fromisoformat(value)
        except ValueError:
            pass
        return self.wrong(path, _("Please give a day as 2026-11-23."))

    def _days(self, value: Any, path: tuple[str | int, ...], fact: Fact, op: str) -> Any:
        return self.pair(value, path, lambda one, at: self._day(one, at, fact, op))

    def _years(self, value: Any, path: tuple[str | int, ...], fact: Fact, op: str) -> int | None:
        number = _decimal(value)
        if number is None or number != number.to_integral_value() or not 0 <= number <= MAX_YEARS:
            return self.wrong(path, _("Please give whole years, at most %(most)s.") % {"most": MAX_YEARS})
        return int(number)

    def pair(self, value: Any, path: tuple[str | int, ...], read: Callable[[Any, tuple[str | int, ...]], Any]) -> Any:
        if not isinstance(value, list) or len(value) != 2:
            return self.wrong(path, _("Please give both ends."))
        first, last = (read(one, (*path, place)) for place, one in enumerate(value))
        if first is not None and last is not None and first > last:
            self.wrong(path, _("The first end lies beyond the second."))
        return first, last

    def several(
        self, value: Any, path: tuple[str | int, ...], check: Callable[[Any, tuple[str | int, ...]], Any]
    ) -> tuple[str, ...]:
        if not isinstance(value, list) or not 0 < len(value) <= MAX_VALUES:
            self.wrong(path, _("Please give at least one, and at most %(most)s.") % {"most": MAX_VALUES})
            return ()
        for place, one in enumerate(value):
            check(one, (*path, place))
        return tuple(dict.fromkeys(one for one in value if isinstance(one, str)))


def _decimal(value: Any) -> Decimal | None:
    """Exactly what was written: whole numbers, decimals as text, and floats as they print."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value)) if len(str(value)) <= MAX_WORD else Decimal("nan")
    except (InvalidOperation, ValueError):
        return None
    if not number.is_finite() or (number and not -PLACES <= number.adjusted() < DIGITS):
        return None
    exact = number.quantize(Decimal(1).scaleb(-PLACES))
    return exact.normalize() + 0 if exact == number else None


def _is_clean(text: str) -> bool:
    return text.isprintable() or all(one.isprintable() or one in "\n\t" for one in text)


def to_data(criterion: Criterion) -> dict[str, Any]:
    """The criterion as JSON again. Whole numbers are numbers, others are text, so that nothing is rounded."""
    if isinstance(criterion, Group):
        return {criterion.how: [to_data(one) for one in criterion.of]}
    if isinstance(criterion, Not):
        return {"not": to_data(criterion.of)}
    text = {"text_zh": criterion.text.zh, "text_en": criterion.text.en} if criterion.text else {}
    if isinstance(criterion, Review):
        return {"op": REVIEW, **text}
    said = {"fact": criterion.fact, "op": criterion.op}
    return said | ({} if criterion.value is None else {"value": _plain(criterion)}) | text


def _plain(leaf: Leaf) -> Any:
    value = leaf.value
    if isinstance(value, Tiers):
        tiers = [
            {"upto": None if t.upto is None else _written(t.upto), ENDS[leaf.op]: _written(t.bound)}
            for t in value.tiers
        ]
        return {"by": value.by, "tiers": tiers}
    return [_written(one) for one in value] if isinstance(value, tuple) else _written(value)


def _written(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


# --- what it speaks of


def leaves(criterion: Criterion) -> Iterator[Leaf | Review]:
    if isinstance(criterion, Group):
        for one in criterion.of:
            yield from leaves(one)
    elif isinstance(criterion, Not):
        yield from leaves(criterion.of)
    else:
        yield criterion


def facts_named(criterion: Criterion) -> tuple[str, ...]:
    """Each once, in the order of the criterion."""
    return tuple(dict.fromkeys(n for leaf in leaves(criterion) if isinstance(leaf, Leaf) for n in leaf.facts))


def tags_named(criterion: Criterion) -> frozenset[str]:
    return frozenset(
        tag for leaf in leaves(criterion) if isinstance(leaf, Leaf) and leaf.kind == "tags" for tag in leaf.value
    )


def changes_with_the_day(criterion: Criterion) -> bool:
    """Whether the passing of a day alone can change how it is judged."""
    return any(isinstance(leaf, Leaf) and leaf.kind == "years" for leaf in leaves(criterion))
