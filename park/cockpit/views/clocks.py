"""The clocks behind a number, on a page and as a file."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lifecycle.enums import Stage
from park.accounts.http import SignedInRequest
from park.accounts.policies import COCKPIT, allow
from park.accounts.spreadsheet import lines
from park.cockpit import headings
from park.cockpit.scope import read_scope
from park.cockpit.selectors import rows
from park.cockpit.selectors.procedures import procedure_names
from park.deadlines.selectors import calendar
from park.events import services as events


@allow(COCKPIT)
@require_safe
def clocks(request: HttpRequest) -> HttpResponse:
    """The list behind a figure; 50 rows a page, by position."""
    scope, now = read_scope(request.GET), timezone.now()
    try:
        page = rows.page(scope, now, calendar(), request.GET.get("after", ""))
    except ValueError:
        raise Http404("no such page") from None
    context = {
        "now": now,
        "scope": scope,
        "page": page,
        "figures": headings.figures(scope),
        "crumbs": [
            {"url": scope.board(), "label": _("Deadlines")},
            {"label": headings.FIGURE_WORDS[scope.figure]},
        ],
        "title": headings.FIGURE_WORDS[scope.figure],
        "narrowed": headings.narrowed(scope, page.rows, procedure_names() if scope.procedure else {}),
        "board_url": scope.board(),
        "export_url": scope.at("cockpit:export"),
        "next_url": f"{scope.at('cockpit:clocks')}{'&' if scope.query() else '?'}after={page.after}"
        if page.after
        else "",
    }
    return render(request, "cockpit/clocks.html", context)


@allow(COCKPIT)
@require_safe
def export(request: SignedInRequest) -> HttpResponse:
    """The whole list as CSV; the log keeps who took it out."""
    scope, now = read_scope(request.GET), timezone.now()
    found = rows.in_order(rows.clocks_in(scope, now), scope).iterator(chunk_size=500)
    procedures = procedure_names()
    body = lines(_head(), (_cells(row, procedures) for row in rows.rows_of(found, now, calendar())))
    # not streamed: a stream is read after the request, when the reader's language is no longer active
    response = HttpResponse("".join(body), content_type="text/csv; charset=utf-8")
    with transaction.atomic():
        events.record(
            "clocks.exported", subject=request.user, by=request.user, at=now, internal=True, query=scope.query()
        )
    response.headers["Content-Disposition"] = f'attachment; filename="clocks-{localtime(now):%Y%m%d-%H%M}.csv"'
    return response


def _head() -> list[str]:
    return [
        _("reference number"),
        _("enterprise"),
        _("procedure"),
        _("stage"),
        _("limit"),
        _("department"),
        _("responsible"),
        _("started"),
        _("first promise"),
        _("due"),
        _("due without the extension"),
        _("state"),
        _("working days left"),
        _("stopped"),
    ]


def _cells(row: rows.Row, procedures: Mapping[str, str]) -> Sequence[object]:
    clock = row.clock
    at = [f"{localtime(moment):%Y-%m-%d %H:%M}" for moment in (clock.started_at, clock.first_due_at, row.due_at)]
    return [
        row.case.reference if row.case else "",
        clock.enterprise,
        procedures.get(clock.procedure, clock.procedure),
        Stage(clock.stage).label if clock.stage in Stage.values else clock.stage,
        clock.label,
        clock.department,
        clock.responsible,
        *at,
        f"{localtime(clock.promised_at):%Y-%m-%d %H:%M}" if clock.promised_at else "",
        clock.get_state_display(),
        row.left if clock.is_open else "",
        f"{localtime(clock.stopped_at):%Y-%m-%d %H:%M}" if clock.stopped_at else "",
    ]
