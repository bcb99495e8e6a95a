"""The people who act for an enterprise. Signatories invite, decide and end; everybody sees who is there."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from park.accounts import services
from park.accounts.forms import InviteForm
from park.accounts.http import SignedInRequest
from park.accounts.permissions import get_enterprise, get_member_to_manage, is_signatory, visible_members
from park.accounts.policies import ENTERPRISE, allow
from park.accounts.selectors import standing_of


@allow(ENTERPRISE)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    members = list(visible_members(request.user))
    standing = standing_of(request.user)
    page = {
        "members": [m for m in members if m.approval == "approved"],
        "waiting": [m for m in members if m.approval == "pending"],
        "standing": standing,
        "may_manage": standing.enterprise is not None and is_signatory(request.user, standing.enterprise.pk),
    }
    return render(request, "accounts/members.html", page)


@allow(ENTERPRISE)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: SignedInRequest) -> HttpResponse:
    """Open a login for a colleague. The first password stands on the answer, and nowhere afterwards."""
    enterprise = get_enterprise(request.user)
    if not is_signatory(request.user, enterprise.pk):
        raise Http404("not a signatory")
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            membership, password = services.invite_member(
                enterprise=enterprise, by=request.user, now=timezone.now(), **form.cleaned_data
            )
        except services.AlreadyMember:
            form.add_error("username", _("This login name or e-mail address is taken. Please choose another."))
        else:
            return render(request, "accounts/invited.html", {"membership": membership, "password": password})
    status = 422 if form.is_bound else 200
    return render(request, "accounts/invite.html", {"form": form, "enterprise": enterprise}, status=status)


@allow(ENTERPRISE)
@require_POST
def decide(request: SignedInRequest, pk: int) -> HttpResponse:
    """Let somebody who asked act for the enterprise, or not."""
    membership = get_member_to_manage(request.user, pk)
    approve = request.POST.get("approve") == "1"
    try:
        services.decide_membership(membership=membership, approve=approve, by=request.user, now=timezone.now())
    except services.AlreadyDecided:
        messages.info(request, _("Somebody else has decided already."))
    else:
        name = membership.user.get_full_name()
        said = _("%(name)s can act for your enterprise now.") if approve else _("%(name)s was not let in.")
        messages.success(request, said % {"name": name})
    return redirect("accounts:members")


@allow(ENTERPRISE)
@require_POST
def signatory(request: SignedInRequest, pk: int) -> HttpResponse:
    """Name a colleague as authorised signatory."""
    membership = get_member_to_manage(request.user, pk)
    try:
        services.name_signatory(membership=membership, by=request.user, now=timezone.now())
    except services.AlreadyDecided:
        messages.info(request, _("Somebody else has decided already."))
    else:
        said = _("%(name)s may sign for your enterprise now, and signs in with a one-time code from the next time on.")
        messages.success(request, said % {"name": membership.user.get_full_name()})
    return redirect("accounts:members")


@allow(ENTERPRISE)
@require_POST
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    membership = get_member_to_manage(request.user, pk)
    try:
        services.end_membership(membership=membership, by=request.user, now=timezone.now())
    except services.LastSignatory:
        messages.error(request, _("An enterprise keeps at least one signatory. Please name another one first."))
    except services.AlreadyDecided:
        messages.info(request, _("Somebody else has decided already."))
    else:
        said = _("%(name)s no longer acts for your enterprise.") % {"name": membership.user.get_full_name()}
        messages.success(request, said)
    return redirect("accounts:members")
