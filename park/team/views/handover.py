"""Work that would change hands: looked at first, then done in one act."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from park.accounts.http import SignedInRequest
from park.accounts.policies import DESK, allow
from park.team import permissions
from park.team.forms import HandOverForm
from park.team.models import Department
from park.team.selectors import handover
from park.team.selectors.handover import Proposal
from park.team.services.handover import Move, Overtaken, hand_over_many

CONFLICT, UNPROCESSABLE = 409, 422


@allow(DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def absence(request: SignedInRequest, pk: int) -> HttpResponse:
    """What falls due in an absence, and who could have it."""
    found, now = permissions.get_absence_to_cover(request.user, pk), timezone.now()
    person, today = found.specialist, timezone.localdate(now)

    def propose() -> list[Proposal]:
        return handover.due_in_absence(person, found.first_on, found.last_on, today, now)

    page = {
        "title": _("What falls due while %(who)s is away") % {"who": person.user.name},
        "absence": found,
        "empty": _("Nothing falls due in this absence"),
        "back": reverse("team:person", args=[person.pk]),
        "crumbs": [
            {"url": reverse("team:person", args=[person.pk]), "label": person.user.name},
            {"label": _("Absence")},
        ],
    }
    return _page(request, propose, person.department, page)


@allow(DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def balance(request: SignedInRequest) -> HttpResponse:
    """Moves that bring the loads of a department nearer to even."""
    department = permissions.get_led_department(request.user, request.GET.get("department", "")[:20])
    now = timezone.now()

    def propose() -> list[Proposal]:
        return handover.evening_out(department.pk, timezone.localdate(now), now)

    back = f"{reverse('team:list')}?department={department.code}"
    page = {
        "title": _("Bring loads nearer to even"),
        "department": department,
        "empty": _("The loads are as even as they can be"),
        "back": back,
        "crumbs": [{"url": back, "label": department.name}, {"label": _("Even out")}],
    }
    return _page(request, propose, department, page)


def _page(
    request: SignedInRequest, propose: Callable[[], list[Proposal]], department: Department, page: dict[str, Any]
) -> HttpResponse:
    proposals, status = propose(), 200
    keys = [one.key for one in proposals if one.to]
    form = HandOverForm(keys, request.POST if request.method == "POST" else None)
    if form.is_valid():
        moves = [_move(key) for key in form.cleaned_data["move"]]
        note = form.cleaned_data["note"] or page["title"]
        try:
            count = hand_over_many(moves, department=department, note=note, by=request.user, now=timezone.now())
        except Overtaken:
            form.add_error("move", form.fields["move"].error_messages["invalid_choice"])
            proposals, status = propose(), CONFLICT
        else:
            text = ngettext("%(n)s piece of work has changed hands.", "%(n)s pieces of work have changed hands.", count)
            messages.success(request, text % {"n": count})
            return redirect(page["back"])
    elif form.is_bound:
        status = UNPROCESSABLE
    ticked = set(request.POST.getlist("move")) if form.is_bound else set(keys)
    rows = [(one, one.key in ticked) for one in proposals]
    return render(
        request, "team/handover.html", {**page, "rows": rows, "form": form, "can_do": bool(keys)}, status=status
    )


def _move(key: str) -> Move:
    kind, number, to = key.split(":")
    return Move(kind, int(number), int(to))
