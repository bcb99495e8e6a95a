"""What the steps of the demonstration act on: the month, its people, and the companies with their cases."""

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from django.db.models import QuerySet
from django.utils.functional import cached_property

from lifecycle.enums import StandardState, Work
from lifecycle.models import Case, Procedure, Task
from park.accounts.models import Enterprise, User
from park.deadlines import selectors
from park.deadlines.workdays import OFFICE_HOURS, at, local_day

DATA = Path(__file__).with_name("cast.yaml")


def read_facts() -> dict[str, Any]:
    """People, companies, scripts and words, as the file has them."""
    return yaml.safe_load(DATA.read_text(encoding="utf-8"))


@dataclass
class Company:
    """A company with its place in the play and the one case that a script is about.

    `draw` is its own chance, so that no script depends on another.
    """

    facts: dict[str, Any]
    draw: random.Random
    begun: Case = field(init=False)
    reply: str = ""
    advice: str = ""

    @cached_property
    def user(self) -> User:
        """Who signs for it."""
        return User.objects.get(username=self.facts["login"])

    @cached_property
    def enterprise(self) -> Enterprise:
        return Enterprise.objects.get(memberships__user=self.user)

    @property
    def case(self) -> Case:
        """Its present case as the database has it now."""
        return Case.objects.select_related("lead__user", "procedure").get(pk=self.begun.pk)

    def task(self, node: str) -> Task:
        return self._tasks.get(node__code=node)

    def task_of(self, work: Work) -> Task:
        """The one task of its kind: of procedures that have one such node."""
        return self._tasks.get(node__work=work)

    @property
    def _tasks(self) -> QuerySet[Task]:
        people = Task.objects.select_related("assignee__user", "department", "clock", "case", "node__procedure")
        return people.filter(case=self.begun)


@dataclass
class Play:
    """One performance: the month that ends at `now`. `password` is the hash that all logins share."""

    now: datetime
    seed: int
    password: str
    words: dict[str, Any]

    def __post_init__(self) -> None:
        self.calendar = selectors.calendar()
        self.draw = self.chance("sweep")

    def chance(self, name: str) -> random.Random:
        return random.Random(f"{self.seed}/{name}")  # noqa: S311 - a play, no secret

    @cached_property
    def today(self) -> date:
        """The working day whose close of business comes next, so that the day before it is always complete."""
        day = local_day(self.now)
        if at(day, OFFICE_HOURS.closes) <= self.now:
            day += timedelta(days=1)
        return self.calendar.next_working(day)

    def day(self, ago: int) -> date:
        """The working day `ago` working days before today; negative numbers lie ahead."""
        if ago > 0:
            return self.calendar.before(self.today, ago)
        return self.calendar.add(self.today, -ago) if ago < 0 else self.today

    def procedure(self, code: str) -> Procedure:
        return Procedure.objects.get(code=code, standard__state=StandardState.PUBLISHED)
