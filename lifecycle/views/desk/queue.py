"""The queue: what waits, in the order in which it is due."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from lifecycle import permissions, timeline
from lifecycle.models import SavedFilter
from lifecycle.selectors import queue, queue_counts, work
from lifecycle.selectors.casefile import CaseFile
from lifecycle.selectors.queue import Queue
from lifecycle.selectors.queue_counts import Tally
from lifecycle.selectors.queue_lanes import Key, Reader, Scope, Wanted
from lifecycle.selectors.teams import how_many_put_to
from park.accounts.enums import Role
from park.accounts.http import SignedInRequest
from park.accounts.models import User
from park.accounts.policies import DESK, allow
from park.accounts.templatetags.portal import before_words, made_once
from park.deadlines.selectors import clock_view
from park.deadlines.workdays import local_day
from park.runtime.prepared import Parameter, Prepared
from park.team.models import Specialist

RECENT = 4  # entries of the timeline in the preview
TEXT_LENGTH = 60


@dataclass(frozen=True)
class Rows:
    """`{% include rows %}`: the rows of the queue as HTML."""

    reader: Reader
    wanted: Wanted
    counts: Tally
    found: Queue
    today: date

    def render(self, _context: Any) -> str:
        words = {
            "expected": _("expected"),
            "why": _("Why this date"),
            "no_limit": _("no limit"),
            "if_resumed": _("if resumed today"),
            "watched": _("watched"),
            "not_begun": _("not begun"),
            "unassigned": _("unassigned"),
        }
        return get_template("queue_rows.html", using="compiled").render(
            {
                "rows": self.found.rows,
                "watched": set(self.reader.watched),
                "scope": str(self.wanted.scope),
                "several": len(self.counts.procedures) > 1,
                "say": words,
                "task_path": path_of("desk:task"),
                "preview_path": path_of("desk:preview"),
                "clock_path": path_of("deadlines:clock"),
                "due": cache(lambda instant: before_words(instant, self.today)),
                "light": cache(lambda signal: made_once("components/signal.html", signal=signal)),
                "person": cache(lambda name: made_once("components/person.html", name=name, size="s")),
            }
        )


@allow(DESK)
@require_GET
def show(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    reader = Reader.of(request.user)
    wanted = wanted_by(request.GET, request.user)
    return render(request, "desk/queue.html", _context(request, reader, wanted, now))


@allow(DESK)
@require_GET
def version(request: SignedInRequest) -> HttpResponse:
    """The queue alone, for pages that ask whether it has changed: its counts, or anything in the rows that are shown."""
    now = timezone.now()
    reader = Reader.of(request.user)
    wanted = wanted_by(request.GET, request.user)
    context = _context(request, reader, wanted, now)
    tag = context["tag"]
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers={"ETag": tag})
    response = render(request, "desk/parts/queue.html", context)
    response.headers["ETag"] = tag
    return response


@allow(DESK)
@require_GET
def preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a specialist wants to know before opening a task, as a fragment beside the queue."""
    now = timezone.now()
    task = permissions.get_task(request.user, pk)
    context = {
        "task": task,
        "case": task.case,
        "clock": clock_view(task.clock, now) if task.clock else None,
        "facts": work.facts(task.case),
        "papers": CaseFile(task.case).papers,
        "entries": timeline.entries(task.case, request.user, now)[:RECENT],
        "can_claim": permissions.can_claim(request.user, task),
        "can_transfer": permissions.can_transfer(request.user, task),
        "scope": request.GET.get("scope", ""),
    }
    return render(request, "desk/parts/preview.html", context)


def wanted_by(asked: Mapping[str, str], user: User) -> Wanted:
    """What an address or a form asks for; what makes no sense is left out."""
    text = asked.get("q", "").strip()[:TEXT_LENGTH]
    first = Scope.DEPARTMENT if text or getattr(user, "specialist", None) is None else Scope.MINE
    scope, signal = asked.get("scope", ""), asked.get("signal", "")
    return Wanted(
        scope=Scope(scope) if scope in set(Scope) else first,
        signal=signal if signal in set(queue_counts.SIGNALS) else "",
        procedure=asked.get("procedure", "")[:20],
        text=text,
        after=Key.read(asked.get("after", "")),
        before=Key.read(asked.get("before", "")),
    )


