"""The due date of a limit, for everybody: counted exactly as the portal counts its own promises."""

from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from park.accounts.api.documentation import operation
from park.accounts.policies import PUBLIC
from park.deadlines import workdays
from park.deadlines.enums import Unit
from park.deadlines.holidays_cn import FIRST_YEAR, LAST_YEAR
from park.deadlines.selectors import calendar, office_hours

MOST = 5000
MOST_PAUSES = 50


def moment(text: str) -> datetime:
    """An instant, or the opening of the counters on a day. Raises ValidationError."""
    try:
        if len(text) == len("2026-09-28"):
            return workdays.at(date.fromisoformat(text), workdays.OFFICE_HOURS.opens)
        instant = datetime.fromisoformat(text)
        if not FIRST_YEAR <= instant.year <= LAST_YEAR:
            raise ValueError(instant.year)
    except ValueError:
        raise ValidationError(_("“%(given)s” is not a date: write YYYY-MM-DD.") % {"given": text}) from None
    return workdays.at(instant.date(), instant.time()) if instant.tzinfo is None else instant


@extend_schema_field(OpenApiTypes.STR)
class MomentField(serializers.Field[datetime, str, str, Any]):
    def to_internal_value(self, data: str) -> datetime:
        return moment(str(data))


@extend_schema_field(OpenApiTypes.STR)
class PauseField(serializers.Field[workdays.Pause, str, str, Any]):
    def to_internal_value(self, data: str) -> workdays.Pause:
        begin, slash, end = str(data).partition("/")
        if not slash:
            raise ValidationError(
                _("“%(given)s” is not a pause: write FROM/TO, both YYYY-MM-DD.") % {"given": str(data)}
            )
        try:
            return workdays.Pause(moment(begin), moment(end))
        except ValueError:
            raise ValidationError(_("The pause %(given)s ends before it begins.") % {"given": str(data)}) from None


class DueQuery(serializers.Serializer[Any]):
    start = MomentField(
        help_text=gettext_lazy("Day of the start, YYYY-MM-DD; for working hours also YYYY-MM-DDTHH:MM.")
    )
    limit = serializers.IntegerField(min_value=1, max_value=MOST, help_text=gettext_lazy("The limit, a whole number."))
    unit = serializers.ChoiceField(Unit.choices, default=Unit.WORKING_DAY)
    pause = serializers.ListField(
        child=PauseField(),
        default=list,
        max_length=MOST_PAUSES,
        help_text=gettext_lazy("Day of the pause/day of the resumption; may be given several times."),
    )
    explain = serializers.BooleanField(default=False, help_text=gettext_lazy("Say of each day why it counts or not."))

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if data["unit"] != Unit.WORKING_HOUR:  # its hour does not matter, and no pause of that day is too early
            data["start"] = workdays.at(workdays.local_day(data["start"]), time.min)
        if any(pause.start < data["start"] for pause in data["pause"]):
            raise ValidationError({"pause": [_("A pause cannot begin before the start.")]})
        return data


class DueDaySerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    kind = serializers.CharField()
    number = serializers.IntegerField(source="counted", allow_null=True)
    minutes = serializers.IntegerField(allow_null=True)
    note = serializers.SerializerMethodField()
    is_makeup = serializers.BooleanField(source="makeup")

    def get_note(self, reason: workdays.DayReason) -> str:
        return _(reason.note) if reason.note else ""


class DueSerializer(serializers.Serializer[Any]):
    due_on = serializers.DateField()
    due_at = serializers.DateTimeField()
    is_provisional = serializers.BooleanField(help_text=gettext_lazy("The holiday notice of that year is not out yet."))
    days = DueDaySerializer(many=True, required=False)


class WorkingDaysDue(APIView):
    policy = PUBLIC
    authentication_classes = ()

    @operation(
        gettext_lazy("Compute a due date"),
        tag="working-days",
        answer=DueSerializer,
        problems=(400,),
        auth=[],
        parameters=[DueQuery],
        details=gettext_lazy(
            "Working days of the People's Republic of China with make-up days. The day of the start is not counted; a limit "
            "in days ends at the close of business of its last day."
        ),
        examples=[
            OpenApiExample(
                "2026-09-28 + 15",
                {"due_on": "2026-10-23", "due_at": "2026-10-23T17:00:00+08:00", "is_provisional": False},
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        query = DueQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        return Response(DueSerializer(_answer(**query.validated_data)).data)


def _answer(start: datetime, limit: int, unit: Any, pause: list[workdays.Pause], explain: bool) -> dict[str, Any]:
    days, within = calendar(), workdays.Limit(limit, unit)
    try:
        due = workdays.due_at(days, start, within, pause, office_hours())
        reasons = workdays.explain(days, start, within, pause) if explain else None
    except (workdays.OutsideCalendar, OverflowError):
        raise ValidationError({"start": [_("The calendar does not reach that far.")]}) from None
    found = {"due_on": due.date(), "due_at": due, "is_provisional": days.is_provisional(due.date())}
    return found if reasons is None else {**found, "days": reasons}
