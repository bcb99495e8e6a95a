from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from lifecycle.enums import ConsultationState
from lifecycle.selectors.teams import Row
from park.deadlines.api.clocks import ClockSerializer


class PlaceSerializer(serializers.Serializer[Any]):
    skill = serializers.CharField(help_text=gettext_lazy("Code of the skill; empty for the lead"), allow_blank=True)
    role = serializers.CharField()
    name = serializers.CharField(allow_blank=True, help_text=gettext_lazy("Empty where nobody suitable is there yet"))
    why = serializers.CharField(allow_blank=True, help_text=gettext_lazy("Which rules call for it; for staff only"))


class ConsultationSerializer(serializers.Serializer[Row]):
    id = serializers.IntegerField(source="consultation.pk")
    case = serializers.UUIDField(source="consultation.team.case.uid")
    skill = serializers.CharField(source="consultation.skill.code", allow_null=True, default=None)
    role = serializers.CharField(source="of_whom")
    specialist = serializers.CharField(source="consultation.specialist.user.name")
    asked_by = serializers.CharField(source="consultation.asked_by.name")
    asked_at = serializers.DateTimeField(source="consultation.asked_at")
    question = serializers.CharField(source="consultation.question")
    state = serializers.ChoiceField(ConsultationState.choices, source="consultation.state")
    answer = serializers.CharField(source="consultation.answer", allow_blank=True)
    answered_by = serializers.CharField(source="consultation.answered_by.name", allow_null=True, default=None)
    ended_at = serializers.DateTimeField(source="consultation.ended_at", allow_null=True)
    clock = ClockSerializer(allow_null=True)


class AskSerializer(serializers.Serializer[Any]):
    skill = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=20,
        help_text=gettext_lazy("Code of the expert's skill, from the team; left out, the lead is asked."),
    )
    question = serializers.CharField(max_length=2000)


class AnswerSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField(max_length=2000)
