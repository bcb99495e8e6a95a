"""One case as its enterprise sees it: how far it has come, who has it, when it is due, and what is to be done now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import (
    Aggregate,
    Count,
    Max,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    prefetch_related_objects,
)
from django.urls import reverse
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from lifecycle import timeline
from lifecycle.enums import CaseState, OpensOn, Party, TaskState, Verdict
from lifecycle.models import Case, CorrectionItem, Material, Message, Task
from lifecycle.selectors import drafts, teams
from lifecycle.selectors.casefile import CaseFile, Paper
from lifecycle.selectors.catalogue import limit_words
from lifecycle.stages import OPEN_TASK
from park.accounts.models import Membership, User
from park.accounts.templatetags.portal import day_words, filesize_short, moment_words
from park.deadlines import selectors as deadlines
from park.deadlines.enums import ClockState, Unit
from park.deadlines.models import Clock
from park.deadlines.selectors import ClockView, clock_view, clocks_of_threads
from park.deadlines.workdays import Calendar, Limit, due_at, local_day

SHOWN = 8  # entries of the timeline before the rest is folded


@dataclass(frozen=True)
class Stage:
    """One place in components/stage_bar.html."""

    label: str
    state: str = ""
    on: datetime | None = None
    expected: bool = False
    note: str = ""


@dataclass(frozen=True)
class Item:
    """One thing to correct, with the material it is about."""

    pk: int
    label: str
    text: str
    done: bool
    has_new: bool
    file: str
    row: drafts.MaterialRow


@dataclass(frozen=True)
class Todo:
    """What the enterprise must do now. `kind`: sign, wait, draft, correct, step, none, completed, rejected, withdrawn.

    `steps` are the open steps of the enterprise's own.
    """

    kind: str
    title: str
    text: str = ""
    url: str = ""
    button: str = ""
    count: str = ""
    items: Sequence[Item] = ()
    steps: Sequence[Task] = ()

    @property
    def is_ready(self) -> bool:
        """Every item of a correction is ticked off."""
        return all(item.done for item in self.items)

    @property
    def needs_you(self) -> bool:
        return self.kind in {"sign", "draft", "correct", "step"}


@dataclass(frozen=True)
class CaseLine:
    """One case in the list of one's own."""

    case: Case
    todo: Todo
    clock: ClockView | None
    holder: str
    sort_key: tuple[bool, float] = field(default=(True, 0.0))


def case_page(
    file: CaseFile, user: User, now: datetime, errors: Mapping[int, str] | None = None, tag: str = ""
) -> dict[str, Any]:
    """Everything the tracking page shows. `errors` are refused uploads by requirement, `tag` its live tag if known."""
    case = file.case
    in_force = deadlines.calendar()
    views = [clock_view(clock, now, with_days=True, in_force=in_force) for clock in _clocks(file)]
    story = timeline.entries(case, user, now)
    return {
        "case": case,
        "crumbs": [{"url": reverse("cases:list"), "label": _("My cases")}, {"label": case.procedure.name}],
        "stages": list(_stages(file, views, in_force, now)),
        "holders": _holders(file, now),
        "clocks": [due_of(view, case) for view in views],
        "todo": _todo(file, now, errors or {}),
        "papers": [_paper_row(case, paper, now) for paper in file.papers],
        "talk": [
            {
                "name": message.author.get_full_name(),
                "text": message.body,
                "at": message.created_at,
                "mine": message.side == Party.ENTERPRISE and message.author_id == user.pk,
                "read": message.read_at is not None,
            }
            for message in file.messages
        ],
        "entries": story[:SHOWN],
        "earlier": story[SHOWN:],
        "signatures": file.signatures,
        "has_agreement": file.has_agreement,
        "handed_over": file.handed_over,
        "team": teams.of_enterprise(case),
        "related": _related(case),
        "tag": tag or live_tag(case, user, now),
    }


def live_tag(case: Case, user: User, now: datetime) -> str:
    """Changes whenever the page would read differently: by an event, a message read, a tick, a clock that turns amber or
    red, the day, the language. One query."""
    running = Q(state=ClockState.RUNNING)
    counted = Case.objects.filter(pk=case.pk).values_list(
        _of(timeline.events_for(case, user, now), Max("pk")),
        _of(Message.objects.filter(case=case, read_at__isnull=True), Count("pk")),
        _of(CorrectionItem.objects.filter(notice__case=case, done_at__isnull=False), Count("pk")),
        _of(Clock.objects.filter(running, thread=case.thread, amber_at__lte=now), Count("pk")),
        _of(Clock.objects.filter(running, thread=case.thread, due_at__lt=now), Count("pk")),
    )
    seen = "-".join(str(part or 0) for part in counted.get())
    return f'"{seen}-{local_day(now):%y%m%d}-{get_language()}"'


