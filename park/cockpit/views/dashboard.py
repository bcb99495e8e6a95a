"""Where this week will break: the dashboard, and the part of it that a page asks for again."""

import hashlib
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from lifecycle.enums import Stage
from lifecycle.selectors.promises import DAYS, indicators
from park.accounts.http import SignedInRequest
from park.accounts.policies import COCKPIT, LEADERS, allow
from park.cockpit import headings
from park.cockpit.scope import BEFORE_WORDS, NOBODY, PERIOD_WORDS, Scope, read_scope
from park.cockpit.selectors import board as boards
from park.cockpit.selectors import rows
from park.cockpit.selectors.procedures import procedure_names
from park.cockpit.selectors.pulse import pulse
from park.deadlines import guard
from park.deadlines.selectors import calendar
from park.deadlines.workdays import local_day
from park.deadlines.years import missing_year
from park.events.models import Event

HOLD_ROWS = 12


@allow(COCKPIT)
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    scope, now = read_scope(request.GET), timezone.now()
    return render(request, "cockpit/dashboard.html", {**_board(scope, now), "tag": ""})


@allow(COCKPIT)
@require_safe
def version(request: HttpRequest) -> HttpResponse:
    """The board alone, for a page that is open; 304 while nothing has happened in this minute."""
    scope, now = read_scope(request.GET), timezone.now()
    tag = _tag(scope, now)
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    response = render(request, "cockpit/board.html", _board(scope, now))
    response.headers["ETag"] = tag
    return response


@allow(LEADERS)
@require_POST
def accept_clock(request: SignedInRequest) -> HttpResponse:
    """Whoever has compared the server's clock with another says that it is right."""
    if guard.accept(by=request.user, now=timezone.now()):
        messages.success(request, _("The clock is accepted. What is due is judged by it again within seconds."))
    return redirect("cockpit:dashboard")


def _tag(scope: Scope, now: datetime) -> str:
    """Changes with every event and every minute: a clock can become late without anything happening."""
    last = Event.objects.order_by("-pk").values_list("pk", flat=True).first()
    seen = f"{last} {now:%Y%m%d%H%M} {scope.board()} {get_language()}"
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:24]}"'


def _board(scope: Scope, now: datetime) -> dict[str, Any]:
    found = boards.board(now, scope.stretch(now), scope.department)
    in_force = calendar()
    hold = Scope(scope.period, scope.department, "hold")
    held = rows.in_order(rows.clocks_in(hold, now), hold)[:HOLD_ROWS]
    shown = [item for item in found.departments if scope.department in {"", item[0]}]
    weeks = boards.weeks(now, [code for code, _name in shown])
    beat, procedures = pulse(now), procedure_names()
    return {
        "now": now,
        "missing_year": missing_year(local_day(now), in_force),
        "scope": scope,
        "total": headings.Line(found.total(), scope, {}),
        "before": BEFORE_WORDS[scope.period],
        "period_words": PERIOD_WORDS[scope.period],
        "periods": [(scope.board(period=key), words, key == scope.period) for key, words in PERIOD_WORDS.items()],
        "departments": found.departments,
        "department_name": dict(found.departments).get(scope.department, ""),
        "hold": list(rows.rows_of(held, now, in_force)),
        "heat": [headings.HeatRow(code, name, weeks.heat[code], scope) for code, name in shown],
        "weeks": weeks,
        "chart": headings.charted(weeks),
        "procedures": _table(
            found.by("procedure", lambda row: procedures.get(row["procedure"], row["procedure"])),
            scope,
            "procedure",
        ),
        "kinds": _table(found.by("kind", lambda row: boards.in_language(row, "label")), scope, "kind"),
        "stages": _table(found.by("stage", lambda row: _stage(row["stage"])), scope, "stage"),
        "people": _table(found.by("responsible", lambda row: row["person"] or _("nobody yet")), scope, "person"),
        "indicators": indicators(now),
        "days": DAYS,
        "pulse": beat,
        "beats": headings.beats(beat),
        "ladder": headings.ladder(beat),
        "troubles": headings.troubles(beat),
        "board_url": scope.board(),
        "version_url": scope.at("cockpit:version"),
        "export_url": hold.at("cockpit:export"),
    }


def _table(tallies: list[boards.Tally], scope: Scope, narrows: str) -> list[headings.Line]:
    """The rows of a table, each figure leading to its clocks; `narrows` is the part of the scope that a row sets."""
    most = max((tally.open for tally in tallies), default=0)
    return [headings.Line(tally, scope, {narrows: tally.key or NOBODY}, most) for tally in tallies]


def _stage(code: str) -> str:
    return str(Stage(code).label) if code in Stage.values else code
