"""What the page of one task shows beside the task itself."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from lifecycle.models import Case, MaterialVersion, Task
from lifecycle.selectors.casefile import CaseFile
from park.deadlines.models import Clock
from park.deadlines.selectors import ClockView, calendar, clock_view
from park.deadlines.workdays import Calendar
from profiles.selectors.company import main_contact

SHOWN_INLINE = ("application/pdf", "image/jpeg", "image/png")


@dataclass(frozen=True)
class Change:
    """One item of the correction notice with what stood there before and what came back."""

    name: str
    text: str
    before: MaterialVersion | None
    after: MaterialVersion | None


def changes(file: CaseFile) -> list[Change]:
    """What the enterprise handed in on the correction notice that it has answered last; nothing while it waits."""
    notice = file.notice
    if notice is None or notice.answered_at is None:
        return []
    found = []
    for paper in file.named:
        item = paper.item
        if item is None:
            continue
        old = next((v for v in paper.versions if v.number <= item.found_wrong), None)
        new = next((v for v in paper.versions if v.number > item.found_wrong), None)
        found.append(Change(paper.name, item.text, old, new))
    return found


def named_in_notice(file: CaseFile) -> frozenset[int] | None:
    """The materials that the one notice of a case still names; None before there is a notice."""
    return None if file.notice is None else frozenset(paper.material.pk for paper in file.named)


def clocks_of(file: CaseFile, task: Task | None, now: datetime, in_force: Calendar | None = None) -> list[ClockView]:
    """The clock of the task, then the promises that span tasks, each day by day."""
    in_force = in_force or calendar()
    clocks = [file.clocks[task.clock_id]] if task and task.clock_id else []
    clocks += file.promises
    return [clock_view(clock, now, with_days=True, in_force=in_force) for clock in clocks]


def extendable(task: Task) -> list[Clock]:
    """The open clocks of a task's case for which more time may still be asked, the task's own first."""
    clocks = Clock.objects.open().filter(Q(task=task) | Q(case_milestone__case=task.case_id)).filter(extended_by=0)
    return sorted(clocks, key=lambda clock: (clock.pk != task.clock_id, clock.pk))


def case_of_clock(clock: Clock) -> Case:
    """The case that a clock times, by a task or by a promise that spans tasks."""
    return Case.objects.select_related("enterprise", "procedure").get(
        Q(tasks__clock=clock) | Q(milestones__clock=clock)
    )


def facts(case: Case) -> dict[str, str]:
    """Whom to call and what the enterprise does: from the application, which is fresher than the enterprise's file."""
    profile, contact = getattr(case.enterprise, "profile", None), None
    if not case.answers.get("contact_name") or not case.answers.get("contact_phone"):
        contact = main_contact(case.enterprise)
    known = {
        "contact_name": getattr(contact, "name", ""),
        "contact_phone": getattr(contact, "phone", ""),
        "industry": getattr(profile, "industry", ""),
        "registered_capital": "",
        "address": getattr(profile, "address", ""),
    }
    return {name: str(case.answers.get(name) or of_file) for name, of_file in known.items()}
