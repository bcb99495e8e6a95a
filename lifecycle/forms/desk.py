"""What specialists type at the desk. Shapes only; whether the act may happen is for the services."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lifecycle.enums import Verdict
from lifecycle.forms.application import field_of
from lifecycle.models import Case, CorrectionText, Material, MaterialVersion, Question
from lifecycle.selectors.casefile import Paper
from lifecycle.services.tasks import LICENCE_FORMATS
from park.accounts.forms import UsccField
from park.accounts.seen import SeenForm
from park.deadlines.enums import PauseReason
from park.deadlines.workdays import local_day
from park.team.models import Specialist
from profiles.models import Document

GIVEN = (Verdict.ACCEPTED, Verdict.CORRECTION, Verdict.NOT_APPLICABLE)
FINE = (Verdict.ACCEPTED, Verdict.NOT_APPLICABLE)
LABELS = {
    Verdict.ACCEPTED: _("Accept"),
    Verdict.CORRECTION: _("Correct"),
    Verdict.NOT_APPLICABLE: _("Not applicable"),
}
MOST_CHARACTERS = 2000


@dataclass(frozen=True)
class VerdictRow:
    material: Material
    versions: Sequence[MaterialVersion]
    verdict: forms.BoundField
    text: forms.BoundField
    texts: Sequence[CorrectionText] = ()


class VerdictsForm(SeenForm):
    """A verdict on each material, and the text of its correction.

    `aim` says what the verdicts are for. To keep them ("save"), anything may still be open. To send the notice
    ("correct"), each needs a verdict, at least one is to be corrected, and each of those says what; a second time only
    the materials in `named` can be sent back. To accept the file ("pass"), all must be in order.
    """

    def __init__(
        self,
        papers: Sequence[Paper],
        data: Mapping[str, Any] | None = None,
        *,
        aim: str = "save",
        named: Collection[int] | None = None,
        texts: Mapping[int, Sequence[CorrectionText]] | None = None,
    ) -> None:
        super().__init__(data)
        self.texts = texts or {}
        self.papers, self.aim, self.named = papers, aim, named
        self.materials = [paper.material for paper in papers]
        for material in self.materials:
            self.fields[f"verdict-{material.pk}"] = forms.ChoiceField(
                label=material.requirement.name,
                choices=[(value, LABELS[value]) for value in GIVEN],
                initial="" if material.verdict == Verdict.PENDING else material.verdict,
                required=False,
                widget=forms.RadioSelect,
            )
            self.fields[f"text-{material.pk}"] = forms.CharField(
                label=material.requirement.name,
                initial=material.verdict_note,
                required=False,
                max_length=MOST_CHARACTERS,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    def rows(self) -> Iterator[VerdictRow]:
        for paper in self.papers:
            material = paper.material
            verdict, text = self[f"verdict-{material.pk}"], self[f"text-{material.pk}"]
            yield VerdictRow(material, paper.versions, verdict, text, self.texts.get(material.pk, ()))

    @property
    def decided(self) -> int:
        return sum(self[f"verdict-{m.pk}"].value() in GIVEN for m in self.materials)

    def verdicts(self) -> dict[int, tuple[str, str]]:
        """For services.review.set_verdicts: the materials that were judged on this page, with the text as it was typed."""
        data = self.cleaned_data
        return {
            m.pk: (data.get(f"verdict-{m.pk}") or Verdict.PENDING, data.get(f"text-{m.pk}", ""))
            for m in self.materials
            if self.touched & {f"verdict-{m.pk}", f"text-{m.pk}"}
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.aim != "save":
            for material in self.materials:
                self._check(material, data.get(f"verdict-{material.pk}"), data.get(f"text-{material.pk}"))
        if self.aim == "correct" and not any(data.get(f"verdict-{m.pk}") == Verdict.CORRECTION for m in self.materials):
            self.add_error(None, _("No material is marked as to be corrected."))
        return data

    def _check(self, material: Material, verdict: str | None, text: str | None) -> None:
        field = f"verdict-{material.pk}"
        if not verdict:
            self.add_error(field, _("Please give a verdict."))
        elif self.aim == "pass" and verdict not in FINE:
            self.add_error(field, _("This material is not accepted; the file cannot pass like this."))
        elif verdict == Verdict.CORRECTION:
            if self.named is not None and material.pk not in self.named:
                self.add_error(field, _("The notice of this case did not name it, and there is only one."))
            if not (text or "").strip() and f"text-{material.pk}" not in self.errors:
                self.add_error(f"text-{material.pk}", _("Please say what is to be corrected, and how."))


class FinishForm(forms.Form):
    """The end of a node: what the standard asks there, then what was done."""

    note = forms.CharField(
        label=_("What was done"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For example the decision and its number. It stays with the case."),
    )
    after_questions: Sequence[str] = ("note",)

    def __init__(self, questions: Sequence[Question], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for question in questions:
            field = field_of(question)
            field.required = question.is_required
            self.fields[question.code] = field
        self.order_fields([*(question.code for question in questions), *self.after_questions])

    @property
    def answers(self) -> dict[str, Any]:
        return {question.code: self.cleaned_data[question.code] for question in self.questions}


class HandOverForm(FinishForm):
    """A document that a node has brought forth, and what goes with it."""

    title = forms.CharField(label=_("Title of the document"), max_length=120)
    number = forms.CharField(label=_("Number, if it has one"), max_length=60, required=False)
    file = forms.FileField(
        label=_("Document"), help_text=_("The enterprise sees it at once. PDF, OFD, Word, Excel, JPG or PNG.")
    )

    after_questions = ("title", "number", "file", "note")


class ResultForm(forms.Form):
    number = UsccField(
        label=_("Unified social credit code on the licence"),
        help_text=_("18 characters; the check character is verified."),
    )
    result_on = forms.DateField(
        label=_("Date of the licence"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    file = forms.FileField(
        label=_("Electronic licence"),
        help_text=_("PDF, OFD, JPG or PNG."),
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(f".{name}" for name in LICENCE_FORMATS)}),
    )

    def __init__(self, *args: Any, case: Case, now: datetime, kept: Document | None = None, **kwargs: Any) -> None:
        """`kept` is the file that was uploaded before, when something else had to be mended."""
        super().__init__(*args, **kwargs)
        self.case, self.today, self.kept = case, local_day(now), kept
        if kept:
            self.fields["file"].required = False
            kept_text = _("%(name)s is kept. Choose a file only to replace it.")
            self.fields["file"].help_text = kept_text % {"name": kept.file_name}
        self.fields["result_on"].initial = self.today

    def clean_result_on(self) -> date:
        day: date = self.cleaned_data["result_on"]
        check_licence_day(day, self.case, self.today)
        return day


def check_licence_day(day: date, case: Case, today: date) -> None:
    """A licence answers an application: it is no older than that. Raises ValidationError."""
    if day > today:
        raise forms.ValidationError(_("This day is still to come. Please enter the date on the licence."))
    if case.submitted_at and day < local_day(case.submitted_at):
        raise forms.ValidationError(
            _("On this day the application had not been submitted yet. Please enter the date on the licence.")
        )


class SignForm(forms.Form):
    """`sha256` is the hash of the bytes that were on the page, so that nobody signs what they have not seen."""

    sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)
    read = forms.BooleanField(
        label=_("I have read this agreement and sign it for the park."),
        error_messages={"required": _("Please confirm that you have read the agreement.")},
    )


class RejectForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("With the rule it rests on. The enterprise reads it."),
    )
    remedy = forms.CharField(
        label=_("What the enterprise can do"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("How to apply again, whom to ask, how to object."),
    )


class ColleagueField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.user.get_full_name())


class TransferForm(forms.Form):
    to = ColleagueField(
        label=_("Hand over to"),
        queryset=Specialist.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={"required": _("Please choose a colleague.")},
    )
    note = forms.CharField(
        label=_("Hand-over note"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What is done, what is open, what the enterprise was told."),
    )

    def __init__(self, colleagues: Collection[Specialist], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = (  # type: ignore[attr-defined]
            Specialist.objects.filter(pk__in=[person.pk for person in colleagues]).select_related("user")
        )


class MoreTimeForm(forms.Form):
    """`clocks` are the open clocks of the case that can be extended, with their names."""

    clock = forms.ChoiceField(label=_("For what"), widget=forms.RadioSelect)
    amount = forms.IntegerField(label=_("How much more"), min_value=1, help_text=_("In the unit of the limit itself."))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The enterprise reads it when more time is granted."),
    )

    def __init__(self, clocks: Sequence[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["clock"].choices = clocks  # type: ignore[attr-defined]
        self.fields["clock"].initial = clocks[0][0] if clocks else None


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("grant", _("Grant more time")), ("refuse", _("Keep the date"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Please choose.")},
    )
    note = forms.CharField(
        label=_("Note for the person who asked"),
        max_length=MOST_CHARACTERS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class PauseForm(forms.Form):
    """`since` only for heads: a pause that began earlier and is recorded now."""

    reason = forms.ChoiceField(label=_("Reason"), widget=forms.RadioSelect)
    note = forms.CharField(label=_("Note"), max_length=MOST_CHARACTERS, widget=forms.Textarea(attrs={"rows": 2}))
    since = forms.DateTimeField(
        label=_("Began earlier, at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        help_text=_("At most three working days ago. Leave it empty if it begins now."),
    )

    def __init__(self, reasons: Sequence[PauseReason], *args: Any, is_head: bool, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["reason"].choices = [(r.value, r.label) for r in reasons]  # type: ignore[attr-defined]
        if len(reasons) == 1:
            self.fields["reason"].initial = reasons[0].value
        if not is_head:
            del self.fields["since"]

    def clean_since(self) -> datetime | None:
        since: datetime | None = self.cleaned_data["since"]
        if since and since > self.now:
            raise forms.ValidationError(_("This is still to come. A pause begins now or earlier."))
        return since


class ReopenForm(forms.Form):
    reason = forms.CharField(
        label=_("What is not done yet"), max_length=MOST_CHARACTERS, widget=forms.Textarea(attrs={"rows": 3})
    )


class KeepPausedForm(forms.Form):
    note = forms.CharField(
        label=_("Why it still stands still"), max_length=MOST_CHARACTERS, widget=forms.Textarea(attrs={"rows": 2})
    )


class MessageForm(forms.Form):
    body = forms.CharField(
        label=_("Message to the enterprise"), max_length=MOST_CHARACTERS, widget=forms.Textarea(attrs={"rows": 2})
    )


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("New note"),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The enterprise never sees it."),
    )


class FilterNameForm(forms.Form):
    name = forms.CharField(
        label=_("Name of this view"), max_length=30, error_messages={"required": _("Please give the view a name.")}
    )


class CorrectionTextForm(forms.ModelForm):
    """`places` are what a text can belong to: a procedure, or one material of it, as "code" or "code/material"."""

    place = forms.ChoiceField(label=_("Offered for"), required=False)

    class Meta:
        model = CorrectionText
        fields = ["text_zh", "text_en"]
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in ("text_zh", "text_en")}

    field_order = ["place", "text_zh", "text_en"]

    def __init__(self, places: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["place"]
        field.choices = [("", _("Every procedure")), *places]  # type: ignore[attr-defined]
        field.initial = "/".join(part for part in (self.instance.procedure, self.instance.material) if part)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        procedure, _slash, material = data.get("place", "").partition("/")
        same = CorrectionText.objects.filter(procedure=procedure, material=material, text_zh=data.get("text_zh"))
        if same.exclude(pk=self.instance.pk).exists():
            self.add_error("text_zh", _("This text is there already, for the same place."))
        return data | {"procedure": procedure, "material": material}
