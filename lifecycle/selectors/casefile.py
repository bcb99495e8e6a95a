"""Everything that belongs to one case, each part fetched once and only when asked for.

The pages of both sides are made from it, so that they show the same and ask the database as often for a thick file as for a
thin one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from django.utils.functional import partition

from lifecycle.enums import Work
from lifecycle.models import (
    Case,
    CorrectionItem,
    CorrectionNotice,
    HandedOver,
    Material,
    MaterialVersion,
    Message,
    Question,
    Signature,
    Task,
)
from lifecycle.selectors.situation import Situation
from lifecycle.services.cases import side_of
from lifecycle.services.messages import mark_read
from lifecycle.stages import OPEN_TASK
from park.accounts.models import User
from park.deadlines.models import Clock
from park.deadlines.selectors import clocks_of_threads
from park.runtime.prepared import Parameter, Prepared


@dataclass(frozen=True)
class Paper:
    """A material with its versions, the present one first."""

    material: Material
    versions: Sequence[MaterialVersion]

    @property
    def name(self) -> str:
        return self.material.requirement.name

    @property
    def current(self) -> MaterialVersion:
        return self.versions[0]

    @property
    def is_corrected(self) -> bool:
        """There is a newer version than the one that the notice found wrong."""
        return self.item is not None and self.current.number > self.item.found_wrong

    @property
    def item(self) -> CorrectionItem | None:
        """What the notice of the case says about it."""
        return getattr(self.material, "correction_item", None)


class CaseFile:
    """`case` as lifecycle.permissions fetched it, with its agreement and its notice."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self.situation = Situation(case)

    @classmethod
    def of_fetched(cls, case: Case, clocks: Iterable[Clock]) -> "CaseFile":
        """One case of a list, whose tasks, signatures and clocks were fetched for all of them."""
        file = cls(case)
        file.clocks = {clock.pk: clock for clock in clocks}
        file.tasks = file._with_clocks(list(case.tasks.all()))
        return file

    @cached_property
    def tasks(self) -> list[Task]:
        """Every step, in the order of the standard, with whoever has it and with its clock."""
        tasks = TASKS.objects(case=self.case.pk)
        for task in tasks:
            task.case = self.case
        return self._with_clocks(tasks)

    def _with_clocks(self, tasks: list[Task]) -> list[Task]:
        for task in tasks:
            task.clock = self.clocks[task.clock_id] if task.clock_id else None
        return tasks

    @cached_property
    def present(self) -> Task | None:
        """The task that is open now; of parallel ones the first of the standard."""
        return next((task for task in self.tasks if task.state in OPEN_TASK), None)

    @cached_property
    def promises(self) -> list[Clock]:
        """The clocks that span tasks, in the order in which they began."""
        of_tasks = {task.clock_id for task in self.tasks}
        return [clock for clock in self.clocks.values() if clock.pk not in of_tasks]

    @cached_property
    def papers(self) -> list[Paper]:
        """The materials handed in, in the order of the standard. A material has at least one version."""
        found: dict[int, list[MaterialVersion]] = {}
        for version in VERSIONS.objects(case=self.case.pk):
            found.setdefault(version.material_id, []).append(version)
        return [Paper(handed_in[0].material, handed_in) for handed_in in found.values()]

    @property
    def notice(self) -> CorrectionNotice | None:
        """The one correction notice of the case."""
        return getattr(self.case, "correction", None)

    @property
    def named(self) -> list[Paper]:
        """The materials that the notice still names, in the order in which it names them."""
        still = [paper for paper in self.papers if paper.item and paper.item.settled_at is None]
        return sorted(still, key=lambda paper: paper.item.pk if paper.item else 0)

    def asked_at(self, task: Task) -> list[Question]:
        """What the standard asks at the end of a task's node."""
        return [one for one in self.situation.questions if one.node_id == task.node_id]

    @property
    def has_agreement(self) -> bool:
        """The procedure has a step that both sides sign."""
        return getattr(self.case, "agreement", None) is not None

    @cached_property
    def handed_over(self) -> list[HandedOver]:
        """What the steps have brought forth; not asked for where no step brings forth anything."""
        if not any(task.node.work == Work.DOCUMENT for task in self.tasks):
            return []
        return list(self.case.handed_over.select_related("document", "task__node"))

    @cached_property
    def signatures(self) -> list[Signature]:
        agreement = getattr(self.case, "agreement", None)
        return list(agreement.signatures.all()) if agreement else []

    @cached_property
    def signed_by(self) -> set[str]:
        return {signature.party for signature in self.signatures}

    @cached_property
    def messages(self) -> list[Message]:
        return MESSAGES.objects(case=self.case.pk)

    def read_by(self, user: User, now: datetime) -> None:
        """Mark as read what the other side wrote, where there is something new."""
        theirs, _own = partition(lambda message: message.side == side_of(user), self.messages)
        new = [message for message in theirs if message.read_at is None]
        if new:
            mark_read(self.case, by=user, now=now)
        for message in new:
            message.read_at = now

    @cached_property
    def clocks(self) -> dict[int, Clock]:
        """Every clock of the case by its number, with its pauses, in the order in which they began."""
        return {clock.pk: clock for clock in clocks_of_threads([self.case.thread])}


OF_CASE = Parameter("case")
TASKS: Prepared[Task] = Prepared(
    "tasks_of_case",
    lambda: (
        Task.objects.filter(case=OF_CASE).select_related("node", "department", "assignee__user").order_by("node__order")
    ),
)
VERSIONS: Prepared[MaterialVersion] = Prepared(
    "versions_of_case",
    lambda: (
        MaterialVersion.objects.filter(material__case=OF_CASE)
        .select_related("material__requirement", "material__correction_item", "document")
        .order_by("material__requirement__order", "material_id", "-number")
    ),
)
MESSAGES: Prepared[Message] = Prepared(
    "messages_of_case", lambda: Message.objects.filter(case=OF_CASE).select_related("author")
)
