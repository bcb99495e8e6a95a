"""How operations of the API describe themselves, in the reader's language."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers

from park.accounts.api.problems import MEANINGS


class ProblemSerializer(serializers.Serializer[Any]):
    """An error as problem details (RFC 9457), sent as application/problem+json."""

    type = serializers.CharField(help_text="urn:park:problem:…")
    title = serializers.CharField()
    status = serializers.IntegerField()
    instance = serializers.CharField()
    errors = serializers.DictField(required=False)  # type: ignore[assignment]  # a field of that name


def operation(
    summary: Any,
    *,
    tag: str,
    answer: Any = None,
    status: int = 200,
    problems: tuple[int, ...] = (403, 404),
    details: Any = "",
    media: str = "application/json",
    **extra: Any,
) -> Callable[[Any], Any]:
    """Describe one operation: what it does, what it answers with, and which problems it may end in."""
    answers: dict[Any, Any] = {(status, media): answer}
    for code in sorted({401, *problems} if "auth" not in extra else set(problems)):
        answers[code, "application/problem+json"] = OpenApiResponse(ProblemSerializer, MEANINGS[code])
    return extend_schema(summary=summary, description=details or summary, tags=[tag], responses=answers, **extra)
