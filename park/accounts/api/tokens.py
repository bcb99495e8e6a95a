"""One's own keys to the API."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from park.accounts import services
from park.accounts.api.documentation import operation
from park.accounts.models import ApiToken
from park.accounts.permissions import get_own_token
from park.accounts.policies import SIGNED_IN

TAG = "tokens"


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    class Meta:
        model = ApiToken
        fields = ["id", "name", "created_at", "expires_at", "revoked_at", "last_used_on"]
        read_only_fields = fields


class NewTokenSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    expires_at = serializers.DateTimeField(required=False, allow_null=True)

    def validate_expires_at(self, value: Any) -> Any:
        if value and value <= self.context["now"]:
            raise serializers.ValidationError(_("This instant has passed already."))
        return value


class MadeTokenSerializer(TokenSerializer):
    token = serializers.CharField(read_only=True, help_text=gettext_lazy("The token itself, shown this once."))

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]
        read_only_fields = fields


class Tokens(generics.GenericAPIView[ApiToken]):
    policy = SIGNED_IN
    serializer_class = TokenSerializer
    queryset = ApiToken.objects.none()

    def get_queryset(self) -> QuerySet[ApiToken]:
        return ApiToken.objects.filter(user=self.request.user.pk)

    @operation(gettext_lazy("List your tokens"), tag=TAG, answer=TokenSerializer(many=True), problems=(403,))
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(TokenSerializer(page, many=True).data)

    @operation(
        gettext_lazy("Make a token"),
        tag=TAG,
        request=NewTokenSerializer,
        answer=MadeTokenSerializer,
        status=201,
        problems=(400, 403),
        details=gettext_lazy("The answer holds the token; it is kept nowhere and cannot be shown again."),
    )
    def post(self, request: Request) -> Response:
        now = timezone.now()
        form = NewTokenSerializer(data=request.data, context={"now": now})
        form.is_valid(raise_exception=True)
        token, text = services.make_token(user=request.user, now=now, **form.validated_data)
        token.token = text  # type: ignore[attr-defined]
        return Response(MadeTokenSerializer(token).data, status=201)


class Token(APIView):
    policy = SIGNED_IN

    @operation(gettext_lazy("Revoke a token"), tag=TAG, status=204)
    def delete(self, request: Request, pk: int) -> Response:
        services.revoke_token(token=get_own_token(request.user, pk), by=request.user, now=timezone.now())
        return Response(status=204)
