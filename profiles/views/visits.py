"""Visits as the enterprise sees them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from park.accounts.http import SignedInRequest
from park.accounts.policies import ENTERPRISE, allow
from profiles.selectors.visits import next_and_past


@allow(ENTERPRISE)
@require_GET
def overview(request: SignedInRequest) -> HttpResponse:
    coming, past = next_and_past(request.user)
    return render(request, "profiles/visits_own.html", {"coming": coming, "past": past})
