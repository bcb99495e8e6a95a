"""One case as its enterprise sees it: how far it has come, who has it, when it is due, and what is to be done now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import reverse
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from lifecycle import timeline
from lifecycle.enums import CaseState, OpensOn, Party, TaskState, Verdict
from lifecycle.models import Case, CorrectionItem, Material, Task
from lifecycle.selectors import drafts
from lifecycle.selectors.catalogue import limit_words
from lifecycle.stages import OPEN_TASK
from park.accounts.models import Membership, User
from park.accounts.templatetags.portal import day_words, filesize_short, moment_words
from park.deadlines import selectors as deadlines
from park.deadlines.enums import Unit
from park.deadlines.models import Clock
from park.deadlines.selectors import ClockView, clock_view
from park.deadlines.workdays import Calendar, Limit, due_at, local_day
from park.events.models import Event

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
    """What the enterprise must do now. `kind`: sign, wait, draft, correct, none, completed, rejected, withdrawn."""

    kind: str
    title: str
    text: str = ""
    url: str = ""
    button: str = ""
    count: str = ""
    items: Sequence[Item] = ()

    @property
    def needs_you(self) -> bool:
        return self.kind in {"sign", "draft", "correct"}


@dataclass(frozen=True)
class CaseLine:
    """One case in the list of one's own."""

    case: Case
    todo: Todo
    clock: ClockView | None
    holder: str
    sort_key: tuple[bool, float] = field(default=(True, 0.0))


def case_page(case: Case, user: User, now: datetime, errors: Mapping[int, str] | None = None) -> dict[str, Any]:
    """Everything the tracking page shows. `errors` are refused uploads by requirement."""
    tasks = _tasks(case)
    in_force = deadlines.calendar()
    views = [clock_view(clock, now, with_days=True, in_force=in_force) for clock in _clocks(case, tasks)]
    papers = _papers(case)
    todo = _todo(case, now, errors or {})
    story = timeline.entries(case, user, now)
    return {
        "case": case,
        "crumbs": [{"url": reverse("cases:list"), "label": _("My cases")}, {"label": case.procedure.name}],
        "stages": list(_stages(case, tasks, views, in_force, now)),
        "holder": _holder(case, tasks, now),
        "clocks": [due_of(view, case) for view in views],
        "todo": todo,
        "papers": [_paper_row(case, paper, now) for paper in papers],
        "talk": [
            {
                "name": message.author.get_full_name(),
                "text": message.body,
                "at": message.created_at,
                "mine": message.side == Party.ENTERPRISE and message.author_id == user.pk,
                "read": message.read_at is not None,
            }
            for message in case.messages.select_related("author")
        ],
        "entries": story[:SHOWN],
        "earlier": story[SHOWN:],
        "signatures": list(case.agreement.signatures.all()) if hasattr(case, "agreement") else [],
        "tag": live_tag(case, now),
    }


def live_tag(case: Case, now: datetime) -> str:
    """Changes whenever the page would read differently: by an event, a message read, a tick, the day, the language."""
    newest = Event.objects.of_thread(case.thread).filter(is_internal=False).values_list("pk", flat=True).first()
    unread = case.messages.filter(read_at__isnull=True).count()
    ticked = CorrectionItem.objects.filter(notice__case=case, done_at__isnull=False).count()
    return f'"{newest or 0}-{unread}-{ticked}-{local_day(now):%y%m%d}-{get_language()}"'


def case_lines(cases: QuerySet[Case], now: datetime) -> list[CaseLine]:
    """Cases for the list, those that need the enterprise first, then by due date."""
    full = cases.select_related("agreement").prefetch_related(
        "agreement__signatures",
        Prefetch("correction__items", CorrectionItem.objects.filter(settled_at__isnull=True), to_attr="open_items"),
        Prefetch(
            "tasks",
            Task.objects.select_related("node", "department", "assignee__user", "clock")
            .prefetch_related("clock__pauses")
            .order_by("node__order"),
        ),
        "milestones__clock__pauses",
    )
    in_force = deadlines.calendar()
    lines = []
    for case in full:
        tasks = list(case.tasks.all())
        clocks = [clock for clock in _clocks(case, tasks) if clock.is_open]
        view = clock_view(clocks[0], now, in_force=in_force) if clocks else None
        todo = _short_todo(case)
        present = _present(tasks)
        holder = ""
        if present:
            holder = present.assignee.user.get_full_name() if present.assignee else present.department.name
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
        "why": _("Promised: %(limit)s. The first day is not counted; days of waiting for you are added.")
        % {"limit": limit_words(view.amount, view.unit)},
        "days": view.days,
    }


