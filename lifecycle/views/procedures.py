from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lifecycle.booklet import published_booklet
from lifecycle.enums import BegunBy, Stage, StandardState
from lifecycle.models import ServiceStandard
from lifecycle.permissions import get_template
from lifecycle.selectors.catalogue import (
    applicants_of,
    get_published,
    limit_words,
    published_procedures,
    search_procedures,
    source_words,
    summary_of,
)
from lifecycle.selectors.promises import DAYS, reality
from lifecycle.selectors.standard import condition_words
from lifecycle.services.templates import open_template
from park.accounts.enums import Role
from park.accounts.policies import PUBLIC, allow
from profiles.selectors.tags import tag_names


@allow(PUBLIC)
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:80]
    found = search_procedures(text) if text else published_procedures()
    by_stage: dict[str, list[dict[str, Any]]] = {}
    for procedure in found:
        row = {
            "procedure": procedure,
            "summary": summary_of(procedure),
            "limits": [(m.name, limit_words(m.amount, m.unit)) for m in procedure.milestones.all()],
        }
        by_stage.setdefault(procedure.stage, []).append(row)
    stages: list[dict[str, Any]] = [
        {"code": stage.value, "name": stage.label, "rows": by_stage[stage]} for stage in Stage if stage in by_stage
    ]
    count = sum(len(rows) for rows in by_stage.values())
    return render(request, "lifecycle/procedures.html", {"stages": stages, "count": count, "text": text})


@allow(PUBLIC)
@require_safe
def booklet(request: HttpRequest) -> HttpResponse:
    """The version in force as PDF."""
    standard = ServiceStandard.objects.filter(state=StandardState.PUBLISHED).first()
    if standard is None:
        raise Http404("no version is in force")
    content = published_booklet(standard, now=timezone.now())
    name = f"standard-v{standard.version}.pdf"
    head = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type="application/pdf", headers=head)


@allow(PUBLIC)
@require_safe
def template(request: HttpRequest, key: str) -> FileResponse:
    """A template or sample, by the SHA-256 of its bytes."""
    found = get_template(request.user, key)
    response = FileResponse(
        open_template(found), as_attachment=True, filename=found.file_name, content_type=found.content_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@allow(PUBLIC)
@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    procedure = get_published(code)
    took = reality(procedure, timezone.now())
    questions, tags = list(procedure.questions.all()), tag_names()
    nodes = [
        {
            "node": node,
            "condition": condition_words(node.condition, questions, tags),
            "limit": limit_words(node.amount, node.unit),
            "took": took.get(node.timed_as(procedure.code)),
            "source": source_words(node.source),
            "by_law": limit_words(node.statutory_amount, node.statutory_unit),
            "law": source_words(node.statutory_source),
        }
        for node in procedure.nodes.all()
    ]
    milestones = [
        {
            "name": m.name,
            "limit": limit_words(m.amount, m.unit),
            "source": source_words(m.source),
            "took": took.get(m.kind),
        }
        for m in procedure.milestones.all()
    ]
    materials = [
        {"requirement": one, "condition": condition_words(one.condition, questions, tags)}
        for one in procedure.requirements.all()
    ]
    begun_by_park = procedure.begun_by == BegunBy.PARK
    may_apply = not begun_by_park and (not request.user.is_authenticated or request.user.role == Role.ENTERPRISE)
    page = {
        "crumbs": [{"url": reverse("procedures:list"), "label": _("Services")}, {"label": procedure.name}],
        "procedure": procedure,
        "summary": summary_of(procedure),
        "applicants": applicants_of(procedure),
        "nodes": nodes,
        "milestones": milestones,
        "materials": materials,
        "condition": condition_words(procedure.condition, [], tags),
        "may_apply": may_apply,
        "days": DAYS,
        "begun_by_park": begun_by_park,
    }
    return render(request, "lifecycle/procedure.html", page)
