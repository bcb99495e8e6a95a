"""What the page of one task shows beside the task itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from lifecycle.models import Agreement, Case, CorrectionNotice, Material, MaterialVersion, Task
from park.deadlines.selectors import ClockView, calendar, clock_view
from profiles.models import EnterpriseProfile

SHOWN_INLINE = ("application/pdf", "image/jpeg", "image/png")


@dataclass(frozen=True)
class Paper:
    """A material with its versions, the present one first."""

    material: Material
    versions: Sequence[MaterialVersion]

    @property
    def name(self) -> str:
        return self.material.requirement.name

    @property
    def current(self) -> MaterialVersion | None:
        return self.versions[0] if self.versions else None


@dataclass(frozen=True)
class Change:
    """One item of the correction notice with what stood there before and what came back."""

    name: str
    text: str
    before: MaterialVersion | None
    after: MaterialVersion | None


def papers(case: Case) -> list[Paper]:
    materials = (
        case.materials.select_related("requirement")
        .prefetch_related("versions__document")
        .order_by("requirement__order")
    )
    return [Paper(m, sorted(m.versions.all(), key=lambda v: -v.number)) for m in materials]


def changes(case: Case) -> list[Change]:
    """What the enterprise handed in on the correction notice that it has answered last; nothing while it waits."""
    notice = CorrectionNotice.objects.filter(case=case, answered_at__isnull=False).first()
    if notice is None:
        return []
    items = notice.items.filter(settled_at__isnull=True).select_related("material__requirement")
    found = []
    for item in items.prefetch_related("material__versions__document"):
        versions = sorted(item.material.versions.all(), key=lambda version: version.number)
        old = [v for v in versions if v.added_at < notice.issued_at]
        new = [v for v in versions if v.added_at >= notice.issued_at]
        found.append(
            Change(item.material.requirement.name, item.text, old[-1] if old else None, new[-1] if new else None)
        )
    return found


def named_in_notice(case: Case) -> frozenset[int] | None:
    """The materials that the one notice of a case still names; None before there is a notice."""
    notice = CorrectionNotice.objects.filter(case=case).first()
    if notice is None:
        return None
    return frozenset(notice.items.filter(settled_at__isnull=True).values_list("material_id", flat=True))


def clocks_of(case: Case, task: Task | None, now: datetime) -> list[ClockView]:
    """The clock of the task, then the promises that span tasks, each day by day."""
    in_force = calendar()
    clocks = [task.clock] if task and task.clock else []
    clocks += [row.clock for row in case.milestones.select_related("clock").prefetch_related("clock__pauses")]
    return [clock_view(clock, now, with_days=True, in_force=in_force) for clock in clocks]


def team(case: Case) -> list[Task]:
    """Every step of the case with whoever has it, in the order of the standard."""
    return list(case.tasks.select_related("node", "department", "assignee__user", "clock").order_by("node__order"))


def agreement_of(case: Case) -> Agreement:
    return Agreement.objects.select_related("document").prefetch_related("signatures").get(case=case)


def facts(case: Case) -> dict[str, str]:
    """Whom to call and what the enterprise does: from the application, which is fresher than the enterprise's file."""
    profile = EnterpriseProfile.objects.filter(enterprise=case.enterprise_id).first()
    return {
        name: str(case.answers.get(name) or (getattr(profile, name) if profile else "") or "")
        for name in ("contact_name", "contact_phone", "industry", "registered_capital", "address")
    }
