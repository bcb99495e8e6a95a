from dataclasses import dataclass
from datetime import UTC, datetime

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycle.enums import TaskState
from lifecycle.models.cases import Case, CaseMilestone
from lifecycle.models.standard import Node
from lifecycle.stages import OPEN_TASK, TASK_MOVES
from park.deadlines.models import Clock
from park.team.models import Department, Specialist

# The place of what has no date that anything can be done for now; later than every date of a calendar.
LAST = datetime(9999, 1, 1, tzinfo=UTC)


class TaskQuerySet(models.QuerySet["Task"]):
    def open(self) -> "TaskQuerySet":
        return self.filter(state__in=OPEN_TASK)


class Task(models.Model):
    """A node of one case: who has it, and since when."""

    # the unique constraint begins with it
    case = models.ForeignKey(Case, models.PROTECT, db_index=False, related_name="tasks", verbose_name=_("case"))
    node = models.ForeignKey(Node, models.PROTECT, related_name="tasks", verbose_name=_("node"))
    # none for a step of the enterprise's own
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    state = models.CharField(_("state"), max_length=10, choices=TaskState, default=TaskState.WAITING)
    assignee = models.ForeignKey(
        Specialist, models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("in the hands of")
    )
    assignment = models.JSONField(_("why this person"), default=dict, blank=True)
    clock = models.OneToOneField(Clock, models.PROTECT, null=True, related_name="task", verbose_name=_("clock"))
    # Where it stands in the queue: the date of its clock, or LAST while there is none or its clock stands still in time.
    # Written by the database alone, here and when clocks move (migration 0017), whatever moves it.
    place_at = models.DateTimeField(_("place in the queue"), default=LAST, db_default=LAST, editable=False)
    ready_at = models.DateTimeField(_("ready"), null=True, blank=True)
    assigned_at = models.DateTimeField(_("assigned"), null=True, blank=True)
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # nobody asks by it
        related_name="+",
        verbose_name=_("done by"),
    )
    note = models.TextField(_("note"), blank=True)

    objects = TaskQuerySet.as_manager()

    # of one that was taken hold of (services.holding)
    beside: "Beside | None" = None

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        indexes = [
            # selectors.queue_lanes: each lane of a scope in its order; the first is also read for what is of another department
            models.Index(
                fields=["assignee", "place_at", "id"],
                include=["department"],
                name="task_queue_of_person",
                condition=models.Q(state__in=OPEN_TASK),
            ),
            models.Index(
                fields=["department", "place_at", "id"],
                name="task_queue_of_department",
                condition=models.Q(state__in=OPEN_TASK),
            ),
            models.Index(
                fields=["department", "place_at", "id"],
                name="task_queue_unassigned",
                condition=models.Q(state__in=OPEN_TASK, assignee__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["case", "node"], name="task_once_in_case"),
            models.CheckConstraint(
                condition=~models.Q(state__in=[TaskState.CLAIMED, TaskState.RETURNED])
                | models.Q(assignee__isnull=False),
                name="task_claimed_has_assignee",
            ),
            models.CheckConstraint(
                condition=models.Q(state=TaskState.DONE, done_at__isnull=False)
                | (~models.Q(state=TaskState.DONE) & models.Q(done_at__isnull=True)),
                name="task_done_at_fits_state",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=TaskState.DONE)
                | models.Q(department__isnull=True)
                | models.Q(claimed_at__isnull=False),
                name="task_of_the_park_was_claimed",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="task_moves",
                field="state",
                transitions=sorted(TASK_MOVES),
                condition=pgtrigger.AnyChange("state"),
            ),
            # whatever is written there, the place is that of the clock; what the clocks themselves write is
            pgtrigger.Trigger(
                name="task_place",
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("pg_trigger_depth() = 0"),
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("clock_id", "place_at"),
                func="""
                    NEW.place_at := COALESCE(
                        (SELECT due_at FROM deadlines_clock
                         WHERE id = NEW.clock_id AND NOT (state = 'paused' AND NOT is_breached)),
                        '9999-01-01 00:00:00+00'
                    );
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.node} · {self.case}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_TASK


@dataclass(frozen=True)
class Beside:
    """What was read with a task when its case was held: all tasks of the case by the number of their node, the task itself
    among them, and the promises of the case with their clocks."""

    tasks: dict[int, Task]
    promises: list[CaseMilestone]
