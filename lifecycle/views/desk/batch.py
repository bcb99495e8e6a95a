"""The same act on all selected rows of the queue: take them in hand, or hand them over."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from lifecycle import permissions
from lifecycle.forms.desk import TransferForm
from lifecycle.models import Task, Watch
from lifecycle.selectors.queue import PAGE
from lifecycle.services import tasks, watching
from lifecycle.views.desk.page import NOT_IN_HAND, UNPROCESSABLE
from park.accounts.http import SignedInRequest
from park.accounts.policies import DESK, allow
from park.team.models import Specialist


@allow(DESK)
@require_POST
def act(request: SignedInRequest) -> HttpResponse:
    """Each task by itself: one that somebody else was faster with does not hold up the others."""
    now = timezone.now()
    wanted = [int(pk) for pk in request.POST.getlist("task") if pk.isdecimal() and len(pk) < 19][:PAGE]
    chosen = list(permissions.visible_tasks(request.user).filter(pk__in=wanted).order_by("pk"))
    if not chosen:
        messages.warning(request, _("No row was selected."))
        return redirect("desk:queue")
    if request.POST.get("act") == "claim":
        done = [task for task in chosen if _claim(task, request, now)]
        taken = ngettext("%(n)s task is in your hands now.", "%(n)s tasks are in your hands now.", len(done))
        return _tell(request, taken, len(done), chosen)
    if request.POST.get("act") == "watch":
        return _watch(request, chosen, now)
    return _transfer(request, chosen, now)


def _watch(request: SignedInRequest, chosen: list[Task], now: datetime) -> HttpResponse:
    """Watch the cases of the tasks; where all are watched already, no longer."""
    cases = {task.case_id: task.case for task in chosen}
    is_end = Watch.objects.filter(user=request.user, case__in=cases).count() == len(cases)
    for case in cases.values():
        if is_end:
            watching.unwatch_case(case, by=request.user)
        else:
            watching.watch_case(case, by=request.user, now=now)
    if is_end:
        text = ngettext("You no longer watch %(n)s case.", "You no longer watch %(n)s cases.", len(cases))
    else:
        text = ngettext("You watch %(n)s case.", "You watch %(n)s cases.", len(cases))
    messages.success(request, text % {"n": len(cases)})
    return redirect("desk:queue")


def _transfer(request: SignedInRequest, chosen: list[Task], now: datetime) -> HttpResponse:
    movable = [task for task in chosen if permissions.can_transfer(request.user, task)]
    colleagues = _common(movable, now)
    form = TransferForm(colleagues, request.POST if request.POST.get("act") == "give" else None)
    if not form.is_valid():
        context = {"tasks": movable, "left_out": len(chosen) - len(movable), "form": form, "colleagues": colleagues}
        return render(request, "desk/transfer.html", context, status=UNPROCESSABLE if form.is_bound else 200)
    to, note = form.cleaned_data["to"], form.cleaned_data["note"]
    done = [task for task in movable if _give(task, to, note, request, now)]
    given = ngettext("%(n)s task is handed over.", "%(n)s tasks are handed over.", len(done))
    return _tell(request, given, len(done), chosen)


def _common(chosen: list[Task], now: datetime) -> list[Specialist]:
    """Colleagues who could take every one of the tasks, and have none of them. One query for each kind of task."""
    kinds = {(task.department_id, task.node.skill_id): task for task in chosen}
    able = [set(tasks.colleagues(task, now)) for task in kinds.values()]
    holders = {task.assignee_id for task in chosen}
    common = set.intersection(*able) if able else set()
    return sorted((person for person in common if person.pk not in holders), key=lambda person: person.pk)


def _claim(task: Task, request: SignedInRequest, now: datetime) -> bool:
    try:
        tasks.claim_task(task, by=request.user, now=now)
    except NOT_IN_HAND:
        return False
    return True


def _give(task: Task, to: Specialist, note: str, request: SignedInRequest, now: datetime) -> bool:
    try:
        tasks.transfer_task(task, to=to, note=note, by=request.user, now=now)
    except NOT_IN_HAND:
        return False
    return True


def _tell(request: SignedInRequest, text: str, done: int, chosen: list[Task]) -> HttpResponse:
    """Say how many it was; and those that it was not, that they were in other hands or another state."""
    if done:
        messages.success(request, text % {"n": done})
    left = len(chosen) - done
    if left:
        rest = ngettext(
            "%(n)s task was left as it is: it is in other hands, or asks for another qualification.",
            "%(n)s tasks were left as they are: they are in other hands, or ask for another qualification.",
            left,
        )
        messages.warning(request, rest % {"n": left})
    return redirect("desk:queue")
