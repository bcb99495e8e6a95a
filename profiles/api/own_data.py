"""What the portal holds on an enterprise and the person who asks, for programs."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from park.accounts.api.documentation import operation
from park.accounts.policies import ENTERPRISE
from profiles.services.own_data import take_own_data


class OwnDataSerializer(serializers.Serializer[Any]):
    made_at = serializers.DateTimeField()
    person = serializers.DictField(help_text=gettext_lazy("Sign-in, memberships, tokens without their text, notices."))
    enterprises = serializers.ListField(
        child=serializers.DictField(),
        help_text=gettext_lazy(
            "For each enterprise you act for: names, contacts, values with their history, and so on."
        ),
    )


class OwnData(APIView):
    policy = ENTERPRISE

    @operation(
        gettext_lazy("Take what the portal holds on you and your enterprise"),
        tag="file",
        answer=OwnDataSerializer,
        problems=(403,),
        details=gettext_lazy(
            "Personal Information Protection Law, articles 45 and 50. The log keeps that it was taken."
        ),
    )
    def get(self, request: Request) -> Response:
        return Response(take_own_data(by=request.user, now=timezone.now()))
