"""What is wrong with a version of the service standard, before it is published."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from lifecycle import conditions
from lifecycle.enums import OpensOn, Work
from lifecycle.models import Node, Procedure, Question, ServiceStandard
from profiles.criteria import Invalid

ONCE = (Work.AGREEMENT, Work.REVIEW, Work.RESULT)  # a case has one notice, one agreement, one licence


@dataclass(frozen=True)
class Problem:
    """`procedure` and `node` are codes; empty where it is about more than one."""

    procedure: str
    node: str
    text: str

    def __str__(self) -> str:
        place = ".".join(part for part in (self.procedure, self.node) if part)
        return f"{place}: {self.text}"


def problems_of(standard: ServiceStandard) -> list[Problem]:
    """Everything that keeps a version from being published, in the reader's language."""
    procedures = standard.procedures.prefetch_related(
        Prefetch("nodes", Node.objects.prefetch_related("predecessors").order_by("order")),
        "questions",
        "requirements",
        "milestones",
    ).order_by("code")
    found = [problem for procedure in procedures for problem in _of_procedure(procedure)]
    if not procedures:
        found.append(Problem("", "", _("There is no procedure in it.")))
    return found


def _of_procedure(procedure: Procedure) -> Iterator[Problem]:
    def problem(text: str, node: str = "") -> Problem:
        return Problem(procedure.code, node, text)

    nodes = list(procedure.nodes.all())
    before = {node.pk: {one.pk for one in node.predecessors.all()} for node in nodes}
    if not any(node.department_id for node in nodes):
        yield problem(_("No step of it is the park's."))
    if any(names - before.keys() for names in before.values()):
        yield problem(_("A step waits for one of another procedure."))
    elif in_circle := circle_of(before):
        names = ", ".join(node.name for node in nodes if node.pk in in_circle)
        yield problem(_("These steps wait for each other: %(names)s") % {"names": names})
    for work in ONCE:
        if sum(node.work == work for node in nodes) > 1:
            yield problem(_("More than one step is of this kind: %(work)s") % {"work": work.label})
    if not any(node.opens_on == OpensOn.SUBMISSION or not before[node.pk] for node in nodes):
        yield problem(_("No step can begin."))
    for node in nodes:
        if node.is_key and node.amount is None:
            yield problem(_("A key step needs a limit."), node.code)
        if node.amount and node.statutory_amount and node.unit == node.statutory_unit:
            if node.amount > node.statutory_amount:
                yield problem(_("The promise is longer than the limit by law."), node.code)
        elif node.statutory_amount and not node.statutory_unit:
            yield problem(_("The limit by law needs a unit."), node.code)
    yield from _conditions(procedure, nodes)


def _conditions(procedure: Procedure, nodes: list[Node]) -> Iterator[Problem]:
    questions = list(procedure.questions.all())
    told: list[tuple[str, Any, list[Question]]] = [("", procedure.condition, [])]
    told += [(node.code, node.condition, questions) for node in nodes]
    told += [(one.code, one.condition, [q for q in questions if q.section_id]) for one in procedure.requirements.all()]
    for code, condition, asked in told:
        if not condition:
            continue
        try:
            conditions.read(condition, asked)
        except Invalid as wrong:
            for one in wrong.problems:
                yield Problem(procedure.code, code, f"{one.pointer or '/'} {one.text}")


def circle_of(before: Mapping[int, set[int]]) -> set[int]:
    """Nodes that cannot be put in an order in which each stands after those before it; none where all can."""
    left = {node: set(names) for node, names in before.items()}
    while free := [node for node, names in left.items() if not names & left.keys()]:
        for node in free:
            del left[node]
    return set(left)
