from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lifecycle.enums import Stage
from lifecycle.selectors.catalogue import published_procedures
from lifecycle.selectors.promises import DAYS, promises
from lifecycle.stage_lines import STAGE_LINES
from park.accounts.policies import PUBLIC, allow


@allow(PUBLIC)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    procedures = list(published_procedures())
    stages = [
        {"label": stage.label, "line": STAGE_LINES[stage], "procedures": [p for p in procedures if p.stage == stage]}
        for stage in Stage
    ]
    page = {
        "stages": stages,
        "procedures": procedures,
        "promises": promises(procedures, timezone.now()),
        "days": DAYS,
        "today": timezone.now(),
    }
    return render(request, "lifecycle/home.html", page)
