"""An enterprise's cases: the list, one case, and what can be done with it at any time."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lifecycle.forms.portal import MessageForm, WithdrawForm
from lifecycle.models import Case
from lifecycle.permissions import get_own_case, newest_cases
from lifecycle.selectors import drafts, tracking
from lifecycle.selectors.casefile import CaseFile
from lifecycle.selectors.catalogue import get_published, published_procedures
from lifecycle.services import cases
from lifecycle.services.errors import CaseMoved
from lifecycle.services.messages import send_message
from park.accounts.http import SignedInRequest
from park.accounts.permissions import enterprises_of
from park.accounts.policies import ENTERPRISE, allow
from park.accounts.selectors import standing_of

PAGE = 50


@allow(ENTERPRISE)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """All cases of one's own enterprise, newest first by pages; where nothing is approved yet, what is being waited for."""
    before = request.GET.get("before", "")
    earlier_than = int(before) if before.isdecimal() and len(before) < 19 else None
    found = newest_cases(request.user, PAGE + 1, earlier_than)
    lines = tracking.case_lines(found[:PAGE], timezone.now())
    page = {
        "lines": lines,
        "waiting": sum(line.todo.needs_you for line in lines),
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "before": before,
        "standing": standing_of(request.user),
        "procedures": published_procedures(),
    }
    return render(request, "lifecycle/cases.html", page)


@allow(ENTERPRISE)
@require_POST
def begin(request: SignedInRequest, code: str) -> HttpResponse:
    procedure = get_published(code)
    enterprise = enterprises_of(request.user).approved().first()
    if enterprise is None:
        messages.warning(request, _("You can apply as soon as the park has approved your enterprise."))
        return redirect("cases:list")
    try:
        case = cases.begin_case(enterprise=enterprise, procedure=procedure, by=request.user, now=timezone.now())
    except cases.AlreadyOpen as already:
        messages.info(request, _("This is under way already; here is how far it has come."))
        return redirect("cases:track", uid=already.case.uid)
    except cases.NotForThisEnterprise:
        messages.warning(request, _("Only a company that is still being set up can apply for this."))
        return redirect("procedures:show", code=code)
    return redirect(drafts.step_url(case, drafts.first_open_step(case, timezone.now())))


@allow(ENTERPRISE)
@require_safe
def track(request: SignedInRequest, uid: str) -> HttpResponse:
    case = get_own_case(request.user, uid)
    return _tracking(request, case, MessageForm())


@allow(ENTERPRISE)
@require_safe
def version(request: SignedInRequest, uid: str) -> HttpResponse:
    """The changing part of the tracking page, or 304 while it reads as before."""
    case = get_own_case(request.user, uid)
    now = timezone.now()
    tag = tracking.live_tag(case, request.user, now)
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    page = tracking.case_page(CaseFile(case), request.user, now, tag=tag)
    response = render(request, "lifecycle/track_live.html", page)
    response.headers["ETag"] = page["tag"]
    return response


@allow(ENTERPRISE)
@require_POST
def message(request: SignedInRequest, uid: str) -> HttpResponse:
    case = get_own_case(request.user, uid)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return _tracking(request, case, form, status=422)
    send_message(case, body=form.cleaned_data["body"], by=request.user, now=timezone.now())
    messages.success(request, _("Your message is on its way."))
    return redirect("cases:track", uid=case.uid)


@allow(ENTERPRISE)
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: SignedInRequest, uid: str) -> HttpResponse:
    """Ask once, then withdraw for good."""
    case = get_own_case(request.user, uid)
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    if case.is_closed:
        messages.info(request, _("This case is closed already."))
        return redirect("cases:track", uid=case.uid)
    if request.method != "POST" or not form.is_valid():
        status = 422 if form.is_bound else 200
        crumbs = [
            {"url": reverse("cases:list"), "label": _("My cases")},
            {"url": tracking.track_url(case), "label": case.procedure.name},
            {"label": _("Withdraw the application")},
        ]
        return render(request, "lifecycle/withdraw.html", {"case": case, "form": form, "crumbs": crumbs}, status=status)
    try:
        cases.withdraw_case(case, by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"])
    except CaseMoved:
        messages.warning(request, _("The case has moved on in the meantime. The page shows how it is now."))
    else:
        messages.success(request, _("The application is withdrawn."))
    return redirect("cases:track", uid=case.uid)


def _tracking(request: SignedInRequest, case: Case, form: MessageForm, status: int = 200) -> HttpResponse:
    now, file = timezone.now(), CaseFile(case)
    file.read_by(request.user, now)
    page: dict[str, Any] = tracking.case_page(file, request.user, now)
    return render(request, "lifecycle/track.html", {**page, "form": form}, status=status)
