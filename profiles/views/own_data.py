"""What the portal holds on an enterprise and the person who asks, to be taken away."""

import tempfile

from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.timezone import localtime
from django.views.decorators.http import require_POST, require_safe

from park.accounts.http import SignedInRequest
from park.accounts.policies import ENTERPRISE, allow
from profiles.permissions.files import visible_enterprises
from profiles.services.own_data import take_own_data, write_archive

IN_MEMORY = 4 * 1024 * 1024


@allow(ENTERPRISE)
@require_safe
def show(request: SignedInRequest) -> HttpResponse:
    return render(request, "profiles/own_data.html", {"enterprises": list(visible_enterprises(request.user))})


@allow(ENTERPRISE)
@require_POST
def take(request: SignedInRequest) -> FileResponse:
    now = timezone.now()
    data = take_own_data(by=request.user, now=now)
    made = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed with the response
    write_archive(made, data)
    made.seek(0)
    name = f"our-data-{localtime(now):%Y%m%d-%H%M}.zip"
    return FileResponse(made, as_attachment=True, filename=name, content_type="application/zip")
