"""Needs at the desk: what waits, the page of one, and what the park does about it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from park.accounts.http import SignedInRequest
from park.accounts.policies import PARK, allow
from park.deadlines.selectors import clock_view
from park.team.models import Specialist
from park.team.selectors.decisions import why
from profiles import need_history
from profiles.enums import NeedSource, NeedState, PredictionState
from profiles.forms.needs import AnswerForm, HandOverForm, NeedForm, NeedOfEnterpriseForm, ReasonForm, SatisfyForm
from profiles.models import Need
from profiles.permissions import needs as permissions
from profiles.permissions.files import can_work_on_files, get_file
from profiles.selectors import needs as selectors
from profiles.selectors.needs import Scope, Wanted
from profiles.selectors.prediction import foreseen
from profiles.services import needs
from profiles.services.prediction import LIVE

UNPROCESSABLE = 422
TEXT_LENGTH = 60


@allow(PARK)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    specialist = _specialist(request)
    wanted = _wanted(request, specialist)
    counts = selectors.tally(request.user, specialist, wanted)
    found = selectors.needs_page(request.user, specialist, wanted, timezone.now())
    page = {
        "wanted": wanted,
        "page": found,
        "scopes": [_link(wanted, counts, label, scope=scope) for scope, label in _scopes(specialist)],
        "states": [_link(wanted, counts, label, state=state) for state, label in _states()],
        "groups": selectors.categories_by_group(),
        "previous_url": _url(wanted, start=found.previous) if found.previous is not None else "",
        "next_url": _url(wanted, start=found.next) if found.next is not None else "",
        "is_narrowed": bool(wanted.text or wanted.category or wanted.state != "current"),
    }
    return render(request, "profiles/needs_desk.html", page)


@allow(PARK)
@require_safe
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    return _page(request, permissions.get_need(request.user, pk))


@allow(PARK)
@require_POST
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    need = permissions.get_need_to_work_on(request.user, pk)
    return _act(request, need, "answer", AnswerForm(request.POST), needs.answer_need, _("The answer is on its way."))


@allow(PARK)
@require_POST
def satisfy(request: SignedInRequest, pk: int) -> HttpResponse:
    need = permissions.get_need_to_work_on(request.user, pk)
    return _act(request, need, "satisfy", SatisfyForm(request.POST), needs.satisfy_need, _("Closed as satisfied."))


@allow(PARK)
@require_POST
def drop(request: SignedInRequest, pk: int) -> HttpResponse:
    need = permissions.get_need_to_work_on(request.user, pk)
    form = ReasonForm(request.POST, prefix="drop")
    return _act(request, need, "drop", form, needs.drop_need, _("Closed as no longer needed."))


@allow(PARK)
@require_POST
def reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    need = permissions.get_need_to_work_on(request.user, pk)
    form = ReasonForm(request.POST, prefix="reopen")
    return _act(request, need, "reopen", form, needs.reopen_need, _("It is open again."))


@allow(PARK)
@require_POST
def hand_over(request: SignedInRequest, pk: int) -> HttpResponse:
    need = permissions.get_need_to_hand_over(request.user, pk)
    form = HandOverForm(_takers(need), request.POST)
    return _act(request, need, "hand_over", form, needs.hand_over_need, _("It is in other hands now."))


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: SignedInRequest, pk: int) -> HttpResponse:
    need = permissions.get_need_to_work_on(request.user, pk)
    start = {"category": need.category.code, "text": need.text}
    form = NeedForm(request.POST if request.method == "POST" else None, initial=start, present=need.category)
    form.fields["text"].label = _("What the enterprise needs")
    back = reverse("desk_needs:show", args=[need.pk])
    if not form.is_valid():
        return _form(request, form, _("Change this need"), _("Save"), back, need.enterprise)
    try:
        needs.change_need(need, by=request.user, now=timezone.now(), **form.cleaned_data)
    except needs.NeedMoved:
        return _overtaken(request, need, form.cleaned_data["text"])
    messages.success(request, _("Changed."))
    return redirect(back)


@allow(PARK)
@require_safe
def of_enterprise(request: SignedInRequest, pk: int) -> HttpResponse:
    """All needs of one enterprise, and what is foreseen for it."""
    enterprise, now = get_file(request.user, pk), timezone.now()
    start = request.GET.get("from", "")
    closed_from = int(start) if start.isdecimal() and len(start) < 9 else 0
    rows, closed = selectors.needs_of(request.user, enterprise, now, closed_from=closed_from)
    ahead = permissions.visible_predictions(request.user).filter(enterprise=enterprise, state__in=LIVE)
    page = {
        "enterprise": enterprise,
        "rows": rows,
        "closed": closed,
        "closed_from": closed_from,
        "previous_url": f"?from={closed.previous}" if closed.previous is not None else "",
        "next_url": f"?from={closed.next}" if closed.next is not None else "",
        "foreseen": foreseen(
            ahead.order_by("-score", "pk"), now, lambda one: permissions.can_decide_prediction(request.user, one)
        ),
        "shared": PredictionState.SHARED,
        "can_raise": can_work_on_files(request.user),
    }
    return render(request, "profiles/needs_of_enterprise.html", page)


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: SignedInRequest, pk: int) -> HttpResponse:
    """A need that came to light in talk or at a visit."""
    enterprise = get_file(request.user, pk)
    if not can_work_on_files(request.user):
        raise Http404("not in these hands")
    form = NeedOfEnterpriseForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        back = reverse("desk_needs:of_enterprise", args=[enterprise.pk])
        return _form(request, form, _("Write down a need"), _("Write it down"), back, enterprise)
    data = form.cleaned_data
    need = needs.raise_need(
        enterprise=enterprise,
        category=data["category"],
        text=data["text"],
        source=NeedSource(data["source"]),
        by=request.user,
        now=timezone.now(),
    )
    messages.success(request, _("Written down. The enterprise sees it on its page of needs."))
    return redirect("desk_needs:show", need.pk)


def _act(
    request: SignedInRequest, need: Need, name: str, form: forms.Form, do: Callable[..., Need], done: str
) -> HttpResponse:
    if not form.is_valid():
        return _page(request, need, **{name: form})
    try:
        do(need, by=request.user, now=timezone.now(), **form.cleaned_data)
    except needs.NeedMoved:
        typed = next((str(v) for n, v in form.cleaned_data.items() if n != "to" and v), "")
        return _overtaken(request, need, typed)
    except needs.NotATaker:
        form.add_error("to", _("This colleague cannot take it over any more. Please choose another."))
        return _page(request, need, **{name: form})
    messages.success(request, done)
    return redirect("desk_needs:show", need.pk)


def _page(request: SignedInRequest, need: Need, **bound: Any) -> HttpResponse:
    """The page of a need. `bound` brings a form back as it was typed, with what is wrong with it."""
    now = timezone.now()
    page = {
        "need": need,
        "clock": clock_view(need.clock, now, with_days=need.state == NeedState.OPEN) if need.clock else None,
        "entries": need_history.entries(need, request.user, now),
        "related": selectors.related.of(need, request.user),
        "why": why(needs.WORK, need.pk),
        "can_work": permissions.can_work_on_need(request.user, need),
        "can_hand_over": permissions.can_hand_over_need(request.user, need),
        "answer": AnswerForm(),
        "satisfy": SatisfyForm(),
        "drop": ReasonForm(prefix="drop"),
        "reopen": ReasonForm(prefix="reopen"),
        "hand_over": HandOverForm(_takers(need)),
        "crumbs": [{"url": reverse("desk_needs:list"), "label": _("Needs")}, {"label": need.category.name}],
        **bound,
    }
    return render(request, "profiles/need_desk.html", page, status=UNPROCESSABLE if bound else 200)


def _form(request: SignedInRequest, form: forms.Form, title: str, button: str, back: str, of: Any) -> HttpResponse:
    crumbs = [
        {"url": reverse("desk_needs:list"), "label": _("Needs")},
        {"url": reverse("desk_needs:of_enterprise", args=[of.pk]), "label": of.name},
        {"label": title},
    ]
    page = {"form": form, "title": title, "button": button, "back": back, "crumbs": crumbs, "enterprise": of}
    return render(request, "profiles/need_form.html", page, status=UNPROCESSABLE if form.is_bound else 200)


def _overtaken(request: SignedInRequest, need: Need, typed: str) -> HttpResponse:
    messages.warning(request, _("Somebody was faster. The page shows how it is now."))
    if typed:
        messages.info(request, _("What you had typed: %(text)s") % {"text": typed})
    return redirect("desk_needs:show", need.pk)


def _takers(need: Need) -> Any:
    return needs.takers().exclude(pk=need.owner_id or 0)


def _specialist(request: SignedInRequest) -> Specialist | None:
    return getattr(request.user, "specialist", None)


def _wanted(request: SignedInRequest, specialist: Specialist | None) -> Wanted:
    """What the address asks for; what makes no sense is left out."""
    text = request.GET.get("q", "").strip()[:TEXT_LENGTH]
    scope, state, start = (request.GET.get(name, "") for name in ("scope", "state", "from"))
    first = Scope.DEPARTMENT if specialist and not text else Scope.ALL
    return Wanted(
        scope=Scope(scope) if scope in set(Scope) else first,
        state=state if state in selectors.SHOWN else "current",
        category=request.GET.get("category", "")[:40],
        text=text,
        start=int(start) if start.isdecimal() and len(start) < 9 else 0,
    )


def _scopes(specialist: Specialist | None) -> list[tuple[Scope, str]]:
    if specialist is None:
        return [(Scope.ALL, _("All departments"))]
    return [(Scope.MINE, _("Mine")), (Scope.DEPARTMENT, _("My department")), (Scope.ALL, _("All departments"))]


def _states() -> list[tuple[str, str]]:
    return [
        ("current", _("Open")),
        (NeedState.OPEN.value, str(NeedState.OPEN.label)),
        (NeedState.ANSWERED.value, str(NeedState.ANSWERED.label)),
        ("closed", _("Closed")),
    ]


def _link(wanted: Wanted, counts: dict[str, int], label: str, **changed: Any) -> dict[str, Any]:
    ((name, value),) = changed.items()
    return {
        "url": _url(wanted, **changed),
        "label": label,
        "count": counts[f"{name}_{value}"],
        "current": getattr(wanted, name) == value,
    }


def _url(wanted: Wanted, start: int | None = None, **changed: Any) -> str:
    parts = {"scope": wanted.scope, "state": wanted.state, "category": wanted.category, "q": wanted.text} | changed
    parts["from"] = str(start) if start else ""
    return "?" + urlencode({name: str(value) for name, value in parts.items() if value})
