"""Visits by the API, for the park's people."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from park.accounts.api.documentation import operation
from park.accounts.api.pagination import KeysetPagination
from park.accounts.api.problems import Conflict
from park.accounts.models import User
from park.accounts.policies import PARK
from profiles.api.file import SaidSerializer
from profiles.enums import VisitKind, VisitManner, VisitState
from profiles.models import NeedCategory, Visit
from profiles.permissions import visits as permissions
from profiles.selectors.visits import whose
from profiles.services import visits
from profiles.services.visits import RaisedNeed, Refused, Report, VisitMoved

TAG = "visits"
ACTS = (400, 403, 404, 409)


class VisitSerializer(serializers.ModelSerializer[Visit]):
    kind = serializers.ChoiceField(VisitKind.choices)
    state = serializers.ChoiceField(VisitState.choices)
    enterprise = serializers.IntegerField(source="enterprise_id")
    enterprise_name = serializers.CharField(source="enterprise.name")
    department = serializers.CharField(source="department.name")
    specialist = serializers.IntegerField(source="specialist_id", allow_null=True)
    specialist_name = serializers.CharField(source="specialist.user.name", allow_null=True, default=None)
    due_at = serializers.DateTimeField(source="clock.due_at")

    class Meta:
        model = Visit
        fields = ["id", "kind", "period", "state", "enterprise", "enterprise_name", "planned_on", "due_at"]
        fields += ["department", "specialist", "specialist_name", "held_on"]
        read_only_fields = fields


class FullVisitSerializer(VisitSerializer):
    manner = serializers.ChoiceField(VisitManner.choices)
    reported_by = serializers.CharField(source="reported_by.name", allow_null=True, default=None)

    class Meta(VisitSerializer.Meta):
        fields = [*VisitSerializer.Meta.fields, "manner", "met", "report", "reported_by", "reported_at"]
        read_only_fields = fields


class VisitQuery(serializers.Serializer[Any]):
    who = serializers.CharField(
        required=False,
        default="",
        max_length=12,
        help_text=gettext_lazy("mine, department, nobody, or the number of a specialist; everybody if left out."),
    )
    kind = serializers.ChoiceField(VisitKind.choices, required=False)
    state = serializers.ChoiceField(VisitState.choices, required=False)
    period = serializers.DateField(required=False, help_text=gettext_lazy("First day of the quarter or year."))
    enterprise = serializers.IntegerField(required=False)


class RescheduleSerializer(serializers.Serializer[Any]):
    day = serializers.DateField()
    reason = serializers.CharField(max_length=300)


class RaisedNeedSerializer(serializers.Serializer[Any]):
    """A need that the enterprise spoke of; its first answer is on a clock from now on."""

    category = serializers.SlugRelatedField(slug_field="code", queryset=NeedCategory.objects.filter(is_active=True))
    text = serializers.CharField(max_length=500)


class ReportSerializer(serializers.Serializer[Any]):
    report_key = serializers.UUIDField(help_text=gettext_lazy("Made by the caller; the same key is the same report."))
    held_on = serializers.DateField()
    manner = serializers.ChoiceField(VisitManner.choices)
    met = serializers.CharField(max_length=200)
    text = serializers.CharField(max_length=8000)
    values = SaidSerializer(many=True, required=False, default=list)
    needs = RaisedNeedSerializer(many=True, required=False, default=list)


class Visits(APIView):
    policy = PARK

    @operation(
        gettext_lazy("List visits, the newest first"),
        tag=TAG,
        operation_id="v1_visits_list",
        answer=VisitSerializer(many=True),
        problems=(400, 403),
        parameters=[VisitQuery],
    )
    def get(self, request: Request) -> Response:
        query = VisitQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = dict(query.validated_data)
        user: User = request.user  # type: ignore[assignment]
        found = whose(permissions.visible_visits(user), user, wanted.pop("who")).filter(**wanted)
        pages = KeysetPagination()
        rows = pages.paginate_queryset(found, request, view=self)
        return pages.get_paginated_response(VisitSerializer(rows, many=True).data)


class OneVisit(APIView):
    policy = PARK

    @operation(gettext_lazy("Show a visit with its report"), tag=TAG, answer=FullVisitSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(FullVisitSerializer(permissions.get_visit(request.user, pk)).data)


class Act(APIView):
    policy = PARK

    def act(self, request: Request, pk: int, shape: Any, do: Any) -> Response:
        user: User = request.user  # type: ignore[assignment]
        visit = permissions.get_visit(user, pk)
        if not permissions.can_work_on_visit(user, visit):
            raise PermissionDenied(_("This belongs to somebody else: another person, department or side."))
        given = shape(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            do(visit, given.validated_data, user, timezone.now())
        except Refused as refused:
            raise ValidationError({refused.field: [str(refused)]}) from refused
        except VisitMoved as moved:
            raise Conflict from moved
        return Response(FullVisitSerializer(permissions.get_visit(user, pk)).data)


class Reschedule(Act):
    @operation(
        gettext_lazy("Plan a visit for another day"),
        tag=TAG,
        request=RescheduleSerializer,
        answer=FullVisitSerializer,
        problems=ACTS,
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.act(request, pk, RescheduleSerializer, _reschedule)


class ReportOne(Act):
    @operation(
        gettext_lazy("Report a visit"),
        tag=TAG,
        request=ReportSerializer,
        answer=FullVisitSerializer,
        problems=ACTS,
        details=gettext_lazy("Values that were learnt go into the file, with the visit as their source."),
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.act(request, pk, ReportSerializer, _report)


def _reschedule(visit: Visit, given: dict[str, Any], by: User, now: datetime) -> None:
    visits.reschedule(visit, day=given["day"], reason=given["reason"], by=by, now=now)


def _report(visit: Visit, given: dict[str, Any], by: User, now: datetime) -> None:
    report = Report(
        given["report_key"],
        given["held_on"],
        VisitManner(given["manner"]),
        given["met"],
        given["text"],
        given["values"],
        [RaisedNeed(**row) for row in given["needs"]],
    )
    visits.report_visit(visit, report, by=by, now=now)
