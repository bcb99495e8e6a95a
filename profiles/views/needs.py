"""The enterprise's needs: the list, a new one, the page of one, and what can be done with it."""

from collections.abc import Callable
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
from park.accounts.permissions import get_enterprise
from park.accounts.policies import ENTERPRISE, allow
from park.accounts.selectors import standing_of
from park.deadlines.selectors import clock_view
from profiles import need_history
from profiles.enums import NeedSource, NeedState
from profiles.forms.needs import NeedForm, RaiseForm, ReasonForm, WordForm
from profiles.models import Need
from profiles.permissions.needs import get_own_need, get_own_prediction, visible_predictions
from profiles.selectors import needs as selectors
from profiles.selectors.prediction import foreseen
from profiles.services import needs, prediction

UNPROCESSABLE = 422


@allow(ENTERPRISE)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    return _list(request)


@allow(ENTERPRISE)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    enterprise = get_enterprise(request.user)
    form = NeedForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form(request, form, _("Raise a need"), _("Raise"), reverse("needs:list"))
    need = needs.raise_need(
        enterprise=enterprise,
        category=form.cleaned_data["category"],
        text=form.cleaned_data["text"],
        source=NeedSource.PORTAL,
        by=request.user,
        now=timezone.now(),
    )
    messages.success(request, _("We have it. The page says by when you have an answer."))
    return redirect("needs:show", need.pk)


@allow(ENTERPRISE)
@require_safe
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    return _page(request, get_own_need(request.user, pk))


@allow(ENTERPRISE)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    need = get_own_need(request.user, pk)
    start = {"category": need.category.code, "text": need.text}
    form = NeedForm(request.POST if request.method == "POST" else None, initial=start, present=need.category)
    if not form.is_valid():
        return _form(request, form, _("Change this need"), _("Save"), reverse("needs:show", args=[need.pk]))
    try:
        needs.change_need(need, by=request.user, now=timezone.now(), **form.cleaned_data)
    except needs.NeedMoved:
        return _overtaken(request, need, form.cleaned_data["text"])
    messages.success(request, _("Changed."))
    return redirect("needs:show", need.pk)


@allow(ENTERPRISE)
@require_POST
def write(request: SignedInRequest, pk: int) -> HttpResponse:
    need = get_own_need(request.user, pk)
    return _act(request, need, "word", WordForm(request.POST), needs.write_about_need, _("Your message is on its way."))


@allow(ENTERPRISE)
@require_POST
def drop(request: SignedInRequest, pk: int) -> HttpResponse:
    need = get_own_need(request.user, pk)
    form = ReasonForm(request.POST, is_needed=False, prefix="drop")
    return _act(request, need, "drop", form, needs.drop_need, _("Closed as no longer needed."))


@allow(ENTERPRISE)
@require_POST
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    need = get_own_need(request.user, pk)
    form = ReasonForm(request.POST, prefix="reopen")
    done = _("It is open again. The page says by when you have an answer.")
    return _act(request, need, "reopen", form, needs.reopen_need, done)


@allow(ENTERPRISE)
@require_POST
def answer_prediction(request: SignedInRequest, pk: int) -> HttpResponse:
    """Yes, with a sentence about it; or no."""
    one = get_own_prediction(request.user, pk)
    try:
        if request.POST.get("answer") == "no":
            prediction.dismiss_prediction(
                one, note=_("The enterprise does not need it."), by=request.user, now=timezone.now()
            )
            messages.success(request, _("Thank you. It is off the list."))
            return redirect("needs:list")
        form = RaiseForm(request.POST, prefix=f"foreseen-{one.pk}")
        if not form.is_valid():
            return _list(request, answered=(one.pk, form))
        need = prediction.raise_prediction(one, text=form.cleaned_data["text"], by=request.user, now=timezone.now())
    except prediction.PredictionMoved:
        messages.warning(request, _("This was answered already. The page shows how it is now."))
        return redirect("needs:list")
    messages.success(request, _("We have it. The page says by when you have an answer."))
    return redirect("needs:show", need.pk)


def _list(request: SignedInRequest, answered: tuple[int, RaiseForm] | None = None) -> HttpResponse:
    now, standing = timezone.now(), standing_of(request.user)
    page: dict[str, Any] = {"standing": standing}
    if standing.is_approved and standing.enterprise is not None:
        start = request.GET.get("from", "")
        closed_from = int(start) if start.isdecimal() and len(start) < 9 else 0
        rows, closed = selectors.needs_of(request.user, standing.enterprise, now, closed_from=closed_from)
        shown = visible_predictions(request.user).filter(enterprise=standing.enterprise).order_by("-score", "pk")
        page |= {
            "rows": rows,
            "closed": closed,
            "closed_from": closed_from,
            "previous_url": f"?from={closed.previous}" if closed.previous is not None else "",
            "next_url": f"?from={closed.next}" if closed.next is not None else "",
            "foreseen": [(one, _raise_form(one.prediction.pk, answered)) for one in foreseen(shown, now)],
        }
    return render(request, "profiles/needs.html", page, status=UNPROCESSABLE if answered else 200)


def _raise_form(pk: int, answered: tuple[int, RaiseForm] | None) -> RaiseForm:
    return answered[1] if answered and answered[0] == pk else RaiseForm(prefix=f"foreseen-{pk}")


def _act(
    request: SignedInRequest, need: Need, name: str, form: forms.Form, do: Callable[..., Need], done: str
) -> HttpResponse:
    """A small act on a need: its form is `name` on the page, and has one text."""
    if not form.is_valid():
        return _page(request, need, **{name: form})
    try:
        do(need, by=request.user, now=timezone.now(), **form.cleaned_data)
    except needs.NeedMoved:
        return _overtaken(request, need, next(iter(form.cleaned_data.values())))
    messages.success(request, done)
    return redirect("needs:show", need.pk)


def _page(request: SignedInRequest, need: Need, **bound: Any) -> HttpResponse:
    """The page of a need. `bound` brings a form back as it was typed, with what is wrong with it."""
    now = timezone.now()
    page = {
        "need": need,
        "clock": clock_view(need.clock, now, with_days=need.state == NeedState.OPEN) if need.clock else None,
        "entries": need_history.entries(need, request.user, now),
        "word": WordForm(),
        "drop": ReasonForm(is_needed=False, prefix="drop"),
        "reopen": ReasonForm(prefix="reopen"),
        "crumbs": [{"url": reverse("needs:list"), "label": _("Needs")}, {"label": need.category.name}],
        **bound,
    }
    return render(request, "profiles/need.html", page, status=UNPROCESSABLE if bound else 200)


def _form(request: SignedInRequest, form: NeedForm, title: str, button: str, back: str) -> HttpResponse:
    crumbs = [{"url": reverse("needs:list"), "label": _("Needs")}, {"label": title}]
    page = {"form": form, "title": title, "button": button, "back": back, "crumbs": crumbs}
    return render(request, "profiles/need_form.html", page, status=UNPROCESSABLE if form.is_bound else 200)


def _overtaken(request: SignedInRequest, need: Need, typed: str) -> HttpResponse:
    messages.warning(request, _("The need has moved on in the meantime. The page shows how it is now."))
    if typed:
        messages.info(request, _("What you had typed: %(text)s") % {"text": typed})
    return redirect("needs:show", need.pk)
