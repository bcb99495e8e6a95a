"""The park agreement of a case."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lifecycle.api.errors import as_problems
from lifecycle.api.serializers.cases import AgreementSerializer, SignatureSerializer, SignSerializer
from lifecycle.evidence import evidence_of
from lifecycle.models import Agreement
from lifecycle.permissions import get_case, get_own_case
from lifecycle.services import agreements
from park.accounts.api.documentation import operation
from park.accounts.policies import CASE_SIDES, ENTERPRISE

TAG = "agreements"


class OneAgreement(APIView):
    policy = CASE_SIDES

    @operation(gettext_lazy("Read the park agreement of a case"), tag=TAG, answer=AgreementSerializer)
    def get(self, request: Request, uid: str) -> Response:
        found = Agreement.objects.select_related("document").prefetch_related("signatures")
        agreement = get_object_or_404(found, case=get_case(request.user, uid))
        agreement.text = agreements.text_of(agreement)  # type: ignore[attr-defined]
        return Response(AgreementSerializer(agreement).data)


class Sign(APIView):
    policy = ENTERPRISE

    @operation(
        gettext_lazy("Sign the park agreement for the enterprise"),
        tag=TAG,
        request=SignSerializer,
        answer=SignatureSerializer,
        status=201,
        problems=(400, 403, 404, 409),
        details=gettext_lazy("Only an authorised signatory can sign, and only the very bytes whose SHA-256 is given."),
    )
    def post(self, request: Request, uid: str) -> Response:
        case = get_own_case(request.user, uid)
        form = SignSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        with as_problems():
            signature = agreements.sign_for_enterprise(
                case, by=request.user, now=timezone.now(), evidence=evidence_of(request), **form.validated_data
            )
        return Response(SignatureSerializer(signature).data, status=201)
