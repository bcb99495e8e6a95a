"""The team and one person of it: skills, certificates, absences, load."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from park.accounts.http import SignedInRequest
from park.accounts.policies import DESK, allow
from park.team import permissions
from park.team.forms import AbsenceForm, CertificateForm, TrainingForm, WithdrawForm
from park.team.models import Specialist
from park.team.selectors import people
from park.team.services import absences, certificates

UNPROCESSABLE = 422


@allow(DESK)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """The people of a department one leads; whoever leads none finds their own page."""
    try:
        department = permissions.get_led_department(request.user, request.GET.get("department", "")[:20])
    except Http404:
        if request.GET:
            raise
        return _own(request)
    start = request.GET.get("from", "")
    first = int(start) if start.isdecimal() and len(start) < 6 else 0
    now = timezone.now()
    page = people.team_page(department, timezone.localdate(now), now, first)
    address = f"?department={department.code}&from="
    context = {
        "department": department,
        "departments": [
            {"url": f"?department={one.code}", "label": one.name, "current": one == department}
            for one in permissions.led_departments(request.user)
        ],
        "page": page,
        "previous_url": f"{address}{page.previous}" if page.previous is not None else "",
        "next_url": f"{address}{page.following}" if page.following is not None else "",
    }
    return render(request, "team/team.html", context)


@allow(DESK)
@require_safe
def me(request: SignedInRequest) -> HttpResponse:
    return _own(request)


@allow(DESK)
@require_safe
def one_person(request: SignedInRequest, pk: int) -> HttpResponse:
    return _page(request, permissions.get_person(request.user, pk))


@allow(DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def enter_absence(request: SignedInRequest, pk: int) -> HttpResponse:
    """An absence of oneself or of somebody one leads. Whoever may hand the work over goes on to what falls due in it."""
    person, now = permissions.get_person(request.user, pk), timezone.now()
    form = AbsenceForm(person, timezone.localdate(now), request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form(request, person, form, _("Enter an absence"))
    absence = absences.set_absent(specialist=person, by=request.user, now=now, **form.cleaned_data)
    messages.success(request, _("The absence is entered. No new work comes in on its days."))
    if permissions.leads(request.user, person):
        return redirect("team:absence", absence.pk)
    return redirect("team:person", person.pk)


@allow(DESK)
@require_POST
def end_absence(request: SignedInRequest, pk: int) -> HttpResponse:
    absence = permissions.get_absence(request.user, pk)
    absences.end_absence(absence, by=request.user, now=timezone.now())
    messages.success(request, _("The absence is taken back. What was handed over stays where it is."))
    return redirect("team:person", absence.specialist_id)


@allow(DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def add_certificate(request: SignedInRequest, pk: int) -> HttpResponse:
    person = permissions.get_person_to_lead(request.user, pk)
    form = CertificateForm(request.POST if request.method == "POST" else None)

    def save(**data: Any) -> None:
        certificates.issue_certificate(holder=person, by=request.user, now=timezone.now(), **data)

    try:
        return _save(
            request, person, form, _("Add a certificate"), save, _("The certificate counts from its first day.")
        )
    except certificates.HasCertificate:
        form.add_error("issued_on", _("There is one of this kind from this day already. Choose another day or kind."))
        return _form(request, person, form, _("Add a certificate"))


@allow(DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_certificate(request: SignedInRequest, pk: int) -> HttpResponse:
    certificate = permissions.get_certificate_to_withdraw(request.user, pk)
    form = WithdrawForm(request.POST if request.method == "POST" else None)

    def save(**data: Any) -> None:
        certificates.withdraw_certificate(certificate, by=request.user, now=timezone.now(), **data)

    title = _("Withdraw: %(kind)s") % {"kind": certificate.kind.name}
    return _save(request, certificate.holder, form, title, save, _("The certificate is withdrawn and counts no more."))


@allow(DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def add_training(request: SignedInRequest, pk: int) -> HttpResponse:
    person = permissions.get_person_to_lead(request.user, pk)
    form = TrainingForm(request.POST if request.method == "POST" else None)

    def save(**data: Any) -> None:
        certificates.record_training(specialist=person, by=request.user, now=timezone.now(), **data)

    return _save(request, person, form, _("Add a training"), save, _("The training is written down."))


def _own(request: SignedInRequest) -> HttpResponse:
    return _page(request, permissions.get_own(request.user))


def _page(request: SignedInRequest, person: Specialist) -> HttpResponse:
    now = timezone.now()
    leads = permissions.leads(request.user, person)
    context = {
        "person": person,
        "view": people.person_view(person, timezone.localdate(now), now),
        "leads": leads,
        "is_me": person.user_id == request.user.pk,
        "crumbs": _crumbs(person) if leads else [],
    }
    return render(request, "team/person.html", context)


def _save(
    request: SignedInRequest, person: Specialist, form: forms.Form, title: str, save: Callable[..., None], done: str
) -> HttpResponse:
    if not form.is_valid():
        return _form(request, person, form, title)
    save(**form.cleaned_data)
    messages.success(request, done)
    return redirect("team:person", person.pk)


def _form(request: SignedInRequest, person: Specialist, form: forms.Form, title: str) -> HttpResponse:
    crumbs = [{"url": reverse("team:person", args=[person.pk]), "label": person.user.name}, {"label": title}]
    context = {"person": person, "form": form, "title": title, "crumbs": crumbs}
    return render(request, "team/form.html", context, status=UNPROCESSABLE if form.is_bound else 200)


def _crumbs(person: Specialist) -> list[dict[str, str]]:
    url = f"{reverse('team:list')}?department={person.department.code}"
    return [{"url": url, "label": person.department.name}, {"label": person.user.name}]
