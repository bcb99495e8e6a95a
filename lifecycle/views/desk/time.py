"""The time of a case: more of it, a decision on that, pauses, and a step that is taken back."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lifecycle import permissions
from lifecycle.forms.desk import DecisionForm, KeepPausedForm, MoreTimeForm, PauseForm, ReopenForm
from lifecycle.models import Case, Task
from lifecycle.selectors.work import case_of_clock, extendable
from lifecycle.services import time
from lifecycle.services.errors import CaseMoved, NotYours
from lifecycle.views.desk.page import NOT_IN_HAND, UNPROCESSABLE, overtaken
from park.accounts.http import SignedInRequest
from park.accounts.policies import DESK, allow
from park.deadlines.enums import PauseReason
from park.deadlines.models import Clock
from park.deadlines.selectors import clock_view, due_if_extended
from park.deadlines.services import ClockMoved, Refused

# somebody else was first, with the case or with its clocks
OVERTAKEN = (*NOT_IN_HAND, ClockMoved)


@allow(DESK)
@require_http_methods(["GET", "POST"])
def ask(request: SignedInRequest, pk: int) -> HttpResponse:
    task = _task(request, pk)
    clocks = extendable(task)
    form = MoreTimeForm([(clock.pk, clock.label) for clock in clocks], request.POST or None)
    if not form.is_valid():
        return _question(request, "more_time", task, form, clocks=clocks)
    data = form.cleaned_data
    clock = Clock.objects.get(pk=data["clock"])
    try:
        time.ask_more_time(
            task, clock, amount=data["amount"], reason=data["reason"], by=request.user, now=timezone.now()
        )
    except Refused as refused:
        form.add_error("amount", str(refused))
        return _question(request, "more_time", task, form, clocks=clocks)
    except OVERTAKEN:
        return overtaken(request, task, typed=data["reason"])
    messages.success(request, _("Asked. Until it is decided, the date stays what it is."))
    return redirect("desk:task", task.pk)


@allow(DESK)
@require_http_methods(["GET", "POST"])
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """The request as everybody concerned may read it; the decision for those one level up."""
    extension = permissions.get_extension(request.user, pk)
    case = case_of_clock(extension.clock)
    may_decide = permissions.can_decide(request.user, extension)
    form = DecisionForm(request.POST if request.method == "POST" and may_decide else None)
    if not form.is_valid():
        return _decision(request, extension, case, form if may_decide else None)
    grant = form.cleaned_data["decision"] == "grant"
    try:
        time.decide_more_time(
            extension, case, grant=grant, note=form.cleaned_data["note"], by=request.user, now=timezone.now()
        )
    except Refused as refused:
        form.add_error("decision", str(refused))
        return _decision(request, extension, case, form)
    except (CaseMoved, ClockMoved, NotYours):
        messages.warning(request, _("Somebody was faster. The page shows how it is now."))
    else:
        messages.success(request, _("The date has moved.") if grant else _("The date stays what it is."))
    return redirect("desk:extension", extension.pk)


@allow(DESK)
@require_http_methods(["GET", "POST"])
def pause(request: SignedInRequest, pk: int) -> HttpResponse:
    task = _task(request, pk)
    reasons = time.manual_reasons(task)
    if not reasons:
        raise Http404("nothing lets this node stand still")
    now = timezone.now()
    is_head = request.user.specialist.is_head
    form = PauseForm(reasons, request.POST or None, is_head=is_head, now=now)
    if not form.is_valid():
        return _question(request, "pause", task, form)
    data = form.cleaned_data
    try:
        time.pause_case(
            task,
            reason=PauseReason(data["reason"]),
            since=data.get("since"),
            note=data["note"],
            by=request.user,
            now=now,
        )
    except Refused as refused:
        form.add_error("since" if "since" in form.fields else None, str(refused))
        return _question(request, "pause", task, form)
    except OVERTAKEN:
        return overtaken(request, task, typed=data["note"])
    messages.success(request, _("The clocks stand still."))
    return redirect("desk:task", task.pk)


@allow(DESK)
@require_POST
def resume(request: SignedInRequest, pk: int) -> HttpResponse:
    task = _task(request, pk)
    try:
        time.resume_case(task, by=request.user, now=timezone.now())
    except OVERTAKEN:
        return overtaken(request, task)
    messages.success(request, _("The clocks run on."))
    return redirect("desk:task", task.pk)


@allow(DESK)
@require_http_methods(["GET", "POST"])
def keep_paused(request: SignedInRequest, pk: int) -> HttpResponse:
    task = _task(request, pk)
    form = KeepPausedForm(request.POST or None)
    if not form.is_valid():
        return _question(request, "keep_paused", task, form)
    try:
        time.keep_paused(task, note=form.cleaned_data["note"], by=request.user, now=timezone.now())
    except OVERTAKEN:
        return overtaken(request, task, typed=form.cleaned_data["note"])
    messages.success(request, _("Kept. It is asked about again in five working days."))
    return redirect("desk:task", task.pk)


@allow(DESK)
@require_http_methods(["GET", "POST"])
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    task = permissions.get_task(request.user, pk)
    if not permissions.can_reopen(request.user, task):
        raise Http404("not to be taken back")
    form = ReopenForm(request.POST or None)
    if not form.is_valid():
        return _question(request, "reopen", task, form)
    reason = form.cleaned_data["reason"]
    try:
        time.reopen_task(task, reason=reason, by=request.user, now=timezone.now())
    except Refused as refused:
        form.add_error("reason", str(refused))
        return _question(request, "reopen", task, form)
    except OVERTAKEN:
        messages.warning(request, _("The next step has been begun: this one cannot be taken back any more."))
        messages.info(request, _("What you had typed: %(text)s") % {"text": reason})
        return redirect("desk:task", task.pk)
    messages.success(request, _("The step is open again; its dates are what they were."))
    return redirect("desk:task", task.pk)


def _task(request: SignedInRequest, pk: int) -> Task:
    task = permissions.get_task(request.user, pk)
    if not permissions.can_ask_time(request.user, task):
        raise Http404("not in these hands")
    return task


def _question(request: SignedInRequest, name: str, task: Task, form: forms.Form, **more: Any) -> HttpResponse:
    context = {"task": task, "case": task.case, "form": form, **more}
    return render(request, f"desk/{name}.html", context, status=UNPROCESSABLE if form.is_bound else 200)


def _decision(request: SignedInRequest, extension: Any, case: Case, form: forms.Form | None) -> HttpResponse:
    now = timezone.now()
    context = {
        "extension": extension,
        "would_be": due_if_extended(extension.clock, extension.amount, now) if form is not None else None,
        "case": case,
        "clock": clock_view(extension.clock, now, with_days=True),
        "form": form,
    }
    status = UNPROCESSABLE if form is not None and form.is_bound else 200
    return render(request, "desk/extension.html", context, status=status)
