"""One case from the first click to the licence, by the services alone."""

import pytest

from lifecycle.enums import CaseState, TaskState, Verdict
from lifecycle.models import Case, Task
from lifecycle.services import materials, review
from park.deadlines.enums import ClockState
from park.events import consumers, sequencer
from park.events.models import Event
from park.notices.models import Notice
from tests.cast import USCC, Cast, at, pdf

pytestmark = pytest.mark.django_db


def test_case_goes_from_draft_to_licence(cast: Cast) -> None:
    case = cast.completed(at("2026-11-20 15:10"))

    assert case.state == CaseState.COMPLETED
    assert case.reference == "CM26-1120-01"
    assert {task.state for task in case.tasks.all()} == {TaskState.DONE}
    cast.enterprise.refresh_from_db()
    assert (cast.enterprise.uscc, cast.enterprise.is_forming) == (USCC, False)
    assert {row.clock.state for row in case.milestones.all()} == {ClockState.MET}
    consumers.react()
    assert sequencer.verify() is None
    assert Notice.objects.filter(recipient=cast.chen, kind="licence.handed_over").count() == 1


def test_licence_clock_starts_when_both_have_signed(cast: Cast) -> None:
    case = cast.signed(at("2026-11-20 15:10"))
    clock = case.milestones.get().clock
    assert clock.kind == "licence"
    assert clock.due_at == at("2026-12-11 17:00")
    assert clock.responsible == case.tasks.get(node__code="SIGN").assignee


def test_correction_pauses_both_clocks_and_its_answer_moves_them(cast: Cast) -> None:
    now = at("2026-11-20 15:10")
    case = cast.in_correction(now)
    clocks = [cast.task(case, "N2").clock, case.milestones.get().clock]
    assert [c.state for c in clocks] == [ClockState.PAUSED, ClockState.PAUSED]
    before = [c.due_at for c in clocks]

    back = at("2026-11-24 10:06")
    item = case.correction.items.get()
    materials.hand_in(case, item.material.requirement, pdf("new.pdf"), by=cast.chen, now=back)
    review.answer_correction(case, by=cast.chen, now=back)

    clocks = [cast.task(case, "N2").clock, case.milestones.get().clock]
    assert [c.state for c in clocks] == [ClockState.RUNNING, ClockState.RUNNING]
    assert before == [at("2026-11-25 17:00"), at("2026-12-11 17:00")]
    assert [c.due_at for c in clocks] == [at("2026-11-27 17:00"), at("2026-12-15 17:00")]
    assert Case.objects.get(pk=case.pk).state == CaseState.SUBMITTED
    assert Task.objects.get(case=case, node__code="N2").state == TaskState.CLAIMED
    assert item.material.versions.count() == 2
    assert case.materials.get(pk=item.material_id).verdict == Verdict.PENDING


def test_every_act_is_on_the_timeline(cast: Cast) -> None:
    case = cast.completed()
    kinds = set(Event.objects.of_thread(case.thread).values_list("kind", flat=True))
    assert kinds >= {
        "case.begun",
        "agreement.signed",
        "material.added",
        "case.submitted",
        "task.assigned",
        "task.claimed",
        "case.accepted",
        "task.done",
        "case.completed",
        "clock.started",
        "clock.met",
    }
