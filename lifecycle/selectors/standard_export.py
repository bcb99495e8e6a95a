"""A version of the service standard as data, in the form that lifecycle/standard/ holds and the import reads."""

from collections.abc import Sequence
from typing import Any

from django.db import models

from lifecycle.models import MaterialRequirement, Milestone, Node, Procedure, Question, Section, ServiceStandard
from lifecycle.selectors.standard import procedures_of

LEFT_OUT = {
    "id",
    "procedure",
    "standard",
    "section",
    "node",
    "order",
    "department",
    "skill",
    "after",
    "until",
    "predecessors",
    "template",
}


def tables_of(standard: ServiceStandard) -> dict[str, Any]:
    """What is as it is by default is left out."""
    head: dict[str, Any] = {"version": standard.version}
    if standard.change_note:
        head["change_note"] = standard.change_note
    if standard.is_example:
        head["is_example"] = True
    return head | {"procedures": [_procedure(one) for one in procedures_of(standard)]}


def plain_fields(model: type[models.Model]) -> list[Any]:
    """The fields that data hold as they are; the others are codes of what they point at, or follow from the place."""
    return [field for field in model._meta.concrete_fields if field.name not in LEFT_OUT]


def _procedure(one: Procedure) -> dict[str, Any]:
    questions = list(one.questions.all())
    parts: dict[str, list[Any]] = {
        "sections": [
            _row(section) | {"questions": [_row(q) for q in questions if q.section_id == section.pk]}
            for section in one.sections.all()
        ],
        "nodes": [_node(node, [q for q in questions if q.node_id == node.pk]) for node in one.nodes.all()],
        "milestones": [_milestone(one) for one in one.milestones.all()],
        "materials": [_material(material) for material in one.requirements.all()],
    }
    return _row(one) | {name: rows for name, rows in parts.items() if rows}


def _node(node: Node, questions: Sequence[Question]) -> dict[str, Any]:
    row = _row(node)
    if node.department and node.skill:
        row |= {"department": node.department.code, "skill": node.skill.code}
    if before := sorted(node.predecessors.all(), key=lambda one: one.order):
        row["after"] = [one.code for one in before]
    return row | ({"questions": [_row(one) for one in questions]} if questions else {})


def _milestone(milestone: Milestone) -> dict[str, Any]:
    ends = {"after": milestone.after, "until": milestone.until}
    return _row(milestone) | {name: node.code for name, node in ends.items() if node}


def _material(material: MaterialRequirement) -> dict[str, Any]:
    """A template is named by the SHA-256 of its bytes, which stay in the portal."""
    return _row(material) | ({"template": material.template.sha256} if material.template else {})


def _row(part: Procedure | Node | Milestone | Section | Question | MaterialRequirement) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in plain_fields(type(part)):
        value = getattr(part, field.attname)
        default = field.get_default()
        if value not in (None, "", []) and value != default:
            found[field.name] = value
    return found
