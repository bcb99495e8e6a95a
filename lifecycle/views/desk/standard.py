"""The versions of the service standard: begun, looked at, compared, put in force."""

from collections import defaultdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lifecycle.enums import Stage, StandardState
from lifecycle.forms.standard import NoteForm, PublishForm
from lifecycle.models import ServiceStandard
from lifecycle.permissions import get_draft, get_standard
from lifecycle.selectors import standard as selectors
from lifecycle.selectors.catalogue import limit_words
from lifecycle.selectors.standard import Problem
from lifecycle.selectors.standard_changes import comparison
from lifecycle.services import standard as versions
from lifecycle.services import standard_draft as drafts
from lifecycle.services.standard import NotPublishable, WrongState
from lifecycle.services.standard_draft import DraftRefused
from lifecycle.views.desk.standard_page import UNPROCESSABLE, crumbs, gone, why_refused
from park.accounts.http import SignedInRequest
from park.accounts.policies import LEADERS, allow
from park.deadlines.workdays import local_day
from profiles.selectors.tags import tag_names


@allow(LEADERS)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    rows = list(selectors.versions())
    coming = {StandardState.DRAFT, StandardState.SCHEDULED}
    page = {"rows": rows, "can_begin": bool(rows) and not any(row.state in coming for row in rows)}
    return render(request, "lifecycle/standard_versions.html", page)


@allow(LEADERS)
@require_POST
def begin(request: SignedInRequest) -> HttpResponse:
    try:
        draft = drafts.begin_draft(by=request.user, now=timezone.now())
    except DraftRefused as refused:
        messages.error(request, why_refused(refused))
        return redirect("standard:list")
    messages.success(request, _("Version %(n)s is begun as a copy of the one in force.") % {"n": draft.version})
    return redirect("standard:show", draft.version)


@allow(LEADERS)
@require_safe
def show(request: SignedInRequest, version: int) -> HttpResponse:
    return _version(request, get_standard(version), NoteForm)


@allow(LEADERS)
@require_POST
def note(request: SignedInRequest, version: int) -> HttpResponse:
    """Why the version comes about."""
    draft = get_draft(version)
    form = NoteForm(request.POST, initial={"note": draft.change_note})
    if not form.is_valid():
        return _version(request, draft, form)
    try:
        drafts.say_why(draft, form.cleaned_data["note"], before=draft.change_note, by=request.user, now=timezone.now())
    except (WrongState, DraftRefused) as refused:
        form.add_error("note", why_refused(refused))
        return _version(request, draft, form)
    messages.success(request, _("Kept."))
    return redirect("standard:show", version)


@allow(LEADERS)
@require_POST
def discard(request: SignedInRequest, version: int) -> HttpResponse:
    try:
        drafts.discard_draft(get_draft(version), by=request.user, now=timezone.now())
    except WrongState:
        return gone(request)
    messages.success(request, _("The draft is thrown away."))
    return redirect("standard:list")


@allow(LEADERS)
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: SignedInRequest, version: int) -> HttpResponse:
    """What the version changes, and from when it is in force."""
    draft, now = get_draft(version), timezone.now()
    form = PublishForm(request.POST if request.method == "POST" else None, today=local_day(now))
    if form.is_valid():
        day = form.cleaned_data["effective_on"] or local_day(now)
        try:
            made = versions.schedule(draft, effective_on=day, by=request.user, now=now)
        except WrongState:
            return gone(request)
        except NotPublishable:
            form.add_error(None, _("It cannot be published yet: something in it contradicts itself. See below."))
        else:
            is_in_force = made.state == StandardState.PUBLISHED
            words = _("Version %(n)s is in force.") if is_in_force else _("Version %(n)s comes into force on its day.")
            messages.success(request, words % {"n": version})
            return redirect("standard:show", version)
    in_force = ServiceStandard.objects.filter(state=StandardState.PUBLISHED).first()
    page = {
        "standard": draft,
        "form": form,
        "problems": _linked(draft, selectors.problems_of(draft)),
        "warnings": _linked(draft, selectors.warnings_of(draft)),
        "changes": comparison(in_force, draft, tag_names()) if in_force else None,
        "crumbs": crumbs(draft, label=_("Publish")),
    }
    return render(request, "lifecycle/standard_publish.html", page, status=UNPROCESSABLE if form.is_bound else 200)


@allow(LEADERS)
@require_POST
def take_back(request: SignedInRequest, version: int) -> HttpResponse:
    try:
        versions.take_back(get_standard(version), by=request.user, now=timezone.now())
    except WrongState:
        return gone(request)
    messages.success(request, _("Version %(n)s is a draft again.") % {"n": version})
    return redirect("standard:show", version)


@allow(LEADERS)
@require_safe
def compare(request: SignedInRequest, version: int) -> HttpResponse:
    """This version beside another, the one before it unless the address names one."""
    later = get_standard(version)
    others = list(ServiceStandard.objects.exclude(pk=version).order_by("-version"))
    named = request.GET.get("with", "")
    earlier = next((one for one in others if str(one.version) == named), None)
    earlier = earlier or next((one for one in others if one.version < version), None)
    page = {
        "standard": later,
        "earlier": earlier,
        "others": others,
        "changes": comparison(earlier, later, tag_names()) if earlier else None,
        "crumbs": crumbs(later, label=_("What is different")),
    }
    return render(request, "lifecycle/standard_compare.html", page)


def _version(request: SignedInRequest, standard: ServiceStandard, form: Any) -> HttpResponse:
    is_draft = standard.state == StandardState.DRAFT
    stages: dict[str, list[Any]] = defaultdict(list)
    for one in selectors.procedures_of(standard):
        limits = [f"{m.name} {limit_words(m.amount, m.unit)}" for m in one.milestones.all()]
        stages[one.stage].append({"procedure": one, "limits": limits})
    status = 200
    if is_draft:
        status = 200 if isinstance(form, type) else UNPROCESSABLE
        form = form(initial={"note": standard.change_note}) if isinstance(form, type) else form
    page = {
        "standard": standard,
        "is_draft": is_draft,
        "is_scheduled": standard.state == StandardState.SCHEDULED,
        "form": form if is_draft else None,
        "stages": [(stage.label, stages[stage]) for stage in Stage if stages[stage]],
        "problems": _linked(standard, selectors.problems_of(standard)) if is_draft else [],
        "warnings": _linked(standard, selectors.warnings_of(standard)) if is_draft else [],
        "crumbs": crumbs(standard),
    }
    return render(request, "lifecycle/standard_version.html", page, status=status)


def _linked(standard: ServiceStandard, problems: list[Problem]) -> list[dict[str, str]]:
    """Each problem with the page on which it can be mended."""
    return [
        {"url": _place(standard, one), "label": f"{one.procedure} {one.part}".strip(), "text": one.text}
        for one in problems
    ]


def _place(standard: ServiceStandard, problem: Problem) -> str:
    if not problem.procedure:
        return reverse("standard:add_procedure", args=[standard.version])
    here = [standard.version, problem.procedure]
    if problem.shelf == "procedures":
        return reverse("standard:change_procedure", args=here)
    return (
        reverse("standard:change", args=[*here, problem.shelf, problem.part])
        if problem.part
        else reverse("standard:procedure", args=here)
    )
