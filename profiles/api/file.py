"""The file of an enterprise: who it is, every value that counts with its source, and the facts that follow."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from park.accounts.api.documentation import operation
from park.accounts.enums import Role
from park.accounts.models import Enterprise, User
from park.accounts.policies import FILE_SIDES, PARK
from profiles import facts, items
from profiles.enums import ValueSource
from profiles.models import UNDATED, FactSheet, ProfileValue
from profiles.permissions.files import get_file, get_value
from profiles.services.values import Said, accept_value, fitting, record_values

TAG = "files"
MOST_AT_ONCE = 200
# What the park thinks of an enterprise, which its own people are not shown.
PARKS_OWN = {"is_key"}


class ValueSerializer(serializers.ModelSerializer):
    """One value as one source gave it."""

    value = serializers.SerializerMethodField("shown")
    unit = serializers.SerializerMethodField()

    class Meta:
        model = ProfileValue
        fields = ["id", "item", "year", "value", "unit", "currency", "source", "said_at", "note", "is_accepted"]

    @extend_schema_field(str)
    def shown(self, row: ProfileValue) -> Any:
        """Numbers as text, so that none is rounded; days as YYYY-MM-DD."""
        return format(row.number, "f") if row.number is not None else row.value

    def get_unit(self, row: ProfileValue) -> str:
        item = items.items().get(row.item)
        return (item.unit or "") if item else ""


class FileSerializer(serializers.ModelSerializer):
    """An enterprise with the values that count and its facts; a fact that is null is not known."""

    values = ValueSerializer(many=True, source="accepted")
    facts = serializers.SerializerMethodField()

    class Meta:
        model = Enterprise
        fields = ["id", "name_zh", "name_en", "uscc", "is_forming", "values", "facts"]

    @extend_schema_field(dict[str, Any])
    def get_facts(self, enterprise: Enterprise) -> dict[str, Any]:
        row = FactSheet.objects.filter(enterprise=enterprise).values().first()
        own_matters = set() if self.context.get("at_desk") else PARKS_OWN
        return {name: facts.value_of(name, row) for name in facts.facts() if name not in own_matters} if row else {}


class SaidSerializer(serializers.Serializer):
    """One value to be kept; `value` as the item's kind asks for it, ratios as 0..1."""

    item = serializers.CharField(max_length=60)
    year = serializers.IntegerField(min_value=0, max_value=2200, default=UNDATED)
    value = serializers.CharField(max_length=200)
    currency = serializers.CharField(max_length=3, default="", allow_blank=True)

    def validate(self, data: dict[str, Any]) -> Said:
        item = items.items().get(data["item"])
        if item is None:
            raise ValidationError({"item": [_("A file has no such item.")]})
        fields: dict[str, serializers.Field] = {
            "number": serializers.DecimalField(max_digits=20, decimal_places=4),
            "day": serializers.DateField(),
            "flag": serializers.BooleanField(),
            "text": serializers.CharField(max_length=200),
        }
        try:
            content = fields[item.column].run_validation(data["value"])
        except ValidationError as error:
            raise ValidationError({"value": error.detail}) from error
        said = Said(item.code, content, data["year"], data["currency"])
        try:
            fitting(said)
        except ValueError as error:
            raise ValidationError({"value": [_("This does not fit the item, its year or its choices.")]}) from error
        return said


class SaidListSerializer(serializers.Serializer):
    """What one source says. Enterprises always speak for themselves; `source` is for the park."""

    source = serializers.ChoiceField(  # type: ignore[assignment]  # a field of that name
        choices=[ValueSource.DOCUMENT, ValueSource.VISIT, ValueSource.REGISTRY], required=False
    )
    note = serializers.CharField(max_length=300, default="", allow_blank=True)
    values = SaidSerializer(many=True, allow_empty=False)

    def validate_values(self, said: list[Said]) -> list[Said]:
        if len(said) > MOST_AT_ONCE:
            raise ValidationError(_("At most %(most)s values at once.") % {"most": MOST_AT_ONCE})
        return said


def full(enterprise: Enterprise, user: User) -> dict[str, Any]:
    rows = ProfileValue.objects.filter(enterprise=enterprise, is_accepted=True).order_by("item", "year")
    enterprise.accepted = list(rows)  # type: ignore[attr-defined]
    return FileSerializer(enterprise, context={"at_desk": user.role != Role.ENTERPRISE}).data


class OneFile(APIView):
    policy = FILE_SIDES

    @operation(gettext_lazy("Show the file of an enterprise"), tag=TAG, answer=FileSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(full(get_file(request.user, pk), request.user))


class Values(APIView):
    policy = FILE_SIDES

    @operation(
        gettext_lazy("List all that was ever said of one item"),
        tag=TAG,
        operation_id="v1_enterprises_history",
        answer=ValueSerializer(many=True),
    )
    def get(self, request: Request, pk: int, item: str) -> Response:
        rows = ProfileValue.objects.filter(enterprise=get_file(request.user, pk), item=item)
        return Response(ValueSerializer(rows.order_by("-year", "-said_at", "-pk"), many=True).data)


class Say(APIView):
    policy = FILE_SIDES

    @operation(
        gettext_lazy("Keep values that one source gives"),
        tag=TAG,
        request=SaidListSerializer,
        answer=FileSerializer,
        problems=(400, 403, 404),
    )
    def post(self, request: Request, pk: int) -> Response:
        enterprise = get_file(request.user, pk)
        form = SaidListSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        is_own = request.user.role == Role.ENTERPRISE
        source = ValueSource.ENTERPRISE if is_own else ValueSource(given.get("source", ValueSource.DOCUMENT))
        now = timezone.now()
        record_values(enterprise, given["values"], source=source, by=request.user, now=now, note=given["note"])
        return Response(full(enterprise, request.user))


class Accept(APIView):
    policy = PARK

    @operation(
        gettext_lazy("Let one of several values count"),
        tag=TAG,
        request=None,
        answer=FileSerializer,
        problems=(403, 404),
    )
    def post(self, request: Request, pk: int, value: int) -> Response:
        enterprise = get_file(request.user, pk)
        accept_value(get_value(enterprise, value), by=request.user, now=timezone.now())
        return Response(full(enterprise, request.user))
