"""The application, step by step. Whatever is refused, nothing typed or handed in is lost."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from lifecycle.enums import CaseState
from lifecycle.forms.application import StepForm
from lifecycle.forms.portal import MessageForm
from lifecycle.models import Case, Question
from lifecycle.permissions import get_own_case
from lifecycle.selectors import drafts, tracking
from lifecycle.selectors.casefile import CaseFile
from lifecycle.services import cases, materials
from lifecycle.services.errors import CaseMoved, Incomplete
from lifecycle.services.holding import hold_case
from park.accounts.http import SignedInRequest
from park.accounts.policies import ENTERPRISE, allow
from profiles.models import Document
from profiles.services.documents import FileRefused


@allow(ENTERPRISE)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: SignedInRequest, uid: str, step: str) -> HttpResponse:
    """One step of a draft. What is valid is kept even when something else on the page is wrong."""
    case = get_own_case(request.user, uid)
    file = CaseFile(case)
    if step not in drafts.steps_of(file):
        raise Http404("no such step")
    if not case.is_draft or step == drafts.AGREEMENT:
        return redirect("cases:track" if not case.is_draft else "cases:agreement", uid=case.uid)
    questions = drafts.questions_of(file, step)
    if not questions:
        return _papers(request, file, step)
    if request.method != "POST":
        return _page(request, file, step, form=StepForm(questions, initial=case.answers))
    try:
        case, form = _keep(case, questions, request.POST)
    except CaseMoved:
        return _moved(request, case)
    file = CaseFile(case)
    if not form.is_valid():
        return _page(request, file, step, status=422, form=form)
    return redirect(drafts.step_url(case, drafts.next_step(file, step)))


@allow(ENTERPRISE)
@require_POST
def autosave(request: SignedInRequest, uid: str, step: str) -> HttpResponse:
    """Keep the fields that were sent; 409 when the draft is one no longer.

    `seen` brings the page's record up to date, `clashes` names what was changed elsewhere too and is not kept, and
    `words` say what is to be said instead of "saved".
    """
    case = get_own_case(request.user, uid)
    questions = drafts.questions_of(CaseFile(case), step)
    if not questions:
        raise Http404("no such step")
    try:
        case, form = _keep(case, questions, request.POST, draft=True)
    except CaseMoved:
        return JsonResponse({"words": _("Not saved: this is no draft any more.")}, status=409)
    answer: dict[str, Any] = {"seen": form.seen(form.answers), "clashes": sorted(form.clashes)}
    if form.clashes:
        fields = ", ".join(str(form.fields[name].label) for name in form.fields if name in form.clashes)
        text = _("Not saved, since it was changed elsewhere too: %(fields)s. “Save and continue” shows you both.")
        answer["words"] = text % {"fields": fields}
    return JsonResponse(answer)


@allow(ENTERPRISE)
@require_POST
def upload(request: SignedInRequest, uid: str, pk: int) -> HttpResponse:
    """One file for one material, in a draft or a correction."""
    case = get_own_case(request.user, uid)
    requirement = get_object_or_404(case.procedure.requirements, pk=pk)
    file = request.FILES.get("file")
    if file is None:
        return _refuse(request, case, pk, _("Please choose a file first."))
    try:
        materials.hand_in(case, requirement, file, by=request.user, now=timezone.now())
    except FileRefused as refused:
        return _refuse(request, case, pk, refused.text)
    except CaseMoved:
        return _moved(request, case)
    messages.success(request, _("%(what)s: received") % {"what": requirement.name})
    return redirect(_place(case, pk))


@allow(ENTERPRISE)
@require_POST
def take(request: SignedInRequest, uid: str, pk: int) -> HttpResponse:
    """Use a document that the enterprise's file already holds."""
    case = get_own_case(request.user, uid)
    requirement = get_object_or_404(case.procedure.requirements, pk=pk)
    number = request.POST.get("document", "")
    own = Document.objects.filter(enterprise=case.enterprise_id)
    document = get_object_or_404(own, pk=int(number) if number.isdecimal() and len(number) < 19 else 0)
    try:
        materials.take_from_file(case, requirement, document, by=request.user, now=timezone.now())
    except FileRefused as refused:
        return _refuse(request, case, pk, refused.text)
    except CaseMoved:
        return _moved(request, case)
    messages.success(request, _("%(what)s: taken from your file") % {"what": requirement.name})
    return redirect(_place(case, pk))


@allow(ENTERPRISE)
@require_POST
def submit(request: SignedInRequest, uid: str) -> HttpResponse:
    """Hand the application in. A second click finds the case as the first one left it."""
    case = get_own_case(request.user, uid)
    try:
        handed_in = cases.submit_case(case, by=request.user, now=timezone.now())
    except Incomplete:
        messages.error(request, _("The application is not complete yet. The list says what is missing."))
        return redirect("cases:step", uid=case.uid, step="check")
    except CaseMoved:
        return _moved(request, case)
    if case.is_draft:
        text = _("Handed in. Your reference number is %(reference)s.") % {"reference": handed_in.reference}
        messages.success(request, text)
    return redirect("cases:track", uid=case.uid)


def _keep(case: Case, questions: Sequence[Question], data: QueryDict, *, draft: bool = False) -> tuple[Case, StepForm]:
    """Keep what was changed on the page, over the answers as they are at this moment. Raises CaseMoved."""
    with transaction.atomic():
        held = hold_case(case, CaseState.DRAFT)
        form = StepForm(questions, data, draft=draft, initial=held.answers)
        form.is_valid()
        saved = cases.save_answers(held, form.answers, now=timezone.now())
    form.initial = saved.answers  # what the page will have seen when it is shown again
    return saved, form


def _papers(request: SignedInRequest, file: CaseFile, step: str) -> HttpResponse:
    """The steps without questions: materials, and the last look at everything."""
    if step == drafts.CHECK:
        gaps = drafts.gaps(file, timezone.now())
        return _page(request, file, step, answered=drafts.answered_steps(file), gaps=gaps)
    return _page(request, file, step)


def _page(
    request: SignedInRequest,
    file: CaseFile,
    step: str,
    *,
    status: int = 200,
    errors: dict[int, str] | None = None,
    **more: Any,
) -> HttpResponse:
    page = drafts.draft_page(file, step, timezone.now(), errors)
    if step == drafts.MATERIALS:
        more["intro"] = drafts.material_count_words(page["rows"])
    kind = step if step in {drafts.MATERIALS, drafts.CHECK} else "questions"
    return render(request, f"lifecycle/apply_{kind}.html", {**page, **more, "step": step}, status=status)


def _refuse(request: SignedInRequest, case: Case, pk: int, text: str) -> HttpResponse:
    """The same page again with the reason beside the material."""
    if case.state == CaseState.CORRECTION:
        page = tracking.case_page(CaseFile(case), request.user, timezone.now(), {pk: text})
        return render(request, "lifecycle/track.html", {**page, "form": MessageForm()}, status=422)
    return _page(request, CaseFile(case), drafts.MATERIALS, status=422, errors={pk: text})


def _place(case: Case, pk: int) -> str:
    """Back to the material on the page it belongs to."""
    if case.state == CaseState.CORRECTION:
        return f"{tracking.track_url(case)}#material-{pk}"
    return f"{drafts.step_url(case, drafts.MATERIALS)}#material-{pk}"


def _moved(request: SignedInRequest, case: Case) -> HttpResponse:
    messages.warning(request, _("The case has moved on in the meantime. The page shows how it is now."))
    return redirect("cases:track", uid=case.uid)
