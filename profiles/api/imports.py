"""Tables of enterprises by the API: send one, see what would become of each row, apply or discard."""

from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from park.accounts.api.documentation import operation
from park.accounts.api.parsers import MultipartParser
from park.accounts.api.problems import Conflict
from park.accounts.policies import PARK
from profiles import table_words
from profiles.enums import ImportState, RowFate
from profiles.file_types import Refused
from profiles.models import ImportRun
from profiles.permissions.files import can_work_on_files
from profiles.permissions.imports import get_import
from profiles.selectors import imports as selectors
from profiles.services.imports import ImportMoved, apply_import, discard_import, receive_import

TAG = "imports"


class FileSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(help_text=gettext_lazy("An Excel workbook (.xlsx) or .csv, at most 20,000 rows."))


class ImportSerializer(serializers.ModelSerializer[ImportRun]):
    state = serializers.ChoiceField(ImportState.choices)
    problem = serializers.SerializerMethodField(help_text=gettext_lazy("Why the file cannot be read."))
    by = serializers.CharField(source="by.name")
    fates = serializers.SerializerMethodField(help_text=gettext_lazy("How many rows have which fate."))

    class Meta:
        model = ImportRun
        fields = ["uid", "file_name", "sha256", "state", "problem", "by", "created_at", "finished_at"]
        fields += ["rows_total", "rows_done", "fates"]

    def get_problem(self, run: ImportRun) -> str:
        return table_words.refusal(run.problem)

    def get_fates(self, run: ImportRun) -> dict[str, int]:
        return selectors.counts(run)


class ProblemOfCellSerializer(serializers.Serializer[Any]):
    cell = serializers.CharField()
    column = serializers.CharField()
    typed = serializers.CharField()
    text = serializers.CharField()


class ChangeSerializer(serializers.Serializer[Any]):
    column = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class RowSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField(source="row.number")
    uscc = serializers.CharField(source="row.uscc")
    fate = serializers.ChoiceField(RowFate.choices, source="row.fate")
    problems = ProblemOfCellSerializer(many=True)
    changes = ChangeSerializer(many=True)


class RowsSerializer(serializers.Serializer[Any]):
    rows = RowSerializer(many=True)
    next = serializers.IntegerField(allow_null=True, help_text=gettext_lazy("Place of the next row, for `after`."))


class Imports(APIView):
    policy = PARK
    parser_classes = (MultipartParser,)

    @operation(
        gettext_lazy("Send a table of enterprises to be looked through"),
        tag=TAG,
        request=FileSerializer,
        answer=ImportSerializer,
        status=201,
        problems=(400, 403, 404),
        details=gettext_lazy("Nothing is written before it is applied. Ask for it again until its state is “checked”."),
    )
    def post(self, request: Request) -> Response:
        if not can_work_on_files(request.user):
            raise Http404
        form = FileSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        upload = form.validated_data["file"]
        try:
            run = receive_import(file_name=upload.name, stream=upload.file, by=request.user, now=timezone.now())
        except Refused as refused:
            raise ValidationError({"file": [table_words.refusal(refused.reason)]}) from refused
        except OSError as full:
            text = _("The portal cannot store files at the moment. Please try again a little later.")
            raise ValidationError({"file": [text]}) from full
        return Response(ImportSerializer(run).data, status=201)


class OneImport(APIView):
    policy = PARK

    @operation(gettext_lazy("See how an import stands"), tag=TAG, answer=ImportSerializer)
    def get(self, request: Request, uid: str) -> Response:
        return Response(ImportSerializer(get_import(request.user, uid)).data)


class Rows(APIView):
    policy = PARK

    @operation(
        gettext_lazy("List what becomes of the rows of an import"),
        tag=TAG,
        answer=RowsSerializer,
        parameters=[
            OpenApiParameter("fate", str, enum=RowFate.values),
            OpenApiParameter("after", int, description=gettext_lazy("Place of the first row; 0 if left out.")),
        ],
    )
    def get(self, request: Request, uid: str) -> Response:
        run = get_import(request.user, uid)
        fate, after = request.query_params.get("fate", ""), request.query_params.get("after", "0")
        if (fate and fate not in RowFate.values) or not (after.isdecimal() and len(after) < 7):
            raise Http404
        page = selectors.page(run, fate=fate, after=int(after))
        return Response(RowsSerializer({"rows": page.rows, "next": page.next}).data)


class Apply(APIView):
    policy = PARK

    @operation(
        gettext_lazy("Apply an import"), tag=TAG, request=None, answer=ImportSerializer, problems=(403, 404, 409)
    )
    def post(self, request: Request, uid: str) -> Response:
        return _moved(request, uid, apply_import)


class Discard(APIView):
    policy = PARK

    @operation(
        gettext_lazy("Discard an import"), tag=TAG, request=None, answer=ImportSerializer, problems=(403, 404, 409)
    )
    def post(self, request: Request, uid: str) -> Response:
        return _moved(request, uid, discard_import)


def _moved(request: Request, uid: str, act: Any) -> Response:
    run = get_import(request.user, uid)
    try:
        act(run, by=request.user, now=timezone.now())
    except ImportMoved as error:
        raise Conflict from error
    return Response(ImportSerializer(get_import(request.user, uid)).data)
