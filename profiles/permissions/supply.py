"""Who may see and do what with products, purchases and introductions. What is not visible does not exist: Http404."""

from typing import Any

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from park.accounts.enums import Role
from park.accounts.models import User
from park.accounts.permissions import enterprises_of
from profiles.enums import Direction, IntroductionState
from profiles.models import Introduction, SupplyItem
from profiles.permissions.files import can_work_on_files, visible_enterprises

MET = (IntroductionState.AGREED, IntroductionState.CONCLUDED)


def visible_items(user: User) -> QuerySet[SupplyItem]:
    """An enterprise's own; for the park's specialists and managers those of every file that they see."""
    return SupplyItem.objects.filter(enterprise__in=visible_enterprises(user).values("pk")).select_related("enterprise")


def get_item(user: User, pk: Any) -> SupplyItem:
    return get_object_or_404(visible_items(user), pk=pk)


def visible_introductions(user: User) -> QuerySet[Introduction]:
    """For an enterprise those of which it is one side; for the park's specialists and managers all."""
    found = Introduction.objects.select_related(
        "want__enterprise", "offer__enterprise", "clock", "proposed_by__specialist__department"
    )
    if user.role == Role.ENTERPRISE:
        own = enterprises_of(user).approved().values("pk")
        return found.filter(Q(want__enterprise__in=own) | Q(offer__enterprise__in=own))
    return found if can_work_on_files(user) else found.none()


def get_introduction(user: User, pk: Any) -> Introduction:
    return get_object_or_404(visible_introductions(user), pk=pk)


def side_of(user: User, introduction: Introduction) -> Direction:
    """Which side a member of one of them acts for. Who acts for both speaks first for the one that has not answered."""
    own = set(enterprises_of(user).approved().values_list("pk", flat=True))
    return side_among(own, introduction)


def side_among(own: set[int], introduction: Introduction) -> Direction:
    """As side_of, with the enterprises that were fetched already."""
    buys, makes = introduction.want.enterprise_id in own, introduction.offer.enterprise_id in own
    if buys and makes:
        return Direction.MAKES if introduction.buyer_agreed_at else Direction.BUYS
    return Direction.BUYS if buys else Direction.MAKES


def have_met(introduction: Introduction) -> bool:
    """Whether both sides have agreed, so that each may know who the other is."""
    return introduction.state in MET


def can_introduce(user: User) -> bool:
    """Specialists of the park propose: whoever does follows it up."""
    return user.role == Role.SPECIALIST and can_work_on_files(user)
