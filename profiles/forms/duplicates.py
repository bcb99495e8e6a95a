from django import forms
from django.utils.translation import gettext_lazy as _


class MergeForm(forms.Form):
    gone = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)
    reason = forms.CharField(
        label=_("Why these are one enterprise"),
        max_length=300,
        error_messages={"required": _("Please say how you know that the two files are of one enterprise.")},
    )
