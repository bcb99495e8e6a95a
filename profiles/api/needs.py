"""Needs by the API, for both sides."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import generics, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from park.accounts.api.documentation import operation
from park.accounts.api.problems import Conflict
from park.accounts.enums import Role
from park.accounts.models import User
from park.accounts.permissions import get_enterprise
from park.accounts.policies import CASE_SIDES, PARK
from profiles.enums import NeedSource, NeedState
from profiles.forms.needs import MOST_CHARACTERS, MOST_WORDS
from profiles.models import Need, NeedCategory
from profiles.permissions import needs as permissions
from profiles.permissions.files import get_file
from profiles.services import needs

TAG = "needs"
ACTS = (400, 403, 404, 409)


class NeedSerializer(serializers.ModelSerializer[Need]):
    enterprise = serializers.CharField(source="enterprise.name_zh")
    enterprise_id = serializers.IntegerField()
    category = serializers.CharField(source="category.code")
    category_name = serializers.CharField(source="category.name")
    source = serializers.ChoiceField(NeedSource.choices)  # type: ignore[assignment]  # a field of that name
    state = serializers.ChoiceField(NeedState.choices)
    owner = serializers.SerializerMethodField()
    department = serializers.CharField(source="department.name")
    due_at = serializers.SerializerMethodField(
        help_text=gettext_lazy("When the first answer is due; empty once it was given.")
    )

    class Meta:
        model = Need
        fields = ["id", "enterprise", "enterprise_id", "category", "category_name", "text", "source", "state", "owner"]
        fields += ["department", "due_at", "raised_at", "answered_at", "closed_at", "satisfied_by"]

    def get_owner(self, need: Need) -> str:
        return need.owner.user.name if need.owner else ""

    def get_due_at(self, need: Need) -> str | None:
        return need.clock.due_at.isoformat() if need.clock and need.state == NeedState.OPEN else None


class NewNeedSerializer(serializers.Serializer[Any]):
    category = serializers.CharField(max_length=40, help_text=gettext_lazy("Code of a category of needs."))
    text = serializers.CharField(max_length=MOST_CHARACTERS)
    enterprise = serializers.IntegerField(
        required=False, help_text=gettext_lazy("For the park's people: whose need it is. Left out by enterprises.")
    )
    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field of that name
        [NeedSource.SPECIALIST.value, NeedSource.VISIT.value],
        required=False,
        default=NeedSource.SPECIALIST.value,
        help_text=gettext_lazy(
            "For the park's people: how it came to light. What enterprises raise comes by the portal."
        ),
    )

    def validate_category(self, code: str) -> NeedCategory:
        return _category(code)


class ChangeNeedSerializer(serializers.Serializer[Any]):
    category = serializers.CharField(max_length=40, required=False)
    text = serializers.CharField(max_length=MOST_CHARACTERS, required=False)

    def validate_category(self, code: str) -> NeedCategory:
        return _category(code)


class AnswerNeedSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=MOST_WORDS)


class SatisfySerializer(serializers.Serializer[Any]):
    by_what = serializers.CharField(max_length=300, help_text=gettext_lazy("The enterprise reads it."))


class DropSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(
        max_length=MOST_CHARACTERS,
        required=False,
        default="",
        allow_blank=True,
        help_text=gettext_lazy("The park's people must give one; the enterprise reads it."),
    )


class NeedFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=NeedState.choices, label=gettext_lazy("State"))
    category = django_filters.CharFilter("category__code", label=gettext_lazy("Code of the category"))
    enterprise = django_filters.NumberFilter(
        "enterprise", min_value=0, max_value=2**62, label=gettext_lazy("Number of the enterprise")
    )

    class Meta:
        model = Need
        fields = ["state", "category", "enterprise"]


@contextmanager
def as_conflicts() -> Iterator[None]:
    """409 for what has moved on."""
    try:
        yield
    except needs.NeedMoved as error:
        raise Conflict from error


class Needs(generics.GenericAPIView[Need]):
    policy = CASE_SIDES
    serializer_class = NeedSerializer
    filterset_class = NeedFilter
    queryset = Need.objects.none()

    def get_queryset(self) -> QuerySet[Need]:
        if getattr(self, "swagger_fake_view", False):
            return Need.objects.none()
        return permissions.visible_needs(self.request.user)

    @operation(
        gettext_lazy("List the needs that you may see"), tag=TAG, answer=NeedSerializer(many=True), problems=(400, 403)
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(NeedSerializer(page, many=True).data)

    @operation(
        gettext_lazy("Raise a need"),
        tag=TAG,
        request=NewNeedSerializer,
        answer=NeedSerializer,
        status=201,
        problems=(400, 403, 404),
        details=gettext_lazy("An enterprise raises its own; the park's people write one down for an enterprise."),
    )
    def post(self, request: Request) -> Response:
        user: User = request.user  # type: ignore[assignment]
        given = NewNeedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        data, by_enterprise = given.validated_data, user.role == Role.ENTERPRISE
        if not by_enterprise and "enterprise" not in data:
            raise ValidationError({"enterprise": [_("Please say whose need it is.")]})
        enterprise = get_enterprise(user) if by_enterprise else get_file(user, data["enterprise"])
        need = needs.raise_need(
            enterprise=enterprise,
            category=data["category"],
            text=data["text"],
            source=NeedSource.PORTAL if by_enterprise else NeedSource(data["source"]),
            by=user,
            now=timezone.now(),
        )
        return Response(NeedSerializer(permissions.get_need(user, need.pk)).data, status=201)


class OneNeed(APIView):
    policy = CASE_SIDES

    @operation(gettext_lazy("Show a need"), tag=TAG, answer=NeedSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(NeedSerializer(permissions.get_need(request.user, pk)).data)

    @operation(
        gettext_lazy("Change a need"), tag=TAG, request=ChangeNeedSerializer, answer=NeedSerializer, problems=ACTS
    )
    def patch(self, request: Request, pk: int) -> Response:
        need = _of_sides(request.user, pk)
        given = ChangeNeedSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        words = {"category": need.category, "text": need.text} | given.validated_data
        return _done(request, need, needs.change_need, words)


class Answer(APIView):
    policy = PARK

    @operation(
        gettext_lazy("Answer a need"), tag=TAG, request=AnswerNeedSerializer, answer=NeedSerializer, problems=ACTS
    )
    def post(self, request: Request, pk: int) -> Response:
        need = permissions.get_need_to_work_on(request.user, pk)
        return _done(request, need, needs.answer_need, _read(AnswerNeedSerializer, request))


class Satisfy(APIView):
    policy = PARK

    @operation(
        gettext_lazy("Close a need as satisfied"),
        tag=TAG,
        request=SatisfySerializer,
        answer=NeedSerializer,
        problems=ACTS,
    )
    def post(self, request: Request, pk: int) -> Response:
        need = permissions.get_need_to_work_on(request.user, pk)
        return _done(request, need, needs.satisfy_need, _read(SatisfySerializer, request))


class Drop(APIView):
    policy = CASE_SIDES

    @operation(
        gettext_lazy("Close a need as no longer needed"),
        tag=TAG,
        request=DropSerializer,
        answer=NeedSerializer,
        problems=ACTS,
    )
    def post(self, request: Request, pk: int) -> Response:
        need = _of_sides(request.user, pk)
        words = _read(DropSerializer, request)
        if request.user.role != Role.ENTERPRISE and not words["reason"]:
            raise ValidationError({"reason": [_("Please give a reason; the enterprise reads it.")]})
        return _done(request, need, needs.drop_need, words)


def _category(code: str) -> NeedCategory:
    found = NeedCategory.objects.filter(code=code, is_active=True).select_related("department").first()
    if found is None:
        raise ValidationError(_("There is no such category of needs."))
    return found


def _of_sides(user: Any, pk: int) -> Need:
    """For the enterprise its own need; for the park's people one they may work on."""
    if user.role == Role.ENTERPRISE:
        return permissions.get_own_need(user, pk)
    return permissions.get_need_to_work_on(user, pk)


def _read(shape: Callable[..., Any], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _done(request: Request, need: Need, do: Callable[..., Need], words: dict[str, Any]) -> Response:
    with as_conflicts():
        do(need, by=request.user, now=timezone.now(), **words)
    return Response(NeedSerializer(get_object_or_404(permissions.visible_needs(request.user), pk=need.pk)).data)
