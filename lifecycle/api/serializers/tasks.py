from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from lifecycle.api.serializers.answers import AnswersField
from lifecycle.enums import TaskState, Verdict, Work
from lifecycle.forms.desk import check_licence_day
from lifecycle.models import SavedFilter, Task
from lifecycle.selectors.queue_lanes import Key, Scope
from park.accounts import uscc
from park.accounts.forms import REASONS
from park.deadlines.api.clocks import ClockSerializer, ExplainedClockSerializer
from park.deadlines.enums import Signal
from park.team.reasons import Line
from park.team.selectors.decisions import Why


class TaskSerializer(serializers.ModelSerializer[Task]):
    case = serializers.UUIDField(source="case.uid")
    reference = serializers.CharField(source="case.reference", allow_null=True)
    enterprise = serializers.CharField(source="case.enterprise.name")
    procedure = serializers.CharField(source="case.procedure.code")
    node = serializers.CharField(source="node.code")
    name = serializers.CharField(source="node.name")
    work = serializers.ChoiceField(Work.choices, source="node.work")
    state = serializers.ChoiceField(TaskState.choices)
    department = serializers.CharField(source="department.name")
    assignee = serializers.CharField(source="assignee.user.name", allow_null=True, default=None)

    class Meta:
        model = Task
        fields = [
            "id",
            "case",
            "reference",
            "enterprise",
            "procedure",
            "node",
            "name",
            "work",
            "state",
            "department",
            "assignee",
            "ready_at",
            "claimed_at",
            "done_at",
        ]
        read_only_fields = fields


class QueuedTaskSerializer(TaskSerializer):
    clock = ClockSerializer(allow_null=True, source="view")

    class Meta(TaskSerializer.Meta):
        fields = [*TaskSerializer.Meta.fields, "clock"]
        read_only_fields = fields


class ColleagueSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField(source="user.name")


class FullTaskSerializer(TaskSerializer):
    clock = ExplainedClockSerializer(allow_null=True, source="view")
    assignment = serializers.DictField(help_text=gettext_lazy("Why this person"))
    colleagues = ColleagueSerializer(many=True, help_text=gettext_lazy("Who could take the task over today"))

    class Meta(TaskSerializer.Meta):
        fields = [*TaskSerializer.Meta.fields, "clock", "assignment", "note", "colleagues"]
        read_only_fields = fields


class KeyField(serializers.CharField):
    def to_internal_value(self, data: Any) -> Any:
        key = Key.read(super().to_internal_value(data))
        if key is None:
            raise serializers.ValidationError(_("There is no such place in the queue."))
        return key


class QueueQuery(serializers.Serializer[Any]):
    scope = serializers.ChoiceField([scope.value for scope in Scope], default=Scope.MINE)
    signal = serializers.ChoiceField(Signal.choices, required=False, default="")
    procedure = serializers.CharField(required=False, default="", max_length=20)
    text = serializers.CharField(
        required=False, default="", max_length=100, help_text=gettext_lazy("Part of a reference number, name or code")
    )
    after = KeyField(required=False, default=None, help_text=gettext_lazy("Taken from `next` of the page before"))


class QueueSerializer(serializers.Serializer[Any]):
    next = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("Give it as `after` for the page that follows.")
    )
    results = QueuedTaskSerializer(many=True)


class VerdictSerializer(serializers.Serializer[Any]):
    material = serializers.IntegerField()
    verdict = serializers.ChoiceField(Verdict.choices)
    text = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class VerdictsSerializer(serializers.Serializer[Any]):
    verdicts = VerdictSerializer(many=True, allow_empty=False)

    def validate_verdicts(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({row["material"] for row in value}) < len(value):
            raise serializers.ValidationError(_("Please give one verdict on each material."))
        return value


class NoteSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=2000)


class OptionalNoteSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class FinishSerializer(NoteSerializer):
    answers = AnswersField(
        required=False,
        default=dict,
        help_text=gettext_lazy("What the standard asks at the end of this step, by the codes of its questions."),
    )


class HandOverSerializer(FinishSerializer):
    title = serializers.CharField(max_length=120, help_text=gettext_lazy("Title of the document"))
    number = serializers.CharField(required=False, default="", allow_blank=True, max_length=60)
    file = serializers.FileField(allow_empty_file=True)


class ConsideredSerializer(serializers.Serializer[Line]):
    name = serializers.CharField()
    text = serializers.CharField()
    is_chosen = serializers.BooleanField()


class WhySerializer(serializers.Serializer[Why]):
    text = serializers.CharField(help_text=gettext_lazy("Why this person, or why nobody"))
    by = serializers.CharField(help_text=gettext_lazy("Who decided; empty for the portal itself"))
    at = serializers.DateTimeField()
    lines = ConsideredSerializer(many=True, help_text=gettext_lazy("All who were looked at"))


class SavedFilterSerializer(serializers.ModelSerializer[SavedFilter]):
    """Empty parts mean everything."""

    name = serializers.CharField(max_length=30)
    scope = serializers.ChoiceField([scope.value for scope in Scope])
    signal = serializers.ChoiceField(Signal.choices, required=False, default="", allow_blank=True)
    procedure = serializers.CharField(required=False, default="", allow_blank=True, max_length=20)
    text = serializers.CharField(required=False, default="", allow_blank=True, max_length=60)

    class Meta:
        model = SavedFilter
        fields = ["id", "name", "scope", "signal", "procedure", "text", "created_at"]
        read_only_fields = ["id", "created_at"]


class ResultSerializer(serializers.Serializer[Any]):
    number = serializers.CharField(max_length=40, help_text=gettext_lazy("Unified social credit code on the licence"))
    result_on = serializers.DateField(help_text=gettext_lazy("Date of the licence"))
    file = serializers.FileField(allow_empty_file=True)

    def validate_number(self, value: str) -> str:
        try:
            return uscc.normalise(value)
        except uscc.InvalidCode as error:
            raise serializers.ValidationError(REASONS[error.reason]) from error

    def validate_result_on(self, value: date) -> date:
        check_licence_day(value, self.context["task"].case, self.context["today"])
        return value


class TransferSerializer(serializers.Serializer[Any]):
    to = serializers.IntegerField(help_text=gettext_lazy("Number of a colleague from the task's `colleagues`"))
    note = serializers.CharField(max_length=2000)


class RejectSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)
    remedy = serializers.CharField(max_length=2000, help_text=gettext_lazy("What the enterprise can do"))
