"""What one was told."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter
from rest_framework import generics, serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from park.accounts.api.documentation import operation
from park.accounts.policies import SIGNED_IN
from park.notices import services
from park.notices.kinds import words
from park.notices.models import Notice

TAG = "notices"


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    kind = serializers.CharField()
    title = serializers.SerializerMethodField()
    body = serializers.SerializerMethodField()

    class Meta:
        model = Notice
        fields = ["id", "kind", "title", "body", "path", "created_at", "read_at"]
        read_only_fields = fields

    def get_title(self, notice: Notice) -> str:
        return words(notice.kind, notice.data).title

    def get_body(self, notice: Notice) -> str:
        return words(notice.kind, notice.data).body


class MarkedSerializer(serializers.Serializer[Any]):
    marked = serializers.IntegerField(help_text=gettext_lazy("How many notices became read."))


class Notices(generics.GenericAPIView[Notice]):
    policy = SIGNED_IN
    serializer_class = NoticeSerializer
    queryset = Notice.objects.none()

    def get_queryset(self) -> QuerySet[Notice]:
        notices = Notice.objects.filter(recipient=self.request.user.pk)
        return notices.unread() if self.request.query_params.get("unread") in {"1", "true"} else notices

    @operation(
        gettext_lazy("List your notices, newest first"),
        tag=TAG,
        answer=NoticeSerializer(many=True),
        problems=(403,),
        parameters=[OpenApiParameter("unread", bool, description=gettext_lazy("Only those that you have not read."))],
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(NoticeSerializer(page, many=True).data)


class NoticeRead(APIView):
    policy = SIGNED_IN

    @operation(gettext_lazy("Mark a notice as read"), tag=TAG, request=None, answer=MarkedSerializer)
    def post(self, request: Request, pk: int) -> Response:
        if not Notice.objects.filter(recipient=request.user.pk, pk=pk).exists():
            raise NotFound
        marked = services.mark_read(user=request.user, now=timezone.now(), pk=pk)
        return Response(MarkedSerializer({"marked": marked}).data)


class NoticesRead(APIView):
    policy = SIGNED_IN

    @operation(
        gettext_lazy("Mark all your notices as read"),
        tag=TAG,
        operation_id="v1_notices_read_all",
        request=None,
        answer=MarkedSerializer,
        problems=(403,),
    )
    def post(self, request: Request) -> Response:
        return Response(MarkedSerializer({"marked": services.mark_read(user=request.user, now=timezone.now())}).data)
