from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from lifecycle.enums import Verdict
from lifecycle.models import CorrectionItem, CorrectionNotice, Material, MaterialVersion


class VersionSerializer(serializers.ModelSerializer[MaterialVersion]):
    file_name = serializers.CharField(source="document.file_name")
    content_type = serializers.CharField(source="document.content_type")
    size = serializers.IntegerField(source="document.size", help_text=gettext_lazy("Bytes"))
    sha256 = serializers.CharField(source="document.sha256")

    class Meta:
        model = MaterialVersion
        fields = ["id", "number", "file_name", "content_type", "size", "sha256", "from_file", "added_at"]
        read_only_fields = fields


class MaterialSerializer(serializers.ModelSerializer[Material]):
    requirement = serializers.CharField(source="requirement.code")
    name = serializers.CharField(source="requirement.name")
    verdict = serializers.ChoiceField(Verdict.choices)
    versions = VersionSerializer(many=True)

    class Meta:
        model = Material
        fields = ["id", "requirement", "name", "verdict", "verdict_note", "versions"]
        read_only_fields = fields


class HandInSerializer(serializers.Serializer[Any]):
    requirement = serializers.CharField(
        max_length=20, help_text=gettext_lazy("Code of the required material, such as MAT-ART.")
    )
    file = serializers.FileField(required=False, allow_empty_file=True)
    document = serializers.IntegerField(
        required=False,
        help_text=gettext_lazy("Instead of a file: number of a document that your enterprise's file holds."),
    )

    def validate(self, data: dict[str, Any]) -> dict[str, Any]:
        if ("file" in data) == ("document" in data):
            raise serializers.ValidationError({"file": [_("Please give a file or the number of a document.")]})
        return data


class CorrectionItemSerializer(serializers.ModelSerializer[CorrectionItem]):
    requirement = serializers.CharField(source="material.requirement.code")
    name = serializers.CharField(source="material.requirement.name")

    class Meta:
        model = CorrectionItem
        fields = ["id", "requirement", "name", "text", "done_at", "settled_at"]
        read_only_fields = fields


class CorrectionSerializer(serializers.ModelSerializer[CorrectionNotice]):
    items = CorrectionItemSerializer(many=True)

    class Meta:
        model = CorrectionNotice
        fields = ["issued_at", "answered_at", "items"]
        read_only_fields = fields
