"""Who may see and do what with needs and with what is foreseen. What is not visible does not exist: Http404."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from park.accounts.enums import Role
from park.accounts.models import User
from park.accounts.permissions import enterprises_of
from park.team.models import Specialist
from profiles.enums import PredictionState
from profiles.models import Need, PredictedNeed
from profiles.models.needs import NeedQuerySet
from profiles.permissions.files import can_work_on_files, visible_enterprises

WITH = (
    "enterprise__profile__specialist",
    "category__department",
    "owner__user",
    "department",
    "clock",
    "raised_by",
)


def visible_needs(user: User) -> NeedQuerySet:
    """Those of the enterprises whose files a person sees."""
    return Need.objects.filter(enterprise__in=visible_enterprises(user)).select_related(*WITH)


def get_need(user: User, pk: Any) -> Need:
    return get_object_or_404(visible_needs(user), pk=pk)


def own_needs(user: User) -> NeedQuerySet:
    return visible_needs(user).filter(enterprise__in=enterprises_of(user))


def get_own_need(user: User, pk: Any) -> Need:
    """A need of the user's own enterprise, for acts that only the enterprise's side may do. Raises Http404."""
    return get_object_or_404(own_needs(user), pk=pk)


def can_work_on_need(user: User, need: Need) -> bool:
    """The specialists of its department, whoever sees to it, and whoever looks after the enterprise."""
    return _is_in_charge(user, need.department_id, need.enterprise, need.owner_id)


def can_hand_over_need(user: User, need: Need) -> bool:
    """Whoever may work on it, and managers, so that no need is left with somebody who has gone."""
    return user.role == Role.MANAGER or can_work_on_need(user, need)


def get_need_to_work_on(user: User, pk: Any) -> Need:
    """Raises Http404 for what the user does not see, PermissionDenied for what is seen and in other hands."""
    need = get_need(user, pk)
    if not can_work_on_need(user, need):
        raise PermissionDenied
    return need


def get_need_to_hand_over(user: User, pk: Any) -> Need:
    need = get_need(user, pk)
    if not can_hand_over_need(user, need):
        raise PermissionDenied
    return need


def visible_predictions(user: User) -> QuerySet[PredictedNeed]:
    """All for the park's specialists and managers; an enterprise sees of its own those that the park has shown it."""
    found = PredictedNeed.objects.filter(enterprise__in=visible_enterprises(user)).select_related(
        "enterprise__profile__specialist__user", "category__department"
    )
    return found if can_work_on_files(user) else found.filter(state=PredictionState.SHARED)


def get_prediction_to_decide(user: User, pk: Any) -> PredictedNeed:
    """Raises Http404 for what the user does not see, PermissionDenied for what is seen and in other hands."""
    prediction = get_object_or_404(visible_predictions(user), pk=pk)
    if not can_decide_prediction(user, prediction):
        raise PermissionDenied
    return prediction


def get_own_prediction(user: User, pk: Any) -> PredictedNeed:
    """One that was shown to the user's own enterprise. Raises Http404."""
    if user.role != Role.ENTERPRISE:
        raise Http404("not of an enterprise")
    return get_object_or_404(visible_predictions(user), pk=pk)


def can_decide_prediction(user: User, prediction: PredictedNeed) -> bool:
    return _is_in_charge(user, prediction.category.department_id, prediction.enterprise)


def in_charge(specialist: Specialist) -> Q:
    """The needs that can_work_on_need lets a specialist work on."""
    own = Q(owner=specialist) | Q(enterprise__profile__specialist=specialist)
    return own | Q(department=specialist.department_id)


def _is_in_charge(user: User, department_id: int, enterprise: Any, owner_id: int | None = None) -> bool:
    specialist = getattr(user, "specialist", None)
    if user.role != Role.SPECIALIST or specialist is None:
        return False
    profile = getattr(enterprise, "profile", None)
    return (
        department_id == specialist.department_id
        or owner_id == specialist.pk
        or (profile is not None and profile.specialist_id == specialist.pk)
    )
