"""The pages of a file. Both sides use them: the enterprise on its own file, the park's people on all that they see."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from park.accounts.http import SignedInRequest
from park.accounts.models import Enterprise
from park.accounts.permissions import get_enterprise
from park.accounts.policies import ENTERPRISE, PARK, allow
from park.deadlines.workdays import local_day
from profiles import freshness, items
from profiles.briefs import further_sections
from profiles.enums import ValueSource
from profiles.forms.file import EVIDENCE, ContactForm, DescriptionForm, KeyForm, ValuesForm
from profiles.items import Group
from profiles.models import UNDATED, Document
from profiles.permissions.files import (
    get_contact,
    get_evidence,
    get_file,
    get_kept_evidence,
    get_specialist_to_entrust,
    get_value,
    visible_enterprises,
)
from profiles.selectors.company import around
from profiles.selectors.file import Part, accepted_values, file_of, history_of, said_words
from profiles.selectors.merged import forwarded
from profiles.services import documents, profile, values
from profiles.views.documents import is_inline, sent

UNPROCESSABLE = 422
YEARS_OFFERED = 6


@dataclass(frozen=True)
class Side:
    """From which side a file is looked at: where its pages are, and what may be done there."""

    enterprise: Enterprise
    at_desk: bool

    def url(self, name: str, *args: Any) -> str:
        if self.at_desk:
            return reverse(f"companies:{name}", args=[self.enterprise.pk, *args])
        return reverse(f"file:{name}", args=args)

    @property
    def crumbs(self) -> list[dict[str, str]]:
        return [{"url": self.url("show"), "label": self.enterprise.name if self.at_desk else _("Our file")}]


def _own(request: SignedInRequest) -> Side:
    return Side(get_file(request.user, get_enterprise(request.user).pk), at_desk=False)


def _of_desk(request: SignedInRequest, pk: int) -> Side:
    return Side(get_file(request.user, pk), at_desk=True)


# -- what the enterprise opens -----------------------------------------------------------------------------------------


@allow(ENTERPRISE)
@require_safe
def own_file(request: SignedInRequest) -> HttpResponse:
    return _show(request, _own(request))


@allow(ENTERPRISE)
@require_http_methods(["GET", "HEAD", "POST"])
def own_values(request: SignedInRequest, group: str) -> HttpResponse:
    return _values(request, _own(request), group)


@allow(ENTERPRISE)
@require_safe
def own_history(request: SignedInRequest, item: str) -> HttpResponse:
    return _history(request, _own(request), item)


@allow(ENTERPRISE)
@require_http_methods(["GET", "HEAD", "POST"])
def own_description(request: SignedInRequest) -> HttpResponse:
    return _description(request, _own(request))


@allow(ENTERPRISE)
@require_http_methods(["GET", "HEAD", "POST"])
def own_contact(request: SignedInRequest) -> HttpResponse:
    return _add_contact(request, _own(request))


@allow(ENTERPRISE)
@require_POST
def end_own_contact(request: SignedInRequest, pk: int) -> HttpResponse:
    return _end_contact(request, _own(request), pk)


@allow(ENTERPRISE)
@require_POST
def confirm(request: SignedInRequest) -> HttpResponse:
    """The enterprise says that its file is right."""
    profile.confirm_file(get_enterprise(request.user), by=request.user, now=timezone.now())
    messages.success(request, _("Thank you. Your file counts as confirmed for a year."))
    return redirect("file:show")


@allow(ENTERPRISE)
@require_safe
def own_evidence(request: SignedInRequest, pk: int) -> HttpResponseBase:
    return _evidence(request, _own(request), pk)


# -- what the park's people open ---------------------------------------------------------------------------------------


@allow(PARK)
@require_safe
def company(request: SignedInRequest, pk: int) -> HttpResponse:
    """The file; the address of one that was merged leads to the one that was kept."""
    try:
        side = _of_desk(request, pk)
    except Http404:
        kept = forwarded(pk)
        if kept is None or not visible_enterprises(request.user).filter(pk=kept).exists():
            raise
        return redirect("companies:show", kept, permanent=True)
    return _show(request, side)


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def company_values(request: SignedInRequest, pk: int, group: str) -> HttpResponse:
    return _values(request, _of_desk(request, pk), group)


@allow(PARK)
@require_safe
def company_history(request: SignedInRequest, pk: int, item: str) -> HttpResponse:
    return _history(request, _of_desk(request, pk), item)


@allow(PARK)
@require_POST
def accept(request: SignedInRequest, pk: int, value: int) -> HttpResponse:
    """Of several sources, this one counts."""
    side = _of_desk(request, pk)
    found = get_value(side.enterprise, value)
    shown, now = request.POST.get("instead_of"), timezone.now()
    instead_of = int(shown) if shown and shown.isdecimal() else ...
    try:
        values.accept_value(found, by=request.user, now=now, instead_of=instead_of)
    except values.SettledElsewhere:
        text = _("Meanwhile another value has come to count. Look at the list as it is now and choose once more.")
        messages.warning(request, text)
    else:
        messages.success(request, _("This value counts from now on. The others stay in the history."))
    return redirect(side.url("history", found.item))


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def company_description(request: SignedInRequest, pk: int) -> HttpResponse:
    return _description(request, _of_desk(request, pk))


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def company_contact(request: SignedInRequest, pk: int) -> HttpResponse:
    return _add_contact(request, _of_desk(request, pk))


@allow(PARK)
@require_POST
def end_company_contact(request: SignedInRequest, pk: int, contact: int) -> HttpResponse:
    return _end_contact(request, _of_desk(request, pk), contact)


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def key(request: SignedInRequest, pk: int) -> HttpResponse:
    """Name a key enterprise with the reason; the button "no longer" takes it back."""
    side = _of_desk(request, pk)
    if request.method == "POST" and "end" in request.POST:
        profile.name_key_enterprise(side.enterprise, is_key=False, reason="", by=request.user, now=timezone.now())
        return redirect(side.url("show"))
    present = getattr(side.enterprise, "profile", None)
    form = KeyForm(request.POST or None, initial={"reason": getattr(present, "key_reason", "")})
    if request.method == "POST" and form.is_valid():
        reason = form.cleaned_data["reason"]
        profile.name_key_enterprise(side.enterprise, is_key=True, reason=reason, by=request.user, now=timezone.now())
        messages.success(request, _("It is a key enterprise now."))
        return redirect(side.url("show"))
    return _form(request, side, form, title=_("Key enterprise"))


@allow(PARK)
@require_POST
def entrust(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who looks after this enterprise."""
    side = _of_desk(request, pk)
    specialist = get_specialist_to_entrust(request.POST.get("specialist"))
    shown, now = request.POST.get("instead_of"), timezone.now()
    instead_of = ... if shown is None else int(shown) if shown.isdecimal() else None
    try:
        profile.entrust(side.enterprise, specialist, by=request.user, now=now, instead_of=instead_of)
    except profile.EntrustedElsewhere as elsewhere:
        words = {"present": elsewhere.present or _("nobody"), "chosen": specialist}
        text = _(
            "Meanwhile somebody else has changed this: %(present)s looks after this enterprise. You had chosen "
            "%(chosen)s; choose once more if it is to be so."
        )
        messages.warning(request, text % words)
    else:
        messages.success(request, _("%(name)s looks after this enterprise now.") % {"name": specialist})
    return redirect(side.url("show"))


