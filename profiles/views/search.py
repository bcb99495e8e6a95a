"""The list of enterprises and its search box."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from park.accounts.http import SignedInRequest
from park.accounts.policies import PARK, allow
from profiles.forms.search import EnterpriseFilter
from profiles.permissions.files import visible_enterprises
from profiles.selectors import companies
from profiles.selectors.search import LONGEST_WORDS, MOST

MOST_DIGITS = 18


@allow(PARK)
@require_GET
def listed(request: SignedInRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:LONGEST_WORDS]
    chosen = EnterpriseFilter(request.GET, queryset=visible_enterprises(request.user), request=request)
    page = companies.page(
        chosen.qs,
        words,
        is_narrowed=chosen.is_narrowed,
        before=_number(request, "before"),
        after=_number(request, "after"),
    )
    context = {
        "words": words,
        "export_url": f"{reverse('exports:companies')}?{urlencode({'q': words})}"
        if words
        else reverse("exports:companies"),
        "filter": chosen,
        "page": page,
        "most": MOST,
        "is_narrowed": chosen.is_narrowed,
        "previous_url": _url(request, before=page.before) if page.before else "",
        "next_url": _url(request, after=page.after) if page.after else "",
        "without_words_url": _url(request, q=""),
    }
    return render(request, "profiles/companies.html", context)


def _number(request: SignedInRequest, name: str) -> int | None:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS else None


def _url(request: SignedInRequest, **changed: Any) -> str:
    kept = {name: request.GET.get(name, "") for name in ("q", "tag", "section", "specialist")} | changed
    return "?" + urlencode({name: str(value) for name, value in kept.items() if value})
