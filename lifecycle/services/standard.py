"""Versions of the service standard: read one from data, and publish it."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

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
from lifecycle.selectors.standard import problems_of
from park.accounts.models import User
from park.deadlines.workdays import local_day
from park.events import services as events
from park.team import services as team
from park.team.models import Department, Skill
from profiles.services import needs
from profiles.services.tag_rules import load_tags

DATA = Path(__file__).resolve().parent.parent / "standard"
CURRENT = DATA / "v5.yaml"
EXAMPLE = DATA / "v4-example.yaml"


class NotPublishable(Exception):
    """The data contradict themselves; the message names each place. Nothing was written."""


class WrongState(Exception):
    """The version is not, or no longer, in a state in which this can be done. Nothing was written."""


class NoSuchCode(NotPublishable):
    """The data name a department, a role or a node that does not exist."""


@transaction.atomic
def publish_from_file(path: Path = CURRENT, *, now: datetime) -> ServiceStandard | None:
    """Publish the version in the file; None if it, or a later one, is published already. Departments, tags and the categories
    of needs come along.

    Raises NotPublishable for a node graph with a cycle, or a reference to something that does not exist.
    """
    tables = yaml.safe_load(path.read_text(encoding="utf-8"))
    version = int(tables["version"])
    team.load_departments()
    load_tags(now=now)
    needs.load_categories()
    if ServiceStandard.objects.filter(version__gte=version).exclude(state=StandardState.DRAFT).exists():
        return None
    standard = read_draft(tables)
    return publish(standard, by=None, now=now)


@transaction.atomic
def read_draft(tables: dict[str, Any]) -> ServiceStandard:
    """The version that tables of data hold, as a draft. Raises NoSuchCode for a reference to what does not exist."""
    standard = ServiceStandard.objects.create(
        version=int(tables["version"]),
        change_note=tables.get("change_note", ""),
        is_example=bool(tables.get("is_example", False)),
    )
    for row in tables["procedures"]:
        add_procedure(standard, row)
    return standard


@transaction.atomic
def publish(
    standard: ServiceStandard, *, by: User | None, now: datetime, effective_on: date | None = None
) -> ServiceStandard:
    """Put a draft, or a version that was to come, in force; the one before is superseded, and open cases keep it.

    Raises NotPublishable with everything that is wrong with it.
    """
    standard = hold(standard.version, StandardState.DRAFT, StandardState.SCHEDULED)
    problems = problems_of(standard)
    if problems:
        raise NotPublishable("\n".join(str(problem) for problem in problems))
    ServiceStandard.objects.filter(state=StandardState.PUBLISHED).update(state=StandardState.SUPERSEDED)
    standard.state, standard.published_at = StandardState.PUBLISHED, now
    standard.effective_on = effective_on or standard.effective_on or local_day(now)
    standard.save()
    _record("standard.published", standard, by=by, now=now)
    return standard


@transaction.atomic
def schedule(standard: ServiceStandard, *, effective_on: date, by: User, now: datetime) -> ServiceStandard:
    """Settle that a draft comes into force at the start of a day to come; one of today or before is published at once.

    Raises NotPublishable with everything that is wrong with it, and WrongState for what is no draft.
    """
    standard = hold(standard.version, StandardState.DRAFT)
    if effective_on <= local_day(now):
        return publish(standard, by=by, now=now, effective_on=local_day(now))
    if problems := problems_of(standard):
        raise NotPublishable("\n".join(str(problem) for problem in problems))
    standard.state, standard.effective_on = StandardState.SCHEDULED, effective_on
    standard.save(update_fields=["state", "effective_on"])
    _record("standard.scheduled", standard, by=by, now=now)
    return standard


@transaction.atomic
def take_back(standard: ServiceStandard, *, by: User, now: datetime) -> ServiceStandard:
    """A version that was to come is a draft again. Raises WrongState when it is in force by now, or another draft is there."""
    standard = hold(standard.version, StandardState.SCHEDULED)
    if ServiceStandard.objects.filter(state=StandardState.DRAFT).exists():
        raise WrongState(standard.version)
    day = standard.effective_on
    standard.state, standard.effective_on = StandardState.DRAFT, None
    standard.save(update_fields=["state", "effective_on"])
    _record("standard.taken_back", standard, by=by, now=now, effective_on=day)
    return standard


def put_in_force(now: datetime) -> int:
    """Publish the version whose day has come, in the park's time; how many it was."""
    due = ServiceStandard.objects.filter(state=StandardState.SCHEDULED, effective_on__lte=local_day(now)).first()
    if due is None:
        return 0
    try:
        publish(due, by=None, now=now)
    except WrongState:  # somebody was first
        return 0
    return 1


