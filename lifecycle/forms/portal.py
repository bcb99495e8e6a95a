"""Small forms of the enterprise's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class SignForm(forms.Form):
    """The consent to one exact text. `sha256` is the document that was shown."""

    sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    has_read = forms.BooleanField(
        label=_("I have read the whole agreement and sign it for the enterprise."),
        error_messages={"required": _("Please tick the box if you agree; without it nothing is signed.")},
    )


class MessageForm(forms.Form):
    body = forms.CharField(
        label=_("Your message"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Please write something first.")},
    )


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The specialist reads it."),
    )


class OwnStepForm(forms.Form):
    """The enterprise confirms a step of its own. `statement` is what it confirms, in words."""

    is_confirmed = forms.BooleanField(
        error_messages={"required": _("Please tick the box once it is so; without it nothing is confirmed.")}
    )
    note = forms.CharField(label=_("Note"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, statement: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["is_confirmed"].label = statement
