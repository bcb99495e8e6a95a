from typing import Any

from rest_framework import serializers

from lifecycle.enums import AnswerKind, BegunBy, Stage, Work
from lifecycle.models import MaterialRequirement, Milestone, Node, Procedure, Question, Section
from park.deadlines.enums import Unit


class QuestionSerializer(serializers.ModelSerializer[Question]):
    kind = serializers.ChoiceField(AnswerKind.choices)

    class Meta:
        model = Question
        fields = ["code", "kind", "name_zh", "name_en", "hint_zh", "hint_en", "is_required", "options"]
        read_only_fields = fields


class SectionSerializer(serializers.ModelSerializer[Section]):
    questions = QuestionSerializer(many=True)

    class Meta:
        model = Section
        fields = ["code", "name_zh", "name_en", "questions"]
        read_only_fields = fields


class DepartmentSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()


class NodeSerializer(serializers.ModelSerializer[Node]):
    work = serializers.ChoiceField(Work.choices)
    unit = serializers.ChoiceField(Unit.choices)
    department = DepartmentSerializer(allow_null=True)
    after: serializers.SlugRelatedField = serializers.SlugRelatedField(
        "code", many=True, read_only=True, source="predecessors"
    )

    class Meta:
        model = Node
        fields = [
            "code",
            "name_zh",
            "name_en",
            "work",
            "department",
            "needs_signatory",
            "condition",
            "after",
            "is_key",
            "amount",
            "unit",
            "source",
            "statutory_amount",
            "statutory_unit",
            "statutory_source",
            "pause_reasons",
        ]
        read_only_fields = fields


class MilestoneSerializer(serializers.ModelSerializer[Milestone]):
    unit = serializers.ChoiceField(Unit.choices)
    after = serializers.CharField(source="after.code", default=None)
    until = serializers.CharField(source="until.code", default=None)

    class Meta:
        model = Milestone
        fields = ["kind", "name_zh", "name_en", "after", "until", "amount", "unit", "source"]
        read_only_fields = fields


class RequirementSerializer(serializers.ModelSerializer[MaterialRequirement]):
    class Meta:
        model = MaterialRequirement
        fields = [
            "code",
            "name_zh",
            "name_en",
            "hint_zh",
            "hint_en",
            "condition",
            "is_optional",
            "formats",
            "is_reusable",
        ]
        read_only_fields = fields


class ProcedureSerializer(serializers.ModelSerializer[Procedure]):
    stage = serializers.ChoiceField(Stage.choices)
    begun_by = serializers.ChoiceField(BegunBy.choices)
    standard_version = serializers.IntegerField(source="standard_id")

    class Meta:
        model = Procedure
        fields = [
            "code",
            "name_zh",
            "name_en",
            "stage",
            "standard_version",
            "summary_zh",
            "summary_en",
            "applicants_zh",
            "applicants_en",
            "only_forming",
            "only_registered",
            "begun_by",
            "condition",
        ]
        read_only_fields = fields


class FullProcedureSerializer(ProcedureSerializer):
    sections = SectionSerializer(many=True)
    nodes = NodeSerializer(many=True)
    milestones = MilestoneSerializer(many=True)
    materials = RequirementSerializer(many=True, source="requirements")

    class Meta(ProcedureSerializer.Meta):
        fields = [*ProcedureSerializer.Meta.fields, "sections", "nodes", "milestones", "materials"]
        read_only_fields = fields
