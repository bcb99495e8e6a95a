"""The questions of the standard as a form: one for each section of an application, or for what a node asks at its end."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from lifecycle.enums import AnswerKind
from lifecycle.models import Question
from park.accounts.bilingual import reads_chinese
from park.accounts.seen import SeenForm

PHONE = RegexValidator(
    r"^\+?[0-9][0-9 ()-]{5,24}$",
    gettext_lazy("Please enter a phone number with digits only, for example 13800001234."),
)
# text and not number: a browser throws away what is no number, and then it could not be shown again beside its error
DECIMAL = {"inputmode": "decimal", "autocomplete": "off"}
WRONG = {
    "required": gettext_lazy("Please fill this in."),
    "number": gettext_lazy("Please enter a number, for example 1200."),
    "day": gettext_lazy("Please enter a day, for example 2026-11-23."),
}
MOST_ON_A_LINE, MOST_IN_ALL = 200, 4000


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


class Boxes(forms.CheckboxSelectMultiple):
    """Boxes to tick; that none is ticked is sent as well."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = value.split() if isinstance(value, str) else value
        return format_html('<input type="hidden" name="{}" value="">', name) + super().render(
            name, chosen, attrs, renderer
        )

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        found = super().value_from_datadict(data, files, name)
        return [one for one in found if one] if isinstance(found, list) else found


class ChoicesField(forms.MultipleChoiceField):
    """Any of several; a SeenForm compares them as one text."""

    widget = Boxes

    def prepare_value(self, value: Any) -> Any:
        return " ".join(value) if isinstance(value, list | tuple) else value


class StepForm(SeenForm):
    """As a draft it takes what there is: nothing is required, and what is wrong is simply not kept."""

    def __init__(self, questions: Sequence[Question], *args: Any, draft: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in questions:
            field = field_of(question)
            field.required = question.is_required and not draft
            field.error_messages["required"] = WRONG["required"]
            self.fields[question.code] = field

    @property
    def answers(self) -> Mapping[str, Any]:
        """What was changed and can be kept, also of a form in which something else is wrong."""
        return {
            name: self.cleaned_data[name] for name in self.fields if name in self.touched & self.cleaned_data.keys()
        }


def field_of(question: Question) -> forms.Field:
    """The field that a question is answered in."""
    said: dict[str, Any] = {"label": question.name, "help_text": question.hint}
    match AnswerKind(question.kind):
        case AnswerKind.YES_NO:
            return YesNoField(**said)
        case AnswerKind.NUMBER:
            field = forms.DecimalField(
                max_digits=14,
                decimal_places=2,
                min_value=Decimal("0.01"),
                widget=forms.TextInput(attrs=DECIMAL),
                **said,
            )
            field.error_messages["invalid"] = WRONG["number"]
            return field
        case AnswerKind.DAY:
            day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **said)
            day.error_messages["invalid"] = WRONG["day"]
            return day
        case AnswerKind.CHOICE:
            return forms.ChoiceField(choices=list(options_of(question).items()), widget=forms.RadioSelect, **said)
        case AnswerKind.CHOICES:
            return ChoicesField(choices=list(options_of(question).items()), **said)
        case AnswerKind.LONG_TEXT:
            return forms.CharField(max_length=MOST_IN_ALL, widget=forms.Textarea(attrs={"rows": 4}), **said)
        case AnswerKind.PHONE:
            return forms.CharField(max_length=30, validators=[PHONE], **said)
        case _:
            return forms.CharField(max_length=MOST_ON_A_LINE, **said)


def options_of(question: Question) -> dict[str, str]:
    """The codes of a choice with their words for the reader."""
    return {code: zh if reads_chinese() else en for code, zh, en in question.options}


def answer_words(question: Question, value: object) -> str:
    """An answer as it is read back."""
    if value in (None, "", []):
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if question.kind == AnswerKind.CHOICE:
        return options_of(question).get(str(value), str(value))
    if isinstance(value, list):
        return pgettext("list of names", ", ").join(options_of(question).get(str(one), str(one)) for one in value)
    return str(value)


def answered(questions: Iterable[Question], answers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The answers that are there, each with its question."""
    return [(one.name, answer_words(one, answers[one.code])) for one in questions if one.code in answers]
