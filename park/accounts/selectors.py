"""Where a person stands with the enterprise they act for, and who acts for an enterprise."""

from dataclasses import dataclass

from django.db.models import QuerySet

from park.accounts.enums import Approval
from park.accounts.models import Enterprise, Membership, User


@dataclass(frozen=True)
class Standing:
    """`kind`: approved, pending or refused (the enterprise, by the park), asked (to join one), turned_down, none."""

    kind: str
    enterprise: Enterprise | None = None

    @property
    def is_approved(self) -> bool:
        return self.kind == "approved"


def standing_of(user: User) -> Standing:
    """The best of a person's memberships: an approved enterprise first, then what is being waited for."""
    memberships = list(Membership.objects.filter(user=user).select_related("enterprise").order_by("-pk"))
    active = [m.enterprise for m in memberships if m.approval == Approval.APPROVED and m.ended_at is None]
    for state in (Approval.APPROVED, Approval.PENDING, Approval.REFUSED):
        for enterprise in active:
            if enterprise.approval == state:
                return Standing(state.value, enterprise)
    waiting = next((m for m in memberships if m.approval == Approval.PENDING and m.ended_at is None), None)
    if waiting:
        return Standing("asked", waiting.enterprise)
    if memberships:
        return Standing("turned_down", memberships[0].enterprise)
    return Standing("none")


def active_people() -> QuerySet[User]:
    """Who can sign in, and so be told something."""
    return User.objects.filter(is_active=True)


def members_of(enterprise_id: int | None) -> QuerySet[User]:
    """Who acts for an enterprise; nobody for none."""
    acting = Membership.objects.active().filter(enterprise__in=[enterprise_id])
    return active_people().filter(memberships__in=acting)
