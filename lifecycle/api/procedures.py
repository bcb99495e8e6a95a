"""The published service standard."""

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lifecycle.api.serializers.procedures import FullProcedureSerializer, ProcedureSerializer
from lifecycle.enums import StandardState
from lifecycle.models import Milestone, Node, Procedure
from park.accounts.api.documentation import operation
from park.accounts.policies import PUBLIC

TAG = "procedures"


def published() -> QuerySet[Procedure]:
    return Procedure.objects.filter(standard__state=StandardState.PUBLISHED)


class Procedures(generics.GenericAPIView[Procedure]):
    policy = PUBLIC
    serializer_class = ProcedureSerializer
    queryset = Procedure.objects.none()

    def get_queryset(self) -> QuerySet[Procedure]:
        return published()

    @operation(
        gettext_lazy("List the published procedures"), tag=TAG, answer=ProcedureSerializer(many=True), problems=()
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(ProcedureSerializer(page, many=True).data)


class OneProcedure(APIView):
    policy = PUBLIC

    @operation(
        gettext_lazy("Show a procedure with its nodes, promises and materials"),
        tag=TAG,
        answer=FullProcedureSerializer,
        problems=(404,),
    )
    def get(self, request: Request, code: str) -> Response:
        full = published().prefetch_related(
            Prefetch("nodes", Node.objects.select_related("department").prefetch_related("predecessors")),
            Prefetch("milestones", Milestone.objects.select_related("after", "until")),
            "requirements",
            "sections__questions",
        )
        return Response(FullProcedureSerializer(get_object_or_404(full, code=code)).data)
