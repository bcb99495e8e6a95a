"""How the parts of a service standard stand in a workbook: its sheets, their columns, and what a cell says.

The names of sheets and columns, and the words in cells, are written in the reader's language and read in either.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import translation
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle.models import MaterialRequirement, Milestone, Node, Procedure, Question, Section, ServiceStandard
from lifecycle.options import lines_of, options_of
from lifecycle.selectors.catalogue import SOURCES
from lifecycle.selectors.standard_export import plain_fields
from park.accounts.spreadsheet import defused
from park.team.models import Department, Skill
from profiles.cells import Raw
from profiles.models import NeedCategory
from profiles.tables import folded

FLAGS = {True: gettext_lazy("Yes"), False: gettext_lazy("No")}
SOURCED = {"source", "statutory_source"}
# columns that say more to a reader, and nothing to the import
NAME, IN_WORDS = "procedure.name", "condition.words"


class Misread(ValueError):
    """The message says what is wrong with a cell, in the reader's language."""


@dataclass(frozen=True)
class Column:
    """`name` as the data have it; `words`: what may stand in it, by codes; `default`: what an empty cell stands for.

    `kind` is text, number, choice, codes (several), words (several of `words`), condition, options.
    """

    name: str
    label: Any
    kind: str = "text"
    words: Mapping[Any, Any] = field(default_factory=dict)
    default: Any = None

    @property
    def is_to_read_only(self) -> bool:
        return self.name in {NAME, IN_WORDS}

    def cell(self, value: Any) -> str | int | None:
        """A value of the data as it stands in a cell."""
        match self.kind:
            case "number":
                return value if isinstance(value, int) else None
            case "choice":
                return self._word(value)
            case "codes":
                return ", ".join(value or [])
            case "words":
                return "\n".join(self._word(one) for one in value or [])
            case "condition":
                return json.dumps(value, ensure_ascii=False) if value else ""
            case "options":
                return lines_of(value or [])
            case _:
                return str(value or "")

    def value(self, raw: Raw) -> Any:
        """What a cell says; where it is none of the words, what stands there. Raises Misread."""
        if raw.is_formula:
            raise Misread(_("This is a formula. Please paste the value."))
        if raw.is_error:
            raise Misread(_("This is an error of a formula. Please write the value itself."))
        if self.kind == "number":
            return _number(raw.value)
        if isinstance(raw.value, bool) and self.words is FLAGS:
            return raw.value
        text = _text(raw)
        match self.kind:
            case "choice":
                return self._code(text)
            case "codes":
                return [one for one in _apart(text, ",，、;； \n\t") if one]
            case "words":
                return [self._code(one) for one in _apart(text, ";；\n") if one]
            case "condition":
                return _condition(text)
            case "options":
                try:
                    return options_of(text)
                except ValueError as wrong:
                    raise Misread(_("This line cannot be read: %(line)s") % {"line": wrong}) from wrong
            case _:
                return text

    def _word(self, code: Any) -> str:
        if code is None:
            return ""
        word = str(self.words.get(code, code))
        return word if self._code(word) == code else str(code)

    def _code(self, text: str) -> Any:
        return by_names(self.words.items()).get(folded(text), text)


@dataclass(frozen=True)
class Sheet:
    """`shelf` is the word for its parts in the data; `columns` are made anew for each workbook: some ask the database."""

    shelf: str
    title: Any
    columns: Callable[[], list[Column]]


def by_names(named: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """Codes by themselves and by their words in every language, folded; what two share is the first's."""
    pairs = list(named)
    found = {folded(str(code)): code for code, _words in pairs}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for code, words in pairs:
                found.setdefault(folded(str(words)), code)
    return found


def _number(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return value


def _text(raw: Raw) -> str:
    """As it was before the export made it harmless."""
    text = str(_number(raw.value) if not isinstance(raw.value, str) else raw.shown).strip()
    return text[1:] if text.startswith("'") and defused(text[1:]) == text else text


def _apart(text: str, marks: str) -> list[str]:
    for mark in marks[1:]:
        text = text.replace(mark, marks[0])
    return [one.strip() for one in text.split(marks[0])]


def _condition(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as wrong:
        raise Misread(_("This condition cannot be read: it is written as JSON, as the export has it.")) from wrong


def _to_read_only(name: str, label: Any) -> Column:
    return Column(name, lazy(lambda: _("%(column)s, to read only") % {"column": label}, str)())


def _plain(one: Any) -> Column:
    """The column of a field that the data hold as it is."""
    label = capfirst(one.verbose_name)
    if isinstance(one, models.BooleanField):
        return Column(one.name, label, "choice", FLAGS, one.get_default())
    if isinstance(one, models.IntegerField):
        return Column(one.name, label, "number")
    if isinstance(one, ArrayField):
        words = dict(one.base_field.flatchoices)
        return Column(one.name, label, "words" if words else "codes", words)
    if isinstance(one, models.JSONField):
        return Column(one.name, label, "options" if one.name == "options" else "condition")
    if one.name in SOURCED:
        return Column(one.name, label, "choice", SOURCES)
    if one.choices:
        return Column(one.name, label, "choice", dict(one.flatchoices), one.get_default())
    return Column(one.name, label)


def _columns(model: type[models.Model], *places: Column, **instead: Column) -> list[Column]:
    """`places` say to what a row belongs and stand in front; `instead` are columns that say more than their fields."""
    found = list(places)
    for one in plain_fields(model):
        found.append(instead.get(one.name) or _plain(one))
        if one.name == "condition":
            found.append(_to_read_only(IN_WORDS, found[-1].label))
    return found


def _named(model: type[models.Model], *names: str) -> list[Column]:
    fields = {one.name: one for one in model._meta.concrete_fields}
    return [Column(name, capfirst(fields[name].verbose_name)) for name in names]


def _home() -> list[Column]:
    label = gettext_lazy("Procedure")
    return [Column("procedure", label), _to_read_only(NAME, label)]


def _of_procedures() -> list[Column]:
    label = capfirst(Procedure._meta.get_field("needs").verbose_name)
    needs = Column("needs", label, "words", {one.code: one for one in NeedCategory.objects.all()})
    return _columns(Procedure, needs=needs)


def _of_nodes() -> list[Column]:
    return [
        *_columns(Node, *_home()),
        Column("after", gettext_lazy("Begins after"), "codes"),
        Column("department", gettext_lazy("Department"), "choice", {one.code: one for one in Department.objects.all()}),
        Column("skill", gettext_lazy("Skill"), "choice", {one.code: one for one in Skill.objects.all()}),
    ]


def _of_version() -> list[Column]:
    example = ServiceStandard._meta.get_field("is_example")
    return [*_named(ServiceStandard, "version", "change_note"), _plain(example)]


SHEETS = (
    Sheet("version", gettext_lazy("Version"), _of_version),
    Sheet("procedures", gettext_lazy("Procedures"), _of_procedures),
    Sheet("nodes", gettext_lazy("Steps"), _of_nodes),
    Sheet(
        "milestones",
        gettext_lazy("Promises"),
        lambda: _columns(Milestone, *_home()) + _named(Milestone, "after", "until"),
    ),
    Sheet(
        "materials",
        gettext_lazy("Materials"),
        lambda: _columns(MaterialRequirement, *_home()) + _named(MaterialRequirement, "template"),
    ),
    Sheet("sections", gettext_lazy("Sections"), lambda: _columns(Section, *_home())),
    Sheet(
        "questions",
        gettext_lazy("Questions"),
        lambda: _columns(Question, *_home(), *_named(Question, "section", "node")),
    ),
)
