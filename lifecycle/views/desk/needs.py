"""Tie a case to a need of the enterprise's file."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lifecycle.forms.needs import TieForm
from lifecycle.selectors.needs import cases_to_tie
from lifecycle.services.errors import CaseMoved
from lifecycle.services.needs import tie_need
from park.accounts.http import SignedInRequest
from park.accounts.policies import PARK, allow
from profiles.permissions.needs import get_need_to_work_on
from profiles.services.needs import NeedMoved


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def tie(request: SignedInRequest, pk: int) -> HttpResponse:
    need = get_need_to_work_on(request.user, pk)
    cases = cases_to_tie(need, request.user)
    form = TieForm(cases, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        page = {"need": need, "form": form, "has_cases": cases.exists()}
        return render(request, "desk/tie_need.html", page, status=422 if form.is_bound else 200)
    try:
        tie_need(form.cleaned_data["case"], need, by=request.user, now=timezone.now())
    except (CaseMoved, NeedMoved):
        messages.warning(request, _("Somebody was faster. The page shows how it is now."))
    else:
        messages.success(request, _("Tied. When the case is completed, the need is satisfied by it."))
    return redirect("desk_needs:show", need.pk)
