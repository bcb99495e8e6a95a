"""Enterprises that signed up and wait for the park: approve, or refuse with a reason they read."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from park.accounts import permissions, services
from park.accounts.forms import RefuseEnterpriseForm
from park.accounts.http import SignedInRequest
from park.accounts.models import Enterprise
from park.accounts.policies import PARK, allow

UNPROCESSABLE = 422
SHOWN = 100


@allow(PARK)
@require_GET
def waiting(request: SignedInRequest) -> HttpResponse:
    return _page(request)


@allow(PARK)
@require_POST
def approve(request: SignedInRequest, pk: int) -> HttpResponse:
    enterprise = permissions.waiting_enterprises(request.user).filter(pk=pk).first()
    return _decide(request, enterprise, approve=True) if enterprise else _overtaken(request)


@allow(PARK)
@require_POST
def refuse(request: SignedInRequest, pk: int) -> HttpResponse:
    enterprise = permissions.waiting_enterprises(request.user).filter(pk=pk).first()
    if enterprise is None:
        return _overtaken(request)
    form = RefuseEnterpriseForm(request.POST, prefix=str(pk))
    if not form.is_valid():
        return _page(request, refused=form, of=enterprise)
    return _decide(request, enterprise, approve=False, note=form.cleaned_data["note"])


def _decide(request: SignedInRequest, enterprise: Enterprise, *, approve: bool, note: str = "") -> HttpResponse:
    try:
        services.decide_enterprise(
            enterprise=enterprise, approve=approve, by=request.user, now=timezone.now(), note=note
        )
    except services.AlreadyDecided:
        return _overtaken(request)
    text = _("%(name)s is approved.") if approve else _("%(name)s is refused.")
    messages.success(request, text % {"name": enterprise.name})
    return redirect("desk:enterprises")


def _overtaken(request: SignedInRequest) -> HttpResponse:
    messages.warning(request, _("Somebody was faster. The page shows how it is now."))
    return redirect("desk:enterprises")


def _page(
    request: SignedInRequest, refused: RefuseEnterpriseForm | None = None, of: Enterprise | None = None
) -> HttpResponse:
    """Oldest first; `refused` is the form of the enterprise `of` as it was typed."""
    found = permissions.waiting_enterprises(request.user).prefetch_related("memberships__user")[:SHOWN]
    rows = [
        (enterprise, refused if refused and enterprise == of else RefuseEnterpriseForm(prefix=str(enterprise.pk)))
        for enterprise in found
    ]
    return render(request, "desk/enterprises.html", {"rows": rows}, status=UNPROCESSABLE if refused else 200)
