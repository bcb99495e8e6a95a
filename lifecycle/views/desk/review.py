"""The review of a file: verdicts are kept, then one notice tells everything, or the file is accepted."""

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from lifecycle import permissions
from lifecycle.enums import Verdict
from lifecycle.forms.desk import VerdictsForm
from lifecycle.models import CorrectionText, Task
from lifecycle.selectors import work
from lifecycle.selectors.casefile import CaseFile
from lifecycle.selectors.correction_texts import offered_for
from lifecycle.services import review
from lifecycle.services.errors import VerdictsMissing
from lifecycle.views.desk.page import NOT_IN_HAND, overtaken, task_page
from park.accounts.http import SignedInRequest
from park.accounts.policies import DESK, allow

NEXT = {"correct": "desk:correct", "pass": "desk:pass"}


@allow(DESK)
@require_POST
def verdicts(request: SignedInRequest, pk: int) -> HttpResponse:
    """Keep what was chosen and typed, whatever is still open; then go where the pressed button leads.

    `aim` is "correct" or "pass" to go on to that question, `show` the number of a material to look at next, `insert` that of
    one whose correction gets the chosen text added.
    """
    task = permissions.get_task(request.user, pk)
    now = timezone.now()
    file = CaseFile(task.case)
    texts = offered_for([paper.material for paper in file.papers], task.case.procedure.code)
    kept = VerdictsForm(file.papers, _with_text(request.POST, texts), texts=texts)
    if not kept.is_valid():
        return task_page(request, task, now, form=kept)
    try:
        review.set_verdicts(task, kept.verdicts(), by=request.user, now=now)
    except NOT_IN_HAND:
        return overtaken(request, task)
    aim = request.POST.get("aim", "")
    if aim in NEXT:
        file = CaseFile(task.case)
        form = VerdictsForm(file.papers, kept.data, aim=aim, named=work.named_in_notice(file))
        return redirect(NEXT[aim], task.pk) if form.is_valid() else task_page(request, task, now, form=form)
    if request.POST.get("show", "").isdecimal():
        return redirect(f"{reverse('desk:task', args=[task.pk])}?material={request.POST['show']}#viewer")
    if request.POST.get("insert", "").isdecimal():
        number = int(request.POST["insert"])
        return redirect(f"{reverse('desk:task', args=[task.pk])}?material={number}#id_text-{number}")
    messages.success(request, _("Kept. The enterprise sees nothing of it yet."))
    return redirect("desk:task", task.pk)


@allow(DESK)
@require_http_methods(["GET", "POST"])
def correct(request: SignedInRequest, pk: int) -> HttpResponse:
    """Show the notice as the enterprise will read it, and ask once; then send it."""
    task = permissions.get_task(request.user, pk)
    now = timezone.now()
    if request.method == "GET":
        return _ask(request, task, "desk/correct.html", Verdict.CORRECTION)
    try:
        notice = review.issue_correction(task, by=request.user, now=now)
    except VerdictsMissing as missing:
        return _back(request, task, missing)
    except NOT_IN_HAND:
        return overtaken(request, task)
    count = notice.items.filter(settled_at__isnull=True).count()
    text = ngettext("The notice with %(n)s item is sent.", "The notice with %(n)s items is sent.", count) % {"n": count}
    messages.success(request, text)
    return redirect("desk:queue")


@allow(DESK)
@require_http_methods(["GET", "POST"])
def accept(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask once whether all is in order; then accept the file."""
    task = permissions.get_task(request.user, pk)
    if request.method == "GET":
        return _ask(request, task, "desk/accept.html", Verdict.ACCEPTED)
    try:
        review.pass_review(task, by=request.user, now=timezone.now())
    except VerdictsMissing as missing:
        return _back(request, task, missing)
    except NOT_IN_HAND:
        return overtaken(request, task)
    messages.success(request, _("The file is accepted and goes on to the next step."))
    return redirect("desk:queue")


def _with_text(data: QueryDict, texts: Mapping[int, Sequence[CorrectionText]]) -> QueryDict:
    """What was typed, with the text that was chosen for a material below it, in both languages: the officer does not know in
    which one the enterprise reads."""
    number = data.get("insert", "")
    if not number.isdecimal() or len(number) > 18:
        return data
    chosen = next((text for text in texts.get(int(number), ()) if str(text.pk) == data.get(f"ready-{number}")), None)
    if chosen is None:
        return data
    typed = data.copy()
    before = typed.get(f"text-{number}", "").rstrip()
    typed[f"text-{number}"] = f"{before}\n{chosen.text_zh}\n{chosen.text_en}".strip()
    typed[f"verdict-{number}"] = Verdict.CORRECTION
    return typed


def _ask(request: SignedInRequest, task: Task, template: str, verdict: Verdict) -> HttpResponse:
    file = CaseFile(task.case)
    papers = file.papers
    named = [paper for paper in papers if paper.material.verdict == verdict]
    if not named or not permissions.can_work_on(request.user, task):
        return overtaken(request, task)
    context = {
        "task": task,
        "case": task.case,
        "named": named,
        "papers": papers,
        "clocks": work.clocks_of(file, task, timezone.now()),
    }
    return render(request, template, context)


def _back(request: SignedInRequest, task: Task, missing: VerdictsMissing) -> HttpResponse:
    for text in missing.texts:
        messages.error(request, text)
    return redirect("desk:task", task.pk)
