"""Tables of enterprises for the park's people: choose a file, see what would become of each row, apply or discard."""

import hashlib
import io
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from park.accounts.http import SignedInRequest
from park.accounts.policies import PARK, allow
from profiles import table_words
from profiles.enums import RowFate
from profiles.file_types import Refused
from profiles.forms.imports import ImportForm
from profiles.models import ImportRun
from profiles.permissions.files import can_work_on_files
from profiles.permissions.imports import can_apply, can_discard, get_import, visible_imports
from profiles.selectors import imports as selectors
from profiles.services.imports import ImportMoved, apply_import, discard_import, receive_import
from profiles.workbooks import XLSX, write_rows, write_template

PAGE = 30
UNPROCESSABLE = 422


@allow(PARK)
@require_http_methods(["GET", "POST"])
def overview(request: SignedInRequest) -> HttpResponse:
    """The imports so far, and the form for another."""
    if not can_work_on_files(request.user):
        raise Http404
    if request.method != "POST":
        return _overview(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
    if not form.is_valid():
        return _overview(request, form)
    upload = form.cleaned_data["file"]
    try:
        run = receive_import(file_name=upload.name, stream=upload.file, by=request.user, now=timezone.now())
    except Refused as refused:
        form.add_error("file", table_words.refusal(refused.reason))
        return _overview(request, form)
    except OSError:
        form.add_error("file", _("The portal cannot store files at the moment. Please try again a little later."))
        return _overview(request, form)
    return redirect("imports:show", run.uid)


@allow(PARK)
@require_safe
def template(request: SignedInRequest) -> HttpResponse:
    made = io.BytesIO()
    write_template(made)
    return _workbook(made, "enterprises-template.xlsx")


@allow(PARK)
@require_safe
def show(request: SignedInRequest, uid: str) -> HttpResponse:
    run = get_import(request.user, uid)
    return render(request, "profiles/import.html", _context(request, run))


@allow(PARK)
@require_safe
def live(request: SignedInRequest, uid: str) -> HttpResponse:
    """The part of the page that moves, for pages that ask whether it has; 304 costs one query."""
    run = get_import(request.user, uid)
    tag = _tag(run)
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    response = render(request, "profiles/import_live.html", _context(request, run))
    response.headers["ETag"] = tag
    return response


@allow(PARK)
@require_safe
def to_correct(request: SignedInRequest, uid: str) -> HttpResponse:
    """The rows that cannot be taken as a workbook, with a column that says why: to be mended there and chosen again."""
    run = get_import(request.user, uid)
    if not selectors.is_settled(run):
        raise Http404
    made = io.BytesIO()
    write_rows(made, "企业", [*selectors.headings(run), _("What is wrong")], selectors.rows_to_correct(run))
    return _workbook(made, "enterprises-to-correct.xlsx")


@allow(PARK)
@require_POST
def apply(request: SignedInRequest, uid: str) -> HttpResponse:
    run = get_import(request.user, uid)
    try:
        apply_import(run, by=request.user, now=timezone.now())
    except ImportMoved:
        messages.error(request, _moved())
    return redirect("imports:show", run.uid)


@allow(PARK)
@require_POST
def discard(request: SignedInRequest, uid: str) -> HttpResponse:
    run = get_import(request.user, uid)
    try:
        discard_import(run, by=request.user, now=timezone.now())
    except ImportMoved:
        messages.error(request, _moved())
        return redirect("imports:show", run.uid)
    messages.success(request, _("The import is discarded; nothing of it was written."))
    return redirect("imports:list")


def _moved() -> str:
    return _("Somebody else was faster, or the import is still at work. This is how it stands now.")


def _workbook(made: io.BytesIO, name: str) -> HttpResponse:
    response = HttpResponse(made.getvalue(), content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _overview(request: SignedInRequest, form: ImportForm) -> HttpResponse:
    after = _place(request.GET.get("after", ""))
    found = list(selectors.imports_in_order(visible_imports(request.user))[after : after + PAGE + 1])
    context = {
        "form": form,
        "runs": found[:PAGE],
        "previous_url": f"?after={max(0, after - PAGE)}" if after else "",
        "next_url": f"?after={after + PAGE}" if len(found) > PAGE else "",
    }
    return render(request, "profiles/imports.html", context, status=UNPROCESSABLE if form.errors else 200)


def _context(request: SignedInRequest, run: ImportRun) -> dict[str, Any]:
    fate = request.GET.get("fate", "")
    fate = fate if fate in RowFate.values else ""
    context = {
        "run": run,
        "tag": _tag(run),
        "why": table_words.refusal(run.problem),
        "can_apply": can_apply(request.user, run),
        "can_discard": can_discard(request.user, run),
        "live_url": reverse("imports:live", args=[run.uid]) + (f"?fate={fate}" if fate else ""),
        "crumbs": [{"url": reverse("imports:list"), "label": _("Imports")}, {"label": run.file_name}],
    }
    if selectors.is_settled(run):
        counts = selectors.counts(run)
        page = selectors.page(run, fate=fate, after=_place(request.GET.get("after", "")))
        context |= {
            "counts": counts,
            "to_take": counts[RowFate.CREATE] + counts[RowFate.UPDATE],
            "page": page,
            "filters": _filters(counts, fate),
            "unknown": selectors.unknown_columns(run),
            "previous_url": _url(fate, page.previous) if page.previous is not None else "",
            "next_url": _url(fate, page.next) if page.next is not None else "",
        }
    return context


def _filters(counts: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    fates = [RowFate.ERROR, RowFate.CREATE, RowFate.UPDATE, RowFate.SAME]
    return [
        {"url": _url("", 0), "label": _("All"), "count": sum(counts.values()), "current": not chosen},
        *(
            {"url": _url(fate, 0), "label": fate.label, "count": counts[fate], "current": fate == chosen}
            for fate in fates
        ),
    ]


def _url(fate: str, after: int) -> str:
    said = {"fate": fate, "after": str(after) if after else ""}
    return "?" + urlencode({name: value for name, value in said.items() if value})


def _place(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 0


def _tag(run: ImportRun) -> str:
    seen = f"{run.pk}{run.state}{run.rows_done}{run.rows_total}{get_language()}"
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'
