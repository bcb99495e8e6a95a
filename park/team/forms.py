"""What is typed about the team. Shapes only; nothing is saved."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from park.team.models import CertificateKind, Specialist

LONGEST_ABSENCE_DAYS = 366


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class PersonChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.user.name)


class AbsenceForm(forms.Form):
    first_on = forms.DateField(label=gettext_lazy("First day away"), widget=_day())
    last_on = forms.DateField(label=gettext_lazy("Last day away"), widget=_day())
    substitute = PersonChoice(
        Specialist.objects.none(),
        label=gettext_lazy("Who stands in"),
        required=False,
        help_text=gettext_lazy("Warnings go to them, and what falls due is proposed to them first."),
    )

    def __init__(self, person: Specialist, today: date, data: Any = None) -> None:
        super().__init__(data)
        self.today = today
        colleagues = Specialist.objects.filter(department=person.department_id, is_active=True, user__is_active=True)
        self.fields["substitute"].queryset = colleagues.exclude(pk=person.pk).select_related("user")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first_on"), data.get("last_on")
        if first and last and last < first:
            self.add_error("last_on", _("This is before the first day. Choose the same day or a later one."))
        elif first and last and (last - first).days > LONGEST_ABSENCE_DAYS:
            self.add_error("last_on", _("This is more than a year. Choose an earlier day, and enter the rest later."))
        elif last and last < self.today:
            self.add_error("last_on", _("This absence is over. Enter one that lasts until today or longer."))
        return data


class CertificateForm(forms.Form):
    kind = forms.ModelChoiceField(CertificateKind.objects.all(), label=gettext_lazy("Kind of certificate"))
    number = forms.CharField(label=gettext_lazy("Certificate number"), max_length=60, required=False)
    issued_on = forms.DateField(label=gettext_lazy("Issued on"), widget=_day())
    expires_on = forms.DateField(
        label=gettext_lazy("Good until"), widget=_day(), help_text=gettext_lazy("This day is its last.")
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        issued, expires = data.get("issued_on"), data.get("expires_on")
        if issued and expires and expires < issued:
            self.add_error("expires_on", _("This is before it was issued. Choose a later day."))
        return data


class WithdrawForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Why it is withdrawn"), max_length=300)


class TrainingForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("What was taught"), max_length=200)
    held_on = forms.DateField(label=gettext_lazy("Held on"), widget=_day())
    hours = forms.DecimalField(
        label=gettext_lazy("Hours"), min_value=0.5, max_value=200, max_digits=4, decimal_places=1, localize=False
    )


class HandOverForm(forms.Form):
    """The proposals that were ticked, each as kind:number:person."""

    move = forms.MultipleChoiceField(
        error_messages={
            "required": gettext_lazy("Nothing is ticked. Tick what is to change hands."),
            "invalid_choice": gettext_lazy("Something has changed meanwhile. Look at the list again and tick anew."),
        }
    )
    note = forms.CharField(
        label=gettext_lazy("A word to the colleagues"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, keys: list[str], data: Any = None) -> None:
        super().__init__(data)
        self.fields["move"].choices = [(key, key) for key in keys]  # type: ignore[attr-defined]
