"""Whose addresses somebody may use and change: one's own."""

from typing import Any

from django.shortcuts import get_object_or_404

from park.accounts.models import User
from park.notices.models import Address


def get_own_address(user: User, pk: Any) -> Address:
    return get_object_or_404(Address, user=user, pk=pk)
