"""Tags as pages show them: with the facts they rest on, and how a criterion was judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet

from park.accounts.models import Enterprise
from profiles import criteria
from profiles.criteria import Criterion
from profiles.criteria_judging import Result, evaluate
from profiles.criteria_words import Line, describe, distance_words, fact_words
from profiles.enums import TagGroup
from profiles.facts import columns, facts
from profiles.models import FactSheet, Tag, TagRule
from profiles.permissions.tags import visible_rules

HISTORY = 50


@dataclass(frozen=True)
class Evidence:
    label: str
    value: str


@dataclass(frozen=True)
class HeldTag:
    """A tag of an enterprise with what it rests on; `ending` says why it ended."""

    tag: Tag
    evidence: tuple[Evidence, ...]
    ending: tuple[Evidence, ...]
    because: str


@dataclass(frozen=True)
class JudgedLine:
    """A line of a criterion with how it was judged, for components/criterion_read.html."""

    how: str
    words: str
    parts: tuple["JudgedLine", ...]
    original: str
    outcome: str
    actual: str
    missing: str


def tag_names() -> dict[str, str]:
    """The names of the tags by code, in the order of the list."""
    return {rule.code: rule.name for rule in visible_rules()}


def rules_with_counts() -> QuerySet[TagRule]:
    held = Count("tags__enterprise", filter=Q(tags__ended_at__isnull=True), distinct=True)
    return visible_rules().annotate(held=held)


def holders(rule: TagRule) -> int:
    """How many enterprises have the tag now."""
    return Tag.objects.open().filter(rule=rule).values("enterprise").distinct().count()


def files_behind(rule: TagRule) -> int:
    """How many files have not been judged by the tag's rule as it is now; they follow in batches."""
    return FactSheet.objects.filter(judged_version__lt=rule.version).count()


def grouped_rules() -> list[tuple[str, list[TagRule]]]:
    found: dict[str, list[TagRule]] = {}
    for rule in rules_with_counts():
        found.setdefault(rule.group, []).append(rule)
    return [(str(group.label), found[group]) for group in TagGroup if group in found]


def held_tags(enterprise: Enterprise) -> list[HeldTag]:
    """What the enterprise has now, in the order of the list."""
    rows = Tag.objects.open().filter(enterprise=enterprise).select_related("rule", "by", "document")
    return _with_evidence(rows.order_by("rule__order", "origin"))


def former_tags(enterprise: Enterprise) -> list[HeldTag]:
    """What it had, the latest first."""
    rows = Tag.objects.filter(enterprise=enterprise, ended_at__isnull=False).select_related("rule", "by", "document")
    return _with_evidence(rows.order_by("-ended_at", "-pk")[:HISTORY])


def row_of(enterprise: Enterprise) -> Mapping[str, Any]:
    """The facts of an enterprise as criteria judge them; all unknown where nothing was derived yet."""
    row = FactSheet.objects.filter(enterprise=enterprise).values("more", *columns()).first()
    return row or {**dict.fromkeys(columns()), "has_tag": [], "more": {}}


def judged(criterion: Criterion, row: Mapping[str, Any], today: date, names: Mapping[str, str]) -> JudgedLine:
    """A criterion in words, judged on a row of facts."""
    return joined(describe(criterion, names), evaluate(criterion, row, today), names)


def joined(line: Line, result: Result, names: Mapping[str, str]) -> JudgedLine:
    leaf = result.criterion
    actual = fact_words(leaf.about, result.actual, names) if isinstance(leaf, criteria.Leaf) else ""
    parts = tuple(joined(*pair, names) for pair in zip(line.parts, result.parts, strict=True))
    missing = distance_words(result)
    return JudgedLine(line.how, line.words, parts, line.original, str(result.outcome), actual, missing)


def _with_evidence(rows: Sequence[Tag] | QuerySet[Tag]) -> list[HeldTag]:
    found = list(rows)
    needs_names = any("has_tag" in tag.evidence or "has_tag" in tag.ending for tag in found)
    names = tag_names() if needs_names else {}
    return [
        HeldTag(tag, _read(tag.evidence, names), _read(tag.ending, names), str(tag.ending.get("because", "")))
        for tag in found
    ]


def _read(said: Mapping[str, Any], names: Mapping[str, str]) -> tuple[Evidence, ...]:
    known = [(facts()[name], value) for name, value in said.items() if name in facts()]
    return tuple(Evidence(str(fact.label), fact_words(fact, _value(fact.type, value), names)) for fact, value in known)


def _value(kind: str, value: Any) -> Any:
    return Decimal(value) if kind == "number" and value is not None else value
