"""One task: look at it, take it in hand, finish it by what its node asks for."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lifecycle import permissions
from lifecycle.enums import Work
from lifecycle.evidence import evidence_of
from lifecycle.forms.desk import FinishForm, HandOverForm, ResultForm, SignForm
from lifecycle.selectors.casefile import CaseFile
from lifecycle.services import agreements, giving, tasks
from lifecycle.services.errors import CaseMoved, NotYours
from lifecycle.views.desk.page import NOT_IN_HAND, overtaken, task_page
from park.accounts.http import SignedInRequest
from park.accounts.policies import DESK, allow
from park.accounts.services import CodeTaken
from park.team.models import Specialist
from park.team.selectors.decisions import why
from profiles.services.documents import FileRefused


@allow(DESK)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    return task_page(request, permissions.get_task(request.user, pk), timezone.now())


@allow(DESK)
@require_GET
def why_assigned(request: SignedInRequest, pk: int) -> HttpResponse:
    """Why somebody has the task, or nobody."""
    task = permissions.get_task(request.user, pk)
    return render(request, "desk/why.html", {"task": task, "why": why(giving.WORK, task.pk)})


@allow(DESK)
@require_POST
def claim(request: SignedInRequest, pk: int) -> HttpResponse:
    task = permissions.get_task(request.user, pk)
    try:
        tasks.claim_task(task, by=request.user, now=timezone.now())
    except CaseMoved:
        return overtaken(request, task)
    except (NotYours, Specialist.DoesNotExist):
        messages.error(request, _("This task asks for another qualification, or for another department."))
    else:
        messages.success(request, _("The task is in your hands now."))
    return redirect("desk:task", task.pk)


@allow(DESK)
@require_POST
def confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    task = permissions.get_task(request.user, pk)
    now = timezone.now()
    if task.node.work != Work.CONFIRM:
        return overtaken(request, task)
    form = FinishForm(CaseFile(task.case).asked_at(task), request.POST)
    if not form.is_valid():
        return task_page(request, task, now, form=form)
    try:
        note = form.cleaned_data["note"]
        tasks.confirm_task(task, note=note, answers=form.answers, by=request.user, now=now)
    except NOT_IN_HAND:
        return overtaken(request, task, typed=form.cleaned_data["note"])
    messages.success(request, _("Done: %(node)s.") % {"node": task.node})
    return redirect("desk:queue")


@allow(DESK)
@require_POST
def hand_over(request: SignedInRequest, pk: int) -> HttpResponse:
    """A document that the step has brought forth, and with it the end of the step."""
    task = permissions.get_task(request.user, pk)
    now = timezone.now()
    if task.node.work != Work.DOCUMENT:
        return overtaken(request, task)
    form = HandOverForm(CaseFile(task.case).asked_at(task), request.POST, request.FILES)
    if not form.is_valid():
        return task_page(request, task, now, form=form)
    data = form.cleaned_data
    given = {name: data[name] for name in ("title", "number", "note")}
    try:
        tasks.hand_document_over(task, data["file"], **given, answers=form.answers, by=request.user, now=now)
    except FileRefused as refused:
        form.add_error("file", refused.text)
        return task_page(request, task, now, form=form)
    except NOT_IN_HAND:
        return overtaken(request, task, typed=f"{data['title']}\n{data['note']}")
    messages.success(request, _("Handed over: %(title)s.") % {"title": data["title"]})
    return redirect("desk:queue")


@allow(DESK)
@require_POST
def result(request: SignedInRequest, pk: int) -> HttpResponse:
    """The licence: its file is kept as soon as it is there, whatever else has still to be mended."""
    task = permissions.get_task(request.user, pk)
    now = timezone.now()
    document, refusal = None, ""
    try:
        if upload := request.FILES.get("file"):
            document = tasks.receive_licence(task, upload, by=request.user, now=now)
        else:
            document = tasks.kept_licence(task, request.POST.get("kept", ""), by=request.user)
    except FileRefused as refused:
        refusal = refused.text
    except NOT_IN_HAND:
        return overtaken(request, task)
    form = ResultForm(request.POST, request.FILES, case=task.case, now=now, kept=document)
    if refusal:
        form.add_error("file", refusal)
    if not form.is_valid() or document is None:
        return task_page(request, task, now, form=form)
    data = form.cleaned_data
    try:
        tasks.record_result(
            task, number=data["number"], result_on=data["result_on"], document=document, by=request.user, now=now
        )
    except CodeTaken:
        form.add_error("number", _("Another enterprise has this code. Please compare it with the licence once more."))
        return task_page(request, task, now, form=form)
    except NOT_IN_HAND:
        return overtaken(request, task)
    messages.success(request, _("The licence is handed over and the case is completed."))
    return redirect("desk:queue")


@allow(DESK)
@require_POST
def sign(request: SignedInRequest, pk: int) -> HttpResponse:
    task = permissions.get_task(request.user, pk)
    now = timezone.now()
    form = SignForm(request.POST)
    if not form.is_valid():
        return task_page(request, task, now, form=form)
    sha256 = form.cleaned_data["sha256"]
    try:
        agreements.sign_for_park(task, sha256=sha256, by=request.user, now=now, evidence=evidence_of(request))
    except agreements.BytesChanged:
        messages.error(request, _("The document is not the one that was shown. Nothing was signed; please report it."))
        return redirect("desk:task", task.pk)
    except NOT_IN_HAND:
        return overtaken(request, task)
    messages.success(request, _("Signed. The promised time counts from the next day."))
    return redirect("desk:queue")
