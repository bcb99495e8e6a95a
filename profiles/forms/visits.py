"""What is typed about visits. Shapes only; whether a day or a person can be is for the services."""

import uuid
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from park.team.models import Specialist
from profiles import items
from profiles.amounts import TEN_THOUSAND, value_words
from profiles.enums import VisitManner
from profiles.models import NeedCategory
from profiles.selectors.brief import MAIN
from profiles.services.values import Said
from profiles.services.visits import RaisedNeed, Report

MOST_CHARACTERS = 8000
MOST_NEEDS = 3
DAY = {"type": "date"}


class RescheduleForm(forms.Form):
    day = forms.DateField(label=gettext_lazy("New day"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"))
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        help_text=gettext_lazy("For colleagues; the enterprise does not read it."),
    )


class HandOverForm(forms.Form):
    to = forms.ChoiceField(label=gettext_lazy("To whom"))
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=300,
        help_text=gettext_lazy("For colleagues; the enterprise does not read it."),
    )

    def __init__(self, people: Sequence[Specialist], data: Any = None) -> None:
        super().__init__(data)
        self.people = {str(one.pk): one for one in people}
        names = [(pk, f"{one.user.name} · {one.department.name}") for pk, one in self.people.items()]
        self.fields["to"].choices = [("", _("Choose")), *names]  # type: ignore[attr-defined]


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why it will not be held"),
        max_length=300,
        help_text=gettext_lazy("For example that the enterprise has left the park. It stays in the record."),
    )


class ReportForm(forms.Form):
    """One report. `report_key` is made with the form, so that what is sent twice is taken once."""

    report_key = forms.UUIDField(widget=forms.HiddenInput)
    held_on = forms.DateField(
        label=gettext_lazy("Day of the visit"), widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
    manner = forms.ChoiceField(label=gettext_lazy("How"), choices=VisitManner.choices, widget=forms.RadioSelect)
    met = forms.CharField(
        label=gettext_lazy("Spoke with"), max_length=200, help_text=gettext_lazy("Names and positions.")
    )
    text = forms.CharField(
        label=gettext_lazy("What was spoken about"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text=gettext_lazy("How business goes, what has changed, what worries them. Only the park reads it."),
    )

    def __init__(self, data: Any = None, *, today: date, year: int, known: dict[str, Decimal] | None = None) -> None:
        super().__init__(data, initial={"report_key": uuid.uuid4(), "held_on": today, "manner": VisitManner.ON_SITE})
        self.year = year
        for code in MAIN:
            item = items.items()[code]
            words = {"item": item.label, "year": year}
            label = _("%(item)s %(year)s, in 10,000 yuan") % words if item.is_money else f"{item.label} {year}"
            said = (known or {}).get(code)
            hint = ""
            if said is not None:
                hint = _("The file says %(n)s.") % {"n": value_words(item, said)}
            self.fields[f"value-{code}"] = forms.DecimalField(
                label=label,
                required=False,
                min_value=0,
                max_digits=14,
                decimal_places=4 if item.is_money else 0,
                help_text=hint,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )

        self.categories = {str(one.pk): one for one in NeedCategory.objects.filter(is_active=True)}
        choices = [("", _("No need")), *((pk, one.name) for pk, one in self.categories.items())]
        for n in range(1, MOST_NEEDS + 1):
            label = _("Category of need %(n)s") % {"n": n}
            self.fields[f"need-{n}"] = forms.ChoiceField(label=label, choices=choices, required=False)
            self.fields[f"need-text-{n}"] = forms.CharField(
                label=_("What is needed"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for n in range(1, MOST_NEEDS + 1):
            if data.get(f"need-{n}") and not data.get(f"need-text-{n}"):
                self.add_error(f"need-text-{n}", _("Please say what is needed."))
            elif data.get(f"need-text-{n}") and not data.get(f"need-{n}"):
                self.add_error(f"need-{n}", _("Please choose the category of this need."))
        return data

    def needs(self) -> list[forms.BoundField]:
        return [self[name.format(n)] for n in range(1, MOST_NEEDS + 1) for name in ("need-{}", "need-text-{}")]

    def figures(self) -> list[forms.BoundField]:
        return [self[f"value-{code}"] for code in MAIN]

    def words(self) -> list[forms.BoundField]:
        return [self[name] for name in ("held_on", "manner", "met", "text")]

    def report(self) -> Report:
        data = self.cleaned_data
        said = [
            Said(code, number * TEN_THOUSAND if items.items()[code].is_money else number, self.year)
            for code in MAIN
            if (number := data[f"value-{code}"]) is not None
        ]
        raised = [
            RaisedNeed(self.categories[data[f"need-{n}"]], data[f"need-text-{n}"])
            for n in range(1, MOST_NEEDS + 1)
            if data.get(f"need-{n}")
        ]
        manner = VisitManner(data["manner"])
        return Report(data["report_key"], data["held_on"], manner, data["met"], data["text"], said, raised)
