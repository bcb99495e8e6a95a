"""The forms at the entrance in the portal's own words: sign-up and one-time codes.

Apart from `forms`, because the sign-in library imports that module while its own are still being made.
"""

from typing import Any

from allauth.account.forms import ChangePasswordForm, ResetPasswordKeyForm, SignupForm
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

REQUIRED = _("Please fill this in.")
CODE = _("One-time code")
WORDS = {
    "username": (_("Login name"), _("Letters, digits, - and _; you sign in with it.")),
    "email": (_("E-mail"), ""),
    "password1": (
        _("Password"),
        _("At least 10 characters, not digits alone, and nothing common or taken from your name."),
    ),
    "password2": (_("The password once more"), ""),
}


class EnterpriseSignupForm(SignupForm):
    """Login and enterprise are made together or not at all."""

    def try_save(self, request: HttpRequest) -> tuple[Any, Any]:
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:  # the same name or address at this very instant
            self.add_error("username", _("This login name or e-mail address is taken. Please choose another."))
            return None, render(request, "account/signup.html", {"form": self}, status=422)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, hint) in WORDS.items():
            self.fields[name].label, self.fields[name].help_text = label, hint
        for field in self.fields.values():
            field.error_messages["required"] = REQUIRED


class NewPasswordForm(ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = WORDS["password1"][1]


class ResetPasswordForm(ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = WORDS["password1"][1]


class CodeForm(AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = CODE


class CodeAgainForm(ReauthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = CODE


class FirstCodeForm(ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = CODE
        self.fields["code"].widget.attrs["inputmode"] = "numeric"
