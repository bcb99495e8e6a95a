"""The steps of an application for registration. Each form asks what `lifecycle.answers` lists for its step."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from park.accounts.seen import SeenForm

PHONE = RegexValidator(
    r"^\+?[0-9][0-9 ()-]{5,24}$", _("Please enter a phone number with digits only, for example 13800001234.")
)
# text and not number: a browser throws away what is no number, and then it could not be shown again beside its error
DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}
WRONG = {"required": _("Please fill this in."), "number": _("Please enter a number, for example 1200.")}
PREMISES = [
    ("leased", _("Leased")),
    ("owned", _("Owned")),
    ("provided", _("Provided by the park (shared registration address)")),
]


class YesNoField(forms.TypedChoiceField):
    """A question answered by yes or no; no answer is neither."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            choices=[("yes", _("Yes")), ("no", _("No"))],
            coerce=lambda value: value == "yes",
            widget=forms.RadioSelect,
            empty_value=None,
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value)


class StepForm(SeenForm):
    """One step. As a draft it takes what there is: nothing is required, and what is wrong is simply not kept."""

    def __init__(self, *args: Any, draft: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = field.required and not draft
            field.error_messages["required"] = WRONG["required"]
            if isinstance(field, forms.DecimalField):
                field.error_messages["invalid"] = WRONG["number"]

    @property
    def answers(self) -> Mapping[str, Any]:
        """What was changed and can be kept, also of a form in which something else is wrong."""
        return {
            name: self.cleaned_data[name] for name in self.fields if name in self.touched & self.cleaned_data.keys()
        }


class CompanyForm(StepForm):
    company_name = forms.CharField(
        label=_("Name of the company"),
        max_length=120,
        help_text=_("As reserved with the registration authority, in Chinese."),
    )
    registered_capital = forms.DecimalField(
        label=_("Registered capital (10,000 yuan)"),
        max_digits=14,
        decimal_places=2,
        min_value=Decimal("0.01"),
        widget=forms.TextInput(attrs=DECIMAL),
        help_text=_("The capital subscribed by all shareholders together, for example 1200."),
    )
    industry = forms.CharField(
        label=_("Industry"), max_length=120, help_text=_("For example biomedicine, or software development.")
    )
    business_scope = forms.CharField(
        label=_("Business scope"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    has_pre_approval_items = YesNoField(
        label=_("Does the scope hold items that need approval first?"),
        help_text=_("For example finance or hazardous chemicals. If yes, the approval is one of the materials."),
    )


class PeopleForm(StepForm):
    legal_representative = forms.CharField(label=_("Legal representative"), max_length=60)
    shareholders = forms.CharField(
        label=_("Shareholders and their shares"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Name and share of each, one a line; the shares add up to 100%."),
    )
    beneficial_owner = forms.CharField(
        label=_("Beneficial owner"),
        max_length=200,
        help_text=_("The natural person who owns or controls the company in the end."),
    )
    contact_name = forms.CharField(label=_("Contact person"), max_length=60)
    contact_phone = forms.CharField(label=_("Phone of the contact person"), max_length=30, validators=[PHONE])
    submitted_by_agent = YesNoField(
        label=_("Does an agent file this application?"),
        help_text=_("If yes, the letter of authorisation is one of the materials."),
    )


class PremisesForm(StepForm):
    premises_kind = forms.ChoiceField(label=_("Kind of premises"), choices=PREMISES, widget=forms.RadioSelect)
    address = forms.CharField(
        label=_("Address of the domicile"), max_length=200, help_text=_("Street, number, building and room.")
    )
    floor_area = forms.DecimalField(
        label=_("Floor area (m²)"),
        max_digits=9,
        decimal_places=2,
        min_value=Decimal("0.01"),
        widget=forms.TextInput(attrs=DECIMAL),
        required=False,
    )


FORMS: dict[str, type[StepForm]] = {"company": CompanyForm, "people": PeopleForm, "premises": PremisesForm}


def answer_words(name: str, value: object) -> str:
    """An answer as the check page shows it."""
    if value in (None, ""):
        return ""
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    if name == "premises_kind":
        return str(dict(PREMISES).get(str(value), value))
    return str(value)