def address(wanted: Wanted) -> str:
    """Where the queue shows that."""
    return reverse("desk:queue") + _url(wanted, signal=wanted.signal)


def _context(request: SignedInRequest, reader: Reader, wanted: Wanted, now: datetime) -> dict[str, Any]:
    counts, specialist = queue_counts.tally(reader, wanted, now), reader.specialist
    found, questions = queue.queue(reader, wanted, now), how_many_put_to(request.user)
    return {
        "wanted": wanted,
        "queue": found,
        "rows": Rows(reader, wanted, counts, found, local_day(now)),
        "counts": counts,
        "title": _scope_name(wanted.scope, specialist),
        "scopes": [
            {
                "url": _url(wanted, scope=s),
                "label": label,
                "count": counts.scopes[s].shown,
                "current": s == wanted.scope,
            }
            for s, label in _scopes(specialist)
        ],
        "filters": _filters(wanted, counts),
        "procedures": counts.procedures,
        "saved": _saved(request.user, wanted),
        "previous_url": _url(wanted, signal=wanted.signal, before=found.previous) if found.previous else "",
        "next_url": _url(wanted, signal=wanted.signal, after=found.next) if found.next else "",
        "others": queue.other_cases(request.user, wanted.text, found.rows),
        "questions": questions,
        "query": _url(wanted, signal=wanted.signal, after=wanted.after, before=wanted.before),
        "tag": _tag(counts, found, questions, request, now),
        "is_manager": request.user.role == Role.MANAGER,
    }


def _scopes(specialist: Specialist | None) -> list[tuple[Scope, str]]:
    mine = [(Scope.MINE, _("Mine"))] if specialist else []
    return [
        *mine,
        (Scope.DEPARTMENT, _("My department") if specialist else _("All departments")),
        (Scope.UNASSIGNED, _("Unassigned")),
        (Scope.WATCHED, _("Watched")),
    ]


def _scope_name(scope: Scope, specialist: Specialist | None) -> str:
    if scope == Scope.DEPARTMENT and specialist:
        return specialist.department.name
    return _("Mine") if scope == Scope.MINE else dict(_scopes(specialist))[scope]


def _filters(wanted: Wanted, counts: Tally) -> list[dict[str, Any]]:
    everything = {"url": _url(wanted), "label": _("All"), "count": counts.total.shown, "current": not wanted.signal}
    return [
        everything,
        *(
            {
                "url": _url(wanted, signal=signal),
                "signal": str(signal),
                "count": counts.signals[signal].shown,
                "current": signal == wanted.signal,
            }
            for signal in queue_counts.SIGNALS
        ),
    ]


KEPT: Prepared[SavedFilter] = Prepared("queue_views", lambda: SavedFilter.objects.filter(user=Parameter("user")))


def _saved(user: User, wanted: Wanted) -> list[dict[str, Any]]:
    kept = KEPT.objects(user=user.pk)
    asked = [
        (one, Wanted(Scope(one.scope), one.signal, one.procedure, one.text)) for one in kept if one.scope in set(Scope)
    ]
    now = replace(wanted, after=None, before=None)
    return [{"pk": one.pk, "name": one.name, "url": address(what), "current": what == now} for one, what in asked]


def path_of(name: str) -> str:
    """The address of something by its number, with %d in the place of the number; where a page names many of a kind."""
    return reverse(name, args=[0]).replace("/0/", "/%d/")


def _url(wanted: Wanted, **changed: Any) -> str:
    parts = {"scope": wanted.scope, "procedure": wanted.procedure, "q": wanted.text} | changed
    return "?" + urlencode({name: str(value) for name, value in parts.items() if value})


def _tag(counts: Tally, found: Queue, questions: int, request: SignedInRequest, now: datetime) -> str:
    rows = [
        (row.task.pk, row.task.state, row.task.assignee_id, row.task.place_at, row.clock.signal if row.clock else "")
        for row in found.rows
    ]
    numbers = [count.shown for count in (*counts.scopes.values(), *counts.signals.values())]
    procedures = [(code, count.shown) for code, (_name, count) in counts.procedures.items()]
    seen = f"{rows}{numbers}{questions}{procedures}{local_day(now)}{get_language()}{request.user.pk}"
    return f'"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'
