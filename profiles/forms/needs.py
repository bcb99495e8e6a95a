"""What is typed about needs. Shapes only; whether the act may happen is for the services."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from park.accounts.seen import SeenForm
from park.team.models import Specialist
from profiles.enums import NeedSource
from profiles.models import NeedCategory
from profiles.selectors.needs import categories_by_group

MOST_CHARACTERS = 500
MOST_WORDS = 2000


class NeedForm(SeenForm):
    category = forms.ChoiceField(
        label=_("What it is about"), error_messages={"required": _("Please choose; “Something else” will do.")}
    )
    text = forms.CharField(
        label=_("What you need"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One or two sentences are enough, for example how much, where, and by when."),
        error_messages={"required": _("Please write in a sentence what is needed.")},
    )

    def __init__(self, *args: Any, present: NeedCategory | None = None, **kwargs: Any) -> None:
        """`present` is the category that a need has already; it stays among the choices when it is out of use."""
        super().__init__(*args, **kwargs)
        groups = categories_by_group()
        self.categories = {category.code: category for _group, found in groups for category in found}
        choices: list[Any] = [(name, [(c.code, c.name) for c in found]) for name, found in groups]
        if present is not None and present.code not in self.categories:
            self.categories[present.code] = present
            choices.append((present.code, present.name))
        self.fields["category"].choices = [("", _("Please choose")), *choices]  # type: ignore[attr-defined]

    def clean_category(self) -> NeedCategory:
        return self.categories[self.cleaned_data["category"]]


class NeedOfEnterpriseForm(NeedForm):
    """A need as the park's people write it down for an enterprise."""

    source = forms.ChoiceField(
        label=_("How it came to light"),
        choices=[(NeedSource.SPECIALIST.value, _("in talk with us")), (NeedSource.VISIT.value, _("at a visit"))],
        initial=NeedSource.SPECIALIST.value,
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].label = _("What the enterprise needs")


class WordForm(forms.Form):
    """A word of the enterprise."""

    text = forms.CharField(
        label=_("Write to us about it"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Please write something first.")},
    )


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=_("Answer to the enterprise"),
        max_length=MOST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What will be done, by whom and by when. The first answer stops the clock."),
        error_messages={"required": _("Please write the answer first.")},
    )


class SatisfyForm(forms.Form):
    by_what = forms.CharField(
        label=_("By what"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_(
            "For example the case, the introduction or the contract, with its number. The enterprise reads it."
        ),
        error_messages={"required": _("Please say by what the need is satisfied.")},
    )


class ReasonForm(forms.Form):
    """`is_needed` where the other side must hear why."""

    reason = forms.CharField(label=_("Reason"), max_length=MOST_CHARACTERS, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, is_needed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = is_needed
        self.fields["reason"].help_text = _("The other side reads it.")


class TakerField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.user.get_full_name()} · {obj.department.name}"


class HandOverForm(forms.Form):
    to = TakerField(
        label=_("Hand over to"),
        queryset=Specialist.objects.none(),
        empty_label=_("Please choose"),
        error_messages={"required": _("Please choose a colleague.")},
    )
    note = forms.CharField(
        label=_("Hand-over note"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What is done, what is open, what the enterprise was told."),
    )

    def __init__(self, takers: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = takers.select_related("user", "department").order_by("department__code", "pk")
        self.fields["to"].queryset = people  # type: ignore[attr-defined]


class DismissForm(forms.Form):
    note = forms.CharField(
        label=_("Why it is set aside"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("For colleagues; it also shows where the foresight is wrong."),
    )


class RaiseForm(forms.Form):
    """What was foreseen becomes a need."""

    text = forms.CharField(
        label=_("What is needed"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("Please write in a sentence what is needed.")},
    )


def faults(*found: forms.Form) -> Sequence[dict[str, str]]:
    """The errors of several forms of one page, for its summary."""
    return [
        {"id": str(field.auto_id), "text": f"{field.label}: {error}"}
        for form in found
        for field in form
        for error in field.errors
    ]
