"""What is typed about products, purchases and introductions. Shapes only; whether the act may happen is for the services."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from park.accounts.seen import SeenForm
from profiles.enums import Direction, Outcome
from profiles.items import industries
from profiles.models import SupplyItem
from profiles.reading import Misread, read_industry
from profiles.table_words import problem


class IndustryField(forms.CharField):
    """A code of GB/T 4754: a division or finer. Divisions are offered as suggestions (`industry_options`)."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"list": "industries", "inputmode": "numeric"}))
        super().__init__(max_length=80, **kwargs)

    def clean(self, value: Any) -> str:
        """People may leave the name that the suggestion brought along behind the code."""
        try:
            return read_industry(super().clean(value))
        except Misread as misread:
            raise forms.ValidationError(problem({"reason": misread.reason})) from misread


def industry_options() -> list[tuple[str, str]]:
    """The divisions of GB/T 4754 with their names."""
    return [(code, str(name)) for code, name in industries().items() if code.isdecimal()]


class ItemForm(SeenForm):
    direction = forms.ChoiceField(label=_("Made or bought?"), choices=Direction.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("What it is"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For example: precision ball screws for machine tools, 500 sets a year. Leave out the name."),
    )
    industry_code = IndustryField(
        label=_("Industry that makes it"),
        help_text=_("Code of GB/T 4754, two to four digits. Suggestions appear while you type."),
    )
    wants_local = forms.BooleanField(
        label=_("Wanted from inside the park"),
        required=False,
        help_text=_("Only for what is bought. The park then looks for makers next door."),
    )
    is_shown = forms.BooleanField(
        label=_("Others may read this, without the name"),
        required=False,
        initial=True,
        help_text=_("Otherwise they see the industry alone until both sides agree to meet."),
    )

    def __init__(self, *args: Any, item: SupplyItem | None = None, **kwargs: Any) -> None:
        if item is not None:
            names = ("text", "industry_code", "wants_local", "is_shown")
            kwargs["initial"] = {name: getattr(item, name) for name in names}
        super().__init__(*args, **kwargs)
        if item is not None:
            del self.fields["direction"]


class ConcludeForm(forms.Form):
    outcome = forms.ChoiceField(label=_("What came of it?"), choices=Outcome.choices, widget=forms.RadioSelect)
    saving_percent = forms.DecimalField(
        label=_("Saving on the purchase, percent"),
        required=False,
        min_value=Decimal(-100),
        max_value=Decimal(100),
        decimal_places=2,
        help_text=_("15 means that the purchase costs 15 % less than before; -5 that it costs 5 % more."),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For the park's people only."),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("saving_percent") is not None and data.get("outcome") == Outcome.NONE:
            self.add_error("saving_percent", _("Without business there is no saving: leave this empty."))
        return data


class PairForm(forms.Form):
    """Which want and which offer are to be introduced."""

    want = forms.IntegerField()
    offer = forms.IntegerField()
