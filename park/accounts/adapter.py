from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from django.forms import Form
from django.http import HttpRequest, HttpResponse

from park.accounts.enums import Role
from park.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> Any:
        """Whoever signs up by the page acts for an enterprise; staff logins are made by an administrator."""
        user.role = Role.ENTERPRISE
        user.name = form.cleaned_data.get("name", "")
        return super().save_user(request, user, form, commit)

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Whoever has just chosen a password at sign-up is not asked for it again on the way to the second factor."""
        if details.get("signup"):
            reauthenticate_by_password(request)
        return super().post_login(request, user, **details)
