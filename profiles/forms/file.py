"""Forms of the file: the values of one group, the people, and what the enterprise says of itself."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from park.accounts.seen import SeenForm
from profiles.amounts import CURRENCIES, bare_words, value_words
from profiles.enums import ValueSource
from profiles.items import Group, Item, units
from profiles.models import UNDATED, ProfileValue
from profiles.reading import Content, Misread, read_value
from profiles.services.values import Said
from profiles.table_words import problem

YES_NO = [("", gettext_lazy("not known")), ("yes", gettext_lazy("yes")), ("no", gettext_lazy("no"))]
# Those that may say so at the desk; imports and the enterprise itself have their own ways in.
DESK_SOURCES = [
    (source.value, source.label) for source in (ValueSource.DOCUMENT, ValueSource.VISIT, ValueSource.REGISTRY)
]
EVIDENCE = ("pdf", "jpg", "png", "ofd", "docx")


class ValueField(forms.Field):
    """A value of an item as people type it. Cleans to the value and the currency that was said; None: nothing was typed.

    Numbers stand in a field that names their unit, so that a share may be typed as 45 or as 45%.
    """

    def __init__(self, item: Item, **kwargs: Any) -> None:
        self.item = item
        super().__init__(required=False, **kwargs)

    def to_python(self, value: Any) -> tuple[Content, str] | None:
        if not isinstance(value, str) or not value.strip():
            return None
        try:
            return read_value(self.item, value, is_percent=self.item.unit == "ratio")
        except Misread as misread:
            raise forms.ValidationError(problem({"reason": misread.reason, **misread.more})) from misread

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(data) != initial)
        except forms.ValidationError:
            return True


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
            if _has_choice_of_currency(item):
                label = _("%(what)s: currency") % {"what": item.label}
                choices = [(code, str(name)) for code, name in CURRENCIES.items()]
                self.fields[_currency(item)] = forms.ChoiceField(
                    label=label, choices=choices, required=False, initial="CNY"
                )
        for field in self.fields.values():
            # changed is what differs from what the page showed, not from what a colleague has saved since
            field.show_hidden_initial = True
        if at_desk:
            self.fields["source"] = forms.ChoiceField(label=_("Where this comes from"), choices=DESK_SOURCES)
        self.fields["note"] = forms.CharField(
            label=_("Note"), max_length=300, required=False, help_text=_("The enterprise reads it.") if at_desk else ""
        )
        self.fields["evidence"] = forms.FileField(
            label=_("Evidence"),
            required=False,
            help_text=_("For example an audit report. PDF, picture, OFD or DOCX."),
            widget=forms.ClearableFileInput(attrs={"accept": ",".join(f".{suffix}" for suffix in EVIDENCE)}),
        )

    @property
    def has_money(self) -> bool:
        return any(item.is_money for item in self.items)

    def clean(self) -> dict[str, Any]:
        """A currency that was typed counts; one that was chosen besides must be the same."""
        data = super().clean() or {}
        for item in filter(_has_choice_of_currency, self.items):
            said = data.get(item.code)
            if said is None or not said[1]:
                continue
            if _currency(item) in self.changed_data and data.get(_currency(item)) != said[1]:
                self.add_error(item.code, _("Another currency is chosen than is typed here. Make the two agree."))
            data[_currency(item)] = said[1]
        return data

    def said(self) -> list[Said]:
        """What was changed, as services.values takes it."""
        found = []
        for item in self.items:
            names = {item.code, _currency(item)} & set(self.fields)
            value = self.cleaned_data.get(item.code)
            if value in (None, "") or not names & set(self.changed_data):
                continue
            currency = ""
            if isinstance(value, tuple):
                value, currency = value
            currency = self.cleaned_data.get(_currency(item)) or currency
            said = value == "yes" if item.kind == "flag" else value
            found.append(Said(item.code, said, self.year, "" if currency == "CNY" else currency))
        return found


class DescriptionForm(SeenForm):
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


class KeyForm(SeenForm):
    reason = forms.CharField(
        label=gettext_lazy("Why it is a key enterprise"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


def _field(item: Item) -> forms.Field:
    label = str(item.label)
    if item.kind == "number":
        unit = "%" if item.unit == "ratio" else str(units()[item.unit]) if item.unit in units() else ""
        worded = _("%(label)s (%(unit)s)") % {"label": label, "unit": unit} if unit else label
        return ValueField(item, label=worded, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    if item.kind == "flag":
        return forms.ChoiceField(label=label, choices=YES_NO, required=False)
    if item.kind == "day":
        return ValueField(item, label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    if item.kind in {"choice", "region"}:
        words = [("", _("not known")), *((code, str(name)) for code, name in item.choices.items())]
        return forms.ChoiceField(label=label, choices=words, required=False)
    if item.kind == "industry":
        hint = _("Code of GB/T 4754-2017, two to four digits, for example 26 or 2710; or the name of the division.")
        return ValueField(item, label=label, help_text=hint)
    return ValueField(item, label=label)


def _has_choice_of_currency(item: Item) -> bool:
    return item.is_money and not item.by_year


def _currency(item: Item) -> str:
    return f"{item.code}__currency"


def _initial(item: Item, row: ProfileValue) -> dict[str, Any]:
    value: Any = row.value
    if item.kind == "flag":
        value = "yes" if value else "no"
    elif row.number is not None:
        is_foreign = row.currency not in {"", "CNY"} and not _has_choice_of_currency(item)
        value = value_words(item, row.number, row.currency) if is_foreign else bare_words(row.number, item.unit)
    elif row.day is not None:
        value = row.day.isoformat()
    return {item.code: value, _currency(item): row.currency or "CNY"}
