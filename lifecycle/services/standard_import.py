"""A draft of the service standard out of a file: looked through first, with everything that is wrong with it, then taken in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import yaml
from django.core.exceptions import ValidationError
from django.db import DatabaseError, models, transaction
from django.utils.translation import gettext as _

from lifecycle.enums import StandardState
from lifecycle.models import (
    MaterialRequirement,
    MaterialTemplate,
    Milestone,
    Node,
    Procedure,
    Question,
    Section,
    ServiceStandard,
)
from lifecycle.selectors.standard import problems_of, warnings_of
from lifecycle.selectors.standard_changes import Comparison, comparison
from lifecycle.selectors.standard_export import plain_fields
from lifecycle.services.standard import NoSuchCode, read_draft
from lifecycle.services.standard_draft import DraftRefused, next_version
from park.accounts.models import User
from park.events import services as events
from park.team.models import Department, Skill

PARTS: dict[str, type[models.Model]] = {
    "nodes": Node,
    "milestones": Milestone,
    "materials": MaterialRequirement,
    "sections": Section,
}
CODES: dict[Any, set[str]] = {
    Node: {"department", "skill", "after", "questions"},
    Milestone: {"after", "until"},
    Section: {"questions"},
    MaterialRequirement: {"template"},
    Procedure: set(PARTS),
}


class Faulty(Exception):
    """`problems` says all that is wrong with the rows of a file. Nothing was written."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Unreadable(Exception):
    """The file holds no tables of a service standard; the message says why, in the reader's language."""


class Row(dict[str, Any]):
    """A row of a workbook, which knows its place and what its columns are called there; `misread` says which cells say nothing
    that can be kept, and why."""

    def __init__(self, place: str, headings: Mapping[str, str]) -> None:
        super().__init__()
        self.place, self.headings = place, headings
        self.misread: dict[str, str] = {}


@dataclass(frozen=True)
class Findings:
    """`problems` keep the file from being taken in, `unfinished` only from being published."""

    problems: list[str]
    unfinished: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    procedures: int = 0
    changes: Comparison | None = None


def look_through(tables: dict[str, Any], tags: Mapping[str, str]) -> Findings:
    """What would come of a file. Nothing is written. Raises DraftRefused while there is a draft already."""
    if problems := list(faults(tables)):
        return Findings(problems)
    with transaction.atomic():
        found = _tried(tables, tags)
        transaction.set_rollback(True)
    return found


@transaction.atomic
def import_draft(tables: dict[str, Any], *, by: User, now: datetime) -> ServiceStandard:
    """The file as a draft with the next number. Raises Faulty, and DraftRefused while there is a draft already."""
    if problems := list(faults(tables)):
        raise Faulty(problems)
    try:
        draft = _draft(tables)
    except NoSuchCode as wrong:
        raise Faulty([str(wrong)]) from wrong
    events.record("standard.imported", subject=draft, by=by, at=now, thread=draft.thread, version=draft.version)
    return draft


def _tried(tables: dict[str, Any], tags: Mapping[str, str]) -> Findings:
    try:
        draft = _draft(tables)
    except NoSuchCode as wrong:
        return Findings([str(wrong)])
    in_force = ServiceStandard.objects.filter(state=StandardState.PUBLISHED).first()
    return Findings(
        [],
        [str(one) for one in problems_of(draft)],
        [str(one) for one in warnings_of(draft)],
        len(tables["procedures"]),
        comparison(in_force, draft, tags) if in_force else None,
    )


def _draft(tables: dict[str, Any]) -> ServiceStandard:
    coming = [StandardState.DRAFT, StandardState.SCHEDULED]
    if ServiceStandard.objects.filter(state__in=coming).exists():
        raise DraftRefused("draft_exists")
    try:
        with transaction.atomic():
            return read_draft(tables | {"version": next_version()})
    except DatabaseError as wrong:
        raise NoSuchCode(str(wrong).splitlines()[0]) from wrong


def read(text: str) -> dict[str, Any]:
    """Raises Unreadable."""
    try:
        tables = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError) as wrong:
        raise Unreadable(_("The file is no YAML: %(why)s") % {"why": str(wrong)[:300]}) from wrong
    if not isinstance(tables, dict) or not isinstance(tables.get("procedures"), list):
        raise Unreadable(_("The file holds no list of procedures."))
    return tables


