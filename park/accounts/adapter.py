from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from park.accounts.enums import Role
from park.accounts.models import User

WRONG_PASSWORD = _("Login name or password is wrong. Please try again.")


class CodeAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This code is wrong or has run out. Please enter the one that is shown now."),
    }


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": WRONG_PASSWORD,
        "email_password_mismatch": WRONG_PASSWORD,
    }

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> Any:
        """Whoever signs up by the page acts for an enterprise; staff logins are made by an administrator."""
        user.role = Role.ENTERPRISE
        user.name, user.language = form.cleaned_data.get("name", ""), get_language() or settings.LANGUAGE_CODE
        return super().save_user(request, user, form, commit)

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        """Whoever has just chosen a password at sign-up is not asked for it again on the way to the second factor; and
        everybody goes on in the language they chose before."""
        if details.get("signup"):
            reauthenticate_by_password(request)
        response = super().post_login(request, user, **details)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME, user.language
            )  # on a new device, the language chosen before
        return response
