"""Who may see and do what with enterprises, members and tokens."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from park.accounts.enums import Approval, Role
from park.accounts.models import ApiToken, Enterprise, EnterpriseQuerySet, Membership, User


def enterprises_of(user: User) -> EnterpriseQuerySet:
    """The enterprises a person acts for, approved by the park or still waiting."""
    return Enterprise.objects.filter(memberships__in=Membership.objects.active().filter(user=user.pk)).order_by("pk")


def get_enterprise(user: User) -> Enterprise:
    """The approved enterprise that a person acts for. Raises Http404."""
    enterprise = enterprises_of(user).approved().first()
    if enterprise is None:
        raise Http404("no approved enterprise")
    return enterprise


def is_signatory(user: User, enterprise_id: int) -> bool:
    return Membership.objects.active().filter(user=user, enterprise_id=enterprise_id, is_signatory=True).exists()


def visible_members(user: User) -> QuerySet[Membership]:
    """The people of one's own enterprises, those who wait to join among them."""
    return (
        Membership.objects.filter(enterprise__in=enterprises_of(user), ended_at__isnull=True)
        .select_related("user", "enterprise")
        .order_by("pk")
    )


def get_member_to_manage(user: User, pk: Any) -> Membership:
    """A membership that the person may decide on or end, being signatory of that enterprise. Raises Http404."""
    membership = get_object_or_404(visible_members(user), pk=pk)
    if not is_signatory(user, membership.enterprise_id):
        raise Http404("not a signatory")
    return membership


def waiting_enterprises(user: User) -> QuerySet[Enterprise]:
    """Enterprises that wait for the park's approval, oldest first."""
    if user.role not in {Role.SPECIALIST, Role.MANAGER}:
        return Enterprise.objects.none()
    return Enterprise.objects.filter(approval=Approval.PENDING).order_by("created_at", "pk")


def get_own_token(user: User, pk: Any) -> ApiToken:
    return get_object_or_404(ApiToken, user=user, pk=pk)
