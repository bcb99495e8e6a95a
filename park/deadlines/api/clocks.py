"""A clock as the API shows it: the same view of it as on the pages, day by day where asked for."""

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers

from park.deadlines.enums import ClockState, Signal, Unit
from park.deadlines.selectors import ClockView


class DaySerializer(serializers.Serializer[Any]):
    """One day of the count; a `fold` stands for the days from `day` to `last`."""

    day = serializers.DateField(source="date")
    kind = serializers.CharField()
    number = serializers.IntegerField(allow_null=True)
    note = serializers.CharField()
    is_makeup = serializers.BooleanField(source="makeup")
    is_today = serializers.BooleanField()
    last = serializers.DateField(allow_null=True)


class ClockSerializer(serializers.Serializer[ClockView]):
    """`due_at` of a paused clock is the instant it would get if it ran on now (`if_today`)."""

    id = serializers.IntegerField(source="clock.pk")
    kind = serializers.CharField(source="clock.kind")
    label = serializers.CharField()  # type: ignore[assignment]  # a field of that name, beside the attribute of the class
    state = serializers.ChoiceField(ClockState.choices, source="clock.state")
    signal = serializers.ChoiceField(Signal.choices)
    amount = serializers.IntegerField()
    unit = serializers.ChoiceField(Unit.choices)
    started_at = serializers.DateTimeField(source="clock.started_at")
    first_due_at = serializers.DateTimeField(source="clock.first_due_at")
    due_at = serializers.DateTimeField()
    promised_at = serializers.DateTimeField(
        source="clock.promised_at",
        allow_null=True,
        help_text=gettext_lazy("Due without the extension, where there is one"),
    )
    expected_at = serializers.DateTimeField(
        allow_null=True, help_text=gettext_lazy("Of a late clock: when the portal asks again")
    )
    if_today = serializers.BooleanField()
    left = serializers.IntegerField()
    left_text = serializers.CharField()
    pause_reason = serializers.CharField(source="reason")
    is_provisional = serializers.BooleanField(source="provisional")
    is_breached = serializers.BooleanField(source="clock.is_breached")
    stopped_at = serializers.DateTimeField(source="clock.stopped_at", allow_null=True)


class ExplainedClockSerializer(ClockSerializer):
    days = DaySerializer(many=True)
