"""What people type about tags. Shapes only; whether it may be is for the services."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from profiles import file_types
from profiles.file_types import Refused
from profiles.forms.criterion import CriterionField, CriterionForm, Names
from profiles.models import TagRule
from profiles.services.tags import Paper

FORMATS = ("pdf", "jpg", "jpeg", "png", "ofd")
MOST_BYTES = 20 * 1024 * 1024
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class RuleForm(CriterionForm):
    is_active = forms.BooleanField(
        label=_("In use"),
        required=False,
        help_text=_("A tag that is not in use is given to nobody; those that have it by rule lose it."),
    )

    def __init__(self, *given: Any, tags: Names, **more: Any) -> None:
        super().__init__(*given, **more)
        self.fields["criterion"] = CriterionField(
            tags=tags,
            label=_("Rule"),
            required=False,
            help_text=_("Without a condition the tag comes by certificate or by hand alone."),
        )


class _GivenForm(forms.Form):
    rule = forms.ModelChoiceField(label=_("Tag"), queryset=TagRule.objects.none(), to_field_name="code")

    def __init__(self, *given: Any, rules: Any, today: date, **more: Any) -> None:
        super().__init__(*given, **more)
        self.today = today
        self.fields["rule"].queryset = rules  # type: ignore[attr-defined]

    def clean_expires_on(self) -> date | None:
        day: date | None = self.cleaned_data.get("expires_on")
        if day is not None and day < self.today:
            raise ValidationError(_("This day is over. Please give the last day on which it is valid."), code="over")
        return day


class CertificateForm(_GivenForm):
    number = forms.CharField(label=_("Number of the certificate"), max_length=60)
    expires_on = forms.DateField(
        label=_("Valid until"), required=False, widget=DAY, help_text=_("The last day. Empty if it has no end.")
    )
    document = forms.FileField(
        label=_("Certificate"), required=False, help_text=_("PDF, JPG, PNG or OFD, at most 20 MB.")
    )

    def clean_document(self) -> Paper | None:
        upload = self.cleaned_data.get("document")
        if not upload:
            return None
        if upload.size > MOST_BYTES:
            raise ValidationError(_("The file is too large. Please give one of at most 20 MB."), code="size")
        try:
            kind = file_types.recognise(upload.name, upload.file, FORMATS)
        except Refused as refused:
            raise ValidationError(
                _("The file cannot be read as PDF, JPG, PNG or OFD. Please save it anew and try again."),
                code=refused.reason,
            ) from refused
        return Paper(upload.name, kind.content_type, upload.file)


class ByHandForm(_GivenForm):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The enterprise reads it."),
    )
    expires_on = forms.DateField(label=_("Valid until"), widget=DAY, help_text=_("The last day."))


class EndForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300, help_text=_("The enterprise reads it."))
