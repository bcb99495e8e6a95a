"""Who may read and change tags and their rules. What is not visible does not exist: Http404."""

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from park.accounts.models import User
from park.accounts.policies import LEADERS, PARK, Policy
from profiles.models import Tag, TagRule
from profiles.permissions.files import get_file

READERS = Policy("the park's people and administrators", (PARK.roles or frozenset()) | (LEADERS.roles or frozenset()))


def visible_rules() -> QuerySet[TagRule]:
    """The tags there are, and their rules, are no secret; who has them is."""
    return TagRule.objects.order_by("order", "code")


def get_rule(code: str) -> TagRule:
    """Raises Http404."""
    return get_object_or_404(visible_rules(), code=code)


def can_edit_rules(user: User) -> bool:
    return LEADERS.admits(user)


def get_open_tag(user: User, pk: Any, code: str, origin: str) -> Tag:
    """A tag that an enterprise has now. Raises Http404."""
    enterprise = get_file(user, pk)
    held = Tag.objects.open().filter(enterprise=enterprise).select_related("rule", "enterprise")
    return get_object_or_404(held, rule__code=code, origin=origin)
