"""Enterprises for programs of the park's people."""

from typing import Any

from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from park.accounts.api.documentation import operation
from park.accounts.models import Enterprise
from park.accounts.policies import PARK
from profiles.permissions.files import visible_enterprises
from profiles.selectors import search

TAG = "enterprises"


class EnterpriseQuery(serializers.Serializer[Any]):
    q = serializers.CharField(
        required=False,
        max_length=search.LONGEST_WORDS,
        help_text=gettext_lazy("any part of a name, its pinyin or initials, a former name or a code"),
    )


class EnterpriseSerializer(serializers.ModelSerializer[Enterprise]):
    class Meta:
        model = Enterprise
        fields = ["id", "name_zh", "name_en", "uscc", "is_forming", "created_at"]


class FoundSerializer(serializers.Serializer[Any]):
    """A page of enterprises. With words there is one page alone, the best first, and `is_cut` says that more fit."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    is_cut = serializers.BooleanField()
    results = EnterpriseSerializer(many=True)


class Enterprises(GenericAPIView[Enterprise]):
    policy = PARK
    serializer_class = EnterpriseSerializer
    queryset = Enterprise.objects.none()
    filter_backends = ()

    @operation(
        gettext_lazy("List or search the enterprises of the park"),
        tag=TAG,
        operation_id="v1_enterprises_list",
        answer=FoundSerializer,
        problems=(400, 403),
        parameters=[EnterpriseQuery],
        details=gettext_lazy(
            "With words the best fitting come first, fifty at most; without, all of them, the newest first, page by page."
        ),
    )
    def get(self, request: Request) -> Response:
        query = EnterpriseQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        here, words = visible_enterprises(request.user), query.validated_data.get("q", "")
        if not words:
            page = self.paginate_queryset(here)
            answer = self.get_paginated_response(EnterpriseSerializer(page, many=True).data).data
            return Response(
                {"next": answer["next"], "previous": answer["previous"], "is_cut": False, "results": answer["results"]}
            )
        fitting = search.found(words, here)
        by_pk = here.in_bulk(list(fitting.by))
        rows = [by_pk[pk] for pk in fitting.by if pk in by_pk]
        found = {"next": None, "previous": None, "is_cut": fitting.is_cut, "results": rows}
        return Response(FoundSerializer(found).data)
