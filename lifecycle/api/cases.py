"""Cases, for both of their sides."""

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lifecycle import timeline
from lifecycle.api.errors import as_problems
from lifecycle.api.procedures import published
from lifecycle.api.serializers.cases import (
    AnswersSerializer,
    BeginSerializer,
    CaseSerializer,
    EntrySerializer,
    FullCaseSerializer,
    MessageSerializer,
    NewMessageSerializer,
    WithdrawSerializer,
)
from lifecycle.enums import CaseState
from lifecycle.models import Case
from lifecycle.permissions import get_case, get_own_case, visible_cases
from lifecycle.selectors.casefile import CaseFile
from lifecycle.services import cases, messages
from park.accounts.api.documentation import operation
from park.accounts.permissions import get_enterprise
from park.accounts.policies import CASE_SIDES, ENTERPRISE
from park.deadlines.api.clocks import ExplainedClockSerializer
from park.deadlines.selectors import calendar, clock_view, clocks_of_threads

TAG = "cases"


class CaseFilter(django_filters.FilterSet):
    state = django_filters.ChoiceFilter(choices=CaseState.choices, label=gettext_lazy("State"))
    procedure = django_filters.CharFilter("procedure__code", label=gettext_lazy("Code of the procedure"))

    class Meta:
        model = Case
        fields = ["state", "procedure"]


def full(case: Case) -> dict[str, Any]:
    case.steps = CaseFile(case).tasks  # type: ignore[attr-defined]
    case.missing = cases.missing(case, timezone.now()) if case.is_draft else []  # type: ignore[attr-defined]
    return FullCaseSerializer(case).data


class Cases(generics.GenericAPIView[Case]):
    policy = CASE_SIDES
    serializer_class = CaseSerializer
    filterset_class = CaseFilter
    queryset = Case.objects.none()

    def get_queryset(self) -> QuerySet[Case]:
        if getattr(self, "swagger_fake_view", False):
            return Case.objects.none()
        return visible_cases(self.request.user)

    @operation(
        gettext_lazy("List the cases that you may see"), tag=TAG, answer=CaseSerializer(many=True), problems=(400, 403)
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(CaseSerializer(page, many=True).data)

    @operation(
        gettext_lazy("Begin a case"),
        tag=TAG,
        request=BeginSerializer,
        answer=FullCaseSerializer,
        status=201,
        problems=(400, 403, 404),
        details=gettext_lazy("For your own enterprise. The open draft of the procedure is answered if there is one."),
    )
    def post(self, request: Request) -> Response:
        form = BeginSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        procedure = get_object_or_404(published(), code=form.validated_data["procedure"])
        with as_problems():
            case = cases.begin_case(
                enterprise=get_enterprise(request.user), procedure=procedure, by=request.user, now=timezone.now()
            )
        return Response(full(case), status=201)


class OneCase(APIView):
    policy = CASE_SIDES

    @operation(gettext_lazy("Show a case"), tag=TAG, answer=FullCaseSerializer)
    def get(self, request: Request, uid: str) -> Response:
        return Response(full(get_case(request.user, uid)))

    @operation(
        gettext_lazy("Change answers of a draft"),
        tag=TAG,
        request=AnswersSerializer,
        answer=FullCaseSerializer,
        problems=(400, 403, 404, 409),
        details=gettext_lazy("Unknown names are refused. Decimals are given as text, yes and no as true and false."),
    )
    def patch(self, request: Request, uid: str) -> Response:
        case = get_own_case(request.user, uid)
        form = AnswersSerializer(data=request.data, context={"questions": CaseFile(case).situation.asked})
        form.is_valid(raise_exception=True)
        with as_problems():
            cases.save_answers(case, form.validated_data["answers"], now=timezone.now())
        return Response(full(get_own_case(request.user, uid)))


class Submit(APIView):
    policy = ENTERPRISE

    @operation(
        gettext_lazy("Submit a draft"),
        tag=TAG,
        request=None,
        answer=FullCaseSerializer,
        problems=(400, 403, 404, 409),
        details=gettext_lazy(
            "May be repeated: submitting again answers with the same case. What is missing is listed whole under `errors`."
        ),
    )
    def post(self, request: Request, uid: str) -> Response:
        case = get_own_case(request.user, uid)
        with as_problems():
            return Response(full(cases.submit_case(case, by=request.user, now=timezone.now())))


class Withdraw(APIView):
    policy = ENTERPRISE

    @operation(
        gettext_lazy("Withdraw a case"),
        tag=TAG,
        request=WithdrawSerializer,
        answer=FullCaseSerializer,
        problems=(400, 403, 404, 409),
    )
    def post(self, request: Request, uid: str) -> Response:
        case = get_own_case(request.user, uid)
        form = WithdrawSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        with as_problems():
            case = cases.withdraw_case(case, by=request.user, now=timezone.now(), **form.validated_data)
        return Response(full(case))


class Timeline(APIView):
    policy = CASE_SIDES

    @operation(gettext_lazy("Show what happened to a case"), tag=TAG, answer=EntrySerializer(many=True))
    def get(self, request: Request, uid: str) -> Response:
        case = get_case(request.user, uid)
        return Response(EntrySerializer(timeline.entries(case, request.user, timezone.now()), many=True).data)


class Clocks(APIView):
    policy = CASE_SIDES

    @operation(
        gettext_lazy("Show the clocks of a case, day by day"), tag=TAG, answer=ExplainedClockSerializer(many=True)
    )
    def get(self, request: Request, uid: str) -> Response:
        case, now, in_force = get_case(request.user, uid), timezone.now(), calendar()
        clocks = clocks_of_threads([case.thread])
        views = [clock_view(clock, now, with_days=True, in_force=in_force) for clock in clocks]
        return Response(ExplainedClockSerializer(views, many=True).data)


class Messages(generics.GenericAPIView[Any]):
    policy = CASE_SIDES
    serializer_class = MessageSerializer
    queryset = Case.objects.none()

    @operation(gettext_lazy("List the messages of a case"), tag=TAG, answer=MessageSerializer(many=True))
    def get(self, request: Request, uid: str) -> Response:
        page = self.paginate_queryset(get_case(request.user, uid).messages.select_related("author"))
        return self.get_paginated_response(MessageSerializer(page, many=True).data)

    @operation(
        gettext_lazy("Write to the other side"),
        tag=TAG,
        request=NewMessageSerializer,
        answer=MessageSerializer,
        status=201,
        problems=(400, 403, 404),
    )
    def post(self, request: Request, uid: str) -> Response:
        case = get_case(request.user, uid)
        form = NewMessageSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        message = messages.send_message(case, by=request.user, now=timezone.now(), **form.validated_data)
        return Response(MessageSerializer(message).data, status=201)