def _of(rows: QuerySet[Any], figure: Aggregate) -> Subquery:
    """One figure over rows, as part of another query."""
    return Subquery(rows.order_by().annotate(_all=Value(1)).values("_all").annotate(_figure=figure).values("_figure"))


def case_lines(cases: Sequence[Case], now: datetime) -> list[CaseLine]:
    """Cases for the list, those that need the enterprise first, then by due date."""
    tasks = Task.objects.select_related("node", "department", "assignee__user").order_by("node__order")
    prefetch_related_objects(
        cases,
        "agreement__signatures",
        Prefetch("correction__items", CorrectionItem.objects.filter(settled_at__isnull=True), to_attr="open_items"),
        Prefetch("tasks", tasks),
    )
    clocks_of: dict[str, list[Clock]] = {}
    for clock in clocks_of_threads([case.thread for case in cases]):
        clocks_of.setdefault(clock.thread, []).append(clock)
    in_force = deadlines.calendar()
    lines = []
    for case in cases:
        file = CaseFile.of_fetched(case, clocks_of.get(case.thread, []))
        open_clocks = [clock for clock in _clocks(file) if clock.is_open]
        view = clock_view(open_clocks[0], now, in_force=in_force) if open_clocks else None
        todo = _short_todo(file)
        present = file.present
        holder = ""
        if present:
            holder = present.assignee.user.get_full_name() if present.assignee else _department_words(present)
        place = view.due_at.timestamp() if view else now.timestamp() - case.created_at.timestamp() + 1e12
        lines.append(CaseLine(case, todo, view, holder, (not todo.needs_you, place)))
    return sorted(lines, key=lambda line: line.sort_key)


def due_of(view: ClockView, case: Case) -> dict[str, Any]:
    """A clock as components/due.html takes it."""
    waits = view.paused and case.state == CaseState.CORRECTION
    return {
        "label": view.label,
        "signal": view.signal,
        "signal_label": _("paused, waiting for you") if waits else view.signal_label,
        "due_at": view.due_at if view.is_open else view.clock.due_at,
        "left_text": view.left_text,
        "paused": view.paused,
        "if_today": view.paused,
        "provisional": view.provisional,
        "why": view.why
        or _("Promised: %(limit)s. The first day is not counted; days of waiting for you are added.")
        % {"limit": limit_words(view.amount, view.unit)},
        "expected_at": view.expected_at,
        "days": view.days,
    }


def _department_words(task: Task) -> str:
    return task.department.name if task.department else _("You")


def _related(case: Case) -> list[Case]:
    """The case that this one follows, and those that follow it; `has_followers` as lifecycle.permissions has asked."""
    if case.follows_id is None and not getattr(case, "has_followers", True):
        return []
    chosen = Q(followed_by=case) | Q(follows=case)
    return list(Case.objects.filter(chosen, enterprise=case.enterprise_id).select_related("procedure").order_by("pk"))


def track_url(case: Case) -> str:
    return reverse("cases:track", args=[case.uid])


def signatories(case: Case) -> list[str]:
    """The names of those who may sign for the enterprise."""
    members = Membership.objects.active().filter(enterprise=case.enterprise_id, is_signatory=True)
    return [member.user.get_full_name() for member in members.select_related("user")]


def _clocks(file: CaseFile) -> list[Clock]:
    """The clocks of the open steps, the one that is due first in front, then the promises that span steps."""
    clocks = [task.clock for task in file.tasks if task.state in OPEN_TASK and task.clock]
    return sorted(clocks, key=lambda clock: (clock.due_at, clock.pk)) + file.promises


def _holders(file: CaseFile, now: datetime) -> list[dict[str, Any]]:
    """Who has the open steps; where several run side by side, each with its step."""
    steps = [task for task in file.tasks if task.state in OPEN_TASK]
    found = [_holder(file, step, now) for step in steps]
    if len(found) > 1:
        for row, step in zip(found, steps, strict=True):
            row["lines"] = [step.node.name, *row["lines"]]
    return found


