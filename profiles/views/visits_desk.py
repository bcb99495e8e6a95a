"""Visits as the park's people work on them: what is ahead, one visit, and its report from the field."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from park.accounts.enums import Role
from park.accounts.http import SignedInRequest
from park.accounts.models import User
from park.accounts.policies import COCKPIT, PARK, allow
from park.deadlines.selectors import clock_view
from park.deadlines.workdays import local_day
from profiles.enums import VisitKind, VisitState
from profiles.forms.visits import CancelForm, HandOverForm, ReportForm, RescheduleForm
from profiles.models import Visit
from profiles.permissions import visits as permissions
from profiles.selectors import visits as selectors
from profiles.selectors.brief import brief_of
from profiles.services import visits
from profiles.services.visits import Refused, VisitMoved

UNPROCESSABLE, CONFLICT = 422, 409


@allow(PARK)
@require_GET
def ahead(request: SignedInRequest) -> HttpResponse:
    who, when = _who(request), request.GET.get("when", "")
    found = selectors.ahead(request.user, who, when, request.GET.get("after", ""), timezone.now())
    labels = {"overdue": _("Overdue"), "today": _("Today"), "week": _("This week"), "later": _("Later")}
    everything = {"url": _url(who=who), "label": _("All"), "count": sum(found.counts.values()), "current": not when}
    context = {
        **_choice(request, who),
        "found": found,
        "labels": labels,
        "when": when,
        "filters": [everything]
        + [
            {"url": _url(who=who, when=name), "label": label, "count": found.counts[name], "current": when == name}
            for name, label in labels.items()
        ],
        "next_url": _url(who=who, when=when, after=found.next) if found.next else "",
        "first_url": _url(who=who, when=when) if request.GET.get("after") else "",
    }
    return render(request, "profiles/visits.html", context)


@allow(PARK)
@require_GET
def month(request: SignedInRequest) -> HttpResponse:
    """A month as a list of its days."""
    who, today = _who(request), local_day(timezone.now())
    try:
        first = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        first = today.replace(day=1)
    if not date.min.year < first.year < date.max.year:
        first = today.replace(day=1)  # the calendar has no month before or after it
    rows = selectors.month(request.user, who, first)
    before, after = first - timedelta(days=1), first + timedelta(days=32)
    context = {
        **_choice(request, who),
        "rows": rows[: selectors.MOST_IN_MONTH],
        "is_cut": len(rows) > selectors.MOST_IN_MONTH,
        "first": first,
        "today": today,
        "before_url": _url(who=who, month=f"{before:%Y-%m}"),
        "after_url": _url(who=who, month=f"{after:%Y-%m}"),
    }
    return render(request, "profiles/visits_month.html", context)


@allow(PARK)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    now = timezone.now()
    visit = permissions.get_visit(request.user, pk)
    is_planned = visit.state == VisitState.PLANNED
    context = {
        "visit": visit,
        "period": selectors.period_words(visit.kind, visit.period),
        "brief": brief_of(visit, request.user, now),
        "clock": clock_view(visit.clock, now),
        "history": selectors.history(visit),
        "can_work": is_planned and permissions.can_work_on_visit(request.user, visit),
        "can_give_away": is_planned and permissions.can_give_away(request.user, visit),
    }
    return render(request, "profiles/visit.html", context)


@allow(PARK)
@require_http_methods(["GET", "POST"])
def report(request: SignedInRequest, pk: int) -> HttpResponse:
    """The form for a phone in the field. A script that sends it asks for JSON: where to go on, or 422 for the form itself."""
    now = timezone.now()
    visit = _visit(request, pk, permissions.can_work_on_visit, also=(VisitState.HELD,))
    wants_json = request.headers.get("Accept") == "application/json"
    there = reverse("visits:visit", args=[visit.pk])
    today = local_day(now)
    form = ReportForm(request.POST if request.method == "POST" else None, today=today, year=today.year - 1)
    if request.method == "GET" and visit.state == VisitState.HELD:
        return redirect(there)
    if form.is_valid():
        try:
            visits.report_visit(visit, form.report(), by=request.user, now=now)
        except Refused as refused:
            form.add_error(refused.field, str(refused))
        except VisitMoved:
            form.add_error(
                None, _("Somebody has reported this visit already, or it was called off. Nothing was written.")
            )
        else:
            messages.success(request, _("The report is kept, and the visit is done."))
            return JsonResponse({"url": there}) if wants_json else redirect(there)
    if wants_json:
        return JsonResponse({"errors": form.errors}, status=UNPROCESSABLE)
    if not form.is_bound:
        form = ReportForm(today=today, year=today.year - 1, known=brief_of(visit, request.user, now).known)
    context = {"visit": visit, "form": form, "period": selectors.period_words(visit.kind, visit.period)}
    return render(request, "profiles/visit_report.html", context, status=UNPROCESSABLE if form.is_bound else 200)


@allow(PARK)
@require_http_methods(["GET", "POST"])
def reschedule(request: SignedInRequest, pk: int) -> HttpResponse:
    visit = _visit(request, pk, permissions.can_work_on_visit)
    form = RescheduleForm(request.POST or None, initial={"day": visit.planned_on})

    def act(data: dict[str, Any], now: datetime) -> None:
        visits.reschedule(visit, day=data["day"], reason=data["reason"], by=request.user, now=now)

    return _question(request, visit, form, act, "visit_reschedule", _("The visit is planned for the new day."))


@allow(PARK)
@require_http_methods(["GET", "POST"])
def hand_over(request: SignedInRequest, pk: int) -> HttpResponse:
    visit = _visit(request, pk, permissions.can_give_away)
    people = visits.qualified().select_related("user", "department").exclude(pk=visit.specialist_id or 0)
    form = HandOverForm(list(people), request.POST or None)

    def act(data: dict[str, Any], now: datetime) -> None:
        visits.hand_over_visit(visit, to=form.people[data["to"]], reason=data["reason"], by=request.user, now=now)

    return _question(request, visit, form, act, "visit_hand_over", _("The visit is in other hands now."))


@allow(PARK)
@require_http_methods(["GET", "POST"])
def cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    visit = _visit(request, pk, permissions.can_give_away)
    form = CancelForm(request.POST or None)

    def act(data: dict[str, Any], now: datetime) -> None:
        visits.cancel_visit(visit, reason=data["reason"], by=request.user, now=now)

    return _question(request, visit, form, act, "visit_cancel", _("The visit is called off."))


@allow(COCKPIT)
@require_GET
def coverage(request: SignedInRequest) -> HttpResponse:
    now = timezone.now()
    kind = request.GET.get("kind", "")
    kind = kind if kind in VisitKind.values else VisitKind.RETURN
    today = local_day(now)
    choices = selectors.periods(kind, today)
    wanted = request.GET.get("period", "")
    period = next((one for one in choices if one.isoformat() == wanted), choices[1])
    context = {
        "kinds": [
            {"url": _url(kind=value), "label": label, "current": value == kind} for value, label in VisitKind.choices
        ],
        "periods": [
            {
                "url": _url(kind=kind, period=one.isoformat()),
                "label": selectors.period_words(kind, one),
                "current": one == period,
            }
            for one in choices
        ],
        "coverage": selectors.coverage(kind, period, now),
        "period": selectors.period_words(kind, period),
        "leads": request.user.role == Role.MANAGER,
    }
    return render(request, "profiles/visits_coverage.html", context)


def _visit(request: SignedInRequest, pk: int, may: Callable[[User, Visit], bool], also: tuple[str, ...] = ()) -> Visit:
    """A visit on which the person may act; 404 otherwise. One that is over is shown by the service's answer on POST."""
    visit = permissions.get_visit(request.user, pk)
    if not may(request.user, visit):
        raise Http404("not in these hands")
    if request.method == "GET" and visit.state not in {VisitState.PLANNED, *also}:
        raise Http404("over")
    return visit


