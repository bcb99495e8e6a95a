"""A case as the park's side reads it, open or closed."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from lifecycle import permissions
from lifecycle.forms.desk import MessageForm
from lifecycle.selectors.casefile import CaseFile
from lifecycle.services.messages import send_message
from lifecycle.views.desk.page import UNPROCESSABLE, case_facts
from park.accounts.http import SignedInRequest
from park.accounts.policies import DESK, allow


@allow(DESK)
@require_GET
def show(request: SignedInRequest, uid: str) -> HttpResponse:
    return case_page(request, uid)


@allow(DESK)
@require_POST
def message(request: SignedInRequest, uid: str) -> HttpResponse:
    """A word to the enterprise; `task` leads back to the page of the task it was written on."""
    case = permissions.get_case(request.user, uid)
    form = MessageForm(request.POST)
    if not form.is_valid():
        return case_page(request, uid, message_form=form)
    back = request.POST.get("task", "")
    # read before anything is sent: whoever is told that there is no such task sends the message again
    task = permissions.get_task(request.user, int(back)) if back.isdecimal() and len(back) < 19 else None
    send_message(case, body=form.cleaned_data["body"], by=request.user, now=timezone.now())
    messages.success(request, _("Sent."))
    return redirect("desk:task", task.pk) if task else redirect("desk:case", case.uid)


def case_page(request: SignedInRequest, uid: str, **bound: forms.Form) -> HttpResponse:
    """The page of a case. `bound` brings a form back as it was typed, with what is wrong with it."""
    case = permissions.get_case(request.user, uid)
    now = timezone.now()
    file = CaseFile(case)
    visible = {task.pk for task in file.tasks if permissions.can_see(request.user, task)}
    facts = case_facts(file, None, request.user, now)
    if "team_form" in bound:
        facts["experts"].put(bound["team_form"])
    context = {
        "case": case,
        "papers": file.papers,
        "visible": visible,
        "open_task": next((t for t in file.tasks if t.pk in visible and t.is_open), None),
        **facts,
        **bound,
    }
    return render(request, "desk/case.html", context, status=UNPROCESSABLE if bound else 200)
