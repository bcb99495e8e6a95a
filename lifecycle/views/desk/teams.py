"""Teams and their questions: look again, call in, replace, release; ask, answer, take back; what one is asked oneself."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lifecycle import permissions
from lifecycle.forms.teams import AnswerForm, AskForm, CallForm, PlaceForm
from lifecycle.models import ServiceTeam
from lifecycle.selectors import teams as selectors
from lifecycle.services import consultations, teams
from lifecycle.services.errors import CaseMoved, NotYours
from lifecycle.views.desk.case import case_page
from lifecycle.views.desk.page import UNPROCESSABLE
from lifecycle.views.desk.team_section import section, whom
from park.accounts.http import SignedInRequest
from park.accounts.policies import DESK, PARK, allow
from park.team.models import Skill


@allow(DESK)
@require_GET
def own(request: SignedInRequest) -> HttpResponse:
    """The questions that are put to the reader, and what became of the reader's own."""
    put_to_me, asked, ended = selectors.own_questions(request.user, timezone.now())
    return render(request, "desk/questions.html", {"rows": put_to_me, "asked": asked, "ended": ended})


@allow(PARK)
@require_GET
def show(request: SignedInRequest, pk: int) -> HttpResponse:
    """The standing team of a key enterprise."""
    team = permissions.get_standing_team(request.user, pk)
    experts = section(selectors.standing(team, request.user), request.user)
    experts.ask_form = None  # questions are asked inside a case
    return render(request, "desk/team.html", {"team": team, "experts": experts})


@allow(DESK)
@require_POST
def look(request: SignedInRequest, pk: int) -> HttpResponse:
    team = permissions.get_team(request.user, pk)
    try:
        teams.look_again(team, by=request.user, now=timezone.now())
    except (CaseMoved, NotYours):
        messages.warning(request, _("This team cannot be changed any more, or not by you."))
    else:
        messages.success(request, _("The team is as the rules call for it now."))
    return redirect(_page(team))


@allow(DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: SignedInRequest, pk: int) -> HttpResponse:
    """Call in an expert whom no rule requires; those first whom a rule suggests."""
    team = permissions.get_team(request.user, pk)
    form = CallForm(
        [
            (one.skill.code, f"{one.skill.name}（{one.why}）" if one.why else one.skill.name)
            for one in selectors.suggestions(team)
        ],
        request.POST if request.method == "POST" else None,
    )
    if not form.is_valid():
        context = {"team": team, "form": form, "back": _page(team)}
        return render(request, "desk/call_in.html", context, status=UNPROCESSABLE if form.is_bound else 200)
    skill = Skill.objects.get(code=form.cleaned_data["skill"])
    try:
        member = teams.call_in(team, skill, by=request.user, now=timezone.now())
    except (CaseMoved, NotYours):
        messages.warning(request, _("This team cannot be changed any more, or not by you."))
    else:
        if member.specialist:
            messages.success(request, _("%(who)s is in the team.") % {"who": member.specialist})
        else:
            messages.warning(request, _("Nobody suitable is there; the head of the department is told."))
    return redirect(_page(team))


@allow(DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def place(request: SignedInRequest, pk: int) -> HttpResponse:
    """Somebody else has a place in a team from now on (`act` "replace"), or nobody ("release")."""
    member, now = permissions.get_member_to_change(request.user, pk), timezone.now()
    people, releases = teams.candidates(member, now), request.POST.get("act") == "release"
    form = PlaceForm(people, request.POST if request.method == "POST" else None, releases=releases)
    if not form.is_valid():
        context = {"member": member, "why": selectors.reason(member), "form": form, "people": people}
        context["back"] = _page(member.team)
        return render(request, "desk/expert.html", context, status=UNPROCESSABLE if form.is_bound else 200)
    reason = form.cleaned_data["reason"]
    try:
        if releases:
            teams.release_member(member, reason=reason, by=request.user, now=now)
            messages.success(request, _("The place is released."))
        else:
            to = form.cleaned_data["to"]
            teams.replace_member(member, to=to, reason=reason, by=request.user, now=now)
            messages.success(request, _("%(who)s is in the team.") % {"who": to})
    except (CaseMoved, NotYours):
        messages.warning(request, _("Somebody was faster. The page shows how it is now."))
        messages.info(request, _("What you had typed: %(text)s") % {"text": reason})
    # whose department has no other part in the case sees it no longer
    sees = permissions.visible_teams(request.user).filter(pk=member.team_id).exists()
    return redirect(_page(member.team) if sees else "desk:queue")


@allow(DESK)
@require_POST
def ask(request: SignedInRequest, uid: str) -> HttpResponse:
    case, now = permissions.get_case(request.user, uid), timezone.now()
    view = selectors.of_case(case, request.user, now)
    form = AskForm(whom(view, request.user), request.POST)
    if not form.is_valid():
        return case_page(request, uid, team_form=form)
    text = form.cleaned_data["question"]
    skill = Skill.objects.get(code=form.skill) if form.skill else None
    try:
        made = consultations.ask(case, skill=skill, text=text, by=request.user, now=now)
    except (CaseMoved, consultations.NobodyToAsk):
        messages.warning(request, _("Meanwhile the case was closed, or nobody has this place any more."))
        messages.info(request, _("What you had typed: %(text)s") % {"text": text})
        return redirect("desk:case", case.uid)
    messages.success(request, _("Asked: %(who)s.") % {"who": made.specialist})
    task = request.POST.get("task", "")
    if task.isdecimal() and len(task) < 19:
        return redirect("desk:task", permissions.get_task(request.user, int(task)).pk)
    return redirect(_page(made.team))


@allow(DESK)
@require_POST
def answer(request: SignedInRequest, pk: int) -> HttpResponse:
    consultation = permissions.get_consultation(request.user, pk)
    form = AnswerForm(consultation.pk, request.POST)
    if not form.is_valid():
        return case_page(request, _uid(consultation.team), team_form=form)
    text = form.cleaned_data["answer"]
    try:
        consultations.answer(consultation, text=text, by=request.user, now=timezone.now())
    except (CaseMoved, NotYours):
        messages.warning(request, _("This question is answered, ended, or in other hands."))
        messages.info(request, _("What you had typed: %(text)s") % {"text": text})
    else:
        messages.success(request, _("Answered; %(who)s is told.") % {"who": consultation.asked_by})
    return redirect(f"{_page(consultation.team)}#consultation-{consultation.pk}")


@allow(DESK)
@require_POST
def take_back(request: SignedInRequest, pk: int) -> HttpResponse:
    consultation = permissions.get_consultation(request.user, pk)
    try:
        consultations.take_back(consultation, by=request.user, now=timezone.now())
    except (CaseMoved, NotYours):
        messages.warning(request, _("This question is answered, ended, or in other hands."))
    else:
        messages.success(request, _("Taken back."))
    return redirect(_page(consultation.team))


def _uid(team: ServiceTeam) -> str:
    return str(team.case.uid) if team.case else ""


def _page(team: ServiceTeam) -> str:
    return f"/desk/cases/{team.case.uid}/" if team.case else f"/desk/teams/{team.pk}/"
