"""What is typed about a draft of the service standard: one form for each kind of part. Shapes only; the services write."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lifecycle import conditions
from lifecycle.enums import AnswerKind, BegunBy, OpensOn, Stage, Work
from lifecycle.forms.application import ChoicesField
from lifecycle.models import Node, Procedure, Section
from lifecycle.models.standard import Part
from lifecycle.options import lines_of, options_of
from lifecycle.services import standard_draft
from park.accounts.seen import SeenForm, digest
from park.deadlines.enums import PauseReason, Unit
from park.team.models import Department, Skill
from profiles.criteria import Invalid, parse, to_data
from profiles.facts import Fact
from profiles.file_types import CONTENT_TYPES
from profiles.forms.criterion import CriterionField, CriterionForm
from profiles.models import NeedCategory
from profiles.selectors.tags import tag_names

CODE = RegexValidator(
    r"^(?!add$)[A-Za-z][A-Za-z0-9_-]*$",
    gettext_lazy("Please begin with a letter and use letters, digits, hyphens and underscores only."),
)
WORD = RegexValidator(
    r"^(?!add$)[a-z][a-z0-9_]*$",
    gettext_lazy("Please use small letters, digits and underscores only, for example premises_kind."),
)
TAKEN_STEPS = ("agreement", "materials", "check")
NOTHING = ("", "–")
MOST_OPTIONS = 60
MOST_BYTES = 2_000_000
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
LONG = forms.Textarea(attrs={"rows": 3})


def _code(limit: int = 20, validator: RegexValidator = CODE, **more: Any) -> forms.CharField:
    return forms.CharField(max_length=limit, validators=[validator], **{"label": gettext_lazy("Code"), **more})


def _names() -> tuple[forms.CharField, forms.CharField]:
    return (
        forms.CharField(label=gettext_lazy("Name in Chinese"), max_length=200),
        forms.CharField(label=gettext_lazy("Name in English"), max_length=200),
    )


def _hints() -> tuple[forms.CharField, forms.CharField]:
    return (
        forms.CharField(label=gettext_lazy("Hint in Chinese"), max_length=300, required=False),
        forms.CharField(label=gettext_lazy("Hint in English"), max_length=300, required=False),
    )


def _amount(label: Any, *, required: bool) -> forms.IntegerField:
    text = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(
        label=label, required=required, max_value=999, widget=text, validators=[MinValueValidator(1)]
    )


def _box(label: Any, help_text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=help_text)


def _source(label: Any) -> forms.CharField:
    text = gettext_lazy("The law and its article, or PARK for the park's own promise.")
    return forms.CharField(label=label, max_length=200, required=False, help_text=text)


class PartForm(SeenForm, CriterionForm):
    """`part` is what is changed; None: it is to be added. `values` are what the services take: of a part to be added all, of
    another those that were changed here."""

    condition_label: Any = ""
    asks_answers = True

    def __init__(self, data: Any, *, procedure: Procedure | None, part: Part | Procedure | None) -> None:
        self.procedure, self.part = procedure, part
        super().__init__(data, initial=self._initial(part) if part else None)
        self.fit()
        if self.condition_label:
            self.known = self._known()
            self.fields["criterion"] = CriterionField(
                tags=tag_names(), also=self.known, label=self.condition_label, required=False
            )
            self.initial["criterion"] = self._condition(getattr(part, "condition", None))
        self.before = {name: standard_draft.value_of(part, name) for name in self.attributes()} if part else {}

    def fit(self) -> None:
        """Fill in what can be chosen."""

    def attributes(self) -> list[str]:
        """The names by which the services take the values."""
        return ["condition" if name == "criterion" else name for name in self.fields]

    @property
    def values(self) -> dict[str, Any]:
        found = {name: self._value(name) for name in self.fields}
        if self.part is not None:
            found = {name: value for name, value in found.items() if name in self.touched}
        return {("condition" if name == "criterion" else name): value for name, value in found.items()}

    @property
    def is_being_built(self) -> bool:
        return bool(self.condition_label) and super().is_being_built

    @property
    def seen_json(self) -> str:
        """While a condition is being built, the page still shows what it showed at first."""
        return str(self.data.get("seen") or "{}") if self.is_being_built else super().seen_json

    def full_clean(self) -> None:
        """Nothing is judged while a condition is being built."""
        if self.is_being_built:
            self._errors = ErrorDict()
            return
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.condition_label and "criterion" not in self.errors and "criterion" in self.cleaned_data:
            self._merge_condition()
        return data

    def _merge(self) -> None:
        if self.part is None:
            self.touched, self.clashes = set(self.fields), set()
            return
        super()._merge()

    def _merge_condition(self) -> None:
        """As `_merge`, for the editor, whose value is a tree of many fields."""
        typed, stored = _text(self._value("criterion")), _text(self.initial.get("criterion"))
        shown = self._record("seen").get("criterion", digest(stored))
        if self.part is None or typed == stored:
            return
        if digest(typed) == shown:
            self.cleaned_data["criterion"] = parse(self.initial["criterion"], also=self.known) if stored else None
            return
        self.touched.add("criterion")
        if shown != digest(stored):
            self.add_error(
                "criterion",
                _(
                    "The condition was changed elsewhere in the meantime. What stands here is yours; send it once more to "
                    "keep it."
                ),
            )

    def _stored(self, name: str) -> str:
        return _text(self.initial.get("criterion")) if name == "criterion" else super()._stored(name)

    def _initial(self, part: Part | Procedure) -> dict[str, Any]:
        return {name: getattr(part, name, None) for name in self.base_fields}

    def _value(self, name: str) -> Any:
        value = self.cleaned_data.get(name)
        if name == "criterion":
            return to_data(value) if value else None
        return value

    def _known(self) -> dict[str, Fact]:
        if self.procedure is None or not self.asks_answers:
            return {}
        questions = self.procedure.questions.order_by("section__order", "order")
        return conditions.vocabulary(q for q in questions if q.section_id or isinstance(self, NodeForm))

    def _condition(self, stored: Any) -> Any:
        """As the editor would write it, so that the two can be compared."""
        try:
            return to_data(parse(stored, also=self.known)) if stored else None
        except Invalid:
            return stored


class ProcedureForm(PartForm):
    code = _code(help_text=gettext_lazy("For example REG-07. It stands in addresses and on the booklet."))
    stage = forms.ChoiceField(label=gettext_lazy("Stage"), choices=Stage.choices)
    name_zh, name_en = _names()
    summary_zh = forms.CharField(label=gettext_lazy("Summary in Chinese"), required=False, max_length=2000, widget=LONG)
    summary_en = forms.CharField(label=gettext_lazy("Summary in English"), required=False, max_length=2000, widget=LONG)
    applicants_zh = forms.CharField(label=gettext_lazy("Who may apply, in Chinese"), max_length=300)
    applicants_en = forms.CharField(label=gettext_lazy("Who may apply, in English"), max_length=300)
    begun_by = forms.ChoiceField(label=gettext_lazy("Begun by"), choices=BegunBy.choices)
    only_forming = _box(gettext_lazy("Only for companies being set up"))
    only_registered = _box(gettext_lazy("Only for companies that have their licence"))
    needs = ChoicesField(label=gettext_lazy("Meets needs of these categories"), required=False)
    condition_label = gettext_lazy("Only for enterprises that meet")
    asks_answers = False

    def fit(self) -> None:
        self.fields["needs"].choices = [(one.code, one.name) for one in NeedCategory.objects.filter(is_active=True)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("only_forming") and data.get("only_registered"):
            self.add_error("only_registered", _("A company is one or the other. Please tick one of the two at most."))
        return data


class SectionForm(PartForm):
    code = _code(
        validator=WORD,
        help_text=gettext_lazy("It stands in the address of this step of the application, for example company."),
    )
    name_zh, name_en = _names()

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if code in TAKEN_STEPS:
            raise ValidationError(_("Every application has a step of this name. Please choose another."), code="taken")
        return code


class QuestionForm(PartForm):
    code = _code(40, WORD, help_text=gettext_lazy("Conditions name the answer by it, for example premises_kind."))
    place = forms.ChoiceField(label=gettext_lazy("Where it is asked"))
    kind = forms.ChoiceField(label=gettext_lazy("Kind of answer"), choices=AnswerKind.choices)
    name_zh, name_en = _names()
    hint_zh, hint_en = _hints()
    options = forms.CharField(
        label=gettext_lazy("Options"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Only for a choice. One a line: code | Chinese | English."),
    )
    is_required = forms.BooleanField(label=gettext_lazy("Has to be answered"), required=False, initial=True)

    def fit(self) -> None:
        assert self.procedure is not None
        sections = [(f"section:{one.code}", one.name) for one in self.procedure.sections.order_by("order")]
        nodes = [
            (f"node:{one.code}", f"{one.code} {one.name}")
            for one in self.procedure.nodes.exclude(work=Work.ENTERPRISE).order_by("order")
        ]
        self.fields["place"].choices = [  # type: ignore[attr-defined]
            (_("In the application"), sections),
            (_("At the end of a step, of whoever finishes it"), nodes),
        ]

    def attributes(self) -> list[str]:
        return [name for name in self.fields if name != "place"] + ["section", "node"]

    @property
    def values(self) -> dict[str, Any]:
        found = super().values
        place = found.pop("place", None)
        return found | self._home(place) if place else found

    def clean_options(self) -> list[list[str]]:
        try:
            rows = options_of(self.cleaned_data["options"])
        except ValueError as wrong:
            raise ValidationError(
                _("This line cannot be read: %(line)s"), params={"line": wrong}, code="line"
            ) from wrong
        if len({row[0] for row in rows}) != len(rows):
            raise ValidationError(_("Two options have the same code."), code="twice")
        if len(rows) > MOST_OPTIONS:
            raise ValidationError(_("There can be %(n)s options at most."), params={"n": MOST_OPTIONS}, code="many")
        return rows

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        is_choice = data.get("kind") in {AnswerKind.CHOICE, AnswerKind.CHOICES}
        if is_choice and not data.get("options") and "options" not in self.errors:
            self.add_error("options", _("There is nothing to choose from."))
        if "kind" in data and not is_choice and data.get("options"):
            self.add_error("options", _("Only a choice has options. Please empty this, or change the kind of answer."))
        return data

    def _home(self, place: str) -> dict[str, Section | Node | None]:
        assert self.procedure is not None
        shelf, _colon, code = place.partition(":")
        if shelf == "section":
            return {"section": self.procedure.sections.get(code=code), "node": None}
        return {"section": None, "node": self.procedure.nodes.get(code=code)}

    def _initial(self, part: Any) -> dict[str, Any]:
        place = f"section:{part.section.code}" if part.section else f"node:{part.node.code}"
        return super()._initial(part) | {"options": lines_of(part.options), "place": place}


class _LimitForm(PartForm):
    def _limit(self, data: Mapping[str, Any]) -> None:
        if data.get("statutory_amount") and not data.get("statutory_unit"):
            self.add_error("statutory_unit", _("The limit by law needs a unit."))


class NodeForm(_LimitForm):
    code = _code(help_text=gettext_lazy("For example N3."))
    name_zh, name_en = _names()
    work = forms.ChoiceField(label=gettext_lazy("Kind of work"), choices=Work.choices)
    predecessors = ChoicesField(
        label=gettext_lazy("Begins after"),
        required=False,
        help_text=gettext_lazy("All that are ticked must be done. Steps that wait for the same run side by side."),
    )
    opens_on = forms.ChoiceField(label=gettext_lazy("Opened by"), choices=OpensOn.choices)
    department = forms.ChoiceField(label=gettext_lazy("Department"), required=False)
    skill = forms.ChoiceField(label=gettext_lazy("Skill"), required=False)
    needs_signatory = _box(
        gettext_lazy("Only by an authorised signatory"), gettext_lazy("For a step of the enterprise's own.")
    )
    is_key = _box(gettext_lazy("Key step"), gettext_lazy("A key step needs a limit."))
    clock_kind = _code(
        40,
        WORD,
        required=False,
        label=gettext_lazy("Kind of clock"),
        help_text=gettext_lazy(
            "Empty: a kind of its own. A word such as pre_review: its figures stand among the promises on the home page and "
            "are compared from version to version, also when the code of the step changes."
        ),
    )
    amount = _amount(gettext_lazy("Promised limit"), required=False)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=Unit.choices)
    source = _source(gettext_lazy("Source of the promise"))
    statutory_amount = _amount(gettext_lazy("Limit by law"), required=False)
    statutory_unit = forms.ChoiceField(
        label=gettext_lazy("Unit of the limit by law"), choices=[NOTHING, *Unit.choices], required=False
    )
    statutory_source = _source(gettext_lazy("Source of the limit by law"))
    pause_reasons = ChoicesField(
        label=gettext_lazy("The clock may stand still for"), choices=PauseReason.choices, required=False
    )
    condition_label = gettext_lazy("Only if")

    def fit(self) -> None:
        assert self.procedure is not None
        self.others = {
            one.code: one for one in self.procedure.nodes.order_by("order") if one.pk != getattr(self.part, "pk", 0)
        }
        self.departments = {one.code: one for one in Department.objects.order_by("code")}
        self.skills = {one.code: one for one in Skill.objects.order_by("code")}
        for name, known in (("department", self.departments), ("skill", self.skills)):
            self.fields[name].choices = [NOTHING, *((code, one.name) for code, one in known.items())]  # type: ignore[attr-defined]
        self.fields["predecessors"].choices = [(code, f"{code} {one.name}") for code, one in self.others.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("work") == Work.ENTERPRISE:
            for name in ("department", "skill"):
                if data.get(name):
                    self.add_error(name, _("A step of the enterprise's own has none. Please leave this empty."))
        elif data.get("work"):
            for name in ("department", "skill"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("Please choose who does it."))
        if data.get("is_key") and not data.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("A key step needs a limit."))
        self._limit(data)
        promised, law = data.get("amount"), data.get("statutory_amount")
        if promised and law and data.get("unit") == data.get("statutory_unit") and promised > law:
            self.add_error("amount", _("The promise is longer than the limit by law."))
        return data

    def _initial(self, part: Any) -> dict[str, Any]:
        return super()._initial(part) | {
            "predecessors": [one.code for one in part.predecessors.order_by("order")],
            "department": part.department.code if part.department else "",
            "skill": part.skill.code if part.skill else "",
        }

    def _value(self, name: str) -> Any:
        value = super()._value(name)
        match name:
            case "department":
                return self.departments.get(value)
            case "skill":
                return self.skills.get(value)
            case "predecessors":
                return [self.others[code] for code in value]
            case _:
                return value


class MilestoneForm(_LimitForm):
    kind = _code(
        40, WORD, help_text=gettext_lazy("For example whole or licence. Figures of several years are compared by it.")
    )
    name_zh, name_en = _names()
    after = forms.ChoiceField(
        label=gettext_lazy("Starts when this is done"),
        required=False,
        help_text=gettext_lazy("Empty: with the submission."),
    )
    until = forms.ChoiceField(
        label=gettext_lazy("Stops when this is done"),
        required=False,
        help_text=gettext_lazy("Empty: with the end of the case."),
    )
    amount = _amount(gettext_lazy("Promised limit"), required=True)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=Unit.choices)
    source = _source(gettext_lazy("Source of the promise"))

    def fit(self) -> None:
        assert self.procedure is not None
        self.nodes = {one.code: one for one in self.procedure.nodes.order_by("order")}
        for name in ("after", "until"):
            self.fields[name].choices = [NOTHING, *((c, f"{c} {one.name}") for c, one in self.nodes.items())]  # type: ignore[attr-defined]

    def _initial(self, part: Any) -> dict[str, Any]:
        ends = {name: getattr(part, name).code if getattr(part, name) else "" for name in ("after", "until")}
        return super()._initial(part) | ends

    def _value(self, name: str) -> Any:
        value = super()._value(name)
        return self.nodes.get(value) if name in {"after", "until"} else value


class MaterialForm(PartForm):
    code = _code(help_text=gettext_lazy("For example MAT-ART. Reports name the material by it."))
    name_zh, name_en = _names()
    hint_zh, hint_en = _hints()
    formats = ChoicesField(label=gettext_lazy("Formats"), choices=[(one, one.upper()) for one in CONTENT_TYPES])
    is_optional = _box(gettext_lazy("May be left out"))
    is_reusable = _box(gettext_lazy("May come from the enterprise's file"))
    condition_label = gettext_lazy("Asked for only if")


FORMS: dict[str, type[PartForm]] = {
    "sections": SectionForm,
    "questions": QuestionForm,
    "nodes": NodeForm,
    "milestones": MilestoneForm,
    "materials": MaterialForm,
}


class NoteForm(SeenForm):
    note = forms.CharField(
        label=gettext_lazy("Why it was changed"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class PublishForm(forms.Form):
    effective_on = forms.DateField(
        label=gettext_lazy("In force from"),
        required=False,
        widget=DAY,
        help_text=gettext_lazy("Empty: at once. A day to come: at its beginning, and until then you can take it back."),
    )

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data)
        self.today = today

    def clean_effective_on(self) -> date | None:
        day: date | None = self.cleaned_data["effective_on"]
        if day is not None and day < self.today:
            raise ValidationError(_("This day is over. Please give today or a day to come."), code="over")
        return day


class FileForm(forms.Form):
    """A file, or its text when it was looked through already; `take` says that it is to become the draft.

    The text of a file that is no workbook stands in `text` as well.
    """

    file = forms.FileField(
        label=gettext_lazy("File"),
        error_messages={"required": gettext_lazy("Please choose a file.")},
        help_text=gettext_lazy("An Excel workbook (.xlsx) or YAML, as the export writes them."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.yaml,.yml"}),
    )
    text = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    take = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = not self.data.get("text")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        upload = data.get("file")
        if upload is None:
            return data
        if upload.size > MOST_BYTES:
            self.add_error("file", _("The file is too large."))
            return data
        if upload.name.lower().endswith(".xlsx"):
            return data | {"text": ""}
        try:
            return data | {"text": upload.read().decode("utf-8-sig")}
        except UnicodeDecodeError:
            self.add_error("file", _("Only Excel workbooks (.xlsx) and YAML can be read."))
        return data


class TemplateForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        help_text=gettext_lazy("A form to fill in, or a sample: Word, Excel, PDF, OFD, JPG or PNG."),
        widget=forms.ClearableFileInput(attrs={"accept": ".docx,.xlsx,.pdf,.ofd,.jpg,.jpeg,.png"}),
    )


def _text(condition: Any) -> str:
    return json.dumps(condition, sort_keys=True, ensure_ascii=False) if condition else ""
