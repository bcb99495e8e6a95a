"""One procedure of the service standard, and the forms by which those of a draft are changed."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lifecycle.drawing import draw
from lifecycle.enums import Stage, StandardState
from lifecycle.forms.standard import FORMS, PartForm, ProcedureForm
from lifecycle.models import Procedure
from lifecycle.models.standard import Part, shelf_of
from lifecycle.permissions import get_draft, get_part, get_procedure
from lifecycle.selectors import standard as selectors
from lifecycle.selectors.catalogue import applicants_of, limit_words, source_words, summary_of
from lifecycle.services import standard_draft as drafts
from lifecycle.services.standard import WrongState
from lifecycle.services.standard_draft import DraftRefused
from lifecycle.views.desk.standard_page import UNPROCESSABLE, crumbs, gone, why_refused
from park.accounts.http import SignedInRequest
from park.accounts.policies import LEADERS, allow
from profiles.selectors.tags import tag_names

SHORT = 9


@allow(LEADERS)
@require_safe
def procedure(request: SignedInRequest, version: int, code: str) -> HttpResponse:
    """All that is in a procedure, with its steps as a list and as a picture."""
    standard = get_procedure(version, code).standard
    one = selectors.procedures_of(standard).get(code=code)
    tags, questions = tag_names(), list(one.questions.all())
    nodes = list(one.nodes.all())
    page = {
        "standard": standard,
        "procedure": one,
        "is_draft": standard.state == StandardState.DRAFT,
        "stage": Stage(one.stage).label,
        "summary": summary_of(one),
        "applicants": applicants_of(one),
        "condition": selectors.condition_words(one.condition, [], tags),
        "nodes": [
            {
                "node": node,
                "after": list(node.predecessors.all()),
                "limit": limit_words(node.amount, node.unit),
                "source": source_words(node.source),
                "by_law": limit_words(node.statutory_amount, node.statutory_unit),
                "law": source_words(node.statutory_source),
                "condition": selectors.condition_words(node.condition, questions, tags),
                "questions": [q for q in questions if q.node_id == node.pk],
            }
            for node in nodes
        ],
        "picture": _picture(nodes),
        "milestones": [(m, limit_words(m.amount, m.unit)) for m in one.milestones.all()],
        "materials": [(m, selectors.condition_words(m.condition, questions, tags)) for m in one.requirements.all()],
        "sections": [(s, [q for q in questions if q.section_id == s.pk]) for s in one.sections.all()],
        "problems": [p for p in selectors.problems_of(standard) if p.procedure == code]
        if standard.state == StandardState.DRAFT
        else [],
        "crumbs": crumbs(standard, one),
    }
    return render(request, "lifecycle/standard_procedure.html", page)


@allow(LEADERS)
@require_http_methods(["GET", "HEAD", "POST"])
def add_procedure(request: SignedInRequest, version: int) -> HttpResponse:
    draft = get_draft(version)
    form = ProcedureForm(_posted(request), procedure=None, part=None)
    page = {"title": _("Add a procedure"), "button": _("Add it"), "back": reverse("standard:show", args=[version])}
    if form.is_bound and not form.is_being_built and form.is_valid():
        try:
            made = drafts.add_procedure(draft, form.values, by=request.user, now=timezone.now())
        except WrongState:
            return gone(request)
        except DraftRefused as refused:
            form.add_error("code", why_refused(refused))
        else:
            messages.success(request, _("The procedure is added. Give it its steps now."))
            return redirect("standard:procedure", version, made.code)
    return _form(request, form, page | {"crumbs": crumbs(draft, label=page["title"])})


@allow(LEADERS)
@require_http_methods(["GET", "HEAD", "POST"])
def change_procedure(request: SignedInRequest, version: int, code: str) -> HttpResponse:
    found = get_procedure(version, code, draft=True)
    return _change(request, found, found, ProcedureForm(_posted(request), procedure=found, part=found))


@allow(LEADERS)
@require_POST
def remove_procedure(request: SignedInRequest, version: int, code: str) -> HttpResponse:
    found = get_procedure(version, code, draft=True)
    try:
        drafts.remove_part(found, by=request.user, now=timezone.now())
    except WrongState:
        return gone(request)
    messages.success(request, _("“%(name)s” is taken out.") % {"name": found.name})
    return redirect("standard:show", version)


@allow(LEADERS)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SignedInRequest, version: int, code: str, shelf: str) -> HttpResponse:
    home = get_procedure(version, code, draft=True)
    if shelf not in FORMS:
        raise Http404("there is nothing of this kind")
    form = FORMS[shelf](_posted(request), procedure=home, part=None)
    back = reverse("standard:procedure", args=[version, code])
    if form.is_bound and not form.is_being_built and form.is_valid():
        try:
            made = drafts.add_part(home, shelf, form.values, by=request.user, now=timezone.now())
        except WrongState:
            return gone(request)
        except DraftRefused as refused:
            form.add_error(_code_of(form), why_refused(refused))
        else:
            messages.success(request, _("“%(name)s” is added.") % {"name": made.name})
            return redirect(f"{back}#{shelf}")
    title = _adding(shelf)
    return _form(
        request,
        form,
        {"title": title, "button": _("Add it"), "back": back, "crumbs": crumbs(home.standard, home, title)},
    )


@allow(LEADERS)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SignedInRequest, version: int, code: str, shelf: str, part: str) -> HttpResponse:
    found = get_part(version, code, shelf, part)
    return _change(
        request, found.procedure, found, FORMS[shelf](_posted(request), procedure=found.procedure, part=found)
    )


@allow(LEADERS)
@require_POST
def remove(request: SignedInRequest, version: int, code: str, shelf: str, part: str) -> HttpResponse:
    found = get_part(version, code, shelf, part)
    back = reverse("standard:procedure", args=[version, code])
    try:
        drafts.remove_part(found, by=request.user, now=timezone.now())
    except WrongState:
        return gone(request)
    except DraftRefused as refused:
        messages.error(request, why_refused(refused))
    else:
        messages.success(request, _("“%(name)s” is taken out.") % {"name": found.name})
    return redirect(f"{back}#{shelf}")


@allow(LEADERS)
@require_POST
def move(request: SignedInRequest, version: int, code: str, shelf: str, part: str) -> HttpResponse:
    """One place earlier or later."""
    found = get_part(version, code, shelf, part)
    if shelf == "milestones":
        raise Http404("promises have no order")
    earlier = request.POST.get("to") == "earlier"
    try:
        drafts.move_part(found, earlier=earlier, by=request.user, now=timezone.now())
    except WrongState:
        return gone(request)
    return redirect(f"{reverse('standard:procedure', args=[version, code])}#{shelf}")


def _change(request: SignedInRequest, home: Procedure, part: Part | Procedure, form: PartForm) -> HttpResponse:
    back = reverse("standard:procedure", args=[home.standard_id, home.code])
    if form.is_bound and not form.is_being_built and form.is_valid():
        try:
            drafts.change_part(part, form.values, before=form.before, by=request.user, now=timezone.now())
        except WrongState:
            return gone(request)
        except DraftRefused as refused:
            form.add_error(_code_of(form) if refused.reason == "code_taken" else None, why_refused(refused))
        else:
            messages.success(request, _("Kept."))
            now_at = form.cleaned_data["code"] if isinstance(part, Procedure) else home.code
            return redirect("standard:procedure", home.standard_id, now_at)
    title = _("Change “%(name)s”") % {"name": part.name}
    page = {"title": title, "button": _("Keep the changes"), "back": back, "part": part, "remove": _removal(home, part)}
    return _form(request, form, page | {"crumbs": crumbs(home.standard, home, title)})


def _form(request: SignedInRequest, form: PartForm, page: dict[str, Any]) -> HttpResponse:
    status = UNPROCESSABLE if form.is_bound and not form.is_being_built else 200
    return render(request, "lifecycle/standard_form.html", page | {"form": form}, status=status)


def _posted(request: SignedInRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _code_of(form: PartForm) -> str:
    return "code" if "code" in form.fields else "kind"


def _removal(home: Procedure, part: Part | Procedure) -> dict[str, str]:
    here = [home.standard_id, home.code]
    if isinstance(part, Procedure):
        url = reverse("standard:remove_procedure", args=here)
        return {"url": url, "text": _("All its steps, questions, promises and materials go with it.")}
    shelf = shelf_of(part)
    url = reverse("standard:remove", args=[*here, shelf, part.code])
    texts = {
        "nodes": _("Steps that waited for it wait for what it waited for. Its questions go with it."),
        "sections": _("Its questions go with it."),
    }
    return {"url": url, "text": texts.get(shelf, "")}


def _adding(shelf: str) -> str:
    return {
        "nodes": _("Add a step"),
        "milestones": _("Add a promise"),
        "materials": _("Add a material"),
        "sections": _("Add a section"),
        "questions": _("Add a question"),
    }[shelf]


def _picture(nodes: list[Any]) -> dict[str, Any]:
    drawing = draw({n.pk: {one.pk for one in n.predecessors.all()} for n in nodes}, [n.pk for n in nodes])
    by_key = {node.pk: node for node in nodes}
    boxes = [(box, by_key[box.key], _short(by_key[box.key].name)) for box in drawing.boxes]
    return {"drawing": drawing, "boxes": boxes}


def _short(name: str) -> str:
    most = SHORT if not name.isascii() else 2 * SHORT
    return name if len(name) <= most else f"{name[: most - 1]}…"
