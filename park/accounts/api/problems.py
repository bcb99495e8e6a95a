"""Errors of the API as problem details (RFC 9457)."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

CONTENT_TYPE = "application/problem+json"
MEANINGS: dict[int, Any] = {
    400: gettext_lazy("Something in the request is missing or wrong; `errors` names each field."),
    401: gettext_lazy("No valid token and no session."),
    403: gettext_lazy("The role, or the person, may not do this."),
    404: gettext_lazy("There is no such thing, or it is not yours to see."),
    409: gettext_lazy("The thing has moved on since you looked at it. Read it again."),
}


class Conflict(APIException):
    """The thing has moved on since the caller looked at it."""

    status_code = 409
    default_code = "conflict"
    default_detail = MEANINGS[409]


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: same statuses, body as `application/problem+json` with fields beside their messages."""
    response = exception_handler(error, context)
    if response is None:
        return None
    set_rollback()
    if isinstance(error, ValidationError):
        title, code = _("Some fields need your attention."), "invalid"
    elif isinstance(error, Http404):
        title, code = _("Not found."), "not_found"
    elif isinstance(error, PermissionDenied):
        title, code = _("Not allowed."), "permission_denied"
    else:
        title, code = str(getattr(error, "detail", error)), getattr(error, "default_code", "error")
    body = problem(response.status_code, code, title, context["request"].path)
    if isinstance(error, ValidationError):
        detail = response.data
        body["errors"] = detail if isinstance(detail, dict) else {"non_field_errors": detail}
    response.data = body
    response.content_type = CONTENT_TYPE
    return response


def problem(status: int, code: str, title: str, path: str) -> dict[str, Any]:
    """The members that every problem has; `path` is the address that was called."""
    return {"type": f"urn:park:problem:{code}", "title": title, "status": status, "instance": path}
