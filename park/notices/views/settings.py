"""What reaches one where: by topic and channel, and one's own robots and webhooks."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from park.accounts.http import SignedInRequest
from park.accounts.policies import SIGNED_IN, allow
from park.notices import selectors, services
from park.notices.forms import AddressForm
from park.notices.models import Channel, Topic
from park.notices.permissions import get_own_address


@allow(SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
def overview(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, AddressForm())
    # A channel that the page did not show is left as it is: its boxes are not there to be empty.
    shown = set(request.POST.getlist("channel")) & set(Channel.values)
    wanted = {(topic, channel): f"{topic}.{channel}" in request.POST for topic in Topic.values for channel in shown}
    services.set_preferences(user=request.user, wanted=wanted, now=timezone.now())
    messages.success(request, _("What reaches you where is saved."))
    return redirect("notices:settings")


@allow(SIGNED_IN)
@require_POST
def add(request: SignedInRequest) -> HttpResponse:
    form = AddressForm(request.POST)
    if form.is_valid():
        try:
            services.add_address(user=request.user, host=form.host, now=timezone.now(), **form.cleaned_data)
        except services.HasAddress:
            form.add_error("channel", _("You have one of these already. Remove it first to give another."))
        else:
            messages.success(request, _("The address is added. Send a test message to see whether it works."))
            return redirect("notices:settings")
    return _page(request, form, status=422)


@allow(SIGNED_IN)
@require_POST
def test(request: SignedInRequest, pk: int) -> HttpResponse:
    address = get_own_address(request.user, pk)
    try:
        services.send_test(address=address, by=request.user, now=timezone.now())
    except services.TestWaits:
        messages.warning(request, _("The last test message is still on its way."))
    else:
        messages.success(
            request, _("The test message goes out within seconds. Open this page again to see what came of it.")
        )
    return redirect("notices:settings")


@allow(SIGNED_IN)
@require_POST
def switch(request: SignedInRequest, pk: int) -> HttpResponse:
    address = get_own_address(request.user, pk)
    is_active = request.POST.get("is_active") == "1"
    services.switch_address(address=address, is_active=is_active, by=request.user, now=timezone.now())
    messages.success(
        request, _("The address is in use again.") if is_active else _("Nothing is sent to the address now.")
    )
    return redirect("notices:settings")


@allow(SIGNED_IN)
@require_POST
def remove(request: SignedInRequest, pk: int) -> HttpResponse:
    services.remove_address(address=get_own_address(request.user, pk), by=request.user, now=timezone.now())
    messages.success(request, _("The address is removed."))
    return redirect("notices:settings")


def _page(request: SignedInRequest, form: AddressForm, status: int = 200) -> HttpResponse:
    addresses = selectors.own_addresses(request.user)
    ways = selectors.ways_of(request.user, addresses)
    page = {
        "form": form,
        "topics": [topic.label for topic in Topic],
        "ways": ways,
        "addresses": addresses,
        "is_full": len(addresses) == len(form.fields["channel"].choices),  # type: ignore[attr-defined]
    }
    return render(request, "notices/settings.html", page, status=status)
