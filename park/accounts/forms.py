from typing import Any

from django import forms
from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from park.accounts import services, uscc
from park.accounts.models import User

REASONS = {
    "length": _("A unified social credit code has 18 characters."),
    "characters": _("The code holds a character that it cannot have (the letters I, O, S, V and Z are never used)."),
    "region": _("Characters 3 to 8 of the code are not a region of China."),
    "check": _("The check character does not fit: please compare the code with the licence once more."),
}

# Django's own words, marked here for better Chinese than Django's: the catalogue of the portal is read first.
gettext_noop("Null characters are not allowed.")


class FieldRenderer(TemplatesSetting):
    """Every form of the portal is drawn by the same two templates."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


class UsccField(forms.CharField):
    """A 统一社会信用代码 as people type it: spaces, small letters and full-width characters are forgiven."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Unified social credit code"))
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return uscc.normalise(text)
        except uscc.InvalidCode as error:
            raise forms.ValidationError(REASONS[error.reason], code=error.reason) from error


class SignupForm(forms.Form):
    """What the portal asks beside login name and password when an enterprise signs up."""

    name = forms.CharField(label=_("Your name"), max_length=60)
    phone = forms.CharField(label=_("Mobile phone"), max_length=30)
    is_forming = forms.TypedChoiceField(
        label=_("Your company"),
        choices=[("no", _("is registered already")), ("yes", _("is still being set up"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        initial="yes",
    )
    enterprise_name = forms.CharField(label=_("Name of the company, or the name you plan"), max_length=120)
    uscc = UsccField(required=False, help_text=_("Only for a company that is registered already."))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("is_forming") is False and not data.get("uscc") and "uscc" not in self.errors:
            self.add_error("uscc", _("Please enter the code on the licence."))
        return data

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by the sign-in library once the login exists."""
        data = self.cleaned_data
        user.name, user.phone = data["name"], data["phone"]
        user.save(update_fields=["name", "phone"])
        services.sign_up_enterprise(
            user=user,
            name_zh=data["enterprise_name"],
            uscc=None if data["is_forming"] else data["uscc"],
            now=timezone.now(),
        )


class InviteForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    username = forms.SlugField(label=_("Login name"), max_length=60, help_text=_("Letters, digits, - and _."))
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    is_signatory = forms.BooleanField(
        label=_("May sign for the enterprise"), required=False, help_text=_("Signs in with a one-time code.")
    )


class TokenForm(forms.Form):
    name = forms.CharField(label=_("What is it for?"), max_length=60)


class RefuseEnterpriseForm(forms.Form):
    note = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The enterprise reads it."),
    )
