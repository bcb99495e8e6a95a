"""Who recommended the park: asked of an enterprise about itself. The answer is the same whomever it names."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from park.accounts.http import SignedInRequest
from park.accounts.permissions import get_enterprise
from park.accounts.policies import ENTERPRISE, allow
from profiles.forms.referral import ReferralForm
from profiles.models import Referral
from profiles.services.referral import record_referral


@allow(ENTERPRISE)
@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: SignedInRequest) -> HttpResponse:
    enterprise = get_enterprise(request.user)
    form = ReferralForm(request.POST or None)
    if not form.is_valid():
        said_at = Referral.objects.filter(enterprise=enterprise).values_list("at", flat=True).first()
        page = {"form": form, "said_at": said_at}
        return render(request, "profiles/referral.html", page, status=422 if form.is_bound else 200)
    record_referral(enterprise, referrer=form.cleaned_data["referrer"], by=request.user, now=timezone.now())
    messages.success(request, _("Thank you, that is noted."))
    return redirect("referral:mine")
