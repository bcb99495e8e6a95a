from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from lifecycle.api.serializers.answers import AnswersField
from lifecycle.enums import CaseState, Party, TaskState
from lifecycle.models import Agreement, Case, Message, Signature, Task
from lifecycle.timeline import Entry


class ProcedureNameSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()


class EnterpriseNameSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    uscc = serializers.CharField(allow_null=True)


class CaseSerializer(serializers.ModelSerializer[Case]):
    state = serializers.ChoiceField(CaseState.choices)
    procedure = ProcedureNameSerializer()
    enterprise = EnterpriseNameSerializer()
    lead = serializers.CharField(source="lead.user.name", allow_null=True, default=None)

    class Meta:
        model = Case
        fields = [
            "uid",
            "reference",
            "state",
            "procedure",
            "enterprise",
            "lead",
            "created_at",
            "submitted_at",
            "closed_at",
        ]
        read_only_fields = fields


class StepSerializer(serializers.ModelSerializer[Task]):
    """A step of a case, and who has it. `task` is its number for those who may open it."""

    node = serializers.CharField(source="node.code")
    name = serializers.CharField(source="node.name")
    state = serializers.ChoiceField(TaskState.choices)
    department = serializers.CharField(source="department.name", allow_null=True, default=None)
    assignee = serializers.CharField(source="assignee.user.name", allow_null=True, default=None)

    class Meta:
        model = Task
        fields = ["node", "name", "state", "department", "assignee", "ready_at", "claimed_at", "done_at"]
        read_only_fields = fields


class MissingSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="answers, material, agreement")
    step = serializers.CharField()
    text = serializers.CharField()


class FullCaseSerializer(CaseSerializer):
    answers = serializers.DictField()
    steps = StepSerializer(many=True)
    missing = MissingSerializer(many=True, help_text=gettext_lazy("What a draft still lacks; empty for anything else."))

    class Meta(CaseSerializer.Meta):
        fields = [
            *CaseSerializer.Meta.fields,
            "saved_at",
            "answers",
            "steps",
            "missing",
            "closing_reason",
            "closing_remedy",
            "result_number",
            "result_on",
            "result_document",
        ]
        read_only_fields = fields


class BeginSerializer(serializers.Serializer[Any]):
    procedure = serializers.SlugField(help_text=gettext_lazy("Code of a published procedure, such as REG-01."))


class AnswersSerializer(serializers.Serializer[Any]):
    answers = AnswersField(help_text=gettext_lazy("Answers by name; those not named stay as they are."))


class WithdrawSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class EntrySerializer(serializers.Serializer[Entry]):
    at = serializers.DateTimeField()
    actor = serializers.CharField()
    text = serializers.CharField()


class MessageSerializer(serializers.ModelSerializer[Message]):
    author = serializers.CharField(source="author.name")
    side = serializers.ChoiceField(Party.choices)

    class Meta:
        model = Message
        fields = ["id", "author", "side", "body", "created_at", "read_at"]
        read_only_fields = fields


class NewMessageSerializer(serializers.Serializer[Any]):
    body = serializers.CharField(max_length=2000)


class SignatureSerializer(serializers.ModelSerializer[Signature]):
    party = serializers.ChoiceField(Party.choices)

    class Meta:
        model = Signature
        fields = ["party", "signer_name", "signed_at", "sha256", "statement", "second_factor"]
        read_only_fields = fields


class AgreementSerializer(serializers.ModelSerializer[Agreement]):
    sha256 = serializers.CharField(source="document.sha256")
    text = serializers.CharField(help_text=gettext_lazy("The very text whose UTF-8 bytes are signed."))
    signatures = SignatureSerializer(many=True)

    class Meta:
        model = Agreement
        fields = ["document", "sha256", "text", "created_at", "signatures"]
        read_only_fields = fields


class SignSerializer(serializers.Serializer[Any]):
    sha256 = serializers.RegexField(
        r"^[0-9a-f]{64}$", help_text=gettext_lazy("SHA-256 of the bytes that you have read and sign, in hexadecimal.")
    )