def _holder(file: CaseFile, step: Task, now: datetime) -> dict[str, Any]:
    if step.department is None:
        return {"name": _("You"), "dept": "", "lines": [_("it is your turn")]}
    since = step.assigned_at or step.ready_at
    lines = [_("in charge since %(when)s") % {"when": moment_words(since, now)}] if since else []
    if step.state == TaskState.RETURNED and file.notice:
        lines.append(_("waiting for you since %(when)s") % {"when": moment_words(file.notice.issued_at, now)})
    elif step.state == TaskState.READY and step.assignee:
        lines.append(_("has not begun yet"))
    if step.assignee is None:
        return {"name": step.department.name, "dept": "", "lines": [_("looking for a free specialist")]}
    return {"name": step.assignee.user.get_full_name(), "dept": step.department.name, "lines": lines}


def _stages(file: CaseFile, views: Sequence[ClockView], in_force: Calendar, now: datetime) -> Iterator[Stage]:
    """The tasks as stages, with the enterprise's own submission between; days of stages to come are forecasts."""
    case, tasks, present = file.case, file.tasks, file.present
    submitting = case.is_draft and all(
        task.state == TaskState.DONE for task in tasks if task.node.opens_on == OpensOn.ENTERPRISE_SIGNATURE
    )
    expected: datetime | None = None
    told_submission = False
    for task in tasks:
        if task.node.opens_on == OpensOn.SUBMISSION and not told_submission:
            told_submission = True
            label = _("Submit the application")
            if case.submitted_at:
                yield Stage(label, "done", case.submitted_at)
            else:
                yield Stage(label, "now" if submitting else "", note=_("your turn") if submitting else "")
        if task.state == TaskState.SKIPPED:
            continue
        if task.state == TaskState.DONE:
            yield Stage(task.node.name, "done", task.done_at)
        elif case.is_draft and task.node.opens_on == OpensOn.ENTERPRISE_SIGNATURE and task is not present:
            yield Stage(task.node.name, "now", note=_("your turn"))
        elif task.state == TaskState.CANCELLED:
            yield Stage(task.node.name, note=_("not done"))
        elif task.state in OPEN_TASK and task.department is None:
            yield Stage(task.node.name, "now", note=_("your turn"))
        elif task.state in OPEN_TASK and task is not present:
            yield Stage(task.node.name, "now", task.clock.due_at if task.clock else None, True)
        elif task is present:
            expected = next((view.due_at for view in views if view.clock.pk == task.clock_id), None)
            note = _("waiting for you") if task.state == TaskState.RETURNED else ""
            if expected and expected < now:
                note = note or _("was due %(day)s") % {"day": day_words(expected, local_day(now), weekday=False)}
            yield Stage(task.node.name, "now", expected, True, note=note)
        else:
            if expected and task.node.amount:
                limit = Limit(task.node.amount, Unit(task.node.unit).value)
                expected = due_at(in_force, max(expected, now), limit, hours=deadlines.office_hours())
            yield Stage(task.node.name, "", expected, True)


def _todo(file: CaseFile, now: datetime, errors: Mapping[int, str]) -> Todo:
    case = file.case
    if case.state != CaseState.CORRECTION:
        return _short_todo(file)
    rows = drafts.rows_to_correct(file, errors)
    items = [
        _item(paper, paper.item, row, now)
        for paper, row in zip(file.named, rows, strict=True)
        if paper.item is not None
    ]
    done = sum(item.done for item in items)
    return Todo(
        "correct",
        ngettext("To do now: correct %(n)s material", "To do now: correct %(n)s materials", len(items))
        % {"n": len(items)},
        text=_("The clocks run again as soon as you submit. This is everything; nothing is added later."),
        url=reverse("cases:answer", args=[case.uid]),
        button=_("Submit the corrections"),
        count=_("%(done)s done, %(left)s to go") % {"done": done, "left": len(items) - done},
        items=items,
    )


def _item(paper: Paper, item: CorrectionItem, row: drafts.MaterialRow, now: datetime) -> Item:
    version, has_new = paper.current, paper.is_corrected
    file = ""
    if has_new:
        parts = [version.document.file_name, filesize_short(version.document.size), moment_words(version.added_at, now)]
        file = " · ".join(parts)
    return Item(item.pk, row.requirement.name, item.text, item.done_at is not None, has_new, file, row)


