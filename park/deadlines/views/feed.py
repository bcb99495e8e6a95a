"""Where a person makes the secret address of their calendar, and the file under it."""

import hashlib
import secrets

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.views.decorators.http import require_GET, require_POST, require_safe

from park.accounts.enums import Role
from park.accounts.http import SignedInRequest
from park.accounts.models import User
from park.accounts.policies import FEED, PUBLIC, allow
from park.accounts.services import digest
from park.deadlines.feed import MOST, appointments_of, as_calendar, clocks_of
from park.deadlines.models import FeedKey
from park.events import services as events


@allow(FEED)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    key = FeedKey.objects.filter(user=request.user, revoked_at__isnull=True).first()
    return render(request, "deadlines/feed.html", {"key": key})


@allow(FEED)
@require_POST
def renew(request: SignedInRequest) -> HttpResponse:
    """A new address; the one before no longer works. It stands on this answer and nowhere afterwards."""
    now, text = timezone.now(), secrets.token_urlsafe(24)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=request.user.pk)
        FeedKey.objects.filter(user=request.user, revoked_at__isnull=True).update(revoked_at=now)
        key = FeedKey.objects.create(user=request.user, digest=digest(text), created_at=now)
        events.record("feed.made", subject=key, by=request.user, at=now, internal=True)
    address = f"{settings.PUBLIC_URL}{reverse('deadlines:ics', args=[text])}"
    return render(request, "deadlines/feed.html", {"key": key, "address": address})


@allow(FEED)
@require_POST
def revoke(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    with transaction.atomic():
        for key in FeedKey.objects.select_for_update().filter(user=request.user, revoked_at__isnull=True):
            key.revoked_at = now
            key.save(update_fields=["revoked_at"])
            events.record("feed.revoked", subject=key, by=request.user, at=now, internal=True)
    return redirect("deadlines:feed")


@allow(PUBLIC)
@require_GET
def calendar_file(request: HttpRequest, key: str) -> HttpResponse:
    """The file itself; the address is the secret. An address that does not work does not exist."""
    found = FeedKey.objects.select_related("user").filter(
        digest=digest(key), revoked_at__isnull=True, user__is_active=True
    )
    owner = found.first()
    if owner is None:
        raise Http404("no such calendar")
    user, now = owner.user, timezone.now()
    clocks = clocks_of(user, now).select_related("enterprise").with_pauses().order_by("due_at", "pk")[:MOST]
    with translation.override(user.language):
        body = as_calendar(
            clocks, now, for_enterprise=user.role == Role.ENTERPRISE, appointments=appointments_of(user, now)
        )
    steady = b"\n".join(line for line in body.splitlines() if not line.startswith(b"DTSTAMP"))
    tag = f'"{hashlib.sha256(steady).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=300"}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers=headers)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)
    response.headers["Content-Disposition"] = 'inline; filename="deadlines.ics"'
    return response
