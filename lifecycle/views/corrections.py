from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lifecycle.models import CorrectionItem
from lifecycle.permissions import get_own_case
from lifecycle.services import review
from lifecycle.services.errors import CaseMoved, Incomplete
from park.accounts.http import SignedInRequest
from park.accounts.policies import ENTERPRISE, allow


@allow(ENTERPRISE)
@require_POST
def tick(request: SignedInRequest, uid: str, pk: int) -> HttpResponse:
    """Tick an item off the list, or take the tick back."""
    case = get_own_case(request.user, uid)
    item = get_object_or_404(CorrectionItem.objects.filter(notice__case=case), pk=pk)
    try:
        review.tick_item(case, item, done=request.POST.get("done") == "1", by=request.user, now=timezone.now())
    except Incomplete:
        messages.error(request, _("Please hand in a new version first; then it can be ticked off."))
    except CaseMoved:
        messages.warning(request, _("The case has moved on in the meantime. The page shows how it is now."))
    return redirect("cases:track", uid=case.uid)


@allow(ENTERPRISE)
@require_POST
def answer(request: SignedInRequest, uid: str) -> HttpResponse:
    """Hand in everything that was to be corrected."""
    case = get_own_case(request.user, uid)
    try:
        review.answer_correction(case, by=request.user, now=timezone.now())
    except Incomplete as incomplete:
        for gap in incomplete.missing:
            messages.error(request, gap.text)
    except CaseMoved:
        messages.warning(request, _("The case has moved on in the meantime. The page shows how it is now."))
    else:
        messages.success(request, _("Handed in. The clocks run on."))
    return redirect("cases:track", uid=case.uid)