def _short_todo(file: CaseFile) -> Todo:
    """What is to be done, in one line; for a correction without its items."""
    case = file.case
    if case.state == CaseState.DRAFT:
        return _draft_todo(file)
    if case.state == CaseState.CORRECTION:
        open_items = getattr(case.correction, "open_items", [])
        title = ngettext("Correct %(n)s material", "Correct %(n)s materials", len(open_items)) % {"n": len(open_items)}
        return Todo("correct", title, url=f"{track_url(case)}#todo", button=_("Correct now"))
    if case.state == CaseState.COMPLETED and not case.result_document_id:
        papers = _("What was handed over lies below.") if file.handed_over else ""
        return Todo("completed", _("Completed: everything is done"), papers)
    if case.state == CaseState.COMPLETED:
        text = _("Number %(number)s, issued on %(day)s.") % {
            "number": case.result_number,
            "day": day_words(case.result_on, case.result_on, weekday=False) if case.result_on else "",
        }
        url = reverse("cases:document", args=[case.uid, case.result_document_id]) if case.result_document_id else ""
        return Todo("completed", _("Completed: the licence is here"), text, url, _("Download the licence"))
    if case.state == CaseState.REJECTED:
        return Todo("rejected", _("The application was refused"))
    if case.state == CaseState.WITHDRAWN:
        return Todo("withdrawn", _("You have withdrawn this application"), case.closing_reason)
    own = [task for task in file.tasks if task.department is None and task.state in OPEN_TASK]
    if own:
        title = ngettext("To do now: %(n)s step of your own", "To do now: %(n)s steps of your own", len(own))
        text = _("Please confirm each of them as soon as it is done; the case goes on by itself.")
        return Todo("step", title % {"n": len(own)}, text, f"{track_url(case)}#todo", _("Confirm"), steps=own)
    text = _("We are working on it. You will get a notice as soon as something happens or is needed.")
    return Todo("none", _("Nothing to do for you now"), text)


def _draft_todo(file: CaseFile) -> Todo:
    case, signed = file.case, file.signed_by
    if file.has_agreement and Party.ENTERPRISE not in signed:
        return Todo(
            "sign",
            _("To do now: sign the park agreement"),
            _("The promised time begins to count once both sides have signed."),
            reverse("cases:agreement", args=[case.uid]),
            _("Read and sign"),
        )
    text = _("Everything you entered is kept. You can go on where you stopped.")
    if file.has_agreement and len(signed) < len(Party):
        text = _("The park signs within one working day. You can already fill in the application meanwhile.")
    steps = [code for code in drafts.steps_of(file) if code != drafts.AGREEMENT]
    url = drafts.step_url(case, steps[0])
    return Todo("draft", _("To do now: finish and submit the application"), text, url, _("Continue the application"))


def _paper_row(case: Case, paper: Paper, now: datetime) -> dict[str, Any]:
    """A material as components/material_row.html takes it, with its versions below."""
    material, newest = paper.material, paper.current
    corrected = case.state == CaseState.CORRECTION and material.verdict == Verdict.CORRECTION and paper.is_corrected
    state, chip, icon = _chip(case, material, corrected)
    parts = [
        _("Version %(n)s") % {"n": newest.number},
        f"{newest.document.file_name} {filesize_short(newest.document.size)}",
        moment_words(newest.added_at, now),
    ]
    if newest.from_file:
        parts.append(_("from the enterprise's file"))
    return {
        "id": f"paper-{material.pk}",
        "name": paper.name,
        "meta": " · ".join(parts),
        "state": state,
        "chip": chip,
        "chip_icon": icon,
        "download_url": reverse("cases:version_file", args=[case.uid, newest.pk]),
        "older": [
            {
                "number": version.number,
                "name": version.document.file_name,
                "at": version.added_at,
                "url": reverse("cases:version_file", args=[case.uid, version.pk]),
            }
            for version in paper.versions[1:]
        ],
    }


def _chip(case: Case, paper: Material, corrected: bool) -> tuple[str, str, str]:
    """State, words and icon of a verdict. What a specialist has noted down is shown once it was sent, not before."""
    if corrected:
        return "", _("renewed, to be handed in"), "arrow-repeat"
    if case.state == CaseState.CORRECTION and paper.verdict == Verdict.CORRECTION:
        return "bad", _("to be corrected"), "arrow-repeat"
    if paper.verdict in {Verdict.ACCEPTED, Verdict.NOT_APPLICABLE} and case.state != CaseState.SUBMITTED:
        return "ok", _("accepted"), ""
    if case.is_draft:
        return "", pgettext("material", "received"), "check-lg"
    if not case.is_open:
        return "", pgettext("material", "received"), "check-lg"
    return "", _("being looked at"), "hourglass-split"
