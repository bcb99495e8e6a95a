"""A form field in which people build a criterion. It works without JavaScript: each change is a submit that draws it anew.

A view asks `form.is_being_built` (CriterionForm) before anything else: then a button of the editor was pressed, and the form is
shown again with what was typed; nothing is checked and nothing is saved.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from profiles import items
from profiles.amounts import bare_words
from profiles.criteria import (
    ENDS,
    GROUPS,
    MAX_DEPTH,
    MAX_LEAVES,
    MAX_TIERS,
    OPERATORS,
    REVIEW,
    Criterion,
    Invalid,
    Problem,
    parse,
    to_data,
)
from profiles.criteria_words import operator_words, sentence
from profiles.facts import Fact, facts
from profiles.reading import Misread, read_day, read_number

Names = Mapping[str, str]
Facts = Mapping[str, Fact]
Path = tuple[str | int, ...]
_SEVERAL = {"words", "tags"}


@dataclass
class Node:
    """One line or one box of the editor, as typed. `how` is all, any, leaf or review; `typed` are the fields of a leaf."""

    how: str
    is_negated: bool = False
    parts: list["Node"] = field(default_factory=list)
    fact: str = ""
    op: str = ""
    typed: dict[str, list[str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    name: str = ""
    tags: Names = field(default_factory=dict)
    # facts that can be chosen beside those of the file, such as the answers of a case
    also: Facts = field(default_factory=dict)

    # what the template asks for

    @property
    def is_group(self) -> bool:
        return self.how in GROUPS

    @property
    def ways(self) -> list[tuple[str, str, bool]]:
        """How the parts of a group are joined."""
        return [("all", _("all of these"), self.how == "all"), ("any", _("one of these"), self.how == "any")]

    @property
    def about(self) -> Fact | None:
        return self.also.get(self.fact) or facts().get(self.fact)

    @property
    def label(self) -> str:
        return str(self.about.label) if self.about else ""

    @property
    def kind(self) -> str:
        return OPERATORS[self.about.type].get(self.op, "") if self.about else ""

    @property
    def unit(self) -> str:
        return "%" if self.about and self.about.unit == "ratio" else self.about.unit_label if self.about else ""

    @property
    def operators(self) -> list[tuple[str, str, bool]]:
        known = OPERATORS[self.about.type] if self.about else {}
        return [(op, operator_words(op), op == self.op) for op in known]

    @property
    def choices(self) -> list[tuple[str, str, bool]]:
        """What can be chosen; empty where it is typed."""
        about = self.about
        if about is None or self.kind not in {"word", "words", "tags"}:
            return []
        known = self.tags if self.kind == "tags" else about.choices
        return [(code, str(label), code in self.typed.get("value", [])) for code, label in known.items()]

    @property
    def is_checked_off(self) -> bool:
        return self.kind in _SEVERAL and bool(self.choices)

    @property
    def value(self) -> str:
        return ", ".join(self.typed.get("value", []))

    @property
    def first(self) -> str:
        return _only(self.typed, "first")

    @property
    def last(self) -> str:
        return _only(self.typed, "last")

    @property
    def text_zh(self) -> str:
        return _only(self.typed, "text_zh")

    @property
    def text_en(self) -> str:
        return _only(self.typed, "text_en")

    @property
    def deciding(self) -> list[tuple[str, str, bool]]:
        numbers = [one for one in facts().values() if one.type == "number"]
        return [(one.name, str(one.label), one.name == _only(self.typed, "by")) for one in numbers]

    @property
    def tiers(self) -> list[tuple[int, str, str]]:
        """Number, end and bound of each tier, with one more to fill in."""
        rows = [(upto, bound) for upto, bound in self.tier_rows if upto or bound]
        if len(rows) < MAX_TIERS:
            rows.append(("", ""))
        return [(place, upto, bound) for place, (upto, bound) in enumerate(rows)]

    @property
    def tier_rows(self) -> list[tuple[str, str]]:
        ends, bounds = self.typed.get("upto", []), self.typed.get("bound", [])
        return list(zip(ends, bounds, strict=False))

    @property
    def by_unit(self) -> str:
        by = facts().get(_only(self.typed, "by"))
        return by.unit_label if by else ""

    @property
    def catalogue(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """What a condition can be about, by group."""
        named = [(one.name, str(one.label)) for one in facts().values() if not one.is_keyed]
        own = [(_("Answers of the application"), [(one.name, str(one.label)) for one in self.also.values()])]
        groups = [*(own if self.also else []), (_("Facts of the file"), named)]
        for group in items.groups():
            keyed = [(item.code, str(item.label)) for item in group.items if "." in item.code]
            if keyed:
                groups.append((str(group.label), keyed))
        return groups

    # from and to JSON

    def data(self, path: Path, places: dict[Path, "Node"]) -> dict[str, Any]:
        """As parse takes it; `places` learns which node stands where."""
        here = (*path, "not") if self.is_negated else path
        places[path] = places[here] = self
        if self.is_group:
            parts = [part.data((*here, self.how, place), places) for place, part in enumerate(self.parts)]
            said: dict[str, Any] = {self.how: parts}
        else:
            said = {"fact": self.fact, "op": self.op, "value": self._value()} if self.how == "leaf" else {"op": REVIEW}
            said |= {key: self.typed[key][0] for key in ("text_zh", "text_en") if _only(self.typed, key)}
        return {"not": said} if self.is_negated else said

    def _value(self) -> Any:
        about, typed = self.about, self.typed.get("value", [])
        match self.kind:
            case "number":
                return _number(about, self.value)
            case "numbers":
                return [_number(about, self.first), _number(about, self.last)]
            case "days":
                return [_day(self.first), _day(self.last)]
            case "day":
                return _day(self.value)
            case "years" | "word":
                return self.value.strip()
            case "tiers":
                return self._tiers()
            case "words" | "tags" if self.choices:
                return typed
            case "words" | "tags" | "industries":
                return [one.strip() for text in typed for one in text.replace("，", ",").split(",") if one.strip()]
            case _:
                return None

    def _tiers(self) -> dict[str, Any]:
        by, end = facts().get(_only(self.typed, "by")), ENDS[self.op]
        rows = [(upto, bound) for upto, bound in self.tier_rows if upto or bound]
        return {
            "by": by.name if by else "",
            "tiers": [
                {"upto": _number(by, upto) if upto else None, end: _number(self.about, bound)} for upto, bound in rows
            ],
        }

    def at(self, place: Sequence[int]) -> "Node | None":
        node = self
        for number in place:
            if not node.is_group or number >= len(node.parts):
                return None
            node = node.parts[number]
        return node

    def walk(self) -> Iterator["Node"]:
        yield self
        for part in self.parts:
            yield from part.walk()

    def named(self, name: str, tags: Names, also: Facts) -> "Node":
        """Give every field its name, by its place in the tree, and what can be chosen."""
        self.name, self.tags, self.also = name, tags, also
        for place, part in enumerate(self.parts):
            part.named(f"{name}.{place}", tags, also)
        return self


def node_of(data: Mapping[str, Any], also: Facts | None = None) -> Node:
    """The editor's tree for a criterion as JSON."""
    also = also or {}
    if "not" in data:
        inner = node_of(data["not"], also)
        inner.is_negated = not inner.is_negated
        return inner
    how = next((key for key in GROUPS if key in data), "")
    if how:
        return Node(how, parts=[node_of(one, also) for one in data[how]], also=also)
    typed = {key: [data[key]] for key in ("text_zh", "text_en") if key in data}
    if data["op"] == REVIEW:
        return Node("review", typed=typed)
    if data["fact"] not in also and data["fact"] not in facts():
        return Node("leaf", fact=data["fact"], op=data["op"], typed=typed | {"value": [str(data.get("value") or "")]})
    node = Node("leaf", fact=data["fact"], op=data["op"], typed=typed, also=also)
    about = node.about
    value: Any = data.get("value")
    match node.kind:
        case "numbers" | "days":
            typed |= {"first": [_shown(about, value[0])], "last": [_shown(about, value[1])]}
        case "tiers":
            by, end = facts()[value["by"]], ENDS[node.op]
            typed |= {"by": [by.name], "upto": [], "bound": []}
            for tier in value["tiers"]:
                typed["upto"].append("" if tier["upto"] is None else _shown(by, tier["upto"]))
                typed["bound"].append(_shown(about, tier[end]))
        case "words" | "tags" | "industries":
            typed["value"] = list(value)
        case "nothing":
            pass
        case _:
            typed["value"] = [_shown(about, value)]
    return node


