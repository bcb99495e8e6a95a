"""What is typed about teams and their questions. Shapes only; whether the act may happen is for the services."""

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lifecycle.forms.desk import MOST_CHARACTERS, ColleagueField
from park.team.models import Specialist


class AskForm(forms.Form):
    """`whom` are codes of skills with their words; the lead has none."""

    LEAD = "lead"

    whom = forms.ChoiceField(label=_("To whom"))
    question = forms.CharField(
        label=_("Question"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The enterprise does not see it, and its dates stay what they are."),
    )

    def __init__(self, whom: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["whom"].choices = [(code or self.LEAD, words) for code, words in whom]  # type: ignore[attr-defined]

    @property
    def skill(self) -> str:
        """The code of the skill that is asked; empty for the lead."""
        return "" if self.cleaned_data["whom"] == self.LEAD else self.cleaned_data["whom"]


class AnswerForm(forms.Form):
    """Several stand on one page, each with the number of its question."""

    answer = forms.CharField(label=_("Answer"), max_length=MOST_CHARACTERS, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, question: int, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": f"id_%s_{question}"})
        self.question = question


class CallForm(forms.Form):
    skill = forms.ChoiceField(
        label=_("Expert to call in"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose an expert whom the team lacks.")},
    )

    def __init__(self, skills: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["skill"].choices = skills  # type: ignore[attr-defined]


class PlaceForm(forms.Form):
    """A place in a team: who has it from now on, or nobody any more."""

    to = ColleagueField(
        label=_("Who has it from now on"),
        queryset=Specialist.objects.none(),
        widget=forms.RadioSelect,
        required=False,
        blank=True,
        empty_label=None,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Colleagues read it on the timeline; the enterprise does not."),
    )

    def __init__(self, people: Collection[Specialist], *args: Any, releases: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.releases = releases
        self.fields["to"].queryset = (  # type: ignore[attr-defined]
            Specialist.objects.filter(pk__in=[one.pk for one in people]).select_related("user")
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.releases and data.get("to") is None and "to" not in self.errors:
            self.add_error("to", _("Please choose a colleague."))
        return data
