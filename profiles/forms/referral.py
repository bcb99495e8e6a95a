from django import forms
from django.utils.translation import gettext_lazy as _


class ReferralForm(forms.Form):
    referrer = forms.CharField(
        label=_("Who recommended the park?"),
        max_length=120,
        help_text=_("Full name of the enterprise or its unified social credit code; or who else it was."),
    )
