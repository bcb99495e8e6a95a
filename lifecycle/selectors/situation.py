"""What the conditions of the standard are judged on for one case: its answers and the facts of the enterprise's file."""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Any

from lifecycle import conditions
from lifecycle.models import Case, MaterialRequirement, Question
from profiles.models import FactSheet


def facts_of(enterprise: int) -> dict[str, Any]:
    """The facts of an enterprise's file; none of an enterprise without one."""
    found = FactSheet.objects.filter(enterprise=enterprise).values().first()
    return dict(found) if found else dict.fromkeys((field.name for field in FactSheet._meta.fields), None)


class Situation:
    """Each part is fetched once and only when asked for. `case.answers` are read as they are at that moment."""

    def __init__(self, case: Case) -> None:
        self.case = case

    @cached_property
    def questions(self) -> list[Question]:
        """Every question of the procedure, those of the application section by section."""
        found = self.case.procedure.questions.select_related("section")
        return sorted(found, key=lambda one: (one.section.order if one.section else 1_000, one.order))

    @property
    def asked(self) -> list[Question]:
        """The questions of the application."""
        return [one for one in self.questions if one.section_id]

    def unanswered(self) -> Iterator[Question]:
        """Those of the application that have to be answered and are not. `False` is an answer."""
        for one in self.asked:
            if one.is_required and self.case.answers.get(one.code) in (None, "", []):
                yield one

    @cached_property
    def requirements(self) -> list[MaterialRequirement]:
        return list(self.case.procedure.requirements.select_related("template").order_by("order"))

    def wanted(self, today: date) -> list[MaterialRequirement]:
        """The materials that the answers so far call for, in the order of the standard."""
        return [one for one in self.requirements if self.holds(one.condition, today)]

    @cached_property
    def file(self) -> dict[str, Any]:
        return facts_of(self.case.enterprise_id)

    def holds(self, condition: Any, today: date) -> bool | None:
        """Whether a condition is met; one that is not there is. None: not known."""
        if not condition:
            return True
        criterion = conditions.read(condition, self.questions)
        row = conditions.values(self.case.answers, self.questions)
        if conditions.asks_the_file(criterion):
            row = {**self.file, **row}
        return conditions.judge(criterion, row, today)