@allow(PARK)
@require_safe
def company_evidence(request: SignedInRequest, pk: int, document: int) -> HttpResponseBase:
    return _evidence(request, _of_desk(request, pk), document)


# -- both ----------------------------------------------------------------------------------------------------------------


def _show(request: SignedInRequest, side: Side) -> HttpResponse:
    now = timezone.now()
    today = local_day(now)
    file, beside = file_of(side.enterprise, today), around(side.enterprise, at_desk=side.at_desk, today=today)
    context = {
        "side": side,
        "enterprise": side.enterprise,
        "profile": getattr(side.enterprise, "profile", None),
        "file": file,
        "parts": [_shaped(side, part) for part in file.parts],
        "around": beside,
        "sections": further_sections(side.enterprise, request.user, now),
        "contacts": [(contact, side.url("end_contact", contact.pk)) for contact in beside.contacts],
        "expected": freshness.year_expected(today),
        "description_url": side.url("description"),
        "contact_url": side.url("add_contact"),
        "key_url": side.url("key") if side.at_desk else "",
        "entrust_url": side.url("entrust") if side.at_desk else "",
    }
    return render(request, "profiles/file.html", context)


def _shaped(side: Side, part: Part) -> dict[str, Any]:
    """A part with the addresses of its items on this side; what is not known is left out of the lists."""
    return {
        "code": part.code,
        "label": part.label,
        "years": part.years,
        "is_empty": part.is_empty,
        "edit_url": side.url("values", part.code),
        "known_lines": [(line, side.url("history", line.item.code)) for line in part.lines if line.is_known],
        "known_table": [(line, side.url("history", line.item.code)) for line in part.table if line.is_known],
    }


