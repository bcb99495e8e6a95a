"""What the enterprise does itself in a case, and what the steps have brought forth."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lifecycle.api.errors import as_problems
from lifecycle.enums import TaskState, Work
from lifecycle.evidence import evidence_of
from lifecycle.models import Confirmation, HandedOver, Task
from lifecycle.permissions import get_case, get_own_step
from lifecycle.services import tasks
from park.accounts.api.documentation import operation
from park.accounts.policies import CASE_SIDES, ENTERPRISE

TAG = "cases"


class SeenSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    sha256 = serializers.CharField()


class ConfirmationSerializer(serializers.ModelSerializer[Confirmation]):
    """Who confirmed, in which words, and the documents that lay before them."""

    seen = SeenSerializer(many=True)

    class Meta:
        model = Confirmation
        fields = ["signer_name", "signed_at", "statement", "seen", "second_factor"]
        read_only_fields = fields


class OwnStepSerializer(serializers.ModelSerializer[Task]):
    node = serializers.CharField(source="node.code")
    name = serializers.CharField(source="node.name")
    state = serializers.ChoiceField(TaskState.choices)
    needs_signatory = serializers.BooleanField(
        source="node.needs_signatory", help_text=gettext_lazy("Only an authorised signatory may confirm it.")
    )
    statement = serializers.SerializerMethodField(help_text=gettext_lazy("What is confirmed, in words"))
    confirmation = ConfirmationSerializer(allow_null=True, default=None)

    class Meta:
        model = Task
        fields = ["id", "node", "name", "state", "ready_at", "done_at", "needs_signatory", "statement", "confirmation"]
        read_only_fields = fields

    def get_statement(self, task: Task) -> str:
        return tasks.own_step_statement(task)


class ConfirmOwnStepSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=300)


class HandedOverSerializer(serializers.ModelSerializer[HandedOver]):
    node = serializers.CharField(source="task.node.code")
    file_name = serializers.CharField(source="document.file_name")
    content_type = serializers.CharField(source="document.content_type")
    size = serializers.IntegerField(source="document.size", help_text=gettext_lazy("Bytes"))
    sha256 = serializers.CharField(source="document.sha256")

    class Meta:
        model = HandedOver
        fields = ["document", "title", "number", "node", "handed_at", "file_name", "content_type", "size", "sha256"]
        read_only_fields = fields


class OwnSteps(APIView):
    policy = CASE_SIDES

    @operation(
        gettext_lazy("List the enterprise's own steps, open and done"), tag=TAG, answer=OwnStepSerializer(many=True)
    )
    def get(self, request: Request, uid: str) -> Response:
        steps = get_case(request.user, uid).tasks.filter(node__work=Work.ENTERPRISE).exclude(ready_at=None)
        rows = steps.select_related("node", "confirmation").order_by("node__order")
        return Response(OwnStepSerializer(rows, many=True).data)


class ConfirmOwnStep(APIView):
    policy = ENTERPRISE

    @operation(
        gettext_lazy("Confirm a step of your enterprise's own"),
        tag=TAG,
        request=ConfirmOwnStepSerializer,
        answer=OwnStepSerializer,
        problems=(400, 403, 404, 409),
        details=gettext_lazy(
            "Kept as evidence with the documents that lie before you now. May be repeated: the first confirmation stands."
        ),
    )
    def post(self, request: Request, uid: str, pk: int) -> Response:
        step = get_own_step(request.user, uid, pk)
        form = ConfirmOwnStepSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        with as_problems():
            tasks.confirm_own_step(
                step, by=request.user, now=timezone.now(), evidence=evidence_of(request), **form.validated_data
            )
        return Response(OwnStepSerializer(get_own_step(request.user, uid, pk)).data)


class HandedOverDocuments(APIView):
    policy = CASE_SIDES

    @operation(
        gettext_lazy("List the documents that the park has handed over"),
        tag=TAG,
        answer=HandedOverSerializer(many=True),
        details=gettext_lazy("`document` is the number under which each can be downloaded."),
    )
    def get(self, request: Request, uid: str) -> Response:
        papers = get_case(request.user, uid).handed_over.select_related("document", "task__node")
        return Response(HandedOverSerializer(papers, many=True).data)
