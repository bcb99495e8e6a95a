"""The sign-up page in the portal's own words. Apart from `forms`, because the sign-in library imports that module itself."""

from typing import Any

from allauth.account.forms import SignupForm
from django.utils.translation import gettext_lazy as _

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
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, (label, hint) in WORDS.items():
            self.fields[name].label, self.fields[name].help_text = label, hint
