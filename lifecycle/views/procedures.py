from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lifecycle.enums import Stage
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
from park.accounts.enums import Role
from park.accounts.policies import PUBLIC, allow


@allow(PUBLIC)
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:80]
    found = search_procedures(text) if text else published_procedures()
    rows = [
        {
            "procedure": procedure,
            "summary": summary_of(procedure),
            "stage": Stage(procedure.stage).label,
            "limits": [(m.name, limit_words(m.amount, m.unit)) for m in procedure.milestones.all()],
        }
        for procedure in found
    ]
    return render(request, "lifecycle/procedures.html", {"rows": rows, "text": text})


@allow(PUBLIC)
@require_safe
def show(request: HttpRequest, code: str) -> HttpResponse:
    procedure = get_published(code)
    took = reality(procedure, timezone.now())
    nodes = [
        {
            "node": node,
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
    may_apply = not request.user.is_authenticated or request.user.role == Role.ENTERPRISE
    page = {
        "crumbs": [{"url": reverse("procedures:list"), "label": _("Services")}, {"label": procedure.name}],
        "procedure": procedure,
        "summary": summary_of(procedure),
        "applicants": applicants_of(procedure),
        "nodes": nodes,
        "milestones": milestones,
        "may_apply": may_apply,
        "days": DAYS,
    }
    return render(request, "lifecycle/procedure.html", page)
