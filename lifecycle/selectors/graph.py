"""The steps of a procedure and what leads from one to the other, fetched once in the life of a process."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lifecycle.enums import StandardState, Work
from lifecycle.models import Milestone, Node, Procedure, Question, ServiceStandard

UNCHANGING = (StandardState.PUBLISHED, StandardState.SUPERSEDED)
MOST = 500


@dataclass(frozen=True)
class Graph:
    """A procedure with its `nodes` by number, each after those before it, whatever their orders are; `before` are these.

    For reading only: everybody in the process shares it. Departments and skills are known by number, since these do change.
    """

    procedure: Procedure
    nodes: Mapping[int, Node]
    before: Mapping[int, frozenset[int]]
    milestones: tuple[Milestone, ...]
    asked: Mapping[int, tuple[Question, ...]]

    @property
    def is_reviewed(self) -> bool:
        return any(node.work == Work.REVIEW for node in self.nodes.values())


_graphs: dict[int, Graph] = {}


def graph_of(procedure: int, nodes: Iterable[int] = ()) -> Graph:
    """The graph of a procedure by its number; `nodes` are some that it has.

    A version that was published never changes (the database sees to that), so its graph is kept. One without these nodes
    is another's, of a database that was put back: it is fetched anew.
    """
    kept = _graphs.get(procedure)
    if kept is not None and all(node in kept.nodes for node in nodes):
        return kept
    found = _fetch(procedure)
    if ServiceStandard.objects.filter(procedures=procedure, state__in=UNCHANGING).exists():
        if len(_graphs) >= MOST:
            _graphs.clear()
        _graphs[procedure] = found
    return found


def _fetch(procedure: int) -> Graph:
    before: dict[int, set[int]] = defaultdict(set)
    through = Node.predecessors.through.objects.filter(from_node__procedure=procedure)
    for node, earlier in through.values_list("from_node_id", "to_node_id"):
        before[node].add(earlier)
    asked: dict[int, list[Question]] = defaultdict(list)
    for question in Question.objects.filter(procedure=procedure, node__isnull=False).order_by("order"):
        asked[question.node_id or 0].append(question)
    ordered = {node.pk: node for node in _in_order(Node.objects.filter(procedure=procedure).order_by("order"), before)}
    return Graph(
        procedure=Procedure.objects.get(pk=procedure),
        nodes=ordered,
        before={node: frozenset(before[node]) for node in ordered},
        milestones=tuple(Milestone.objects.filter(procedure=procedure).order_by("pk")),
        asked={node: tuple(questions) for node, questions in asked.items()},
    )


def _in_order(nodes: Iterable[Node], before: Mapping[int, set[int]]) -> Iterator[Node]:
    given: set[int] = set()
    left = {node.pk: node for node in nodes}
    while left:
        next_ones = [pk for pk in left if before[pk] <= given]
        for pk in next_ones:
            given.add(pk)
            yield left.pop(pk)
