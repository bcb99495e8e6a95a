from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from lifecycle.enums import Stage
from lifecycle.selectors.catalogue import published_procedures
from lifecycle.selectors.promises import DAYS, often_used, on_the_first_page, promises
from lifecycle.stage_lines import STAGE_LINES
from park.accounts.policies import PUBLIC, allow


@allow(PUBLIC)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    procedures, now = list(published_procedures()), timezone.now()
    promised = promises(procedures, now)
    stages = [
        {"label": stage.label, "line": STAGE_LINES[stage], "procedures": [p for p in procedures if p.stage == stage]}
        for stage in Stage
    ]
    page = {
        "stages": stages,
        "often_used": often_used(procedures, promised),
        "promises": on_the_first_page(promised),
        "days": DAYS,
        "today": now,
    }
    return render(request, "lifecycle/home.html", page)
