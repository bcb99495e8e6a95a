"""The draft of the next service standard: begun as a copy of the version in force, changed part by part, or thrown away.

Whoever changes it takes hold of the version first, so that two people change it one after the other. `before` holds the values
that a page had shown: where something else is stored by now, nothing is written and the page asks.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import models, transaction

from lifecycle.enums import StandardState
from lifecycle.models import MaterialRequirement, Milestone, Node, Procedure, Question, Section, ServiceStandard
from lifecycle.models.standard import SHELVES, Part, code_field, shelf_of
from lifecycle.services.standard import hold
from park.accounts.models import User
from park.events import services as events

WAITS_FOR = "predecessors"


class DraftRefused(Exception):
    """`reason` is draft_exists, none_in_force, code_taken, in_use or overtaken; `words` name what stands in the way.
    Nothing was written."""

    def __init__(self, reason: str, words: str = "") -> None:
        super().__init__(reason, words)
        self.reason, self.words = reason, words


@transaction.atomic
def begin_draft(*, by: User, now: datetime) -> ServiceStandard:
    """A draft that holds all that the version in force holds. Raises DraftRefused while another is in the making or to come."""
    in_force = ServiceStandard.objects.select_for_update().filter(state=StandardState.PUBLISHED).first()
    if in_force is None:
        raise DraftRefused("none_in_force")
    if ServiceStandard.objects.filter(state__in=[StandardState.DRAFT, StandardState.SCHEDULED]).exists():
        raise DraftRefused("draft_exists")
    draft = ServiceStandard.objects.create(version=next_version())
    _copy_all(in_force, draft)
    events.record(
        "standard.begun",
        subject=draft,
        by=by,
        at=now,
        thread=draft.thread,
        version=draft.version,
        copied=in_force.version,
    )
    return draft


def next_version() -> int:
    return 1 + (ServiceStandard.objects.aggregate(last=models.Max("version"))["last"] or 0)


@transaction.atomic
def discard_draft(standard: ServiceStandard, *, by: User, now: datetime) -> None:
    """Throw a draft away with all that is in it. Raises WrongState for what is no draft."""
    draft = hold(standard.version, StandardState.DRAFT)
    events.record("standard.discarded", subject=draft, by=by, at=now, thread=draft.thread, version=draft.version)
    _delete_procedures(draft.procedures.all())
    draft.delete()


@transaction.atomic
def say_why(standard: ServiceStandard, note: str, *, before: str, by: User, now: datetime) -> None:
    """Set down why the version comes about. Raises WrongState and DraftRefused."""
    draft = hold(standard.version, StandardState.DRAFT)
    if draft.change_note not in {before, note}:
        raise DraftRefused("overtaken")
    draft.change_note = note
    draft.save(update_fields=["change_note"])
    _record(draft, "noted", "standard", "", "", by=by, now=now)


@transaction.atomic
def add_procedure(standard: ServiceStandard, values: Mapping[str, Any], *, by: User, now: datetime) -> Procedure:
    """A procedure without steps yet. Raises WrongState, and DraftRefused where its code is taken."""
    draft = hold(standard.version, StandardState.DRAFT)
    procedure = Procedure(standard=draft, **values)
    _check_code(procedure)
    procedure.save()
    _record(draft, "added", "procedures", procedure.code, procedure.code, by=by, now=now)
    return procedure


@transaction.atomic
def add_part(procedure: Procedure, shelf: str, values: Mapping[str, Any], *, by: User, now: datetime) -> Part:
    """A step, promise, material, section or question, after those there are. Raises WrongState and DraftRefused."""
    draft = hold(procedure.standard_id, StandardState.DRAFT)
    values = dict(values)
    waits_for = values.pop(WAITS_FOR, None)
    part = SHELVES[shelf](procedure=procedure, **values)
    _check_code(part)
    if not isinstance(part, Milestone):
        part.order = max((one.order for one in _beside(part)), default=0) + 1
    part.save()
    if isinstance(part, Node):
        part.predecessors.set(waits_for or [])
    _record(draft, "added", shelf, procedure.code, part.code, by=by, now=now)
    return part


@transaction.atomic
def change_part(
    part: Part | Procedure, values: Mapping[str, Any], *, before: Mapping[str, Any], by: User, now: datetime
) -> None:
    """Change what `values` name. Raises WrongState; DraftRefused where the code is taken or a value was changed meanwhile."""
    procedure = part if isinstance(part, Procedure) else part.procedure
    draft = hold(procedure.standard_id, StandardState.DRAFT)
    stored = type(part)._default_manager.filter(pk=part.pk).first()
    if stored is None or any(value_of(stored, name) not in (before[name], told(new)) for name, new in values.items()):
        raise DraftRefused("overtaken")
    was, plain = stored.code, {name: value for name, value in values.items() if name != WAITS_FOR}
    for name, value in plain.items():
        setattr(stored, name, value)
    _check_code(stored)
    if plain:
        stored.save(update_fields=list(plain))
    if isinstance(stored, Node) and WAITS_FOR in values:
        stored.predecessors.set(values[WAITS_FOR])
    changed = sorted(values)
    home = stored.code if isinstance(stored, Procedure) else procedure.code
    _record(draft, "changed", shelf_of(part), home, stored.code, by=by, now=now, fields=changed, was=was)


@transaction.atomic
def remove_part(part: Part | Procedure, *, by: User, now: datetime) -> None:
    """Take something out, with what belongs to it; steps that waited for a step wait for those that it waited for.

    Raises WrongState, and DraftRefused for a step with which a promise begins or ends.
    """
    procedure = part if isinstance(part, Procedure) else part.procedure
    draft = hold(procedure.standard_id, StandardState.DRAFT)
    if isinstance(part, Procedure):
        _delete_procedures(Procedure.objects.filter(pk=part.pk))
    elif isinstance(part, Node):
        _remove_node(part)
    else:
        if isinstance(part, Section):
            part.questions.all().delete()
        part.delete()
    _record(draft, "removed", shelf_of(part), procedure.code, part.code, by=by, now=now)


@transaction.atomic
def move_part(part: Part, *, earlier: bool, by: User, now: datetime) -> None:
    """Let a part change its place with the one before or after it; the first and the last stay. Raises WrongState."""
    draft = hold(part.procedure.standard_id, StandardState.DRAFT)
    row = _beside(part)
    place = next((n for n, one in enumerate(row) if one.pk == part.pk), None)
    other = None if place is None else place + (-1 if earlier else 1)
    if place is None or other is None or not 0 <= other < len(row):
        return
    row[place], row[other] = row[other], row[place]
    for order, one in enumerate(row, 1):
        one.order = order
    model: Any = type(part)
    model._default_manager.bulk_update(row, ["order"])
    _record(draft, "moved", shelf_of(part), part.procedure.code, part.code, by=by, now=now)


def value_of(part: Part | Procedure, name: str) -> Any:
    """What is stored under a name that `change_part` takes, in a form that can be compared."""
    return told(part.predecessors.all() if name == WAITS_FOR else getattr(part, name))  # type: ignore[union-attr]


def told(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, models.QuerySet) or (isinstance(value, list) and value and isinstance(value[0], models.Model)):
        return sorted(one.pk for one in value)
    return value


def _remove_node(node: Node) -> None:
    ends = Milestone.objects.filter(models.Q(after=node) | models.Q(until=node)).first()
    if ends is not None:
        raise DraftRefused("in_use", ends.name)
    before, after = list(node.predecessors.all()), list(node.successors.all())
    for one in after:
        one.predecessors.add(*before)
        one.predecessors.remove(node)
    node.predecessors.clear()
    node.questions.all().delete()
    node.delete()


def _check_code(part: Part | Procedure) -> None:
    shelf = shelf_of(part)
    home: dict[str, Any] = (
        {"standard": part.standard_id} if isinstance(part, Procedure) else {"procedure": part.procedure_id}
    )
    same = type(part)._default_manager.filter(**home, **{code_field(shelf): part.code}).exclude(pk=part.pk)
    if same.exists():
        raise DraftRefused("code_taken", part.code)


def _beside(part: Part) -> list[Any]:
    """The parts among which this one has its place."""
    beside: Any = type(part)._default_manager.filter(procedure=part.procedure_id)
    if isinstance(part, Question):
        beside = beside.filter(section=part.section_id, node=part.node_id)
    return list(beside.order_by("order", "pk"))


def _record(
    draft: ServiceStandard, act: str, shelf: str, procedure: str, code: str, *, by: User, now: datetime, **more: Any
) -> None:
    said = {"act": act, "shelf": shelf, "procedure": procedure, "code": code, "version": draft.version, **more}
    events.record("standard.changed", subject=draft, by=by, at=now, thread=draft.thread, **said)


def _copy_all(source: ServiceStandard, draft: ServiceStandard) -> None:
    """Every row of one version as a row of another, table by table."""
    procedures = _copy(Procedure.objects.filter(standard=source), standard_id={source.pk: draft.pk})
    home = {"procedure_id": procedures}
    nodes = _copy(Node.objects.filter(procedure__in=procedures), **home)
    sections = _copy(Section.objects.filter(procedure__in=procedures), **home)
    _copy(Question.objects.filter(procedure__in=procedures), **home, section_id=sections, node_id=nodes)
    _copy(Milestone.objects.filter(procedure__in=procedures), **home, after_id=nodes, until_id=nodes)
    _copy(MaterialRequirement.objects.filter(procedure__in=procedures), **home)
    edge = Node.predecessors.through
    edges = edge._default_manager.filter(from_node__in=nodes).values_list("from_node_id", "to_node_id")
    edge._default_manager.bulk_create(
        [edge(from_node_id=nodes[later], to_node_id=nodes[earlier]) for later, earlier in edges]
    )


def _copy(rows: Iterable[Any], **moved: Mapping[Any, Any]) -> dict[int, int]:
    """Copies of rows, whose keys are moved as told; the numbers of the copies by those of the rows."""
    old, new = [], []
    for row in rows:
        old.append(row.pk)
        row.pk, row._state.adding = None, True
        for name, to in moved.items():
            if getattr(row, name) is not None:
                setattr(row, name, to[getattr(row, name)])
        new.append(row)
    if new:
        type(new[0])._default_manager.bulk_create(new, batch_size=500)
    return {before: row.pk for before, row in zip(old, new, strict=True)}


def _delete_procedures(procedures: Any) -> None:
    numbers = list(procedures.values_list("pk", flat=True))
    for model in (Milestone, MaterialRequirement, Question, Section):
        model._default_manager.filter(procedure__in=numbers).delete()
    Node.predecessors.through._default_manager.filter(from_node__procedure__in=numbers).delete()
    Node.objects.filter(procedure__in=numbers).delete()
    Procedure.objects.filter(pk__in=numbers).delete()
