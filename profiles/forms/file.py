"""Forms of the file: the values of one group, the people, and what the enterprise says of itself."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from profiles.enums import ValueSource
from profiles.items import Group, Item, is_industry, units
from profiles.models import UNDATED, ProfileValue
from profiles.services.values import Said

PERCENT = Decimal(100)
CURRENCIES = [("CNY", gettext_lazy("yuan")), ("USD", gettext_lazy("US dollars")), ("EUR", gettext_lazy("euros"))]
YES_NO = [("", gettext_lazy("not known")), ("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))]
# Those that may say so at the desk; imports and the enterprise itself have their own ways in.
DESK_SOURCES = [
    (source.value, source.label) for source in (ValueSource.DOCUMENT, ValueSource.VISIT, ValueSource.REGISTRY)
]
EVIDENCE = ("pdf", "jpg", "png", "ofd", "docx")


class ValuesForm(forms.Form):
    """The items of a group for one year, or those without a year. Only what was changed counts as said."""

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        group: Group,
        year: int,
        known: Mapping[str, ProfileValue],
        at_desk: bool,
    ) -> None:
        self.items = [item for item in group.items if item.by_year == (year != UNDATED)]
        self.year = year
        initial: dict[str, Any] = {}
        for item in self.items:
            if item.code in known:
                initial |= _initial(item, known[item.code])
        super().__init__(data, files, initial=initial)
        for item in self.items:
            self.fields[item.code] = _field(item)
            if item.is_money and not item.by_year:
                label = _("%(what)s: currency") % {"what": item.label}
                choice = forms.ChoiceField(label=label, choices=CURRENCIES, required=False, initial="CNY")
                self.fields[_currency(item)] = choice
        for field in self.fields.values():
            # changed is what differs from what the page showed, not from what a colleague has saved since
            field.show_hidden_initial = True
        if at_desk:
            self.fields["source"] = forms.ChoiceField(label=_("Where this comes from"), choices=DESK_SOURCES)
        self.fields["note"] = forms.CharField(label=_("Note"), max_length=300, required=False)
        self.fields["evidence"] = forms.FileField(
            label=_("Evidence"),
            required=False,
            help_text=_("For example an audit report. PDF, picture, OFD or DOCX."),
            widget=forms.ClearableFileInput(attrs={"accept": ",".join(f".{suffix}" for suffix in EVIDENCE)}),
        )

    def said(self) -> list[Said]:
        """What was changed, as services.values takes it."""
        found = []
        for item in self.items:
            names = {item.code, _currency(item)} & set(self.fields)
            value = self.cleaned_data.get(item.code)
            if value in (None, "") or not names & set(self.changed_data):
                continue
            currency = self.cleaned_data.get(_currency(item)) or ""
            found.append(Said(item.code, _said(item, value), self.year, "" if currency == "CNY" else currency))
        return found


class DescriptionForm(forms.Form):
    industry = forms.CharField(
        label=gettext_lazy("What the enterprise does, in its own words"), max_length=120, required=False
    )
    business_scope = forms.CharField(
        label=gettext_lazy("Business scope"), required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )
    address = forms.CharField(label=gettext_lazy("Address"), max_length=200, required=False)


class ContactForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    position = forms.CharField(label=gettext_lazy("Position"), max_length=60, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=30, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254, required=False)
    is_first = forms.BooleanField(label=gettext_lazy("Speak with this person first"), required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("phone") and not data.get("email") and not self.errors:
            self.add_error(
                "phone", _("Please give a phone number or an e-mail address, or nobody can reach this person.")
            )
        return data


class KeyForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why it is a key enterprise"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


def _field(item: Item) -> forms.Field:
    label = str(item.label)
    if item.kind == "number":
        unit = "%" if item.unit == "ratio" else str(units()[item.unit]) if item.unit in units() else ""
        worded = _("%(label)s (%(unit)s)") % {"label": label, "unit": unit} if unit else label
        return forms.DecimalField(
            label=worded,
            required=False,
            max_digits=18,
            decimal_places=2,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        )
    if item.kind == "flag":
        return forms.ChoiceField(label=label, choices=YES_NO, required=False)
    if item.kind == "day":
        return forms.DateField(
            label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        )
    if item.kind in {"choice", "region"}:
        words = [("", _("not known")), *((code, str(name)) for code, name in item.choices.items())]
        return forms.ChoiceField(label=label, choices=words, required=False)
    if item.kind == "industry":
        return IndustryField(label=label, required=False)
    return forms.CharField(label=label, required=False, max_length=200)


class IndustryField(forms.CharField):
    """A code of GB/T 4754-2017 of two to four digits; typed, because the finer classes are many."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Code of GB/T 4754-2017, two to four digits, for example 26 or 2710."))
        super().__init__(max_length=5, **kwargs)

    def clean(self, value: Any) -> str:
        code = super().clean(value).upper()
        code = code[1:] if code[:1].isalpha() else code
        if code and not is_industry(code):
            raise forms.ValidationError(_("There is no such code. It begins with a division from 01 to 97."))
        return code


def _currency(item: Item) -> str:
    return f"{item.code}__currency"


def _initial(item: Item, row: ProfileValue) -> dict[str, Any]:
    value: Any = row.value
    if item.kind == "flag":
        value = "yes" if value else "no"
    elif item.column == "number":
        value = (row.number or Decimal(0)) * (PERCENT if item.unit == "ratio" else 1)
        value = value.quantize(Decimal("0.01"))
        value = value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()
    return {item.code: value, _currency(item): row.currency or "CNY"}


def _said(item: Item, value: Any) -> Any:
    if item.kind == "flag":
        return value == "yes"
    if item.unit == "ratio":
        return value / PERCENT
    return value
