"""Publish a version of the service standard from its data."""

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from lifecycle.enums import StandardState
from lifecycle.models import MaterialRequirement, Milestone, Node, Procedure, ServiceStandard
from park.events import services as events
from park.team import services as team
from park.team.models import Department, Skill
from profiles.services import needs
from profiles.services.tag_rules import load_tags

FIRST = Path(__file__).resolve().parent.parent / "standard" / "v1.yaml"


class NotPublishable(Exception):
    """The data contradict themselves; the message names the place. Nothing was written."""


@transaction.atomic
def publish_from_file(path: Path = FIRST, *, now: datetime) -> ServiceStandard | None:
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
    standard = ServiceStandard.objects.create(version=version)
    for row in tables["procedures"]:
        _add_procedure(standard, row)
    ServiceStandard.objects.filter(state=StandardState.PUBLISHED).update(state=StandardState.SUPERSEDED)
    standard.state, standard.published_at = StandardState.PUBLISHED, now
    standard.save()
    events.record("standard.published", subject=standard, by=None, at=now, version=version)
    return standard


def _add_procedure(standard: ServiceStandard, row: dict[str, Any]) -> None:
    nodes, milestones, materials = row.pop("nodes"), row.pop("milestones"), row.pop("materials")
    _check_graph(row["code"], nodes)
    procedure = Procedure.objects.create(standard=standard, **row)
    departments = {d.code: d for d in Department.objects.all()}
    skills = {s.code: s for s in Skill.objects.all()}
    made: dict[str, Node] = {}
    for order, node in enumerate(nodes, 1):
        before = node.pop("after", [])
        try:
            department, skill = departments[node.pop("department")], skills[node.pop("skill")]
        except KeyError as missing:
            raise NotPublishable(f"{row['code']}.{node['code']}: unknown {missing}") from missing
        made[node["code"]] = Node.objects.create(
            procedure=procedure, order=order, department=department, skill=skill, **node
        )
        made[node["code"]].predecessors.set([made[code] for code in before])
    for milestone in milestones:
        after, until = made[milestone.pop("after")], made[milestone.pop("until")]
        Milestone.objects.create(procedure=procedure, after=after, until=until, **milestone)
    for order, material in enumerate(materials, 1):
        MaterialRequirement.objects.create(procedure=procedure, order=order, **material)


def _check_graph(code: str, nodes: list[dict[str, Any]]) -> None:
    """Nodes stand after their predecessors, which rules out cycles."""
    seen: set[str] = set()
    for node in nodes:
        unknown = set(node.get("after", [])) - seen
        if unknown:
            raise NotPublishable(f"{code}.{node['code']}: comes before {', '.join(sorted(unknown))}")
        seen.add(node["code"])