def _only(typed: Mapping[str, list[str]], key: str) -> str:
    return typed[key][0] if typed.get(key) else ""


def _shown(about: Fact | None, value: Any) -> str:
    if about is None or about.type != "number":
        return str(value)
    return bare_words(Decimal(str(value)), about.unit)


def _number(about: Fact | None, text: str) -> str:
    """As parse takes it, of what was typed; what is no number stays as it is."""
    unit = about.unit if about else None
    try:
        return f"{read_number(text, unit, is_percent=unit == 'ratio')[0]:f}"
    except Misread:
        return text


def _day(text: str) -> str:
    try:
        return read_day(text).isoformat()
    except Misread:
        return text


class CriterionWidget(forms.Widget):
    """The editor. Its value is a Node, whose outermost is always a group; an empty one stands for no criterion."""

    template_name = "components/criterion_editor.html"
    tags: Names = {}
    also: Facts = {}
    problems: tuple[Problem, ...] = ()
    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Node | None:
        if f"{name}.how" not in data:
            return None
        root = self._read(data, name, 1)
        self._act(root, data.get(f"{name}.do", ""), data)
        return root

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}.how" not in data

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        root = value if isinstance(value, Node) else outermost(value, self.also)
        root.named(name, self.tags, self.also)
        self._mark(root)
        said = self._said(root)
        return {"node": root, "id": (attrs or {}).get("id", name), "is_root": True, "root": name, "said": said}

    def _said(self, root: Node) -> str:
        """How it reads, if it is whole."""
        if not root.parts:
            return ""
        try:
            return sentence(parse(root.data((), {}), self.tags or None, self.also), self.tags)
        except Invalid:
            return ""

    def _mark(self, root: Node) -> None:
        """Put each problem beside its place."""
        places: dict[Path, Node] = {}
        root.data((), places)
        for problem in self.problems:
            near = next(problem.path[:n] for n in range(len(problem.path), -1, -1) if problem.path[:n] in places)
            places[near].errors.append(problem.text)

    def _read(self, data: Any, name: str, depth: int) -> Node:
        how = data.get(f"{name}.how", "")
        is_negated = f"{name}.not" in data
        if how in GROUPS:
            count = data.get(f"{name}.n", "0")
            number = min(int(count), MAX_LEAVES + 1) if count.isdecimal() and len(count) <= len(str(MAX_LEAVES)) else 0
            parts = [self._read(data, f"{name}.{n}", depth + 1) for n in range(number)] if depth <= MAX_DEPTH else []
            return Node(how, is_negated, parts, also=self.also)
        keys = ("value", "first", "last", "by", "upto", "bound", "text_zh", "text_en")
        typed = {key: data.getlist(f"{name}.{key}") for key in keys if f"{name}.{key}" in data}
        fact = data.get(f"{name}.fact", "")
        about = self._fact(fact)
        if how == REVIEW or about is None:
            return Node("review", is_negated, typed=typed)
        op, known = data.get(f"{name}.op", ""), OPERATORS[about.type]
        op = op if op in known else next(iter(known))
        return Node("leaf", is_negated, fact=fact, op=op, typed=typed, also=self.also)

    def _fact(self, name: str) -> Fact | None:
        return self.also.get(name) or facts().get(name)

    def _act(self, root: Node, do: str, data: Any) -> None:
        """What the pressed button of the editor asks for: add, group, review or remove, and where."""
        act, _colon, place = do.partition(":")
        steps = place.split(".")[1:]
        if not act or not all(step.isdecimal() and len(step) <= len(str(MAX_LEAVES)) for step in steps):
            return
        numbers = [int(step) for step in steps]
        node = root.at(numbers)
        if node is None:
            return
        if act == "remove" and numbers:
            above = root.at(numbers[:-1])
            if above is not None:
                del above.parts[numbers[-1]]
        elif act == "add" and node.is_group:
            about = self._fact(data.get(f"{place}.new", ""))
            if about is not None:
                op = next(iter(OPERATORS[about.type]))
                node.parts.append(Node("leaf", fact=about.name, op=op, also=self.also))
        elif act == "group" and node.is_group and len(numbers) < MAX_DEPTH - 2:
            node.parts.append(Node("any" if node.how == "all" else "all"))
        elif act == "review" and node.is_group:
            node.parts.append(Node("review"))


