"""The texts for corrections: read by everybody at the desk, written by heads."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lifecycle import permissions
from lifecycle.forms.desk import CorrectionTextForm
from lifecycle.models import CorrectionText
from lifecycle.selectors.correction_texts import places
from lifecycle.services.correction_texts import keep_text, offer_text
from lifecycle.views.desk.page import UNPROCESSABLE
from park.accounts.http import SignedInRequest
from park.accounts.policies import DESK, allow

PAGE = 30
WORDS = ("procedure", "material", "text_zh", "text_en")


@allow(DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: SignedInRequest) -> HttpResponse:
    """All texts, and for those who may write them one more."""
    may_write = permissions.can_write_texts(request.user)
    if request.method == "POST" and not may_write:
        raise Http404("texts are written by heads")
    offered = places()
    form = CorrectionTextForm(offered, request.POST if request.method == "POST" else None) if may_write else None
    if form is not None and form.is_valid():
        words = {name: form.cleaned_data[name] for name in WORDS}
        keep_text(CorrectionText(), **words, by=request.user, now=timezone.now())
        messages.success(request, _("Kept. It is offered from now on."))
        return redirect("desk:texts")
    page = Paginator(CorrectionText.objects.order_by("-is_offered", "procedure", "material", "pk"), PAGE).get_page(
        request.GET.get("page")
    )
    names = dict(offered)
    rows = [(text, names.get("/".join(part for part in (text.procedure, text.material) if part), "")) for text in page]
    context = {
        "rows": rows,
        "form": form,
        "may_write": may_write,
        "previous_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "next_url": f"?page={page.next_page_number()}" if page.has_next() else "",
    }
    return render(request, "desk/texts.html", context, status=UNPROCESSABLE if form and form.is_bound else 200)


@allow(DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Other words for a text; `act` "offer" or "put_away" says whether it is offered."""
    text = permissions.get_correction_text(request.user, pk)
    now, act = timezone.now(), request.POST.get("act", "")
    if act in {"offer", "put_away"}:
        offer_text(text, is_offered=act == "offer", by=request.user, now=now)
        messages.success(request, _("It is offered again.") if act == "offer" else _("It is offered no more."))
        return redirect("desk:texts")
    form = CorrectionTextForm(places(), request.POST if request.method == "POST" else None, instance=text)
    if form.is_valid():
        keep_text(text, **{name: form.cleaned_data[name] for name in WORDS}, by=request.user, now=now)
        messages.success(request, _("Kept. It is offered from now on."))
        return redirect("desk:texts")
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "desk/text.html", {"text": text, "form": form}, status=status)
