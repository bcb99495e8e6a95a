from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.forms import Form
from django.http import HttpRequest

from park.accounts.enums import Role
from park.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> Any:
        """Whoever signs up by the page acts for an enterprise; staff logins are made by an administrator."""
        user.role = Role.ENTERPRISE
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit)
