"""A step that the enterprise does itself: it looks at what lies before it, and confirms."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lifecycle.evidence import evidence_of
from lifecycle.forms.portal import OwnStepForm
from lifecycle.models import Confirmation, Task
from lifecycle.permissions import get_own_step
from lifecycle.selectors import tracking
from lifecycle.selectors.casefile import CaseFile
from lifecycle.services import tasks
from lifecycle.services.errors import CaseMoved, NotYours
from park.accounts.http import SignedInRequest
from park.accounts.permissions import is_signatory
from park.accounts.policies import ENTERPRISE, allow


@allow(ENTERPRISE)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: SignedInRequest, uid: str, pk: int) -> HttpResponse:
    step = get_own_step(request.user, uid, pk)
    form = OwnStepForm(tasks.own_step_statement(step), request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _page(request, step, form, status=422 if form.is_bound else 200)
    try:
        tasks.confirm_own_step(
            step,
            by=request.user,
            now=timezone.now(),
            evidence=evidence_of(request),
            note=form.cleaned_data["note"],
        )
    except NotYours:
        messages.error(request, _("Only an authorised signatory of your enterprise can confirm this step."))
    except CaseMoved:
        messages.warning(request, _("The case has moved on in the meantime. The page shows how it is now."))
    else:
        messages.success(request, _("Confirmed: %(node)s.") % {"node": step.node.name})
    return redirect("cases:track", uid=step.case.uid)


def _page(request: SignedInRequest, step: Task, form: OwnStepForm, status: int) -> HttpResponse:
    case = step.case
    may = not step.node.needs_signatory or is_signatory(request.user, case.enterprise_id)
    page = {
        "case": case,
        "step": step,
        "form": form,
        "may": may and step.is_open,
        "papers": CaseFile(case).handed_over,
        "confirmation": Confirmation.objects.filter(task=step).first(),
        "signatories": [] if may else tracking.signatories(case),
        "crumbs": [
            {"url": reverse("cases:list"), "label": _("My cases")},
            {"url": tracking.track_url(case), "label": case.procedure.name},
            {"label": step.node.name},
        ],
    }
    return render(request, "lifecycle/own_step.html", page, status=status)
