"""A criterion, and how it was judged, in the language of the reader. Pure rule: no database, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import reduce
from typing import Any

from django.utils.translation import gettext as _

from park.accounts.bilingual import reads_chinese
from profiles.amounts import number_words, value_words
from profiles.criteria import REVIEW, Criterion, Group, Leaf, Not, Review
from profiles.criteria_judging import Result
from profiles.facts import Fact, facts


@dataclass(frozen=True)
class Line:
    """A criterion in words: of a leaf the whole sentence, of a group its heading; `how` is all, any, not, leaf or review."""

    how: str
    words: str
    parts: tuple["Line", ...] = ()
    original: str = ""


Names = Mapping[str, str]


def describe(criterion: Criterion, tags: Names | None = None) -> Line:
    """Nested lines in the language of the reader. `tags`: the names of tags by code; a code without one stands for itself."""
    tags = tags or {}
    if isinstance(criterion, Group):
        parts = tuple(describe(one, tags) for one in criterion.of)
        return Line(criterion.how, _("All of these") if criterion.how == "all" else _("One of these"), parts)
    if isinstance(criterion, Not):
        return Line("not", _("Not this"), (describe(criterion.of, tags),))
    if isinstance(criterion, Review):
        return Line("review", _("A person judges: %(what)s") % {"what": criterion.text})
    original = str(criterion.text) if criterion.text else ""
    return Line("leaf", _leaf_words(criterion, tags), original=original)


def sentence(criterion: Criterion, tags: Names | None = None) -> str:
    """The whole criterion as one sentence."""
    return _joined_words(describe(criterion, tags), is_inner=False)


def _joined_words(line: Line, *, is_inner: bool) -> str:
    if line.how == "not":
        return _("not (%(what)s)") % {"what": _joined_words(line.parts[0], is_inner=False)}
    if not line.parts:
        return line.words
    pair = _("%(first)s; and %(second)s") if line.how == "all" else _("%(first)s; or %(second)s")
    text = _chained(pair, [_joined_words(part, is_inner=True) for part in line.parts])
    if not is_inner or len(line.parts) == 1:
        return text
    return f"（{text}）" if reads_chinese() else f"({text})"


def _chained(pair: str, words: Sequence[str]) -> str:
    """One word after the other, each joined to those before as `pair` says."""
    return reduce(lambda first, second: pair % {"first": first, "second": second}, words)


def _leaf_words(leaf: Leaf, tags: Names) -> str:
    fact = leaf.about
    parts = {"fact": str(fact.label)}
    if leaf.kind == "tiers":
        by = facts()[leaf.value.by]
        return _("%(fact)s, by %(by)s: %(tiers)s") % {
            "fact": fact.label,
            "by": by.label,
            "tiers": _chained(
                _("%(first)s, %(second)s"),
                [_tier_words(leaf, place, fact, by) for place in range(len(leaf.value.tiers))],
            ),
        }
    if isinstance(leaf.value, tuple) and leaf.kind in {"numbers", "days"}:
        first, last = (fact_words(fact, one) for one in leaf.value)
        return _("%(fact)s is from %(first)s to %(last)s") % {**parts, "first": first, "last": last}
    if leaf.kind == "years":
        parts["value"] = str(leaf.value)
    elif leaf.kind != "nothing":
        parts["value"] = fact_words(fact, leaf.value, tags)
    return _sentences()[_KINDS.get(leaf.kind, leaf.kind), leaf.op] % parts


_KINDS = {"word": "word", "words": "word", "industries": "word", "tags": "list"}


def _sentences() -> dict[tuple[str, str], str]:
    return {
        ("number", "gte"): _("%(fact)s is at least %(value)s"),
        ("number", "gt"): _("%(fact)s is more than %(value)s"),
        ("number", "lte"): _("%(fact)s is at most %(value)s"),
        ("number", "lt"): _("%(fact)s is less than %(value)s"),
        ("number", "eq"): _("%(fact)s is exactly %(value)s"),
        ("day", "gte"): _("%(fact)s: on %(value)s or later"),
        ("day", "lte"): _("%(fact)s: on %(value)s or earlier"),
        ("years", "age_gte"): _("%(fact)s: at least %(value)s whole years ago"),
        ("years", "age_lte"): _("%(fact)s: at most %(value)s whole years ago"),
        ("nothing", "is_true"): _("%(fact)s: yes"),
        ("nothing", "is_false"): _("%(fact)s: no"),
        ("word", "eq"): _("%(fact)s is %(value)s"),
        ("word", "in"): _("%(fact)s is one of: %(value)s"),
        ("word", "not_in"): _("%(fact)s is none of: %(value)s"),
        ("word", "contains_any"): _("%(fact)s: at least one of %(value)s"),
        ("word", "not_contains"): _("%(fact)s: none of %(value)s"),
        ("list", "contains_any"): _("has the tag %(value)s"),
        ("list", "not_contains"): _("does not have the tag %(value)s"),
    }


def _tier_words(leaf: Leaf, place: int, fact: Fact, by: Fact) -> str:
    tier = leaf.value.tiers[place]
    end = _("at least %(value)s") if leaf.op == "tiered_gte" else _("at most %(value)s")
    bound = end % {"value": fact_words(fact, tier.bound)}
    if tier.upto is None:
        return _("above: %(bound)s") % {"bound": bound} if place else bound
    return _("up to %(upto)s: %(bound)s") % {"upto": fact_words(by, tier.upto), "bound": bound}


def fact_words(fact: Fact, value: Any, tags: Names | None = None) -> str:
    """A value of a fact, or what a condition compares it with, in words."""
    if value is None:
        return _("not known")
    if fact.type == "tags":
        names = [(tags or {}).get(one, one) for one in ([value] if isinstance(value, str) else value)]
        return _chained(_("%(first)s or %(second)s"), names) if names else _("none")
    if isinstance(value, list | tuple):
        return _chained(_("%(first)s, %(second)s"), [value_words(fact, one) for one in value]) if value else _("none")
    return value_words(fact, value)


def distance_words(result: Result) -> str:
    """What a leaf that is not met lacks; empty where that cannot be said."""
    leaf, far = result.criterion, result.distance
    if far is None or not isinstance(leaf, Leaf):
        return ""
    if far.on is not None:
        return _("will be met on %(day)s") % {"day": far.on.isoformat()}
    if far.by is None or not isinstance(result.actual, Decimal):
        return ""
    by = number_words(far.by, leaf.about.unit)
    is_short = _lacks(leaf, result.actual)
    share = f"{far.share * 100:,.1f}".removesuffix(".0") if far.share is not None else ""
    if not share:
        return (_("%(by)s short") if is_short else _("%(by)s too much")) % {"by": by}
    return (_("%(by)s short (%(share)s%%)") if is_short else _("%(by)s too much (%(share)s%%)")) % {
        "by": by,
        "share": share,
    }


def _lacks(leaf: Leaf, actual: Decimal) -> bool:
    if leaf.op == "between":
        return bool(actual < leaf.value[0])
    return leaf.op.removeprefix("tiered_") in {"gt", "gte"}


def operator_words(op: str) -> str:
    """The name of an operator, for those who build a condition."""
    return {
        "gte": _("is at least"),
        "gt": _("is more than"),
        "lte": _("is at most"),
        "lt": _("is less than"),
        "eq": _("is exactly"),
        "between": _("is from … to …"),
        "tiered_gte": _("is at least, in tiers"),
        "tiered_lte": _("is at most, in tiers"),
        "is_true": _("is so"),
        "is_false": _("is not so"),
        "in": _("is one of"),
        "not_in": _("is none of"),
        "contains_any": _("holds one of"),
        "not_contains": _("holds none of"),
        "age_gte": _("is so many years ago or more"),
        "age_lte": _("is so many years ago or less"),
        REVIEW: _("a person judges"),
    }[op]
