"""Oneself and whom one leads, and the days on which they are away."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from park.accounts.api.documentation import operation
from park.accounts.policies import DESK
from park.team import permissions
from park.team.forms import AbsenceForm
from park.team.models import Absence, Specialist
from park.team.services import absences

TAG = "team"


class PersonSerializer(serializers.ModelSerializer[Specialist]):
    name = serializers.CharField(source="user.name")
    department = serializers.CharField(source="department.code")
    skills = serializers.SlugRelatedField[Any]("code", many=True, read_only=True)

    class Meta:
        model = Specialist
        fields = ["id", "name", "department", "is_head", "is_active", "skills"]
        read_only_fields = fields


class AbsenceSerializer(serializers.ModelSerializer[Absence]):
    substitute = serializers.CharField(source="substitute.user.name", allow_null=True, default=None)

    class Meta:
        model = Absence
        fields = ["id", "first_on", "last_on", "substitute"]
        read_only_fields = fields


class NewAbsenceSerializer(serializers.Serializer[Any]):
    first_on = serializers.DateField()
    last_on = serializers.DateField(help_text=gettext_lazy("This day is its last."))
    substitute = serializers.IntegerField(
        required=False, allow_null=True, help_text=gettext_lazy("Number of a colleague of the same department")
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        form = AbsenceForm(self.context["person"], self.context["today"], data)
        if not form.is_valid():
            raise serializers.ValidationError(form.errors)
        return form.cleaned_data


class People(generics.GenericAPIView[Specialist]):
    policy = DESK
    serializer_class = PersonSerializer
    queryset = Specialist.objects.none()

    def get_queryset(self) -> QuerySet[Specialist]:
        if getattr(self, "swagger_fake_view", False):
            return Specialist.objects.none()
        return permissions.visible_people(self.request.user).prefetch_related("skills").order_by("pk")

    @operation(
        gettext_lazy("List yourself and those whom you lead"),
        tag=TAG,
        answer=PersonSerializer(many=True),
        problems=(403,),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(PersonSerializer(page, many=True).data)


class Absences(generics.GenericAPIView[Absence]):
    policy = DESK
    serializer_class = AbsenceSerializer
    queryset = Absence.objects.none()

    @operation(
        gettext_lazy("List the absences of a person, the latest first"), tag=TAG, answer=AbsenceSerializer(many=True)
    )
    def get(self, request: Request, pk: int) -> Response:
        person = permissions.get_person(request.user, pk)
        found = person.absences.select_related("substitute__user").order_by("-first_on", "-pk")
        return self.get_paginated_response(AbsenceSerializer(self.paginate_queryset(found), many=True).data)

    @operation(
        gettext_lazy("Enter an absence"),
        tag=TAG,
        request=NewAbsenceSerializer,
        answer=AbsenceSerializer,
        status=201,
        problems=(400, 403, 404),
        details=gettext_lazy("No new work comes in on its days. What is in hand stays there until somebody moves it."),
    )
    def post(self, request: Request, pk: int) -> Response:
        person, now = permissions.get_person(request.user, pk), timezone.now()
        form = NewAbsenceSerializer(data=request.data, context={"person": person, "today": timezone.localdate(now)})
        form.is_valid(raise_exception=True)
        absence = absences.set_absent(specialist=person, by=request.user, now=now, **form.validated_data)
        return Response(AbsenceSerializer(absence).data, status=201)


class OneAbsence(APIView):
    policy = DESK

    @operation(gettext_lazy("Take an absence back"), tag=TAG, status=204, request=None)
    def delete(self, request: Request, pk: int) -> Response:
        absences.end_absence(permissions.get_absence(request.user, pk), by=request.user, now=timezone.now())
        return Response(status=204)
