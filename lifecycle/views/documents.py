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
from profiles.views.documents import is_inline, sent


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
    inline = is_inline(request, document)
    return sent(document, hand_out(case, document, by=request.user, now=now, inline=inline), inline=inline)
