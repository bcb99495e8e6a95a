"""Answers to questions of the service standard, in the shape that the forms of the pages give them."""

from typing import Any

from django.core.exceptions import ValidationError as FieldError
from django.forms import DecimalField, Field
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from lifecycle.forms.application import ChoicesField, YesNoField, field_of


@extend_schema_field(OpenApiTypes.OBJECT)
class AnswersField(serializers.JSONField):
    """Values by the codes of the questions, which the context holds as `questions`; in a form, as JSON."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        # what is JSON already is judged value by value, so that the error stands beside its name
        given = data if isinstance(data, dict) else super().to_internal_value(data)
        if not isinstance(given, dict):
            raise serializers.ValidationError(_("Please give the answers by their names."))
        fields = {question.code: field_of(question) for question in self.context["questions"]}
        kept: dict[str, Any] = {}
        errors: dict[str, list[str]] = {}
        for name, value in given.items():
            try:
                kept[name] = _typed(fields.get(name), value)
            except FieldError as error:
                errors[name] = error.messages
        if errors:
            raise serializers.ValidationError(errors)
        return kept


def _typed(field: Field | None, value: Any) -> Any:
    if field is None:
        raise FieldError(_("There is no such question."))
    if value in (None, ""):
        return ""
    # fields of forms are made for text and would take True for "True"
    if isinstance(field, YesNoField):
        if not isinstance(value, bool):
            raise FieldError(_("Please give true or false."))
        return value
    if isinstance(field, ChoicesField):
        if not isinstance(value, list):
            raise FieldError(_("Please give a list of codes."))
        return field.clean(value)
    is_number = isinstance(field, DecimalField) and isinstance(value, int | float) and not isinstance(value, bool)
    if not (isinstance(value, str) or is_number):
        raise FieldError(_("Please give the answer as text."))
    return field.clean(value)
