"""An enterprise's own tags."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from park.accounts.http import SignedInRequest
from park.accounts.permissions import get_enterprise
from park.accounts.policies import ENTERPRISE, allow
from profiles.selectors import tags as selectors


@allow(ENTERPRISE)
@require_safe
def own(request: SignedInRequest) -> HttpResponse:
    """What the enterprise has, what it rests on, and what it had."""
    enterprise = get_enterprise(request.user)
    page = {
        "enterprise": enterprise,
        "held": selectors.held_tags(enterprise),
        "former": selectors.former_tags(enterprise),
    }
    return render(request, "profiles/tags_own.html", page)
