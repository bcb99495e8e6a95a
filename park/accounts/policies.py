"""Who may call which view. Every route declares it; a route that does not is denied to everybody.

A policy speaks about roles only. Whether a person may see *this* case is answered by the `permissions` of the app that
owns it, and the answer there is 404.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from allauth.mfa.utils import is_mfa_enabled

from park.accounts.enums import STAFF_ROLES, Role
from park.accounts.models import User

View = TypeVar("View")


@dataclass(frozen=True)
class Policy:
    """`roles` None lets in everybody who is signed in; `public` everybody. `second_factor` asks staff and signatories
    for one before anything else."""

    name: str
    roles: frozenset[str] | None = None
    public: bool = False
    second_factor: bool = True

    def admits(self, user: Any) -> bool:
        if self.public:
            return True
        if not user.is_authenticated or not user.is_active:
            return False
        return self.roles is None or user.role in self.roles


PUBLIC = Policy("public", public=True)
SIGNED_IN = Policy("signed in")
OWN_ACCOUNT = Policy("own account", second_factor=False)
ENTERPRISE = Policy("enterprise", frozenset({Role.ENTERPRISE}))
DESK = Policy("desk", frozenset({Role.SPECIALIST, Role.PARTNER, Role.MANAGER}))
PARK = Policy("park", frozenset({Role.SPECIALIST, Role.MANAGER}))
COCKPIT = Policy("cockpit", frozenset({Role.MANAGER, Role.AUDITOR, Role.ADMINISTRATOR}))
FEED = Policy("people with deadlines", frozenset({Role.ENTERPRISE, Role.SPECIALIST, Role.PARTNER}))
LEADERS = Policy("leaders and administrators", frozenset({Role.MANAGER, Role.ADMINISTRATOR}))
ADMINISTRATION = Policy("administration", frozenset({Role.ADMINISTRATOR}))
FILE_SIDES = Policy("both sides of a file", frozenset({Role.ENTERPRISE, Role.SPECIALIST, Role.MANAGER}))
CASE_SIDES = Policy("both sides of a case", frozenset({Role.ENTERPRISE, Role.SPECIALIST, Role.PARTNER, Role.MANAGER}))


def allow(policy: Policy) -> Callable[[View], View]:
    """Declare who may call a view: `@allow(DESK)`."""

    def declare(view: View) -> View:
        view.policy = policy  # type: ignore[attr-defined]
        return view

    return declare


# Views of libraries declare nothing, so the portal declares for them, by the module they come from.
_LIBRARIES = {
    "django.contrib.admin": ADMINISTRATION,
    "django.contrib.auth.admin": ADMINISTRATION,
    "django.contrib.contenttypes.views": ADMINISTRATION,
    "django.views.generic.base": ADMINISTRATION,  # the redirects inside the admin
    "drf_spectacular.views": PUBLIC,
    "allauth.mfa.base.views.AuthenticateView": PUBLIC,  # the second half of signing in
    "allauth.mfa": OWN_ACCOUNT,
    "allauth.account.views": PUBLIC,
    "allauth.account.internal": PUBLIC,
}
_OF_ACCOUNT = {"EmailView", "PasswordChangeView", "PasswordSetView", "ReauthenticateView", "LogoutView"}


def declared_policy(view: Callable[..., Any]) -> Policy | None:
    """The policy of a resolved view, or None when nobody declared one."""
    target = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
    declared = getattr(target, "policy", None) or getattr(view, "policy", None)
    if isinstance(declared, Policy):
        return declared
    name = f"{getattr(target, '__module__', '')}.{getattr(target, '__name__', '')}"
    for prefix, policy in _LIBRARIES.items():
        if name.startswith(prefix):
            return OWN_ACCOUNT if getattr(target, "__name__", "") in _OF_ACCOUNT else policy
    return None


def lacks_second_factor(user: Any) -> bool:
    """Staff and authorised signatories sign in with a second factor; true for those who have not set one up.

    Whoever came by a session brings both answers along (park.sign_in); for others the database is asked.
    """
    if not needs_second_factor(user):
        return False
    known = getattr(user, "has_second_factor", None)
    return not (is_mfa_enabled(user) if known is None else known)


def needs_second_factor(user: User) -> bool:
    if user.role in STAFF_ROLES:
        return True
    known = getattr(user, "signs", None)
    return user.memberships.active().filter(is_signatory=True).exists() if known is None else known
