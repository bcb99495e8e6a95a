"""Supply and demand as the park's people see it: wants and their best matches, introductions, and what came of them."""

from typing import Any

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
from profiles import pairing
from profiles.enums import Direction, IntroductionState, Outcome
from profiles.forms.supply import ConcludeForm, ItemForm, PairForm
from profiles.models import Introduction
from profiles.permissions.files import can_work_on_files, get_file
from profiles.permissions.supply import can_introduce, get_introduction, get_item, visible_introductions, visible_items
from profiles.selectors import supply as selectors
from profiles.services import supply
from profiles.views.paging import page_of
from profiles.views.supply import already, change_item, end_item, question

BEST = 3
WANTS = 20


@allow(PARK)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """All introductions, those of one state if ?state= says so."""
    everything = visible_introductions(request.user)
    state = request.GET.get("state", "")
    state = state if state in IntroductionState.values else ""
    found, first, further = page_of(request, everything.filter(state=state) if state else everything, state=state)
    counts = selectors.by_state(everything)
    page = {
        "rows": selectors.desk_introductions(found, timezone.now()),
        "figures": selectors.figures(everything),
        "filters": [
            {"url": "?", "label": _("All"), "count": sum(counts.values()), "current": not state},
            *(
                {"url": f"?state={one}", "label": one.label, "count": counts.get(one, 0), "current": one == state}
                for one in IntroductionState
            ),
        ],
        "previous_url": first,
        "next_url": further,
    }
    return render(request, "profiles/introductions_desk.html", page)


@allow(PARK)
@require_safe
def wants(request: SignedInRequest) -> HttpResponse:
    """What enterprises would like to buy in the park, each with its best makers; ?all=1 shows other purchases too."""
    everything = request.GET.get("all") == "1"
    visible = selectors.open_wants(local_only=not everything)
    visible = visible.filter(pk__in=visible_items(request.user).values("pk"))
    found, first, further = page_of(request, visible, size=WANTS, all="1" if everything else "")
    page = {
        "lines": selectors.lines(found, each=BEST),
        "can_introduce": can_introduce(request.user),
        "all": everything,
        "filters": [
            {"url": "?", "label": _("Looking inside the park"), "count": None, "current": not everything},
            {"url": "?all=1", "label": _("All purchases"), "count": None, "current": everything},
        ],
        "previous_url": first,
        "next_url": further,
    }
    return render(request, "profiles/wants_desk.html", page)


@allow(PARK)
@require_POST
def propose(request: SignedInRequest) -> HttpResponse:
    form = PairForm(request.POST)
    if not can_introduce(request.user) or not form.is_valid():
        raise Http404("nothing to propose, or nobody to follow it up")
    want, offer = (get_item(request.user, form.cleaned_data[name]) for name in ("want", "offer"))
    try:
        made = supply.propose_introduction(want=want, offer=offer, by=request.user, now=timezone.now())
    except supply.AlreadyIntroduced:
        messages.info(request, _("These two have been proposed to each other before."))
        return redirect("introductions:list")
    except supply.NotFitting:
        messages.warning(request, _("One of the two has ended in the meantime. Please choose anew."))
        return redirect("introductions:wants")
    messages.success(request, _("Both sides are asked. You are told as soon as they have answered."))
    return redirect("introductions:show", made.pk)


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """One introduction with its reasons and its clock; the form for what came of it once both have agreed."""
    found = get_introduction(request.user, pk)
    form = ConcludeForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _one(request, found, form)
    data = form.cleaned_data
    try:
        supply.conclude_introduction(
            found,
            outcome=Outcome(data["outcome"]),
            saving_percent=data["saving_percent"],
            note=data["note"],
            by=request.user,
            now=timezone.now(),
        )
    except supply.IntroductionMoved:
        messages.warning(request, _("Somebody was faster. The page shows how it is now."))
        if data["note"]:
            messages.info(request, _("What you had typed: %(text)s") % {"text": data["note"]})
    else:
        messages.success(request, _("What came of it is recorded."))
    return redirect("introductions:show", pk)


@allow(PARK)
@require_POST
def ask_again(request: SignedInRequest, pk: int) -> HttpResponse:
    """Follow up a proposal: the sides that have not answered are asked once more."""
    found = get_introduction(request.user, pk)
    try:
        supply.ask_again(found, by=request.user, now=timezone.now())
    except supply.IntroductionMoved:
        messages.info(request, _("It has been answered in the meantime. The page shows how it is now."))
    else:
        messages.success(request, _("Whoever has not answered is asked once more."))
    return redirect("introductions:show", pk)


@allow(PARK)
@require_safe
def company(request: SignedInRequest, pk: int) -> HttpResponse:
    """What one enterprise makes and buys, with its best partners in the park."""
    enterprise = get_file(request.user, pk)
    found, first, further = page_of(request, selectors.open_items(enterprise), size=WANTS)
    page = {
        "enterprise": enterprise,
        "lines": selectors.lines(found, each=BEST),
        "can_introduce": can_introduce(request.user),
        "previous_url": first,
        "next_url": further,
    }
    return render(request, "profiles/supply_desk.html", page)


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SignedInRequest, pk: int) -> HttpResponse:
    enterprise = get_file(request.user, pk)
    more = {"enterprise": enterprise, "back": reverse("introductions:company", args=[pk])}
    form = ItemForm(request.POST or None)
    if not form.is_valid():
        return question(request, "profiles/supply_item_desk.html", form, **more)
    try:
        supply.add_item(enterprise=enterprise, by=request.user, now=timezone.now(), **form.cleaned_data)
    except supply.AlreadyEntered:
        form.add_error("text", already())
        return question(request, "profiles/supply_item_desk.html", form, **more)
    messages.success(request, _("It is entered."))
    return redirect("introductions:company", pk)


@allow(PARK)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    item = get_item(request.user, pk)
    back = reverse("introductions:company", args=[item.enterprise_id])
    return change_item(request, item, "profiles/supply_item_desk.html", back, enterprise=item.enterprise)


@allow(PARK)
@require_POST
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    item = get_item(request.user, pk)
    end_item(request, item)
    return redirect("introductions:company", item.enterprise_id)


def _waits(found: Introduction) -> bool:
    """Whether it is to be followed up: not both have answered, and nobody has asked them again yet."""
    return found.state == IntroductionState.PROPOSED and (found.clock is None or found.clock.is_open)


def _one(request: SignedInRequest, found: Any, form: ConcludeForm) -> HttpResponse:
    clock = clock_view(found.clock, timezone.now(), with_days=True) if found.clock else None
    page = {
        "introduction": found,
        "reasons": pairing.told(found.reasons),
        "clock": clock,
        "silent": [side.label for side in supply.silent_sides(found)] if _waits(found) else [],
        "form": form if found.state == IntroductionState.AGREED and can_work_on_files(request.user) else None,
        "sides": [
            {"item": found.want, "label": Direction.BUYS.label, "agreed_at": found.buyer_agreed_at},
            {"item": found.offer, "label": Direction.MAKES.label, "agreed_at": found.maker_agreed_at},
        ],
    }
    return render(request, "profiles/introduction_desk.html", page, status=422 if form.is_bound else 200)