def outermost(data: Mapping[str, Any] | None, also: Facts | None = None) -> Node:
    """The tree of a criterion with a group around it; an empty one for none."""
    if data is None:
        return Node("all")
    node = node_of(data, also)
    return node if node.is_group and not node.is_negated else Node("all", parts=[node])


class CriterionField(forms.Field):
    """`tags`: the names of the tags there are, by code; `also`: facts beside those of the file. Cleans to a Criterion, or None
    where there is no condition."""

    widget = CriterionWidget

    def __init__(self, *, tags: Names, also: Facts | None = None, **given: Any) -> None:
        super().__init__(**given)
        self.tags = self.widget.tags = tags
        self.also = self.widget.also = also or {}

    def clean(self, value: Any) -> Criterion | None:
        if not isinstance(value, Node) or not value.parts:
            if self.required:
                raise ValidationError(_("Please add at least one condition."), code="required")
            return None
        inner = value.parts[0] if len(value.parts) == 1 else None
        try:
            criterion = parse(value.data((), {}), self.tags.keys(), self.also)
        except Invalid as invalid:
            self.widget.problems = invalid.problems
            raise ValidationError(_("Some conditions need another look."), code="invalid") from invalid
        if inner is not None and not value.is_negated:
            return parse(inner.data((), {}), self.tags.keys(), self.also)
        return criterion

    def has_changed(self, initial: Any, data: Any) -> bool:
        before = to_data(parse(initial, also=self.also)) if initial else None
        try:
            after = self.clean(data)
        except ValidationError:
            return True
        return before != (to_data(after) if after else None)


class CriterionForm(forms.Form):
    """A form with an editor named `criterion`."""

    @property
    def is_being_built(self) -> bool:
        """Whether a button of the editor was pressed, and not the one that sends the form."""
        return self.is_bound and f"{self.add_prefix('criterion')}.do" in self.data
