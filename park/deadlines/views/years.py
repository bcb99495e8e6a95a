"""The working calendar for those who look after it: its years, a notice read and shown before it counts, its effect."""

import calendar as months
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from park.accounts.http import SignedInRequest
from park.accounts.policies import LEADERS, allow
from park.deadlines import redating, selectors, workdays
from park.deadlines import years as calendar_years
from park.deadlines.forms import NoticeForm, why_refused
from park.deadlines.models import CalendarChange, CalendarYear
from park.deadlines.workdays import local_day
from park.deadlines.years import ChangeUnderWay, YearRefused

UNPROCESSABLE = 422
SHOWN_BEFORE, SHOWN_AFTER = 2, 3


@dataclass(frozen=True)
class Cell:
    """One day of a year as a calendar shows it; without a day, the room before the first or after the last."""

    day: date | None
    kind: str = ""
    note: str = ""


@dataclass(frozen=True)
class Month:
    first: date
    weeks: list[list[Cell]]


def months_of(calendar: workdays.Calendar, year: int) -> Iterator[Month]:
    """The twelve months of a year, in weeks from Monday on."""
    for number in range(1, 13):
        weeks = months.Calendar().monthdatescalendar(year, number)
        yield Month(
            date(year, number, 1),
            [[_cell(calendar, day) if day.month == number else Cell(None) for day in week] for week in weeks],
        )


@allow(LEADERS)
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    return _overview(request, NoticeForm())


@allow(LEADERS)
@require_POST
def read(request: SignedInRequest) -> HttpResponse:
    """Read a notice and show the year and its effect. Nothing is written."""
    form = NoticeForm(request.POST, request.FILES)
    if not form.is_valid():
        return _overview(request, form)
    try:
        proposal = calendar_years.propose(
            form.notice, replacing=form.notice.year if form.cleaned_data["replace"] else None
        )
    except YearRefused as refused:
        form.add_error("text", why_refused(refused))
        return _overview(request, form)
    effect = redating.preview(proposal.old, proposal.new, timezone.now())
    context = {
        "notice": form.notice,
        "text": form.cleaned_data["text"],
        "replace": form.cleaned_data["replace"],
        "effect": effect,
        "months": list(months_of(proposal.new, proposal.year)),
        "crumbs": _crumbs(str(proposal.year)),
    }
    return render(request, "deadlines/proposal.html", context)


@allow(LEADERS)
@require_POST
def apply(request: SignedInRequest) -> HttpResponse:
    """What was read and shown counts from now on; open clocks are dated anew in the background."""
    form = NoticeForm(request.POST)
    if not form.is_valid():
        return _overview(request, form)
    replacing = form.notice.year if form.cleaned_data["replace"] else None
    try:
        calendar_years.set_year(
            form.notice, by=request.user, now=timezone.now(), text=form.cleaned_data["text"], replacing=replacing
        )
    except ChangeUnderWay:
        form.add_error("text", _under_way())
        return _overview(request, form)
    except YearRefused as refused:
        form.add_error("text", why_refused(refused))
        return _overview(request, form)
    messages.success(
        request, _("%(year)s counts from now on. Open deadlines are dated anew.") % {"year": form.notice.year}
    )
    return redirect("deadlines:years")


@allow(LEADERS)
@require_safe
def one_year(request: SignedInRequest, year: int) -> HttpResponse:
    in_force = selectors.calendar()
    if year not in in_force.years:
        raise Http404("the calendar has no such year")
    imported = CalendarYear.objects.filter(year=year).first()
    effect = None
    if imported:
        proposal = calendar_years.propose_withdrawal(year)
        effect = redating.preview(proposal.old, proposal.new, timezone.now())
    context = {
        "year": year,
        "is_provisional": in_force.years[year].status == "provisional",
        "imported": imported,
        "effect": effect,
        "months": list(months_of(in_force, year)),
        "crumbs": _crumbs(str(year)),
    }
    return render(request, "deadlines/year.html", context)


@allow(LEADERS)
@require_POST
def withdraw(request: SignedInRequest, year: int) -> HttpResponse:
    try:
        calendar_years.withdraw_year(year, by=request.user, now=timezone.now())
    except ChangeUnderWay:
        messages.error(request, _under_way())
    except YearRefused as refused:
        messages.error(request, why_refused(refused))
    else:
        messages.success(
            request, _("The notice for %(year)s is taken back; the built-in year holds again.") % {"year": year}
        )
    return redirect("deadlines:years")


def _overview(request: SignedInRequest, form: NoticeForm) -> HttpResponse:
    today, in_force = local_day(timezone.now()), selectors.calendar()
    imported = dict(CalendarYear.objects.values_list("year", "source"))
    shown = range(today.year - SHOWN_BEFORE, today.year + SHOWN_AFTER + 1)
    context = {
        "form": form,
        "missing": calendar_years.missing_year(today, in_force),
        "years": [
            {
                "year": year,
                "is_provisional": in_force.years[year].status == "provisional",
                "is_imported": year in imported,
                "source": imported.get(year, ""),
                "off": len(in_force.years[year].off),
                "on": len(in_force.years[year].on),
            }
            for year in sorted({*shown, *imported} & set(in_force.years), reverse=True)
        ],
        "changes": CalendarChange.objects.select_related("made_by")[:10],
    }
    return render(request, "deadlines/years.html", context, status=UNPROCESSABLE if form.is_bound else 200)


def _cell(calendar: workdays.Calendar, day: date) -> Cell:
    kind = calendar.kind(day)
    name = calendar.name(day)
    return Cell(day, kind, _(name) if name else "")


def _crumbs(label: str) -> list[dict[str, Any]]:
    return [{"url": reverse("deadlines:years"), "label": _("Working calendar")}, {"label": label}]


def _under_way() -> str:
    return _("Another change of the calendar is still being worked off. Please try again in a minute.")