def _values(request: SignedInRequest, side: Side, code: str) -> HttpResponse:
    """The values of one group and year. What was typed stays on the page when something is wrong with it."""
    group = next((one for one in items.groups() if one.code == code), None)
    if group is None:
        raise Http404(code)
    today = local_day(timezone.now())
    years = _years_offered(group, today.year)
    year = _year_of(request, years, freshness.year_expected(today))
    known = accepted_values(side.enterprise, [item.code for item in group.items], year)
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = ValuesForm(data, files, group=group, year=year, known=known, at_desk=side.at_desk)
    evidence = _evidence_of(request, side, form) if request.method == "POST" else None
    if request.method == "POST" and form.is_valid():
        _record(request, side, form, evidence)
        return redirect(side.url("show") + f"#{group.code}")
    context = {
        "side": side,
        "enterprise": side.enterprise,
        "crumbs": [*side.crumbs, {"label": str(group.label)}],
        "group": group,
        "form": form,
        "back_url": side.url("show"),
        "kept": evidence,
        "year": year,
        "years": [(one, f"{side.url('values', group.code)}?year={one}") for one in years if one != UNDATED],
        "undated_url": side.url("values", group.code) if UNDATED in years and len(years) > 1 else "",
    }
    return render(request, "profiles/file_values.html", context, status=UNPROCESSABLE if form.is_bound else 200)


def _evidence_of(request: SignedInRequest, side: Side, form: ValuesForm) -> Document | None:
    """The evidence of this form: uploaded just now, or kept from a try before, when something else was wrong."""
    upload = request.FILES.get("evidence")
    if upload is None:
        return get_kept_evidence(request.user, side.enterprise, request.POST.get("kept"))
    try:
        return documents.take_upload(
            side.enterprise, upload, EVIDENCE, kind="evidence", by=request.user, now=timezone.now()
        )
    except documents.FileRefused as refused:
        form.add_error("evidence", refused.text)
        return None


def _record(request: SignedInRequest, side: Side, form: ValuesForm, evidence: Document | None) -> None:
    said = form.said()
    if not said:
        messages.info(request, _("Nothing was changed."))
        return
    rows = values.record_values(
        side.enterprise,
        said,
        source=ValueSource(form.cleaned_data["source"]) if side.at_desk else ValueSource.ENTERPRISE,
        by=request.user,
        now=timezone.now(),
        document=evidence,
        note=form.cleaned_data["note"],
    )
    messages.success(request, _("Saved: %(values)s") % {"values": said_words(rows)} if rows else _("Saved."))
    if any(not row.is_accepted for row in rows):
        differs = _("Some values differ from what a more trusted source says; a specialist will look at them.")
        messages.warning(request, differs)


