"""Leave a task: hand it over to a colleague, or refuse the case."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lifecycle import permissions
from lifecycle.forms.desk import RejectForm, TransferForm
from lifecycle.services import cases, tasks
from lifecycle.views.desk.page import NOT_IN_HAND, UNPROCESSABLE, overtaken
from park.accounts.http import SignedInRequest
from park.accounts.policies import DESK, allow


@allow(DESK)
@require_http_methods(["GET", "POST"])
def transfer(request: SignedInRequest, pk: int) -> HttpResponse:
    task = permissions.get_task(request.user, pk)
    now = timezone.now()
    if not permissions.can_transfer(request.user, task):
        return overtaken(request, task)
    colleagues = tasks.colleagues(task, now)
    form = TransferForm(colleagues, request.POST or None)
    if not form.is_valid():
        context = {"task": task, "case": task.case, "form": form, "colleagues": colleagues}
        return render(request, "desk/transfer.html", context, status=UNPROCESSABLE if form.is_bound else 200)
    data = form.cleaned_data
    try:
        tasks.transfer_task(task, to=data["to"], note=data["note"], by=request.user, now=now)
    except NOT_IN_HAND:
        return overtaken(request, task, typed=data["note"])
    messages.success(request, _("Handed over to %(who)s.") % {"who": data["to"]})
    return redirect("desk:queue")


@allow(DESK)
@require_http_methods(["GET", "POST"])
def reject(request: SignedInRequest, pk: int) -> HttpResponse:
    task = permissions.get_task(request.user, pk)
    form = RejectForm(request.POST or None)
    if not permissions.can_reject(request.user, task):
        return overtaken(request, task, typed="\n".join(request.POST.get(name, "") for name in form.fields))
    if not form.is_valid():
        context = {"task": task, "case": task.case, "form": form}
        return render(request, "desk/reject.html", context, status=UNPROCESSABLE if form.is_bound else 200)
    data = form.cleaned_data
    try:
        cases.reject_case(task, reason=data["reason"], remedy=data["remedy"], by=request.user, now=timezone.now())
    except NOT_IN_HAND:
        return overtaken(request, task, typed=f"{data['reason']}\n{data['remedy']}")
    messages.success(request, _("The case is refused; the enterprise reads the reason and what it can do."))
    return redirect("desk:queue")
