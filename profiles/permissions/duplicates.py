"""Who may see which files are likely one, and make them one."""

from typing import Any

from django.http import Http404

from park.accounts.enums import Role
from park.accounts.models import Enterprise, User
from profiles.permissions.files import get_file


def can_merge(user: User) -> bool:
    """A merge cannot be undone: the park's leaders decide."""
    return user.role == Role.MANAGER


def get_file_to_merge(user: User, pk: Any) -> Enterprise:
    """A file that the user may merge with another. Raises Http404."""
    if not can_merge(user):
        raise Http404("only leaders merge files")
    return get_file(user, pk)