def faults(tables: dict[str, Any]) -> Iterator[str]:
    """Everything in the file that is not as rows of a standard are."""
    known = {
        "department": set(Department.objects.values_list("code", flat=True)),
        "skill": set(Skill.objects.values_list("code", flat=True)),
        "template": set(MaterialTemplate.objects.values_list("sha256", flat=True)),
    }
    yield from _twice(tables["procedures"], "code", "")
    for number, row in enumerate(tables["procedures"], 1):
        where = str(row.get("code") or number) if isinstance(row, dict) else str(number)
        yield from _of_row(row, Procedure, where)
        if isinstance(row, dict):
            yield from _of_parts(row, where, known)


def _of_parts(row: dict[str, Any], where: str, known: dict[str, set[str]]) -> Iterator[str]:
    nodes = _rows(row, "nodes")
    codes = {name: {str(one.get("code")) for one in nodes} for name in ("after", "until")}
    questions: list[Any] = []
    for name, model in PARTS.items():
        if not isinstance(row.get(name, []), list):
            yield _("%(place)s: this should be a list.") % {"place": f"{where}.{name}"}
            continue
        yield from _twice(_rows(row, name), "kind" if name == "milestones" else "code", f"{where}.")
        for number, part in enumerate(row.get(name) or [], 1):
            own = (part.get("code") or part.get("kind")) if isinstance(part, dict) else None
            place = f"{where}.{own or f'{name} {number}'}"
            yield from _of_row(part, model, place)
            if isinstance(part, dict):
                yield from _of_codes(part, place, known | codes)
                if isinstance(part.get("questions", []), list):
                    questions += part.get("questions", [])
                else:
                    yield _("%(place)s: this should be a list.") % {"place": f"{place}.questions"}
    yield from _twice(questions, "code", f"{where}.")
    for number, question in enumerate(questions, 1):
        own = question.get("code") if isinstance(question, dict) else None
        place = f"{where}.{own or number}"
        yield from _of_row(question, Question, place)
        if isinstance(question, dict) and not _are_options(question.get("options", [])):
            place = _place(question, place)
            yield _("%(place)s: each option is a code, its Chinese and its English.") % {"place": place}


def _twice(rows: list[Any], name: str, where: str) -> Iterator[str]:
    """Rows whose code an earlier one has."""
    seen: set[str] = set()
    for row in rows:
        code = str(row.get(name) or "") if isinstance(row, dict) else ""
        if code in seen:
            yield _("%(place)s: this code stands there twice.") % {"place": _place(row, where + code)}
        seen |= {code} - {""}


def _of_codes(part: dict[str, Any], place: str, known: dict[str, set[Any]]) -> Iterator[str]:
    """What the part points at is there."""
    for name, codes in known.items():
        value = part.get(name)
        for code in value if isinstance(value, list) else [value] if value is not None else []:
            if not isinstance(code, str) or code not in codes:
                words = {"place": _place(part, place), "name": _called(part, name), "code": code}
                yield _("%(place)s, %(name)s: there is nothing with the code “%(code)s”.") % words


def _of_row(row: Any, model: type[models.Model], place: str) -> Iterator[str]:
    """The fields of one row, each by the rules of its column."""
    if not isinstance(row, dict):
        yield _("%(place)s: this should be a list of names and values.") % {"place": place}
        return
    place, misread = _place(row, place), row.misread if isinstance(row, Row) else {}
    fields = {one.name: one for one in plain_fields(model)}
    for name in sorted(map(str, row.keys() - fields.keys() - CODES.get(model, set()))):
        yield _("%(place)s: nothing is called %(name)s here.") % {"place": place, "name": name}
    for name, why in misread.items():
        yield _("%(place)s, %(name)s: %(why)s") % {"place": place, "name": _called(row, name), "why": why}
    for name, column in fields.items():
        if name in misread:
            continue
        value = row.get(name, column.get_default())
        try:
            column.clean(value, None)
        except (ValidationError, TypeError, ValueError) as wrong:
            texts = wrong.messages if isinstance(wrong, ValidationError) else [_("This value does not fit.")]
            words = {"place": place, "name": _called(row, name), "why": " ".join(texts)}
            yield _("%(place)s, %(name)s: %(why)s") % words


def _place(row: Any, place: str) -> str:
    return row.place if isinstance(row, Row) else place


def _called(row: Any, name: str) -> str:
    return row.headings.get(name, name) if isinstance(row, Row) else name


def _are_options(options: Any) -> bool:
    return isinstance(options, list) and all(
        isinstance(one, list) and len(one) == 3 and all(isinstance(text, str) for text in one) for one in options
    )


def _rows(row: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = row.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
