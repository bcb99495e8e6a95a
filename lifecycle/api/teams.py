"""The team of a case, and the questions to its experts."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lifecycle.api.errors import as_problems
from lifecycle.api.serializers.teams import AnswerSerializer, AskSerializer, ConsultationSerializer, PlaceSerializer
from lifecycle.models import Case, Consultation
from lifecycle.permissions import get_case, get_consultation
from lifecycle.selectors import teams
from lifecycle.services import consultations
from park.accounts.api.documentation import operation
from park.accounts.models import User
from park.accounts.policies import CASE_SIDES, DESK
from park.team.models import Skill

TAG = "teams"


class Team(APIView):
    policy = CASE_SIDES

    @operation(
        gettext_lazy("Show the team of a case"),
        tag=TAG,
        answer=PlaceSerializer(many=True),
        details=gettext_lazy("The lead first. The enterprise reads names and roles; staff also reasons and gaps."),
    )
    def get(self, request: Request, uid: str) -> Response:
        case = get_case(request.user, uid)
        return Response(PlaceSerializer(_places(case, request.user), many=True).data)


class Questions(generics.GenericAPIView[Any]):
    policy = DESK
    serializer_class = ConsultationSerializer
    queryset = Case.objects.none()

    @operation(
        gettext_lazy("List the questions inside a case"),
        tag=TAG,
        answer=ConsultationSerializer(many=True),
        problems=(403, 404),
    )
    def get(self, request: Request, uid: str) -> Response:
        case = get_case(request.user, uid)
        page = self.paginate_queryset(teams.asked_in(case)) or []
        return self.get_paginated_response(ConsultationSerializer(teams.rows_of(page, timezone.now()), many=True).data)

    @operation(
        gettext_lazy("Ask an expert of the team, or the lead"),
        tag=TAG,
        request=AskSerializer,
        answer=ConsultationSerializer,
        status=201,
        problems=(400, 403, 404, 409),
        details=gettext_lazy(
            "A clock of its own begins; those of the enterprise run on. What is sent twice is asked once."
        ),
    )
    def post(self, request: Request, uid: str) -> Response:
        case, now = get_case(request.user, uid), timezone.now()
        form = AskSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        code = form.validated_data["skill"]
        skill = Skill.objects.filter(code=code).first()
        if code and skill is None:
            raise ValidationError({"skill": [_("There is no such skill.")]})
        try:
            with as_problems():
                text = form.validated_data["question"]
                made = consultations.ask(case, skill=skill, text=text, by=request.user, now=now)
        except consultations.NobodyToAsk as error:
            raise ValidationError({"skill": [_("Nobody but you, or nobody at all, has this place.")]}) from error
        return Response(_full(made, request.user), status=201)


class OwnQuestions(generics.GenericAPIView[Any]):
    policy = DESK
    serializer_class = ConsultationSerializer
    queryset = Consultation.objects.none()

    @operation(
        gettext_lazy("List the open questions that are put to you"),
        tag=TAG,
        answer=ConsultationSerializer(many=True),
        problems=(403,),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(teams.to_answer(request.user)) or []
        return self.get_paginated_response(ConsultationSerializer(teams.rows_of(page, timezone.now()), many=True).data)


class Answer(APIView):
    policy = DESK

    @operation(
        gettext_lazy("Answer a question inside a case"),
        tag=TAG,
        request=AnswerSerializer,
        answer=ConsultationSerializer,
        problems=(400, 403, 404, 409),
    )
    def post(self, request: Request, pk: int) -> Response:
        one = get_consultation(request.user, pk)
        form = AnswerSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        with as_problems():
            consultations.answer(one, text=form.validated_data["answer"], by=request.user, now=timezone.now())
        return Response(_full(one, request.user))


def _places(case: Case, user: User) -> list[dict[str, str]]:
    if not user.is_park_staff:
        return [
            {"skill": code, "role": role, "name": name, "why": ""} for code, role, name in teams.of_enterprise(case)
        ]
    view = teams.of_case(case, user, timezone.now())
    lead = [{"skill": "", "role": _("Lead"), "name": view.lead.user.name, "why": ""}] if view.lead else []
    return lead + [
        {"skill": p.member.skill.code, "role": p.member.skill.name, "name": p.name, "why": p.why} for p in view.places
    ]


def _full(one: Consultation, user: User) -> Any:
    return ConsultationSerializer(teams.rows_of([get_consultation(user, one.pk)], timezone.now())[0]).data