def track_url(case: Case) -> str:
    return reverse("cases:track", args=[case.uid])


def signatories(case: Case) -> list[str]:
    """The names of those who may sign for the enterprise."""
    members = Membership.objects.active().filter(enterprise=case.enterprise_id, is_signatory=True)
    return [member.user.get_full_name() for member in members.select_related("user")]


def _tasks(case: Case) -> list[Task]:
    tasks = case.tasks.select_related("node", "department", "assignee__user", "assignee__department", "clock")
    return list(tasks.prefetch_related("clock__pauses").order_by("node__order"))


def _present(tasks: Iterable[Task]) -> Task | None:
    """The task that is open now; of parallel ones the first of the standard."""
    return next((task for task in tasks if task.state in OPEN_TASK), None)


def _clocks(case: Case, tasks: Sequence[Task]) -> list[Clock]:
    """The clock of the present task, then the promises that span tasks."""
    present = _present(tasks)
    clocks = [present.clock] if present and present.clock else []
    return clocks + [row.clock for row in case.milestones.all()]


def _holder(case: Case, tasks: Sequence[Task], now: datetime) -> dict[str, Any] | None:
    present = _present(tasks)
    if present is None:
        return None
    since = present.assigned_at or present.ready_at
    lines = [_("has had it since %(when)s") % {"when": moment_words(since, now)}] if since else []
    if case.state == CaseState.CORRECTION and hasattr(case, "correction"):
        lines.append(_("waiting for you since %(when)s") % {"when": moment_words(case.correction.issued_at, now)})
    elif present.state == TaskState.READY and present.assignee:
        lines.append(_("has not opened it yet"))
    if present.assignee is None:
        return {"name": present.department.name, "dept": "", "lines": [_("looking for a free specialist")]}
    return {"name": present.assignee.user.get_full_name(), "dept": present.department.name, "lines": lines}


def _stages(
    case: Case, tasks: Sequence[Task], views: Sequence[ClockView], in_force: Calendar, now: datetime
) -> Iterator[Stage]:
    """The tasks as stages, with the enterprise's own submission between; days of stages to come are forecasts."""
    present = _present(tasks)
    submitting = case.is_draft and all(
        task.state == TaskState.DONE for task in tasks if task.node.opens_on == OpensOn.ENTERPRISE_SIGNATURE
    )
    expected: datetime | None = None
    told_submission = False
    for task in tasks:
        if task.node.opens_on == OpensOn.SUBMISSION and not told_submission:
            told_submission = True
            label = _("Hand in the application")
            if case.submitted_at:
                yield Stage(label, "done", case.submitted_at)
            else:
                yield Stage(label, "now" if submitting else "", note=_("your turn") if submitting else "")
        if task.state == TaskState.DONE:
            yield Stage(task.node.name, "done", task.done_at)
        elif case.is_draft and task.node.opens_on == OpensOn.ENTERPRISE_SIGNATURE and task is not present:
            yield Stage(task.node.name, "now", note=_("your turn"))
        elif task.state == TaskState.CANCELLED:
            yield Stage(task.node.name, note=_("not done"))
        elif task is present:
            expected = views[0].due_at if task.clock and views else None
            waits = task.state == TaskState.RETURNED
            yield Stage(task.node.name, "now", expected, True, note=_("waiting for you") if waits else "")
        else:
            if expected and task.node.amount:
                limit = Limit(task.node.amount, Unit(task.node.unit).value)
                expected = due_at(in_force, max(expected, now), limit)
            yield Stage(task.node.name, "", expected, True)


