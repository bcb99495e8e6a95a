"""What is different between two versions of the service standard, in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from lifecycle.models import Milestone, Node, Procedure, Question, ServiceStandard
from lifecycle.models.standard import Part
from lifecycle.selectors.catalogue import limit_words, source_words
from lifecycle.selectors.standard import condition_words, procedures_of
from park.accounts.bilingual import reads_chinese

# What is compared of each kind of part beside its limits and conditions; what is for readers of the other language is left out.
PLAIN = {
    "procedure": ("stage", "begun_by", "only_forming", "only_registered", "needs"),
    "nodes": ("work", "opens_on", "department", "skill", "needs_signatory", "is_key", "clock_kind", "pause_reasons"),
    "milestones": ("after", "until"),
    "requirements": ("formats", "is_optional", "is_reusable", "template"),
    "sections": (),
    "questions": ("kind", "is_required", "options"),
}
WORDS = ("name", "summary", "applicants", "hint")


@dataclass(frozen=True)
class Changed:
    """`kind` is added, removed or changed; `lines` say how."""

    code: str
    name: str
    kind: str
    lines: list[str]


@dataclass(frozen=True)
class Comparison:
    earlier: ServiceStandard
    later: ServiceStandard
    procedures: list[Changed]

    @property
    def summary(self) -> list[str]:
        """How many procedures are new, gone and changed."""
        counts = {kind: sum(one.kind == kind for one in self.procedures) for kind in ("added", "removed", "changed")}
        lines = []
        if n := counts["added"]:
            lines.append(ngettext("%(n)s procedure more", "%(n)s procedures more", n) % {"n": n})
        if n := counts["removed"]:
            lines.append(ngettext("%(n)s procedure fewer", "%(n)s procedures fewer", n) % {"n": n})
        if n := counts["changed"]:
            lines.append(ngettext("%(n)s procedure changed", "%(n)s procedures changed", n) % {"n": n})
        return lines or [_("Nothing is different.")]


def comparison(earlier: ServiceStandard, later: ServiceStandard, tags: Mapping[str, str]) -> Comparison:
    """By procedure, those that are the same left out."""
    old = {one.code: one for one in procedures_of(earlier)}
    new = {one.code: one for one in procedures_of(later)}
    found: list[Changed] = []
    for code in sorted(old.keys() | new.keys()):
        if code not in new:
            found.append(Changed(code, old[code].name, "removed", []))
        elif code not in old:
            found.append(Changed(code, new[code].name, "added", list(_contents(new[code]))))
        elif lines := list(_lines(old[code], new[code], tags)):
            found.append(Changed(code, new[code].name, "changed", lines))
    return Comparison(earlier, later, found)


def _contents(procedure: Procedure) -> Iterator[str]:
    steps, papers = len(procedure.nodes.all()), len(procedure.requirements.all())
    yield ngettext("%(n)s step", "%(n)s steps", steps) % {"n": steps}
    yield ngettext("%(n)s material", "%(n)s materials", papers) % {"n": papers}
    for one in procedure.milestones.all():
        yield _("%(name)s: %(limit)s") % {"name": one.name, "limit": limit_words(one.amount, one.unit)}


def _lines(old: Procedure, new: Procedure, tags: Mapping[str, str]) -> Iterator[str]:
    yield from _of_part("", old, new, PLAIN["procedure"])
    yield from _of_condition("", (old, []), (new, []), tags)
    for shelf, count in COUNTS.items():
        before = {one.code: one for one in getattr(old, shelf).all()}
        after = {one.code: one for one in getattr(new, shelf).all()}
        gone = [one for code, one in before.items() if code not in after]
        come = [one for code, one in after.items() if code not in before]
        if len(after) != len(before):
            yield count(len(after) - len(before))
        if gone:
            yield _("no longer: %(names)s") % {"names": _listed(gone)}
        if come:
            yield _("new: %(names)s") % {"names": _listed(come)}
        for code in [code for code in after if code in before]:
            one, other = before[code], after[code]
            yield from _of_part(other.name, one, other, PLAIN[shelf])
            if isinstance(one, Node | Milestone) and isinstance(other, Node | Milestone):
                yield from _of_limits(one, other)
            if isinstance(one, Node) and isinstance(other, Node):
                yield from _of_way(one, other)
            asked = (list(old.questions.all()), list(new.questions.all()))
            yield from _of_condition(other.name, (one, asked[0]), (other, asked[1]), tags)
        kept = ([c for c in before if c in after], [c for c in after if c in before])
        if shelf != "milestones" and kept[0] != kept[1]:
            yield _("in another order: %(names)s") % {"names": _listed([after[code] for code in kept[1]])}


def _more_or_fewer(more: Any, fewer: Any) -> Any:
    def words(n: int) -> str:
        return str((more if n > 0 else fewer)(abs(n)) % {"n": abs(n)})

    return words


COUNTS: dict[str, Any] = {
    "milestones": _more_or_fewer(
        lambda n: ngettext("%(n)s promise more", "%(n)s promises more", n),
        lambda n: ngettext("%(n)s promise fewer", "%(n)s promises fewer", n),
    ),
    "nodes": _more_or_fewer(
        lambda n: ngettext("%(n)s step more", "%(n)s steps more", n),
        lambda n: ngettext("%(n)s step fewer", "%(n)s steps fewer", n),
    ),
    "requirements": _more_or_fewer(
        lambda n: ngettext("%(n)s material more", "%(n)s materials more", n),
        lambda n: ngettext("%(n)s material fewer", "%(n)s materials fewer", n),
    ),
    "sections": _more_or_fewer(
        lambda n: ngettext("%(n)s section more", "%(n)s sections more", n),
        lambda n: ngettext("%(n)s section fewer", "%(n)s sections fewer", n),
    ),
    "questions": _more_or_fewer(
        lambda n: ngettext("%(n)s question more", "%(n)s questions more", n),
        lambda n: ngettext("%(n)s question fewer", "%(n)s questions fewer", n),
    ),
}


def _of_part(name: str, old: Any, new: Any, fields: Sequence[str]) -> Iterator[str]:
    side = "zh" if reads_chinese() else "en"
    texts = [f"{word}_{side}" for word in WORDS if hasattr(new, f"{word}_{side}")]
    for field in [*texts, *fields]:
        before, after = _shown(old, field), _shown(new, field)
        if before != after:
            yield _of_change(name, str(new._meta.get_field(field).verbose_name), before, after)


def _of_limits(old: Node | Milestone, new: Node | Milestone) -> Iterator[str]:
    before, after = limit_words(old.amount, old.unit), limit_words(new.amount, new.unit)
    if before != after:
        yield _of_change(new.name, _("limit"), before, after)
    if isinstance(old, Node) and isinstance(new, Node):
        before, after = (limit_words(one.statutory_amount, one.statutory_unit) for one in (old, new))
        if before != after:
            yield _of_change(new.name, _("limit by law"), before, after)
        if old.statutory_source != new.statutory_source:
            words = (source_words(old.statutory_source), source_words(new.statutory_source))
            yield _of_change(new.name, _("source of the limit by law"), *words)
    if old.source != new.source:
        yield _of_change(new.name, _("source of the promise"), source_words(old.source), source_words(new.source))


def _of_way(old: Node, new: Node) -> Iterator[str]:
    before, after = (list(node.predecessors.all()) for node in (old, new))
    if {one.code for one in before} != {one.code for one in after}:
        yield _of_change(new.name, _("begins after"), _listed(before), _listed(after))


def _of_condition(
    name: str, old: tuple[Any, list[Question]], new: tuple[Any, list[Question]], tags: Mapping[str, str]
) -> Iterator[str]:
    before, after = (
        condition_words(getattr(part, "condition", None), questions, tags) for part, questions in (old, new)
    )
    if before != after:
        yield _of_change(name, _("condition"), before, after)


def _of_change(name: str, what: str, before: str, after: str) -> str:
    words = {"what": what, "before": before or "–", "after": after or "–"}
    changed = _("%(what)s %(before)s → %(after)s") % words
    return _("%(name)s: %(changed)s") % {"name": name, "changed": changed} if name else changed


def _shown(part: Any, field: str) -> str:
    value = getattr(part, field)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, models.Model):
        return str(value)
    labels = dict(_choices(part._meta.get_field(field)))
    if isinstance(value, list):
        return _joined(
            str(labels.get(one, one)) if isinstance(one, str) else one[1 if reads_chinese() else 2] for one in value
        )
    return str(labels.get(value, value) or "")


def _choices(field: Any) -> Any:
    return getattr(field, "base_field", field).choices or ()


def _listed(parts: Iterable[Part]) -> str:
    return _joined(one.name for one in parts)


def _joined(words: Iterable[str]) -> str:
    return pgettext("list of names", ", ").join(words)
