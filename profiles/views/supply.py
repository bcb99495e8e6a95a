"""What an enterprise makes and buys, and the introductions that the park has proposed to it."""

from collections.abc import Callable

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
from profiles.enums import Direction, IntroductionState
from profiles.forms.supply import ItemForm, industry_options
from profiles.models import SupplyItem
from profiles.permissions.supply import get_introduction, get_item, side_of, visible_introductions
from profiles.selectors import supply as selectors
from profiles.services import supply
from profiles.views.paging import page_of

UNPROCESSABLE = 422


@allow(ENTERPRISE)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    enterprise = get_enterprise(request.user)
    items, first, further = page_of(request, selectors.open_items(enterprise))
    lines = selectors.lines(items)
    page = {
        "makes": [line for line in lines if line.item.direction == Direction.MAKES],
        "buys": [line for line in lines if line.item.direction == Direction.BUYS],
        "waiting": selectors.waiting_for(selectors.own_enterprises(request.user)),
        "previous_url": first,
        "next_url": further,
    }
    return render(request, "profiles/supply.html", page)


@allow(ENTERPRISE)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: SignedInRequest) -> HttpResponse:
    enterprise = get_enterprise(request.user)
    wished = request.GET.get("direction", "")
    form = ItemForm(request.POST or None, initial={"direction": wished} if wished in Direction.values else None)
    if not form.is_valid():
        return question(request, "profiles/supply_item.html", form)
    try:
        supply.add_item(enterprise=enterprise, by=request.user, now=timezone.now(), **form.cleaned_data)
    except supply.AlreadyEntered:
        form.add_error("text", already())
        return question(request, "profiles/supply_item.html", form)
    messages.success(request, _("It is entered."))
    return redirect("supply:list")


@allow(ENTERPRISE)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    return change_item(request, get_item(request.user, pk), "profiles/supply_item.html", reverse("supply:list"))


@allow(ENTERPRISE)
@require_POST
def end(request: SignedInRequest, pk: int) -> HttpResponse:
    end_item(request, get_item(request.user, pk))
    return redirect("supply:list")


@allow(ENTERPRISE)
@require_safe
def introductions(request: SignedInRequest) -> HttpResponse:
    found, first, further = page_of(request, visible_introductions(request.user))
    seen = selectors.own_introductions(found, selectors.own_enterprises(request.user))
    page = {
        "asked": [one for one in seen if one.state == IntroductionState.PROPOSED],
        "met": [one for one in seen if one.state == IntroductionState.AGREED],
        "past": [one for one in seen if one.closed_at],
        "previous_url": first,
        "next_url": further,
    }
    return render(request, "profiles/introductions.html", page)


@allow(ENTERPRISE)
@require_safe
def introduction(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_introduction(request.user, pk)
    [seen] = selectors.own_introductions([found], selectors.own_enterprises(request.user))
    return render(request, "profiles/introduction.html", {"seen": seen})


@allow(ENTERPRISE)
@require_POST
def agree(request: SignedInRequest, pk: int) -> HttpResponse:
    return _answer(
        request, pk, supply.agree, _("You have agreed. As soon as the other side does, you see each other here.")
    )


@allow(ENTERPRISE)
@require_POST
def decline(request: SignedInRequest, pk: int) -> HttpResponse:
    return _answer(request, pk, supply.decline, _("Declined. The other side does not learn who you are."))


def _answer(request: SignedInRequest, pk: int, act: Callable[..., object], said: str) -> HttpResponse:
    found = get_introduction(request.user, pk)
    try:
        act(found, side=side_of(request.user, found), by=request.user, now=timezone.now())
    except supply.IntroductionMoved:
        messages.warning(request, _("It has been answered in the meantime. The page shows how it is now."))
    else:
        messages.success(request, said)
    return redirect("supply:introduction", pk)


# -- shared with the desk, where the park enters and changes on an enterprise's behalf ---------------------------------


def question(request: SignedInRequest, template: str, form: forms.Form, **more: object) -> HttpResponse:
    context = {"form": form, "industries": industry_options(), **more}
    return render(request, template, context, status=UNPROCESSABLE if form.is_bound else 200)


def change_item(request: SignedInRequest, item: SupplyItem, template: str, back: str, **more: object) -> HttpResponse:
    form = ItemForm(request.POST or None, item=item)
    if not form.is_valid():
        return question(request, template, form, item=item, back=back, **more)
    try:
        supply.change_item(item, by=request.user, now=timezone.now(), **form.cleaned_data)
    except supply.AlreadyEntered:
        form.add_error("text", already())
    except supply.ItemInUse:
        form.add_error(
            "text",
            _("An introduction speaks of these words and this industry. End the entry and make a new one instead."),
        )
    except supply.ItemMoved:
        messages.warning(request, _("This entry has ended in the meantime."))
        messages.info(request, _("What you had typed: %(text)s") % {"text": form.cleaned_data["text"]})
        return redirect(back)
    else:
        messages.success(request, _("The change is saved."))
        return redirect(back)
    return question(request, template, form, item=item, back=back, **more)


def end_item(request: SignedInRequest, item: SupplyItem) -> None:
    try:
        supply.end_item(item, by=request.user, now=timezone.now())
    except supply.ItemMoved:
        messages.info(request, _("This entry has ended already."))
    else:
        messages.success(request, _("The entry is ended."))


def already() -> str:
    return _("The same is entered already. Change that entry, or say what is different.")
