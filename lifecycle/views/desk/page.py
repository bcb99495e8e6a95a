"""The page of one task, as every act on a task answers with it, and what the desk says when somebody else was first."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from lifecycle import permissions, timeline
from lifecycle.enums import Party, TaskState, Work
from lifecycle.forms.application import answered
from lifecycle.forms.desk import FinishForm, HandOverForm, MessageForm, NoteForm, ResultForm, SignForm, VerdictsForm
from lifecycle.models import Task, Watch
from lifecycle.selectors import queue, work
from lifecycle.selectors.casefile import CaseFile, Paper
from lifecycle.selectors.correction_texts import offered_for
from lifecycle.selectors.queue_lanes import Reader, Scope
from lifecycle.services.agreements import text_of
from lifecycle.services.errors import CaseMoved, NotYours
from lifecycle.services.time import manual_reasons
from lifecycle.views.desk.team_section import section_of
from park.accounts.http import SignedInRequest
from park.deadlines.enums import ClockState
from park.deadlines.selectors import calendar
from park.team.models import Specialist

UNPROCESSABLE = 422
# what the services say to somebody who does not have the task in hand, or no longer
NOT_IN_HAND = (CaseMoved, NotYours, Specialist.DoesNotExist)


def task_page(request: SignedInRequest, task: Task, now: datetime, **bound: Any) -> HttpResponse:
    """The page of a task by its kind of work. `bound` brings a form back as it was typed, with what is wrong with it."""
    user, case = request.user, task.case
    file = CaseFile(case)
    scope = _scope(request, task)
    previous, following = queue.neighbours(Reader.of(user), task, scope)
    mine = permissions.can_work_on(user, task)
    if mine:
        file.read_by(user, now)
    papers = file.papers if task.node.work != Work.AGREEMENT else []
    context = {
        "task": task,
        "case": case,
        "scope": scope,
        "previous": previous,
        "following": following,
        "mine": mine,
        "can_claim": permissions.can_claim(user, task),
        "can_transfer": permissions.can_transfer(user, task),
        "can_reject": permissions.can_reject(user, task),
        "can_reopen": permissions.can_reopen(user, task),
        "time": _time(user, task),
        "papers": papers,
        "shown": _shown(request, papers),
        "now": now,
        **case_facts(file, task, user, now),
        **_forms(file, task, now),
        **bound,
    }
    status = UNPROCESSABLE if bound else HttpResponse.status_code
    return render(request, f"desk/task_{task.node.work}.html", context, status=status)


def case_facts(file: CaseFile, task: Task | None, user: Any, now: datetime) -> dict[str, Any]:
    """What stands beside the work: clocks, the enterprise, who else has a part in the case, and what was said."""
    case, in_force = file.case, calendar()
    return {
        "clocks": work.clocks_of(file, task, now, in_force),
        "facts": work.facts(case),
        "cases_of_enterprise": permissions.how_many_cases(user, case.enterprise_id),
        "agreement": getattr(case, "agreement", None),
        "signatures": file.signatures,
        "is_signed_by_both": len(file.signed_by) == len(Party),
        "team": file.tasks,
        "experts": section_of(case, user, now, in_force),
        "conversation": file.messages,
        "inline_types": work.SHOWN_INLINE,
        "entries": timeline.entries(case, user, now),
        "answers": answered(file.situation.questions, case.answers),
        "handed_over": file.handed_over,
        "message_form": MessageForm(),
        "note_form": NoteForm(),
        "notes": list(case.internal_notes.select_related("author")),
        "is_watched": Watch.objects.filter(case=case, user=user).exists(),
    }


def overtaken(request: SignedInRequest, task: Task, typed: str = "") -> HttpResponse:
    """Somebody else was first, or it is in other hands: say so, and show how it is now. What was typed is shown, not lost."""
    fresh = Task.objects.select_related("assignee__user").get(pk=task.pk)
    if fresh.state == TaskState.CLAIMED and fresh.assignee and fresh.assignee.user_id != request.user.pk:
        text = _("%(who)s was faster: the task is in their hands now.") % {"who": fresh.assignee}
    else:
        text = _("Somebody was faster. The page shows how it is now.")
    messages.warning(request, text)
    if typed.strip():
        messages.info(request, _("What you had typed: %(text)s") % {"text": typed})
    return redirect("desk:task", task.pk)


def _forms(file: CaseFile, task: Task, now: datetime) -> dict[str, Any]:
    match task.node.work:
        case Work.REVIEW:
            return {
                "form": VerdictsForm(
                    file.papers, texts=offered_for([p.material for p in file.papers], file.case.procedure.code)
                ),
                "changes": work.changes(file),
                "named": work.named_in_notice(file),
            }
        case Work.CONFIRM:
            return {"form": FinishForm(file.asked_at(task))}
        case Work.DOCUMENT:
            return {"form": HandOverForm(file.asked_at(task))}
        case Work.RESULT:
            return {"form": ResultForm(case=file.case, now=now)}
        case _:
            agreement = file.case.agreement
            return {
                "form": SignForm(initial={"sha256": agreement.document.sha256}),
                "agreement_text": text_of(agreement),
            }


def _time(user: Any, task: Task) -> dict[str, bool]:
    """What this reader can do with the time of the task."""
    mine = permissions.can_ask_time(user, task) and task.clock is not None and task.clock.is_open
    stands = task.clock is not None and task.clock.state == ClockState.PAUSED
    by_hand = bool(manual_reasons(task)) and mine and task.state != TaskState.RETURNED
    return {
        "can_ask": mine and task.clock is not None and not task.clock.extended_by,
        "can_pause": by_hand and not stands,
        "can_resume": by_hand and stands,
        "can_keep": mine and stands and user.specialist.is_head,
    }


def _scope(request: SignedInRequest, task: Task) -> Scope:
    wanted = request.GET.get("scope", "")
    if wanted in set(Scope):
        return Scope(wanted)
    return Scope.MINE if _holds(request.user, task) else Scope.DEPARTMENT


def _shown(request: SignedInRequest, papers: list[Paper]) -> Paper | None:
    """The material in the viewer: the one asked for, else the first that has no verdict yet."""
    asked = request.GET.get("material", "")
    by_pk = {str(paper.material.pk): paper for paper in papers}
    undecided = [paper for paper in papers if paper.material.verdict == "pending"]
    return by_pk.get(asked) or next(iter(undecided or papers), None)


def _holds(user: Any, task: Task) -> bool:
    return task.assignee is not None and task.assignee.user_id == user.pk
