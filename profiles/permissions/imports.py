"""Who may see and do what with an import. What is not visible does not exist: Http404."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from park.accounts.enums import Role
from park.accounts.models import User
from profiles.enums import ImportState
from profiles.models import ImportRun
from profiles.permissions.files import can_work_on_files


def visible_imports(user: User) -> QuerySet[ImportRun]:
    """One's own; for managers all."""
    if not can_work_on_files(user):
        return ImportRun.objects.none()
    return ImportRun.objects.all() if user.role == Role.MANAGER else ImportRun.objects.filter(by=user)


def get_import(user: User, uid: Any) -> ImportRun:
    """Raises Http404."""
    return get_object_or_404(visible_imports(user).select_related("by", "applied_by"), uid=uid)


def can_apply(user: User, run: ImportRun) -> bool:
    return run.state == ImportState.CHECKED and can_work_on_files(user)


def can_discard(user: User, run: ImportRun) -> bool:
    return run.state in {ImportState.CHECKED, ImportState.FAILED} and can_work_on_files(user)
