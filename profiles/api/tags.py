"""Tags of an enterprise, the rules by which they come, and criteria tried out."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from park.accounts.api.documentation import operation
from park.accounts.enums import Role
from park.accounts.policies import CASE_SIDES
from park.deadlines.workdays import local_day
from profiles.api.file import PARKS_OWN
from profiles.criteria import Invalid, parse, to_data
from profiles.criteria_judging import Outcome
from profiles.criteria_words import Line, describe, sentence
from profiles.enums import TagGroup, TagOrigin
from profiles.models import Tag, TagRule
from profiles.permissions.files import get_file
from profiles.permissions.tags import visible_rules
from profiles.selectors.tags import JudgedLine, judged, row_of, tag_names

TAG = "tags"


class TagSerializer(serializers.ModelSerializer[Tag]):
    tag = serializers.CharField(source="rule.code")
    name_zh = serializers.CharField(source="rule.name_zh")
    name_en = serializers.CharField(source="rule.name_en")
    origin = serializers.ChoiceField(TagOrigin.choices)
    evidence = serializers.DictField(
        help_text=gettext_lazy("The facts that the rule names, as they were; numbers and days as text.")
    )

    class Meta:
        model = Tag
        fields = ["tag", "name_zh", "name_en", "origin", "since", "expires_on", "number", "reason", "evidence"]


class TagRuleSerializer(serializers.ModelSerializer[TagRule]):
    group = serializers.ChoiceField(TagGroup.choices)
    criterion = serializers.DictField(
        allow_null=True, help_text=gettext_lazy("Null: the tag comes by certificate or by hand alone.")
    )

    class Meta:
        model = TagRule
        fields = ["code", "name_zh", "name_en", "group", "criterion", "basis_zh", "basis_en", "is_active"]


class CheckSerializer(serializers.Serializer[Any]):
    criterion = serializers.JSONField(
        help_text=gettext_lazy("A tree of all, any, not and conditions of fact, op and value.")
    )
    enterprise = serializers.IntegerField(
        required=False, allow_null=True, default=None, help_text=gettext_lazy("Judge this enterprise by it as well.")
    )


class CheckedSerializer(serializers.Serializer[Any]):
    criterion = serializers.DictField(help_text=gettext_lazy("As it was understood."))
    sentence = serializers.CharField()
    lines = serializers.SerializerMethodField()
    outcome = serializers.ChoiceField(
        [(str(one), str(one)) for one in Outcome], allow_null=True, help_text=gettext_lazy("Null: nobody was judged.")
    )

    @extend_schema_field(serializers.DictField())
    def get_lines(self, checked: Mapping[str, Any]) -> dict[str, Any]:
        return _plain(checked["line"])


class TagsOfEnterprise(APIView):
    policy = CASE_SIDES

    @operation(gettext_lazy("List the tags of an enterprise"), tag=TAG, answer=TagSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        held = Tag.objects.open().filter(enterprise=get_file(request.user, pk)).select_related("rule")
        rows = [dict(row) for row in TagSerializer(held.order_by("rule__order", "origin"), many=True).data]
        if request.user.role == Role.ENTERPRISE:
            rows = [{**row, "reason": ""} for row in rows]  # what the park wrote for itself
        return Response(rows)


class TagRules(APIView):
    policy = CASE_SIDES

    @operation(
        gettext_lazy("List the tags and their rules"), tag=TAG, answer=TagRuleSerializer(many=True), problems=(403,)
    )
    def get(self, request: Request) -> Response:
        return Response(TagRuleSerializer(visible_rules(), many=True).data)


class CheckCriterion(APIView):
    policy = CASE_SIDES

    @operation(
        gettext_lazy("Check a criterion"),
        tag=TAG,
        operation_id="v1_criteria_check",
        request=CheckSerializer,
        answer=CheckedSerializer,
        problems=(400, 403, 404),
        details=gettext_lazy(
            "Says what is wrong with it, each with its place; else how it reads, and for an enterprise how it is judged, what "
            "the facts are and what is missing. Nothing is kept."
        ),
    )
    def post(self, request: Request) -> Response:
        given = CheckSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        names, pk = tag_names(), given.validated_data["enterprise"]
        enterprise = get_file(request.user, pk) if pk is not None else None
        try:
            criterion = parse(given.validated_data["criterion"], names.keys())
        except Invalid as invalid:
            raise ValidationError({f"criterion{one.pointer}": [one.text] for one in invalid.problems}) from invalid
        line: Line | JudgedLine = describe(criterion, names)
        if enterprise is not None:
            row = row_of(enterprise)
            if request.user.role == Role.ENTERPRISE:
                row = {**row, **dict.fromkeys(PARKS_OWN)}
            line = judged(criterion, row, local_day(timezone.now()), names)
        found = {
            "criterion": to_data(criterion),
            "sentence": sentence(criterion, names),
            "line": line,
            "outcome": getattr(line, "outcome", None),
        }
        return Response(CheckedSerializer(found).data)


def _plain(line: Line | JudgedLine) -> dict[str, Any]:
    said: dict[str, Any] = {"how": line.how, "words": line.words, "original": line.original}
    if isinstance(line, JudgedLine):
        said |= {"outcome": line.outcome, "actual": line.actual, "missing": line.missing}
    return said | {"parts": [_plain(part) for part in line.parts]}
