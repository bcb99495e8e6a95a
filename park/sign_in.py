"""Whoever is signed in, with what the policies and the frame of every page ask about them: one query a request."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.models import Authenticator
from django.db.models import Count, Exists, FilteredRelation, OuterRef, Q, Subquery

from lifecycle.enums import StandardState
from lifecycle.models import ServiceStandard
from park.accounts.enums import Approval
from park.accounts.models import Membership, User
from park.notices.models import Notice
from park.runtime.prepared import Parameter, Prepared


class SignInBackend(AuthenticationBackend):
    """Signs in as allauth does, by name or address."""

    def get_user(self, user_id: Any) -> User | None:
        user = WITH_STANDING.first(user=user_id)
        return user if user and self.user_can_authenticate(user) else None


def _with_standing() -> Any:
    """`acting` is the membership a person acts by (None for staff); a row for each, where there are several."""
    of_person = OuterRef("pk")
    unread = Notice.objects.filter(recipient=of_person).unread().order_by().values("recipient")
    found = User.objects.annotate(
        acting=FilteredRelation(
            "memberships",
            condition=Q(memberships__approval=Approval.APPROVED, memberships__ended_at__isnull=True),
        ),
        has_second_factor=Exists(Authenticator.objects.filter(user=of_person)),
        signs=Exists(Membership.objects.active().filter(user=of_person, is_signatory=True)),
        unread=Subquery(unread.annotate(n=Count("pk")).values("n")),
        standard_version=Subquery(ServiceStandard.objects.filter(state=StandardState.PUBLISHED).values("version")[:1]),
    )
    # the stubs know no relation that was annotated
    found = found.select_related("specialist__department", "acting__enterprise")  # type: ignore[misc]
    return found.filter(pk=Parameter("user")).order_by("acting__enterprise_id")[:1]


WITH_STANDING: Prepared[User] = Prepared("who_asks", _with_standing)
