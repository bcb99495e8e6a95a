"""Who recommended the park to whom, and the referral rate by year."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from park.accounts.http import SignedInRequest
from park.accounts.policies import PARK, allow
from profiles.forms.referral import ReferralForm
from profiles.models import Referral
from profiles.permissions.files import get_file
from profiles.permissions.referral import visible_referrals
from profiles.selectors.referral import referral_rates
from profiles.services.referral import record_referral
from profiles.views.paging import page_of


@allow(PARK)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    rows, first, further = page_of(request, visible_referrals(request.user))
    page = {"rates": referral_rates(), "rows": rows, "previous_url": first, "next_url": further}
    return render(request, "profiles/referrals_desk.html", page)


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def company(request: SignedInRequest, pk: int) -> HttpResponse:
    enterprise = get_file(request.user, pk)
    form = ReferralForm(request.POST or None)
    if not form.is_valid():
        referral = Referral.objects.select_related("referrer", "by").filter(enterprise=enterprise).first()
        page = {"enterprise": enterprise, "referral": referral, "form": form}
        return render(request, "profiles/referral_desk.html", page, status=422 if form.is_bound else 200)
    kept = record_referral(enterprise, referrer=form.cleaned_data["referrer"], by=request.user, now=timezone.now())
    if kept.referrer:
        messages.success(request, _("Recorded and linked with %(name)s.") % {"name": kept.referrer.name})
    else:
        messages.info(request, _("Recorded as words: no enterprise of the park has exactly this name or code."))
    return redirect("referrals:company", pk)
