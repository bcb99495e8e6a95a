"""Who may see and do what with the file of an enterprise. What is not visible does not exist: Http404."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from park.accounts.enums import Approval, Role
from park.accounts.models import Enterprise, User
from park.accounts.permissions import enterprises_of


def visible_enterprises(user: User) -> QuerySet[Enterprise]:
    """Whose file a person sees: one's own enterprises; for the park's specialists and managers all that it has approved.

    Partner departments see what a case shows them and no file; a file that was merged into another is reached through that.
    """
    here = Enterprise.objects.filter(approval=Approval.APPROVED, merged_into__isnull=True)
    if user.role == Role.ENTERPRISE:
        return here.filter(pk__in=enterprises_of(user).values("pk"))
    if user.role == Role.MANAGER:
        return here
    if user.role == Role.SPECIALIST and getattr(user, "specialist", None) is not None:
        return here
    return here.none()


def get_file(user: User, pk: Any) -> Enterprise:
    """The enterprise whose file is asked for. Raises Http404."""
    return get_object_or_404(visible_enterprises(user).select_related("profile__specialist__user", "facts"), pk=pk)


def can_work_on_files(user: User) -> bool:
    """The park's specialists and managers enter values, settle differences and give tags."""
    return user.role == Role.MANAGER or (user.role == Role.SPECIALIST and getattr(user, "specialist", None) is not None)
