"""Tasks as work that people are given: what is open, what it asks for, and how it changes hands."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from lifecycle.enums import TaskState
from lifecycle.models import Task
from lifecycle.services import flow, tasks
from lifecycle.services.errors import CaseMoved, NotYours
from park.accounts.models import User
from park.deadlines.selectors import first_working_day
from park.deadlines.workdays import local_day
from park.team.kinds import CannotMove, Held, Kind, Piece, register
from park.team.models import Specialist
from profiles.selectors.key import key_enterprises


def held() -> Iterable[Held]:
    rows = (
        Task.objects.open()
        .filter(assignee__isnull=False)
        .values_list("pk", "assignee", "clock", "assigned_at", "ready_at")
    )
    for number, specialist, clock, assigned_at, ready_at in rows:
        given_at = assigned_at or ready_at
        if given_at is not None:
            yield Held(number, specialist, clock, given_at)


def pieces(numbers: Collection[int], now: datetime) -> Mapping[int, Piece]:
    found = (
        Task.objects.open()
        .filter(pk__in=numbers)
        .select_related("case__enterprise", "case__procedure", "node", "clock")
    )
    on, key = first_working_day(now), key_enterprises([task.case.enterprise_id for task in found])
    return {task.pk: _piece(task, on, is_key=task.case.enterprise_id in key) for task in found}


def hand_over(number: int, *, to: Specialist, note: str, by: User, now: datetime) -> None:
    task = Task.objects.select_related("case").filter(pk=number).first()
    try:
        if task is None:
            raise CannotMove(number)
        tasks.hand_over_task(task, to=to, note=note, by=by, now=now)
    except (CaseMoved, NotYours) as error:
        raise CannotMove(number) from error


def _piece(task: Task, on: date, *, is_key: bool) -> Piece:
    enterprise, runs = task.case.enterprise, task.clock is not None and task.clock.is_open
    return Piece(
        number=task.pk,
        title_zh=f"{enterprise.name_zh} · {task.node.name_zh}",
        title_en=f"{enterprise.name_en or enterprise.name_zh} · {task.node.name_en}",
        path=f"/desk/tasks/{task.pk}/",
        due_on=local_day(task.clock.due_at) if runs and task.clock else None,
        is_begun=task.state != TaskState.READY,
        request=flow.request_on(task, on, is_key=is_key),
    )


register(Kind(flow.WORK, _("task"), held, pieces, hand_over))
