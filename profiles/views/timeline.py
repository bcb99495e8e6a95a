"""Everything that happened with an enterprise, from both sides."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from park.accounts.http import SignedInRequest
from park.accounts.models import Enterprise
from park.accounts.permissions import get_enterprise
from park.accounts.policies import ENTERPRISE, PARK, allow
from profiles.enums import TimelineTopic
from profiles.permissions.files import get_file, visible_enterprises
from profiles.selectors.merged import forwarded
from profiles.selectors.timeline import timeline_of


@allow(ENTERPRISE)
@require_safe
def own(request: SignedInRequest) -> HttpResponse:
    return _show(request, get_file(request.user, get_enterprise(request.user).pk), at_desk=False)


@allow(PARK)
@require_safe
def company(request: SignedInRequest, pk: int) -> HttpResponse:
    """The address of an enterprise that was merged leads to the one that was kept."""
    kept = forwarded(pk)
    if kept is not None and visible_enterprises(request.user).filter(pk=kept).exists():
        return redirect("companies:timeline", kept, permanent=True)
    return _show(request, get_file(request.user, pk), at_desk=True)


def _show(request: SignedInRequest, enterprise: Enterprise, *, at_desk: bool) -> HttpResponse:
    """Narrowed by ?topic=, from the place of ?after= on."""
    wished, after = request.GET.get("topic", ""), request.GET.get("after", "")
    topic = TimelineTopic(wished) if wished in TimelineTopic.values else None
    page = timeline_of(enterprise, request.user, timezone.now(), topic=topic, after=after)
    kept = {"topic": topic.value} if topic else {}
    context = {
        "enterprise": enterprise,
        "at_desk": at_desk,
        "topic": topic,
        "entries": page.entries,
        "filters": [
            {"url": "?", "label": _("All"), "count": None, "current": topic is None},
            *(
                {"url": f"?topic={one}", "label": one.label, "count": None, "current": one is topic}
                for one in TimelineTopic
            ),
        ],
        "previous_url": f"?{urlencode(kept)}" if after else "",
        "next_url": f"?{urlencode({**kept, 'after': page.further})}" if page.further else "",
    }
    return render(request, "profiles/timeline.html", context)
