"""What somebody keeps for their own work: watched cases, views of the queue; and notes for colleagues."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lifecycle import permissions
from lifecycle.forms.desk import FilterNameForm, NoteForm
from lifecycle.services import watching
from lifecycle.services.notes import write_note
from lifecycle.views.desk.case import case_page
from lifecycle.views.desk.page import UNPROCESSABLE
from lifecycle.views.desk.queue import address, wanted_by
from park.accounts.http import SignedInRequest
from park.accounts.policies import DESK, allow


@allow(DESK)
@require_POST
def watch(request: SignedInRequest, uid: str) -> HttpResponse:
    """`act` "unwatch" ends it; `task` leads back to the page of the task on which the button was pressed."""
    case = permissions.get_case(request.user, uid)
    task = _task(request)
    if request.POST.get("act") == "unwatch":
        watching.unwatch_case(case, by=request.user)
        messages.success(request, _("You no longer watch this case."))
    else:
        watching.watch_case(case, by=request.user, now=timezone.now())
        messages.success(request, _("You watch this case: you are told when it moves."))
    return redirect("desk:task", task) if task else redirect("desk:case", case.uid)


@allow(DESK)
@require_POST
def note(request: SignedInRequest, uid: str) -> HttpResponse:
    case = permissions.get_case(request.user, uid)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return case_page(request, uid, note_form=form)
    task = _task(request)
    write_note(case, body=form.cleaned_data["note"], by=request.user, now=timezone.now())
    messages.success(request, _("The note is kept; the enterprise does not see it."))
    return redirect("desk:task", task) if task else redirect("desk:case", case.uid)


@allow(DESK)
@require_POST
def save_filter(request: SignedInRequest) -> HttpResponse:
    """What the address of the queue asks for, under a name; the fields are those of the address."""
    wanted = wanted_by(request.POST, request.user)
    form = FilterNameForm(request.POST)
    if form.is_valid():
        try:
            kept = watching.save_filter(wanted, name=form.cleaned_data["name"], by=request.user, now=timezone.now())
        except watching.TooMany:
            most = _("You keep %(n)s views already: please remove one first.") % {"n": watching.MOST_FILTERS}
            form.add_error("name", most)
        else:
            messages.success(request, _("Kept: %(name)s.") % {"name": kept.name})
            return redirect(address(wanted))
    context = {"form": form, "wanted": wanted, "back": address(wanted)}
    return render(request, "desk/save_filter.html", context, status=UNPROCESSABLE)


@allow(DESK)
@require_POST
def drop_filter(request: SignedInRequest, pk: int) -> HttpResponse:
    kept = permissions.get_saved_filter(request.user, pk)
    watching.drop_filter(kept)
    messages.success(request, _("Removed: %(name)s.") % {"name": kept.name})
    return redirect("desk:queue")


def _task(request: SignedInRequest) -> int | None:
    """The number of the task that the form names, if this reader may see it."""
    back = request.POST.get("task", "")
    return permissions.get_task(request.user, int(back)).pk if back.isdecimal() and len(back) < 19 else None
