"""Enterprises as a workbook."""

import tempfile

from django.http import FileResponse, Http404
from django.utils import timezone
from django.utils.timezone import localtime
from django.views.decorators.http import require_safe

from park.accounts.http import SignedInRequest
from park.accounts.policies import PARK, allow
from profiles.permissions.files import can_work_on_files
from profiles.services.exports import export_enterprises
from profiles.workbooks import XLSX

MOST_IDS, IN_MEMORY = 5000, 4 * 1024 * 1024


@allow(PARK)
@require_safe
def companies(request: SignedInRequest) -> FileResponse:
    """All that a person sees, or those that the words `q` or the numbers `id` choose."""
    if not can_work_on_files(request.user):
        raise Http404
    now = timezone.now()
    ids = [int(text) for text in request.GET.getlist("id")[:MOST_IDS] if text.isdecimal() and len(text) < 19]
    made = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed with the response
    export_enterprises(made, q=request.GET.get("q", "").strip()[:60], ids=ids, by=request.user, now=now)
    made.seek(0)
    name = f"enterprises-{localtime(now):%Y%m%d-%H%M}.xlsx"
    return FileResponse(made, as_attachment=True, filename=name, content_type=XLSX)