def _history(request: SignedInRequest, side: Side, code: str) -> HttpResponse:
    item = items.items().get(code)
    if item is None:
        raise Http404(code)
    cells = history_of(side.enterprise, item)
    counting = {cell.row.year: cell.row.pk for cell in cells if cell.row.is_accepted}
    context = {
        "side": side,
        "enterprise": side.enterprise,
        "crumbs": [*side.crumbs, {"label": str(item.label)}],
        "item": item,
        "rows": [
            (
                cell,
                side.url("evidence", cell.row.document_id) if cell.row.document_id else "",
                side.url("accept", cell.row.pk) if side.at_desk else "",
                [("instead_of", counting.get(cell.row.year, ""))],
            )
            for cell in cells
        ],
        "edit_url": side.url("values", item.group),
    }
    return render(request, "profiles/file_history.html", context)


def _description(request: SignedInRequest, side: Side) -> HttpResponse:
    present = getattr(side.enterprise, "profile", None)
    initial = {name: getattr(present, name, "") for name in DescriptionForm.base_fields}
    form = DescriptionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        changed = {name: form.cleaned_data[name] for name in form.touched}
        profile.describe_enterprise(side.enterprise, by=request.user, now=timezone.now(), **changed)
        messages.success(request, _("Saved."))
        return redirect(side.url("show"))
    return _form(request, side, form, title=_("What the enterprise does"))


def _add_contact(request: SignedInRequest, side: Side) -> HttpResponse:
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        name = {"name": form.cleaned_data["name"]}
        try:
            profile.add_contact(side.enterprise, by=request.user, now=timezone.now(), **form.cleaned_data)
        except profile.ContactKnown:
            messages.info(request, _("%(name)s is on the file already.") % name)
        else:
            messages.success(request, _("%(name)s is on the file now.") % name)
        return redirect(side.url("show") + "#contacts")
    return _form(request, side, form, title=_("Add a contact"))


def _end_contact(request: SignedInRequest, side: Side, pk: int) -> HttpResponse:
    contact = get_contact(side.enterprise, pk)
    if profile.end_contact(contact, by=request.user, now=timezone.now()):
        messages.success(request, _("%(name)s is no longer a contact.") % {"name": contact})
    return redirect(side.url("show") + "#contacts")


def _evidence(request: SignedInRequest, side: Side, pk: int) -> HttpResponseBase:
    document = get_evidence(side.enterprise, pk)
    inline = is_inline(request, document)
    thread = values.thread_of(side.enterprise.pk)
    stream = documents.hand_out(document, by=request.user, now=timezone.now(), thread=thread, inline=inline)
    return sent(document, stream, inline=inline)


def _form(request: SignedInRequest, side: Side, form: Any, *, title: str) -> HttpResponse:
    context = {
        "enterprise": side.enterprise,
        "crumbs": [*side.crumbs, {"label": title}],
        "title": title,
        "form": form,
        "back_url": side.url("show"),
    }
    return render(request, "profiles/file_form.html", context, status=UNPROCESSABLE if form.is_bound else 200)


def _years_offered(group: Group, this_year: int) -> list[int]:
    """0 for what has no year, then the years, the latest first."""
    kinds = {item.by_year for item in group.items}
    years = list(range(this_year, this_year - YEARS_OFFERED, -1)) if True in kinds else []
    return [*([UNDATED] if False in kinds else []), *years]


def _year_of(request: SignedInRequest, years: list[int], expected: int) -> int:
    asked = request.GET.get("year", "")
    found = next((year for year in years if str(year) == asked), None)
    if found is not None:
        return found
    return UNDATED if UNDATED in years else expected