def _todo(case: Case, now: datetime, errors: Mapping[int, str]) -> Todo:
    if case.state != CaseState.CORRECTION:
        return _short_todo(case)
    rows = {row.material.pk: row for row in drafts.material_rows(case, errors) if row.material}
    open_items = case.correction.items.filter(settled_at__isnull=True).select_related("material__requirement")
    items = [_item(case, item, rows[item.material_id], now) for item in open_items]
    done = sum(item.done for item in items)
    return Todo(
        "correct",
        ngettext("To do now: correct %(n)s material", "To do now: correct %(n)s materials", len(items))
        % {"n": len(items)},
        text=_(
            "The clocks run on by themselves once you have handed this in. This is everything; nothing is added later."
        ),
        url=reverse("cases:answer", args=[case.uid]),
        button=_("Hand in the corrections"),
        count=_("%(done)s done, %(left)s to go") % {"done": done, "left": len(items) - done},
        items=items,
    )


def _item(case: Case, item: CorrectionItem, row: drafts.MaterialRow, now: datetime) -> Item:
    version = row.version
    has_new = bool(version and version.added_at >= case.correction.issued_at)
    file = ""
    if version and has_new:
        parts = [version.document.file_name, filesize_short(version.document.size), moment_words(version.added_at, now)]
        file = " · ".join(parts)
    return Item(item.pk, row.requirement.name, item.text, item.done_at is not None, has_new, file, row)


def _short_todo(case: Case) -> Todo:
    """What is to be done, in one line; for a correction without its items."""
    if case.state == CaseState.DRAFT:
        return _draft_todo(case)
    if case.state == CaseState.CORRECTION:
        open_items = getattr(case.correction, "open_items", [])
        title = ngettext("Correct %(n)s material", "Correct %(n)s materials", len(open_items)) % {"n": len(open_items)}
        return Todo("correct", title, url=f"{track_url(case)}#todo", button=_("Correct now"))
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
    text = _("We are working on it. You will get a notice as soon as something happens or is needed.")
    return Todo("none", _("Nothing to do for you now"), text)


def _draft_todo(case: Case) -> Todo:
    signed = {signature.party for signature in case.agreement.signatures.all()}
    if Party.ENTERPRISE not in signed:
        return Todo(
            "sign",
            _("To do now: sign the park agreement"),
            _("The promised time begins to count once both sides have signed."),
            reverse("cases:agreement", args=[case.uid]),
            _("Read and sign"),
        )
    text = _("Everything you entered is kept. You can go on where you stopped.")
    if len(signed) < len(Party):
        text = _("The park signs within one working day. You can already fill in the application meanwhile.")
    url = drafts.step_url(case, "company")
    return Todo("draft", _("To do now: finish and submit the application"), text, url, _("Continue the application"))


def _papers(case: Case) -> list[Material]:
    materials = case.materials.select_related("requirement").prefetch_related("versions__document")
    return list(materials.order_by("requirement__order"))


def _paper_row(case: Case, paper: Material, now: datetime) -> dict[str, Any]:
    """A material as components/material_row.html takes it, with its versions below."""
    versions = sorted(paper.versions.all(), key=lambda version: -version.number)
    newest = versions[0] if versions else None
    corrected = bool(
        newest
        and case.state == CaseState.CORRECTION
        and paper.verdict == Verdict.CORRECTION
        and newest.added_at >= case.correction.issued_at
    )
    state, chip, icon = _chip(case, paper, corrected)
    meta = ""
    if newest:
        parts = [
            _("Version %(n)s") % {"n": newest.number},
            f"{newest.document.file_name} {filesize_short(newest.document.size)}",
            moment_words(newest.added_at, now),
        ]
        if newest.from_file:
            parts.append(_("from the enterprise's file"))
        meta = " · ".join(parts)
    return {
        "id": f"paper-{paper.pk}",
        "name": paper.requirement.name,
        "meta": meta,
        "state": state,
        "chip": chip,
        "chip_icon": icon,
        "download_url": reverse("cases:version_file", args=[case.uid, newest.pk]) if newest else "",
        "older": [
            {
                "number": version.number,
                "name": version.document.file_name,
                "at": version.added_at,
                "url": reverse("cases:version_file", args=[case.uid, version.pk]),
            }
            for version in versions[1:]
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
