"""What waits to leave the house, what rests, and what was given up."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from park.accounts.http import SignedInRequest
from park.accounts.policies import LEADERS, allow
from park.notices import selectors, services
from park.notices.models import OutboxMessage

PAGE = 30


@allow(LEADERS)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    dead = OutboxMessage.objects.filter(is_dead=True, delivered_at__isnull=True).select_related("notice__recipient")
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        dead = dead.filter(pk__lt=int(before))
    found = list(dead.order_by("-pk")[: PAGE + 1])
    page = {
        "lines": selectors.lines(now),
        "dead": found[:PAGE],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "before": before,
    }
    return render(request, "notices/outbox.html", page)


@allow(LEADERS)
@require_POST
def retry(request: SignedInRequest) -> HttpResponse:
    """One message, or all that a channel has given up."""
    number, channel = request.POST.get("message", ""), request.POST.get("channel", "")
    chosen = OutboxMessage.objects.filter(channel=channel)
    if number.isdecimal() and len(number) < 19:
        chosen = OutboxMessage.objects.filter(pk=int(number))
    count = services.try_again(chosen, by=request.user, now=timezone.now())
    words = ngettext("%(count)s message will be sent again.", "%(count)s messages will be sent again.", count)
    messages.add_message(request, messages.SUCCESS if count else messages.WARNING, words % {"count": count})
    return redirect("notices:outbox")
