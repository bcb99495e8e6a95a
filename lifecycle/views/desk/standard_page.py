"""What the pages of the service standard share."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from lifecycle.models import Procedure, ServiceStandard
from lifecycle.services.standard_draft import DraftRefused
from park.accounts.http import SignedInRequest

UNPROCESSABLE = 422


def crumbs(standard: ServiceStandard, procedure: Procedure | None = None, label: str = "") -> list[dict[str, Any]]:
    found = [
        {"url": reverse("standard:list"), "label": _("Service standard")},
        {
            "url": reverse("standard:show", args=[standard.version]),
            "label": _("Version %(n)s") % {"n": standard.version},
        },
    ]
    if procedure is not None:
        url = reverse("standard:procedure", args=[standard.version, procedure.code])
        found.append({"url": url, "label": procedure.name})
    return [*found, {"url": "", "label": label}] if label else found


def gone(request: SignedInRequest) -> HttpResponse:
    """The version has moved on since the page was shown."""
    messages.error(request, _("This version has moved on in the meantime. Nothing was changed."))
    return redirect("standard:list")


def why_refused(refused: Exception) -> str:
    if not isinstance(refused, DraftRefused):
        return _("This version has moved on in the meantime. Nothing was changed.")
    words = {
        "draft_exists": _("A draft is in the making, or a version is to come already. There is one at a time."),
        "none_in_force": _("No version is in force that could be copied. Please import one."),
        "code_taken": _("There is one with this code already. Please choose another."),
        "in_use": _("A promise begins or ends with it: %(what)s. Please change that first."),
        "overtaken": _("Somebody has changed this at the same moment. Please look at it again."),
    }
    return words[refused.reason] % {"what": refused.words}
