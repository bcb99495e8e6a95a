"""One clock by itself, for staff: why it is due when it is, and what has happened to it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from park.accounts.http import SignedInRequest
from park.accounts.policies import COCKPIT, DESK, allow
from park.deadlines import history, selectors
from park.deadlines.permissions import get_clock, may_open_its_page


@allow(DESK)
@require_safe
def one_clock(request: SignedInRequest, pk: int) -> HttpResponse:
    clock = get_clock(request.user, pk)
    crumbs = [{"url": reverse("cockpit:dashboard"), "label": _("Deadlines")}] if COCKPIT.admits(request.user) else []
    context = {
        "clock": selectors.clock_view(clock, timezone.now(), with_days=True),
        "entries": history.of_clock(clock),
        "crumbs": [*crumbs, {"label": clock.label}],
        "path": clock.path if may_open_its_page(request.user, clock) else "",
    }
    return render(request, "deadlines/clock.html", context)
