"""What is wrong with a version of the service standard, before it is published."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from lifecycle import conditions
from lifecycle.enums import AnswerKind, OpensOn, Work
from lifecycle.limits import is_within
from lifecycle.models import MaterialRequirement, Milestone, Node, Procedure, Question, Section, ServiceStandard
from park.accounts.enums import Role
from park.accounts.models import User
from park.accounts.selectors import active_people
from park.team.models import Specialist
from profiles.criteria import Invalid
from profiles.criteria_words import sentence

ONCE = (Work.AGREEMENT, Work.REVIEW, Work.RESULT)  # a case has one notice, one agreement, one licence

CHOSEN = (AnswerKind.CHOICE, AnswerKind.CHOICES)


@dataclass(frozen=True)
class Problem:
    """`procedure` and `part` are codes, and `shelf` says of what the part is one; empty where it is about more than one."""

    procedure: str
    part: str
    text: str
    shelf: str = "nodes"

    def __str__(self) -> str:
        place = ".".join(part for part in (self.procedure, self.part) if part)
        return f"{place}: {self.text}"


def versions() -> QuerySet[ServiceStandard]:
    """All versions, the latest first, each with how many procedures it has."""
    return ServiceStandard.objects.annotate(count=Count("procedures")).order_by("-version")


def problems_of(standard: ServiceStandard) -> list[Problem]:
    """Everything that keeps a version from being published, in the reader's language."""
    procedures = procedures_of(standard)
    found = [problem for procedure in procedures for problem in _of_procedure(procedure)]
    if not procedures:
        found.append(Problem("", "", _("There is no procedure in it.")))
    return found


def warnings_of(standard: ServiceStandard) -> list[Problem]:
    """What somebody should look at before a version is published, and what does not keep it from being so."""
    people = set(
        Specialist.objects.filter(is_active=True, user__is_active=True)
        .values_list("department_id", "skills")
        .distinct()
    )
    found: list[Problem] = []
    for procedure in procedures_of(standard):
        for node in procedure.nodes.all():
            if node.department_id and (node.department_id, node.skill_id) not in people:
                department, skill = node.place
                words = {"department": department.name, "skill": skill.name}
                text = _("Nobody at work in %(department)s has the skill for it: %(skill)s.") % words
                found.append(Problem(procedure.code, node.code, text))
            if _within_law(node) is None:
                text = _(
                    "Promise and limit by law are in units that only the calendar can compare. Please look at them."
                )
                found.append(Problem(procedure.code, node.code, text))
        asked = {one.section_id for one in procedure.questions.all()}
        for section in procedure.sections.all():
            if section.pk not in asked:
                text = _("Nothing is asked in this section.")
                found.append(Problem(procedure.code, section.code, text, "sections"))
    return found


def procedures_of(standard: ServiceStandard) -> Any:
    """The procedures of a version with all that is in them, each table once."""
    nodes = Node.objects.select_related("department", "skill").prefetch_related("predecessors").order_by("order")
    return standard.procedures.prefetch_related(
        Prefetch("nodes", nodes),
        Prefetch("sections", Section.objects.order_by("order")),
        Prefetch("questions", Question.objects.order_by("section__order", "node__order", "order")),
        Prefetch("requirements", MaterialRequirement.objects.select_related("template").order_by("order")),
        Prefetch("milestones", Milestone.objects.order_by("pk")),
    ).order_by("code")


def _within_law(node: Node) -> bool | None:
    """Whether the promise of a node is within the limit by law; one without either is. None: it depends on the calendar."""
    if not node.amount or not node.statutory_amount or not node.statutory_unit:
        return True
    return is_within(node.amount, node.unit, node.statutory_amount, node.statutory_unit)


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
        if _within_law(node) is False:
            yield problem(_("The promise is longer than the limit by law."), node.code)
        elif node.statutory_amount and not node.statutory_unit:
            yield problem(_("The limit by law needs a unit."), node.code)
        if node.work != Work.ENTERPRISE and not (node.department_id and node.skill_id):
            yield problem(_("A step of the park's needs a department and a skill."), node.code)
    for question in procedure.questions.all():
        codes = [code for code, _zh, _en in question.options]
        if question.kind in CHOSEN and not codes:
            yield Problem(procedure.code, question.code, _("There is nothing to choose from."), "questions")
        elif len(codes) != len(set(codes)):
            yield Problem(procedure.code, question.code, _("Two options have the same code."), "questions")
    yield from _conditions(procedure, nodes)


def _conditions(procedure: Procedure, nodes: list[Node]) -> Iterator[Problem]:
    questions = list(procedure.questions.all())
    told: list[tuple[str, str, Any, list[Question]]] = [("", "procedures", procedure.condition, [])]
    told += [(node.code, "nodes", node.condition, questions) for node in nodes]
    applied = [one for one in questions if one.section_id]
    told += [(one.code, "materials", one.condition, applied) for one in procedure.requirements.all()]
    for code, shelf, condition, asked in told:
        if not condition:
            continue
        try:
            conditions.read(condition, asked)
        except Invalid as wrong:
            for one in wrong.problems:
                text = _("The condition does not hold together: %(what)s") % {
                    "what": f"{one.text} ({one.pointer or '/'})"
                }
                yield Problem(procedure.code, code, text, shelf)


def people_of_standard(version: int) -> QuerySet[User]:
    """Managers, and active people of the departments that have steps in a version or had some in the one before it."""
    earlier = ServiceStandard.objects.filter(version__lt=version).order_by("-version").values("version")[:1]
    nodes = Node.objects.filter(Q(procedure__standard=version) | Q(procedure__standard__in=earlier))
    at_work = Specialist.objects.filter(is_active=True, department__in=nodes.values("department"))
    return active_people().filter(Q(role=Role.MANAGER) | Q(pk__in=at_work.values("user")))


def condition_words(condition: Any, questions: Iterable[Question], tags: Mapping[str, str]) -> str:
    """A condition as a sentence; as it stands where it does not hold together, and empty where there is none."""
    if not condition:
        return ""
    try:
        return sentence(conditions.read(condition, questions), tags)
    except Invalid:
        return json.dumps(condition, ensure_ascii=False)


def circle_of(before: Mapping[int, set[int]]) -> set[int]:
    """Nodes that cannot be put in an order in which each stands after those before it; none where all can."""
    left = {node: set(names) for node, names in before.items()}
    while free := [node for node, names in left.items() if not names & left.keys()]:
        for node in free:
            del left[node]
    return set(left)
