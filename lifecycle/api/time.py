"""The time of a case by the API: more of it, pauses, and a step that is taken back."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lifecycle.api.errors import as_problems
from lifecycle.api.serializers.tasks import FullTaskSerializer, NoteSerializer
from lifecycle.api.tasks import ACTS, TAG, Act
from lifecycle.models import Task
from lifecycle.permissions import get_extension
from lifecycle.selectors.work import case_of_clock, extendable
from lifecycle.services import time
from park.accounts.api.documentation import operation
from park.accounts.models import User
from park.accounts.policies import DESK
from park.deadlines.enums import ExtensionState, PauseReason
from park.deadlines.models import Extension


class MoreTimeSerializer(serializers.Serializer[Any]):
    clock = serializers.IntegerField(
        required=False, help_text=gettext_lazy("Number of an open clock of the case; the task's own if left out.")
    )
    amount = serializers.IntegerField(min_value=1, help_text=gettext_lazy("In the unit of the limit itself."))
    reason = serializers.CharField(
        max_length=2000, help_text=gettext_lazy("The enterprise reads it when more time is granted.")
    )


class ExtensionSerializer(serializers.ModelSerializer[Extension]):
    state = serializers.ChoiceField(ExtensionState.choices)
    asked_by = serializers.CharField(source="asked_by.name")
    decided_by = serializers.SerializerMethodField()
    due_at = serializers.DateTimeField(source="clock.due_at")

    class Meta:
        model = Extension
        fields = [
            "id",
            "clock",
            "amount",
            "reason",
            "state",
            "asked_by",
            "asked_at",
            "decided_by",
            "decided_at",
            "note",
        ]
        fields += ["due_at"]

    def get_decided_by(self, extension: Extension) -> str:
        return extension.decided_by.name if extension.decided_by else ""


class DecisionSerializer(serializers.Serializer[Any]):
    grant = serializers.BooleanField()
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=2000)


class PauseSerializer(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(PauseReason.choices)
    note = serializers.CharField(max_length=2000)
    since = serializers.DateTimeField(
        required=False,
        default=None,
        allow_null=True,
        help_text=gettext_lazy("At most three working days ago. Leave it empty if it begins now."),
    )

    def validate_since(self, value: datetime | None) -> datetime | None:
        if value and value > timezone.now():
            raise ValidationError(_("This is still to come. A pause begins now or earlier."))
        return value


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class MoreTime(Act):
    @operation(
        gettext_lazy("Ask for more time"),
        tag=TAG,
        request=MoreTimeSerializer,
        answer=ExtensionSerializer,
        status=201,
        problems=ACTS,
        details=gettext_lazy("Once for each clock, before its limit has passed. Somebody one level up decides."),
    )
    def post(self, request: Request, pk: int) -> Response:
        _task, asked = self.act(request, pk, _ask, MoreTimeSerializer)
        return Response(ExtensionSerializer(asked).data, status=201)


class Pause(Act):
    @operation(
        gettext_lazy("Let the clocks of a case stand still"),
        tag=TAG,
        request=PauseSerializer,
        answer=FullTaskSerializer,
        problems=ACTS,
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.task(request, pk, _pause, PauseSerializer)


class Resume(Act):
    @operation(
        gettext_lazy("Let the clocks of a case run on"),
        tag=TAG,
        request=None,
        answer=FullTaskSerializer,
        problems=ACTS,
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.task(request, pk, time.resume_case)


class KeepPaused(Act):
    @operation(
        gettext_lazy("Confirm that a long pause is still needed"),
        tag=TAG,
        request=NoteSerializer,
        answer=FullTaskSerializer,
        problems=ACTS,
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.task(request, pk, time.keep_paused, NoteSerializer)


class Reopen(Act):
    @operation(
        gettext_lazy("Take a step back that was called done"),
        tag=TAG,
        request=ReasonSerializer,
        answer=FullTaskSerializer,
        problems=ACTS,
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.task(request, pk, time.reopen_task, ReasonSerializer)


class OneExtension(APIView):
    policy = DESK

    @operation(gettext_lazy("Read a request for more time"), tag=TAG, answer=ExtensionSerializer, problems=(403, 404))
    def get(self, request: Request, pk: int) -> Response:
        return Response(ExtensionSerializer(get_extension(request.user, pk)).data)


class Decide(APIView):
    policy = DESK

    @operation(
        gettext_lazy("Grant more time, or refuse it"),
        tag=TAG,
        request=DecisionSerializer,
        answer=ExtensionSerializer,
        problems=ACTS,
    )
    def post(self, request: Request, pk: int) -> Response:
        user: User = request.user  # type: ignore[assignment]
        extension = get_extension(user, pk)
        given = DecisionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        with as_problems():
            time.decide_more_time(
                extension, case_of_clock(extension.clock), by=user, now=timezone.now(), **given.validated_data
            )
        return Response(ExtensionSerializer(get_extension(user, pk)).data)


def _ask(task: Task, *, amount: int, reason: str, by: User, now: datetime, clock: int | None = None) -> Extension:
    own = {one.pk: one for one in extendable(task)}
    found = own.get(clock or task.clock_id or 0)
    if found is None:
        raise ValidationError({"clock": [_("This is no clock of the case for which more time can be asked.")]})
    return time.ask_more_time(task, found, amount=amount, reason=reason, by=by, now=now)


def _pause(task: Task, *, reason: str, since: datetime | None, note: str, by: User, now: datetime) -> None:
    time.pause_case(task, reason=PauseReason(reason), since=since, note=note, by=by, now=now)
