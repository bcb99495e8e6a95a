"""Claim, transfer, confirm, hand over: what each does, and that a refusal writes nothing."""

from datetime import date

import pytest

from lifecycle.enums import CaseState, TaskState
from lifecycle.models import Case, Task
from lifecycle.services import tasks
from lifecycle.services.errors import CaseMoved, NotYours
from park.accounts.services import CodeTaken
from park.deadlines.enums import ClockState
from park.events.models import Event
from park.team.models import Specialist
from park.team.services import set_absent
from profiles.models import Document
from profiles.services.documents import FileRefused
from tests.cast import NOW, USCC, Cast, at, pdf

pytestmark = pytest.mark.django_db


def ready(cast: Cast) -> Task:
    return cast.task(cast.submitted(), "N2")


def colleague_of(cast: Cast, task: Task) -> Specialist:
    return cast.han if task.assignee == cast.wang else cast.wang


def green_channel(cast: Cast) -> Task:
    return tasks.claim_task(cast.task(cast.accepted(), "N8"), by=cast.gao.user, now=NOW)


@pytest.fixture
def nothing_written():
    """Fails when an event was recorded between the call and the end of the test."""
    marks: list[int] = []
    yield lambda: marks.append(Event.objects.count())
    assert marks
    assert Event.objects.count() == marks[0]


def test_claim_takes_the_task_and_records_it(cast):
    task = ready(cast)
    claimed = tasks.claim_task(task, by=task.assignee.user, now=NOW)
    assert (claimed.state, claimed.claimed_at) == (TaskState.CLAIMED, NOW)
    assert Event.objects.filter(kind="task.claimed", thread=task.case.thread, subject_id=str(task.pk)).count() == 1


def test_claim_by_a_qualified_colleague_moves_task_and_clock(cast):
    task = ready(cast)
    other = colleague_of(cast, task)
    claimed = tasks.claim_task(task, by=other.user, now=NOW)
    claimed.clock.refresh_from_db()
    assert claimed.assignee == claimed.clock.responsible == other


def test_claim_that_comes_second_writes_nothing(cast, nothing_written):
    task = ready(cast)
    tasks.claim_task(task, by=task.assignee.user, now=NOW)
    nothing_written()
    with pytest.raises(CaseMoved):
        tasks.claim_task(task, by=colleague_of(cast, task).user, now=NOW)


@pytest.mark.parametrize("who", ["qian", "gao"])
def test_claim_without_the_qualification_writes_nothing(cast, nothing_written, who):
    task = ready(cast)
    nothing_written()
    with pytest.raises(NotYours):
        tasks.claim_task(task, by=getattr(cast, who).user, now=NOW)
    assert Task.objects.get(pk=task.pk).state == TaskState.READY


def test_claim_by_somebody_who_takes_no_tasks_writes_nothing(cast, nothing_written):
    task = ready(cast)
    nothing_written()
    with pytest.raises(Specialist.DoesNotExist):
        tasks.claim_task(task, by=cast.shen, now=NOW)


def test_claim_of_the_next_task_sets_the_case_in_progress(cast):
    task = green_channel(cast)
    assert Case.objects.get(pk=task.case_id).state == CaseState.IN_PROGRESS


def test_transfer_moves_the_task_with_its_note_and_keeps_the_due_date(cast):
    task = cast.in_review()
    due, other = task.clock.due_at, colleague_of(cast, task)
    tasks.transfer_task(task, to=other, note="只差章程", by=task.assignee.user, now=at("2026-11-23 10:00"))
    moved = cast.task(task.case, "N2")
    assert (moved.assignee, moved.assignment["note"]) == (other, "只差章程")
    assert (moved.clock.due_at, moved.clock.responsible) == (due, other)


def test_transfer_by_the_head_of_the_department_is_allowed(cast):
    task = cast.in_review()
    other = colleague_of(cast, task)
    tasks.transfer_task(task, to=other, note="", by=cast.qian.user, now=NOW)
    assert Task.objects.get(pk=task.pk).assignee == other


def test_transfer_by_a_bystander_writes_nothing(cast, nothing_written):
    task = cast.in_review()
    other = colleague_of(cast, task)
    nothing_written()
    with pytest.raises(NotYours):
        tasks.transfer_task(task, to=other, note="", by=other.user, now=NOW)


