"""What machines ask: is the process alive, can it serve, are the deadlines being kept. Short answers, for everybody.

`live` touches nothing; `ready` asks the database and whether its tables are those of this version; `deadlines` is 503 while
sweep, rungs or mail are late or the clock has jumped, by the same rules as the managers' page.
"""

import logging

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from park.accounts.policies import PUBLIC, allow
from park.cockpit.selectors.pulse import pulse

logger = logging.getLogger(__name__)


@allow(PUBLIC)
@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    return _answer([])


@allow(PUBLIC)
@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except Error:
        logger.exception("the database does not answer")
        return _answer(["database"])
    return _answer(["migrations"] if waiting else [])


@allow(PUBLIC)
@never_cache
@require_safe
def deadlines(request: HttpRequest) -> JsonResponse:
    try:
        found = pulse(timezone.now())
    except Error:
        logger.exception("the database does not answer")
        return _answer(["database"])
    late = {
        "clock": found.is_held,
        "sweep": found.sweep_is_late,
        "rungs": found.rung_is_late,
        "mail": found.mail_is_late,
    }
    return _answer([name for name, is_late in late.items() if is_late])


def _answer(late: list[str]) -> JsonResponse:
    """`late` names what is not well; nothing else about the inside is said."""
    if late:
        return JsonResponse({"status": "unavailable", "because": late}, status=503)
    return JsonResponse({"status": "ok"})


urlpatterns = [
    path("live", live, name="healthz_live"),
    path("ready", ready, name="healthz_ready"),
    path("deadlines", deadlines, name="healthz_deadlines"),
]
