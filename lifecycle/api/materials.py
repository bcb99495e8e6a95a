"""Materials of a case, their versions and bytes, and the one correction notice."""

from django.db.models import QuerySet
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from rest_framework.parsers import FormParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lifecycle.api.cases import full
from lifecycle.api.errors import as_problems
from lifecycle.api.serializers.cases import FullCaseSerializer
from lifecycle.api.serializers.materials import (
    CorrectionSerializer,
    HandInSerializer,
    MaterialSerializer,
    VersionSerializer,
)
from lifecycle.models import Case, CorrectionNotice, Material
from lifecycle.permissions import get_case, get_case_document, get_material, get_own_case, get_version
from lifecycle.services import materials, review
from lifecycle.services.documents import hand_out
from park.accounts.api.documentation import operation
from park.accounts.api.parsers import JsonParser, MultipartParser
from park.accounts.models import User
from park.accounts.policies import CASE_SIDES, ENTERPRISE
from profiles.models import Document

TAG = "materials"
BYTES = "application/octet-stream"


def materials_of(case: Case) -> QuerySet[Material]:
    return (
        case.materials.select_related("requirement")
        .prefetch_related("versions__document")
        .order_by("requirement__order")
    )


class Materials(APIView):
    policy = CASE_SIDES
    parser_classes = (MultipartParser, FormParser, JsonParser)

    @operation(gettext_lazy("List the materials of a case"), tag=TAG, answer=MaterialSerializer(many=True))
    def get(self, request: Request, uid: str) -> Response:
        return Response(MaterialSerializer(materials_of(get_case(request.user, uid)), many=True).data)

    @operation(
        gettext_lazy("Hand in a material"),
        tag=TAG,
        request=HandInSerializer,
        answer=VersionSerializer,
        status=201,
        problems=(400, 403, 404, 409),
        details=gettext_lazy(
            "Every handing-in is a new version. While a correction is open, only what it names can be handed in."
        ),
    )
    def post(self, request: Request, uid: str) -> Response:
        case, now = get_own_case(request.user, uid), timezone.now()
        form = HandInSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        requirement = get_object_or_404(case.procedure.requirements, code=given["requirement"])
        with as_problems():
            if "file" in given:
                version = materials.hand_in(case, requirement, given["file"], by=request.user, now=now)
            else:
                own = Document.objects.filter(enterprise=case.enterprise_id)
                document = get_object_or_404(own, pk=given["document"])
                version = materials.take_from_file(case, requirement, document, by=request.user, now=now)
        return Response(VersionSerializer(version).data, status=201)


class Versions(APIView):
    policy = CASE_SIDES

    @operation(gettext_lazy("List the versions of a material"), tag=TAG, answer=VersionSerializer(many=True))
    def get(self, request: Request, uid: str, pk: int) -> Response:
        versions = get_material(request.user, uid, pk).versions.select_related("document")
        return Response(VersionSerializer(versions, many=True).data)


class VersionFile(APIView):
    policy = CASE_SIDES

    @operation(gettext_lazy("Download a version of a material"), tag=TAG, answer=OpenApiTypes.BINARY, media=BYTES)
    def get(self, request: Request, uid: str, pk: int) -> FileResponse:
        version = get_version(request.user, uid, pk)
        return _send(version.material.case, version.document, request.user)


class DocumentFile(APIView):
    policy = CASE_SIDES

    @operation(
        gettext_lazy("Download the agreement or the result of a case"), tag=TAG, answer=OpenApiTypes.BINARY, media=BYTES
    )
    def get(self, request: Request, uid: str, pk: int) -> FileResponse:
        document = get_case_document(request.user, uid, pk)
        return _send(get_case(request.user, uid), document, request.user)


class Correction(APIView):
    policy = CASE_SIDES

    @operation(gettext_lazy("Show the correction notice of a case"), tag=TAG, answer=CorrectionSerializer)
    def get(self, request: Request, uid: str) -> Response:
        notices = CorrectionNotice.objects.prefetch_related("items__material__requirement")
        notice = get_object_or_404(notices, case=get_case(request.user, uid))
        return Response(CorrectionSerializer(notice).data)


class CorrectionAnswer(APIView):
    policy = ENTERPRISE

    @operation(
        gettext_lazy("Hand the corrections in"),
        tag=TAG,
        request=None,
        answer=FullCaseSerializer,
        problems=(400, 403, 404, 409),
        details=gettext_lazy("Each item needs a version handed in since the notice. The clocks run on."),
    )
    def post(self, request: Request, uid: str) -> Response:
        case = get_own_case(request.user, uid)
        with as_problems():
            return Response(full(review.answer_correction(case, by=request.user, now=timezone.now())))


def _send(case: Case, document: Document, user: User) -> FileResponse:
    """The bytes as a download, never shown by the browser itself; written into the log."""
    return FileResponse(
        hand_out(case, document, by=user, now=timezone.now()),
        as_attachment=True,
        filename=document.file_name,
        content_type=document.content_type,
        headers={"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"},
    )