def hold(version: int, *states: StandardState) -> ServiceStandard:
    """Take hold of a version in one of these states until the transaction ends. Raises WrongState."""
    found = ServiceStandard.objects.select_for_update().filter(version=version, state__in=states).first()
    if found is None:
        raise WrongState(version)
    return found


def _record(
    kind: str, standard: ServiceStandard, *, by: User | None, now: datetime, effective_on: date | None = None
) -> None:
    day = effective_on or standard.effective_on
    said: dict[str, Any] = {
        "version": standard.version,
        "effective_on": day.isoformat() if day else "",
        "note": standard.change_note,
    }
    events.record(kind, subject=standard, by=by, at=now, thread=standard.thread, **said)


def add_procedure(standard: ServiceStandard, row: dict[str, Any]) -> Procedure:
    """A procedure of a draft, with all that belongs to it, from one row of data (see docs/standard.md)."""
    row = dict(row)
    parts = {name: row.pop(name, []) for name in ("nodes", "milestones", "materials", "sections")}
    procedure = Procedure.objects.create(standard=standard, **row)
    nodes, questions = _add_nodes(procedure, parts["nodes"])
    order = 0
    for place, given in enumerate(parts["sections"], 1):
        row = dict(given)
        asked = row.pop("questions", [])
        section = Section.objects.create(procedure=procedure, order=place, **row)
        for question in asked:
            order += 1
            questions.append(Question(procedure=procedure, section=section, order=order, **question))
    Question.objects.bulk_create(questions)
    for milestone in parts["milestones"]:
        ends = {name: _node(procedure, nodes, milestone[name]) for name in ("after", "until") if milestone.get(name)}
        Milestone.objects.create(procedure=procedure, **{**milestone, **ends})
    _add_materials(procedure, parts["materials"])
    return procedure


def _add_materials(procedure: Procedure, rows: list[dict[str, Any]]) -> None:
    """A template is named by the SHA-256 of its bytes."""
    named = [row["template"] for row in rows if row.get("template")]
    templates = MaterialTemplate.objects.in_bulk(named, field_name="sha256") if named else {}
    for place, row in enumerate(rows, 1):
        template = row.get("template")
        if template and template not in templates:
            raise NoSuchCode(f"{procedure.code}.{row['code']}: unknown {template!r}")
        MaterialRequirement.objects.create(
            procedure=procedure, order=place, **{**row, "template": templates.get(template)}
        )


def _add_nodes(procedure: Procedure, rows: list[dict[str, Any]]) -> tuple[dict[str, Node], list[Question]]:
    """The nodes by their codes, and what is asked at their ends, not yet written."""
    departments = {d.code: d for d in Department.objects.all()}
    skills = {s.code: s for s in Skill.objects.all()}
    made: dict[str, Node] = {}
    before: dict[str, list[str]] = {}
    asked: dict[str, list[dict[str, Any]]] = {}
    for order, given in enumerate(rows, 1):
        row = dict(given)
        before[row["code"]] = row.pop("after", [])
        asked[row["code"]] = row.pop("questions", [])
        for name, known in (("department", departments), ("skill", skills)):
            if name in row and row[name] not in known:
                raise NoSuchCode(f"{procedure.code}.{row['code']}: unknown {row[name]!r}")
            row[name] = known[row[name]] if name in row else None
        made[row["code"]] = Node(procedure=procedure, order=order, **row)
    Node.objects.bulk_create(made.values())
    link = Node.predecessors.through
    link.objects.bulk_create(
        link(from_node=made[code], to_node=_node(procedure, made, name))
        for code, names in before.items()
        for name in names
    )
    questions = [
        Question(procedure=procedure, node=made[code], order=place, **question)
        for code, given_questions in asked.items()
        for place, question in enumerate(given_questions, 1)
    ]
    return made, questions


def _node(procedure: Procedure, nodes: dict[str, Node], code: str) -> Node:
    if code not in nodes:
        raise NoSuchCode(f"{procedure.code}: there is no node {code}")
    return nodes[code]
