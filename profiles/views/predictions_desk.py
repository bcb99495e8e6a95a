"""What is foreseen, at the desk: the list by strength, and what people decide about it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from park.accounts.http import SignedInRequest
from park.accounts.policies import PARK, allow
from profiles.enums import PredictionState
from profiles.forms.needs import DismissForm, RaiseForm
from profiles.models import PredictedNeed
from profiles.permissions.needs import can_decide_prediction, get_prediction_to_decide, visible_predictions
from profiles.selectors.prediction import foreseen
from profiles.services import prediction

PAGE = 50
STATES = (PredictionState.OPEN, PredictionState.SHARED)
UNPROCESSABLE = 422


@allow(PARK)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """The strongest first; those shown to the enterprise on a list of their own."""
    asked = request.GET.get("state", "")
    state = PredictionState(asked) if asked in STATES else PredictionState.OPEN
    start = request.GET.get("from", "")
    first = int(start) if start.isdecimal() and len(start) < 7 else 0
    found = visible_predictions(request.user).filter(state=state).order_by("-score", "pk")
    shown = list(found[first : first + PAGE + 1])
    page = {
        "rows": foreseen(shown[:PAGE], timezone.now(), lambda one: can_decide_prediction(request.user, one)),
        "states": [{"url": f"?state={s}", "label": s.label, "current": s == state} for s in STATES],
        "previous_url": f"?state={state}&from={max(0, first - PAGE)}" if first else "",
        "next_url": f"?state={state}&from={first + PAGE}" if len(shown) > PAGE else "",
        "is_shared": state == PredictionState.SHARED,
    }
    return render(request, "profiles/predictions_desk.html", page)


@allow(PARK)
@require_POST
def share(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_prediction_to_decide(request.user, pk)
    try:
        prediction.share_prediction(one, by=request.user, now=timezone.now())
    except prediction.PredictionMoved:
        messages.warning(request, _("Somebody was faster. The page shows how it is now."))
    else:
        messages.success(request, _("The enterprise sees it now and is asked whether it is so."))
    return redirect("desk_needs:of_enterprise", one.enterprise_id)


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def dismiss(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_prediction_to_decide(request.user, pk)
    form = DismissForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _question(request, one, form, _("Set this aside"), _("Set aside"))
    try:
        prediction.dismiss_prediction(one, note=form.cleaned_data["note"], by=request.user, now=timezone.now())
    except prediction.PredictionMoved:
        return _overtaken(request, one, form, "note", _("Set this aside"), _("Set aside"))
    messages.success(request, _("Set aside. It is not foreseen again for half a year."))
    return redirect("desk_needs:of_enterprise", one.enterprise_id)


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def raise_it(request: SignedInRequest, pk: int) -> HttpResponse:
    one = get_prediction_to_decide(request.user, pk)
    form = RaiseForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _question(request, one, form, _("Write it down as a need"), _("Write it down"))
    try:
        need = prediction.raise_prediction(one, text=form.cleaned_data["text"], by=request.user, now=timezone.now())
    except prediction.PredictionMoved:
        return _overtaken(request, one, form, "text", _("Write it down as a need"), _("Write it down"))
    messages.success(request, _("Written down. The enterprise sees it on its page of needs."))
    return redirect("desk_needs:show", need.pk)


def _overtaken(
    request: SignedInRequest, one: PredictedNeed, form: forms.Form, field: str, title: str, button: str
) -> HttpResponse:
    """A colleague, or the enterprise, was faster: who, and what they did; what was typed stays where it is."""
    one.refresh_from_db()
    words = {"who": one.decided_by or _("The portal"), "state": one.get_state_display()}
    text = _(
        "Nothing was saved: %(who)s decided on this in the meantime (%(state)s). What you typed stands here still."
    )
    form.add_error(field, text % words)
    if one.note:
        form.add_error(field, _("Their note: “%(note)s”.") % {"note": one.note})
    return _question(request, one, form, title, button)


def _question(request: SignedInRequest, one: Any, form: Any, title: str, button: str) -> HttpResponse:
    back = reverse("desk_needs:of_enterprise", args=[one.enterprise_id])
    page = {
        "form": form,
        "title": title,
        "button": button,
        "back": back,
        "enterprise": one.enterprise,
        "foreseen": foreseen([one], timezone.now())[0],
        "crumbs": [
            {"url": reverse("desk_needs:predictions"), "label": _("Foreseen needs")},
            {"url": back, "label": one.enterprise.name},
            {"label": title},
        ],
    }
    return render(request, "profiles/need_form.html", page, status=UNPROCESSABLE if form.is_bound else 200)
