"""Files that are likely one: looked at side by side, and made one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from park.accounts.http import SignedInRequest
from park.accounts.models import Enterprise
from park.accounts.policies import PARK, allow
from profiles.forms.duplicates import MergeForm
from profiles.permissions.duplicates import can_merge, get_file_to_merge
from profiles.permissions.files import get_file, visible_enterprises
from profiles.selectors.duplicates import MOST, likely_pairs
from profiles.services.merging import CannotMerge, merge_enterprises


@allow(PARK)
@require_GET
def listed(request: SignedInRequest) -> HttpResponse:
    pairs = likely_pairs(visible_enterprises(request.user))
    return render(request, "profiles/duplicates.html", {"pairs": pairs, "is_cut": len(pairs) == MOST, "most": MOST})


@allow(PARK)
@require_GET
def compare(request: SignedInRequest, pk: int) -> HttpResponse:
    return _compare(request, get_file(request.user, pk))


@allow(PARK)
@require_POST
def merge(request: SignedInRequest, pk: int) -> HttpResponse:
    kept = get_file_to_merge(request.user, pk)
    form = MergeForm(request.POST)
    if not form.is_valid():
        return _compare(request, kept, form)
    gone = get_file_to_merge(request.user, form.cleaned_data["gone"])
    try:
        merge_enterprises(kept, gone, by=request.user, now=timezone.now(), reason=form.cleaned_data["reason"])
    except CannotMerge as error:
        form.add_error(None, str(error))
        return _compare(request, kept, form)
    messages.success(request, _("The two files are one now: %(name)s.") % {"name": kept.name})
    return redirect("duplicates:list")


def _compare(request: SignedInRequest, file: Enterprise, form: MergeForm | None = None) -> HttpResponse:
    pairs = likely_pairs(visible_enterprises(request.user), of=file)
    sent = str(form["gone"].value()) if form else ""
    context = {
        "file": file,
        "pairs": [
            (pair, form if form and sent == str(pair.gone.pk) else MergeForm(auto_id=f"m{pair.gone.pk}_%s"))
            for pair in pairs
        ],
        "form": form,
        "may_merge": can_merge(request.user),
        "crumbs": [{"url": "/desk/duplicates/", "label": _("Likely duplicates")}],
    }
    return render(request, "profiles/duplicate.html", context, status=422 if form else 200)