def _question(
    request: SignedInRequest,
    visit: Visit,
    form: forms.Form,
    act: Callable[[dict[str, Any], datetime], None],
    template: str,
    done: str,
) -> HttpResponse:
    if form.is_valid():
        try:
            act(form.cleaned_data, timezone.now())
        except Refused as refused:
            form.add_error(refused.field, str(refused))
        except VisitMoved:
            messages.warning(request, _("Somebody was faster. The page shows how it is now."))
            messages.info(request, _("What you had typed: %(text)s") % {"text": form.cleaned_data["reason"]})
            return redirect("visits:visit", visit.pk)
        else:
            messages.success(request, done)
            return redirect("visits:visit", visit.pk)
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, f"profiles/{template}.html", {"visit": visit, "form": form}, status=status)


def _who(request: SignedInRequest) -> str:
    first = "mine" if getattr(request.user, "specialist", None) else "all"
    return request.GET.get("who", "")[:12] or first


def _choice(request: SignedInRequest, who: str) -> dict[str, Any]:
    """Whose visits are shown, and whose can be chosen."""
    specialist = getattr(request.user, "specialist", None)
    options = [("mine", _("Mine"))] if specialist else []
    options += [("department", _("My department"))] if specialist else []
    options += [("all", _("Everybody")), ("nobody", _("Nobody yet"))]
    options += [(str(one.pk), one.user.name) for one in selectors.people_to_choose(request.user)]
    return {
        "who": who,
        "options": options,
        "visit_tabs": {"list": _url(who=who), "month": _url(who=who)},
        "leads": request.user.role == Role.MANAGER,
    }


def _url(**parts: str) -> str:
    return "?" + urlencode({name: value for name, value in parts.items() if value})
