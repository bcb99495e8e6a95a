"""The frame of every page: where each kind of person begins, and what their menu offers."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from lifecycle.enums import StandardState
from lifecycle.models import ServiceStandard
from park.accounts.enums import Role
from park.accounts.http import SignedInRequest
from park.accounts.policies import SIGNED_IN, allow

START = {
    Role.ENTERPRISE: "cases:list",
    Role.SPECIALIST: "desk:queue",
    Role.PARTNER: "desk:queue",
    Role.MANAGER: "cockpit:dashboard",
    Role.AUDITOR: "cockpit:dashboard",
    Role.ADMINISTRATOR: "admin:index",
}


# pages whose addresses do not stand below that of their entry
BELOW = {"duplicates": "companies:list"}


@dataclass(frozen=True)
class Entry:
    url: str
    label: str
    current: bool


@allow(SIGNED_IN)
def start(request: SignedInRequest) -> HttpResponse:
    """Send everybody to where their work is."""
    return redirect(START[Role(request.user.role)])


def frame(request: HttpRequest) -> dict[str, Any]:
    """What base.html needs on every page. What a signed-in person brings along was read with them (park.sign_in)."""
    user: Any = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    acting = getattr(user, "acting", None) if signed_in else None
    specialist = getattr(user, "specialist", None) if signed_in else None
    return {
        "unread": (getattr(user, "unread", None) or 0) if signed_in else 0,
        "frame": {
            "nav": _entries(request, _menu(user.role if signed_in else "")),
            "enterprise": acting.enterprise if acting else None,
            "department": specialist.department.name if specialist else "",
            "standard": getattr(user, "standard_version", None) or SimpleLazyObject(_standard),
            "demo": settings.DEMO,
            "hotline": settings.HOTLINE,
        },
    }


def _standard() -> int | None:
    """The version in force, for visitors."""
    return ServiceStandard.objects.filter(state=StandardState.PUBLISHED).values_list("version", flat=True).first()


def _menu(role: str) -> list[tuple[str, str]]:
    if role == Role.ENTERPRISE:
        return [
            ("cases:list", _("My cases")),
            ("procedures:list", _("Services")),
            ("file:show", _("Our file")),
            ("needs:list", _("Needs")),
            ("accounts:members", _("Members")),
        ]
    if role in {Role.SPECIALIST, Role.PARTNER}:
        of_park = [*_files(), ("desk:enterprises", _("Approvals"))] if role == Role.SPECIALIST else []
        return [("desk:queue", _("Queue")), *of_park, ("team:list", _("Team"))]
    if role == Role.MANAGER:
        return [
            ("cockpit:dashboard", _("Deadlines")),
            ("desk:queue", _("Queue")),
            *_files(),
            ("desk:enterprises", _("Approvals")),
            ("team:list", _("Team")),
            ("standard:list", _("Service standard")),
            ("deadlines:years", _("Working calendar")),
        ]
    if role == Role.AUDITOR:
        return [("cockpit:dashboard", _("Deadlines"))]
    if role == Role.ADMINISTRATOR:
        return [
            ("admin:index", _("Administration")),
            ("cockpit:dashboard", _("Deadlines")),
            ("standard:list", _("Service standard")),
            ("deadlines:years", _("Working calendar")),
        ]
    return [("home", _("Home")), ("procedures:list", _("Services"))]


def _files() -> list[tuple[str, str]]:
    return [("companies:list", _("Enterprises")), ("desk_needs:list", _("Needs")), ("visits:list", _("Visits"))]


def _entries(request: HttpRequest, menu: list[tuple[str, str]]) -> list[Entry]:
    """The menu; the entry with the longest matching address is the current one."""
    urls = [reverse(name) for name, _label in menu]
    matching = [url for url in urls if request.path == url or (url != "/" and request.path.startswith(url))]
    current = max(matching, key=len, default="")
    if request.resolver_match and request.resolver_match.namespace in BELOW:
        current = reverse(BELOW[request.resolver_match.namespace])
    return [Entry(url, label, url == current) for url, (_name, label) in zip(urls, menu, strict=True)]
