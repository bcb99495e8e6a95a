"""One's own keys to the API."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from park.accounts import services
from park.accounts.forms import TokenForm
from park.accounts.http import SignedInRequest
from park.accounts.models import ApiToken
from park.accounts.permissions import get_own_token
from park.accounts.policies import SIGNED_IN, allow


@allow(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: SignedInRequest) -> HttpResponse:
    """The list; a new token stands on the answer that makes it, and nowhere afterwards."""
    form, made, text = TokenForm(request.POST or None), None, ""
    if request.method == "POST" and form.is_valid():
        made, text = services.make_token(user=request.user, name=form.cleaned_data["name"], now=timezone.now())
        form = TokenForm()
    tokens = ApiToken.objects.filter(user=request.user, revoked_at__isnull=True).order_by("-pk")
    page = {"form": form, "tokens": tokens, "made": made, "text": text}
    return render(request, "accounts/tokens.html", page, status=422 if form.is_bound else 200)


@allow(SIGNED_IN)
@require_POST
def revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    token = get_own_token(request.user, pk)
    services.revoke_token(token=token, by=request.user, now=timezone.now())
    messages.success(request, _("The token %(name)s no longer works.") % {"name": token.name})
    return redirect("accounts:tokens")
