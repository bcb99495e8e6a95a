"""Who recommended the park to whom, for the park's people."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import generics, serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from park.accounts.api.documentation import operation
from park.accounts.policies import PARK
from profiles.models import Referral
from profiles.permissions.files import get_file
from profiles.permissions.referral import visible_referrals
from profiles.selectors.referral import referral_rates
from profiles.services.referral import record_referral

TAG = "referrals"


class ReferralSerializer(serializers.ModelSerializer[Referral]):
    enterprise_name = serializers.CharField(source="enterprise.name")
    referrer_name = serializers.SerializerMethodField()

    class Meta:
        model = Referral
        fields = ["enterprise", "enterprise_name", "referrer", "referrer_name", "at"]
        read_only_fields = fields

    def get_referrer_name(self, referral: Referral) -> str:
        return referral.referrer.name if referral.referrer else referral.referrer_name


class NewReferralSerializer(serializers.Serializer[Any]):
    enterprise = serializers.IntegerField(help_text=gettext_lazy("Number of the enterprise that came"))
    referrer = serializers.CharField(
        max_length=120,
        help_text=gettext_lazy("Full name of the enterprise or its unified social credit code; or who else it was."),
    )

    def validate_referrer(self, value: str) -> str:
        if not value.strip():
            raise ValidationError(_("Please say who it was."))
        return value


class RateSerializer(serializers.Serializer[Any]):
    year = serializers.IntegerField()
    came = serializers.IntegerField(help_text=gettext_lazy("Enterprises that the park approved in this year"))
    recommended = serializers.IntegerField(help_text=gettext_lazy("Of these, by an enterprise of the park"))
    percent = serializers.FloatField()


class Referrals(generics.GenericAPIView[Referral]):
    policy = PARK
    serializer_class = ReferralSerializer
    queryset = Referral.objects.none()

    def get_queryset(self) -> QuerySet[Referral]:
        if getattr(self, "swagger_fake_view", False):
            return Referral.objects.none()
        return visible_referrals(self.request.user)

    @operation(
        gettext_lazy("List who recommended the park to whom"),
        tag=TAG,
        answer=ReferralSerializer(many=True),
        problems=(400, 403),
    )
    def get(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(ReferralSerializer(page, many=True).data)

    @operation(
        gettext_lazy("Record who recommended the park to an enterprise"),
        tag=TAG,
        request=NewReferralSerializer,
        answer=ReferralSerializer,
        status=201,
        problems=(400, 403, 404),
    )
    def post(self, request: Request) -> Response:
        form = NewReferralSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        enterprise = get_file(request.user, form.validated_data["enterprise"])
        kept = record_referral(
            enterprise, referrer=form.validated_data["referrer"], by=request.user, now=timezone.now()
        )
        return Response(ReferralSerializer(kept).data, status=201)


class Rates(APIView):
    policy = PARK

    @operation(
        gettext_lazy("Show the referral rate by year"), tag=TAG, answer=RateSerializer(many=True), problems=(403,)
    )
    def get(self, request: Request) -> Response:
        return Response(RateSerializer(referral_rates(), many=True).data)
