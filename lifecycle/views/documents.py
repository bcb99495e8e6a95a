"""Downloads of a case, for both of its sides. Each is written into the log."""

from datetime import datetime

from django.http import FileResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from lifecycle.models import Case
from lifecycle.permissions import get_case, get_case_document, get_version
from lifecycle.services.documents import hand_out
from park.accounts.http import SignedInRequest
from park.accounts.policies import CASE_SIDES, allow
from profiles.models import Document

# What a browser shows by itself without running anything from it.
SHOWN = frozenset({"application/pdf", "image/jpeg", "image/png"})
# No script, no other address, and only our own pages may frame it. A PDF gets no sandbox: browsers refuse to show it then.
CONTENT_POLICY = (
    "default-src 'none'; img-src 'self'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)


@allow(CASE_SIDES)
@require_safe
def version_file(request: SignedInRequest, uid: str, pk: int) -> FileResponse:
    version = get_version(request.user, uid, pk)
    return _send(request, version.material.case, version.document, timezone.now())


@allow(CASE_SIDES)
@require_safe
def document(request: SignedInRequest, uid: str, pk: int) -> FileResponse:
    """The agreement or the licence."""
    found = get_case_document(request.user, uid, pk)
    return _send(request, get_case(request.user, uid), found, timezone.now())


def _send(request: SignedInRequest, case: Case, document: Document, now: datetime) -> FileResponse:
    inline = "inline" in request.GET and document.content_type in SHOWN
    response = FileResponse(
        hand_out(case, document, by=request.user, now=now, inline=inline),
        as_attachment=not inline,
        filename=document.file_name,
        content_type=document.content_type,
    )
    sandbox = "" if document.content_type == "application/pdf" else "; sandbox"
    response["Content-Security-Policy"] = CONTENT_POLICY + sandbox
    response["X-Content-Type-Options"] = "nosniff"
    response["X-Frame-Options"] = "SAMEORIGIN" if inline else "DENY"
    return response
