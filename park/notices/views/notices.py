from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from park.accounts.http import SignedInRequest
from park.accounts.policies import SIGNED_IN, allow
from park.notices import services
from park.notices.kinds import words
from park.notices.models import Notice

PAGE = 30


@allow(SIGNED_IN)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """What one was told, newest first."""
    notices = Notice.objects.filter(recipient=request.user)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        notices = notices.filter(pk__lt=int(before))
    found = list(notices.order_by("-pk")[: PAGE + 1])
    page = {
        "rows": [(notice, words(notice.kind, notice.data)) for notice in found[:PAGE]],
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "before": before,
    }
    return render(request, "notices/list.html", page)


@allow(SIGNED_IN)
@require_safe
def open_notice(request: SignedInRequest, pk: int) -> HttpResponse:
    """Mark a notice as read and go where it leads."""
    notice = get_object_or_404(Notice, recipient=request.user, pk=pk)
    services.mark_read(user=request.user, now=timezone.now(), pk=notice.pk)
    inside = url_has_allowed_host_and_scheme(notice.path, allowed_hosts=None)
    return redirect(notice.path if inside and notice.path else "notices:list")


@allow(SIGNED_IN)
@require_POST
def read_all(request: SignedInRequest) -> HttpResponse:
    services.mark_read(user=request.user, now=timezone.now())
    return redirect("notices:list")
