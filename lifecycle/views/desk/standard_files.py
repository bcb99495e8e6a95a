"""The service standard as files: taken in after a look, and handed out."""

import json
from typing import Any

import yaml
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lifecycle.booklet import booklet_of
from lifecycle.forms.standard import FileForm, TemplateForm
from lifecycle.permissions import get_part, get_standard
from lifecycle.selectors.standard_export import tables_of
from lifecycle.services import standard_import, templates
from lifecycle.services.standard import WrongState
from lifecycle.services.standard_draft import DraftRefused
from lifecycle.services.standard_import import Faulty, Unreadable
from lifecycle.standard_workbook import tables_in, workbook_of
from lifecycle.views.desk.standard_page import UNPROCESSABLE, crumbs, gone, why_refused
from park.accounts.http import SignedInRequest
from park.accounts.policies import LEADERS, allow
from profiles.file_types import Refused
from profiles.selectors.tags import tag_names
from profiles.services.documents import FileRefused
from profiles.table_words import refusal
from profiles.workbooks import XLSX


@allow(LEADERS)
@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: SignedInRequest) -> HttpResponse:
    """A file is looked through, with all that is wrong with it; sent once more, it becomes the draft."""
    posted = (request.POST, request.FILES) if request.method == "POST" else ()
    form = FileForm(*posted)
    page = {
        "form": form,
        "crumbs": [
            {"url": reverse("standard:list"), "label": _("Service standard")},
            {"url": "", "label": _("Import")},
        ],
    }
    if form.is_valid():
        text, upload = form.cleaned_data["text"], form.cleaned_data["file"]
        try:
            tables = standard_import.read(text) if text or upload is None else tables_in(upload.name, upload)
            if form.cleaned_data["take"]:
                draft = standard_import.import_draft(tables, by=request.user, now=timezone.now())
                messages.success(request, _("The file is version %(n)s now, as a draft.") % {"n": draft.version})
                return redirect("standard:show", draft.version)
            found = standard_import.look_through(tables, tag_names())
            # what a workbook says is kept as text as well, for the second step
            again = {"found": found, "text": text or _as_text(json.loads(json.dumps(tables)))}
            return render(request, "lifecycle/standard_import.html", page | again)
        except Refused as refused:
            form.add_error("file", refusal(refused.reason))
        except Unreadable as wrong:
            form.add_error("file", str(wrong))
        except Faulty as wrong:
            form.add_error("file", wrong.problems)
        except DraftRefused as refused:
            form.add_error("file", why_refused(refused))
    return render(request, "lifecycle/standard_import.html", page, status=UNPROCESSABLE if form.is_bound else 200)


@allow(LEADERS)
@require_safe
def as_yaml(request: SignedInRequest, version: int) -> HttpResponse:
    text = _as_text(tables_of(get_standard(version)))
    return _sent(text.encode(), "application/yaml; charset=utf-8", f"standard-v{version}.yaml")


@allow(LEADERS)
@require_safe
def as_workbook(request: SignedInRequest, version: int) -> HttpResponse:
    return _sent(workbook_of(get_standard(version), tag_names()), XLSX, f"standard-v{version}.xlsx")


@allow(LEADERS)
@require_safe
def as_booklet(request: SignedInRequest, version: int) -> HttpResponse:
    content = booklet_of(get_standard(version), tag_names(), now=timezone.now())
    return _sent(content, "application/pdf", f"standard-v{version}.pdf")


@allow(LEADERS)
@require_http_methods(["GET", "HEAD", "POST"])
def template(request: SignedInRequest, version: int, code: str, part: str) -> HttpResponse:
    """The template of a material: chosen, replaced or taken away."""
    material: Any = get_part(version, code, "materials", part)
    home, now = material.procedure, timezone.now()
    title = _("Template of “%(name)s”") % {"name": material.name}
    back = reverse("standard:procedure", args=[version, code]) + "#materials"
    form = TemplateForm(request.POST, request.FILES) if request.method == "POST" else TemplateForm()
    drops = request.POST.get("act") == "drop"
    if drops or form.is_valid():
        try:
            if drops:
                templates.drop_template(material, by=request.user, now=now)
            else:
                templates.set_template(material, form.cleaned_data["file"], by=request.user, now=now)
        except FileRefused as refused:
            form.add_error("file", refused.text)
        except WrongState:
            return gone(request)
        except DraftRefused as refused:
            messages.error(request, why_refused(refused))
            return redirect(back)
        else:
            messages.success(request, _("Kept."))
            return redirect(back)
    page = {
        "title": title,
        "form": form,
        "material": material,
        "drop": [("act", "drop")],
        "back": back,
        "crumbs": crumbs(home.standard, home, title),
    }
    return render(request, "lifecycle/standard_template.html", page, status=UNPROCESSABLE if form.is_bound else 200)


def _as_text(tables: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(tables, allow_unicode=True, sort_keys=False, width=120)
    return text


def _sent(content: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