@pytest.mark.parametrize("to", ["gao", "qian", "self"])
def test_transfer_to_the_unqualified_or_to_oneself_writes_nothing(cast, nothing_written, to):
    task = cast.in_review()
    taker = task.assignee if to == "self" else getattr(cast, to)
    nothing_written()
    with pytest.raises(NotYours):
        tasks.transfer_task(task, to=taker, note="", by=task.assignee.user, now=NOW)


def test_transfer_of_a_closed_task_writes_nothing(cast, nothing_written):
    case = cast.accepted()
    task = cast.task(case, "N2")
    nothing_written()
    with pytest.raises(CaseMoved):
        tasks.transfer_task(task, to=colleague_of(cast, task), note="", by=task.assignee.user, now=NOW)


def test_colleagues_are_qualified_and_present(cast):
    task = cast.in_review()
    other = colleague_of(cast, task)
    assert tasks.colleagues(task, NOW) == [other]
    set_absent(specialist=other, first_on=NOW.date(), last_on=NOW.date(), by=cast.qian.user, now=NOW)
    assert tasks.colleagues(task, NOW) == []


def test_confirm_finishes_the_task_stops_its_clock_and_opens_the_next(cast):
    task = green_channel(cast)
    tasks.confirm_task(task, note="准予登记", by=cast.gao.user, now=NOW)
    done = cast.task(task.case, "N8")
    assert (done.state, done.note, done.clock.state) == (TaskState.DONE, "准予登记", ClockState.MET)
    assert cast.task(task.case, "N9").state == TaskState.READY


def test_confirm_of_another_kind_of_work_writes_nothing(cast, nothing_written):
    task = cast.in_review()
    nothing_written()
    with pytest.raises(CaseMoved):
        tasks.confirm_task(task, note="x", by=task.assignee.user, now=NOW)


def test_confirm_of_a_task_that_is_not_claimed_writes_nothing(cast, nothing_written):
    task = cast.task(cast.accepted(), "N8")
    nothing_written()
    with pytest.raises(CaseMoved):
        tasks.confirm_task(task, note="x", by=cast.gao.user, now=NOW)


def test_confirm_by_somebody_else_writes_nothing(cast, nothing_written):
    task = green_channel(cast)
    nothing_written()
    with pytest.raises(NotYours):
        tasks.confirm_task(task, note="x", by=cast.wang.user, now=NOW)


def record(cast: Cast, task: Task, **changed):
    by = task.assignee.user
    upload = changed.pop("upload", None) or pdf("licence.pdf")
    document = tasks.receive_licence(task, upload, by=by, now=NOW)
    values = {"number": USCC, "result_on": date(2026, 11, 20), "document": document, "by": by}
    return tasks.record_result(task, **values | changed, now=NOW)


def test_result_completes_the_case_and_gives_the_company_its_code(cast):
    task = cast.at_result()
    case = record(cast, task)
    cast.enterprise.refresh_from_db()
    assert (case.state, case.closed_at, case.result_number) == (CaseState.COMPLETED, NOW, USCC)
    assert (cast.enterprise.uscc, cast.enterprise.is_forming) == (USCC, False)
    assert case.result_document.kind == "LICENCE"
    assert {row.clock.state for row in case.milestones.all()} == {ClockState.MET}


def test_result_with_a_refused_file_writes_nothing(cast, nothing_written):
    task = cast.at_result()
    nothing_written()
    with pytest.raises(FileRefused):
        record(cast, task, upload=pdf("licence.pdf", b"MZ"))
    assert Case.objects.get(pk=task.case_id).state == CaseState.IN_PROGRESS


def test_result_with_the_code_of_another_enterprise_completes_nothing(cast):
    task = cast.at_result()
    cast.other.uscc = USCC
    cast.other.save()
    with pytest.raises(CodeTaken):
        record(cast, task)
    assert Case.objects.get(pk=task.case_id).result_document is None
    assert Case.objects.get(pk=task.case_id).state == CaseState.IN_PROGRESS


def test_result_recorded_twice_is_recorded_once(cast, nothing_written):
    task = cast.at_result()
    record(cast, task)
    nothing_written()
    with pytest.raises(CaseMoved):
        record(cast, task, number="91310230MA1K0ABC3B")
    assert Document.objects.filter(kind="LICENCE").count() == 1
