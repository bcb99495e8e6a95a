"""Verdicts, the one correction notice, its answer, and acceptance; a refusal writes nothing."""

import pytest

from lifecycle.enums import CaseState, TaskState, Verdict
from lifecycle.models import Case, CorrectionNotice, Material, Task
from lifecycle.services import materials, review
from lifecycle.services.errors import CaseMoved, Incomplete, NotYours, VerdictsMissing
from park.deadlines.enums import ClockState
from park.events.models import Event
from tests.cast import NOW, Cast, at, pdf

pytestmark = pytest.mark.django_db
LATER = at("2026-11-23 10:00")


@pytest.fixture
def task(cast) -> Task:
    return cast.in_review()


def judge(task: Task, verdict: str = Verdict.ACCEPTED, **changed: tuple[str, str]) -> None:
    """A verdict for all materials, and others by the code of the requirement."""
    given = {
        m.pk: changed.get(m.requirement.code.replace("-", "_"), (verdict, ""))
        for m in task.case.materials.select_related("requirement")
    }
    review.set_verdicts(task, given, by=task.assignee.user, now=NOW)


def material(task: Task, code: str) -> Material:
    return task.case.materials.get(requirement__code=code)


def answered(cast: Cast, task: Task, code: str = "MAT_ART") -> Case:
    """The case after its notice about one material came back."""
    judge(task, **{code: (Verdict.CORRECTION, "缺第 12 条。")})
    review.issue_correction(task, by=task.assignee.user, now=NOW)
    case = Case.objects.get(pk=task.case_id)
    item = case.correction.items.get()
    materials.hand_in(case, item.material.requirement, pdf("new.pdf"), by=cast.chen, now=LATER)
    return review.answer_correction(case, by=cast.chen, now=LATER)


def test_verdicts_are_kept_with_who_and_when(task):
    judge(task, MAT_ART=(Verdict.CORRECTION, "缺第 12 条。"))
    article = material(task, "MAT-ART")
    assert (article.verdict, article.verdict_note) == (Verdict.CORRECTION, "缺第 12 条。")
    assert (article.verdict_by, article.verdict_at) == (task.assignee.user, NOW)


def test_verdict_on_a_material_of_another_case_writes_nothing(task):
    with pytest.raises(CaseMoved):
        review.set_verdicts(task, {0: (Verdict.ACCEPTED, "")}, by=task.assignee.user, now=NOW)


def test_verdict_by_a_colleague_writes_nothing(cast, task):
    other = cast.han if task.assignee == cast.wang else cast.wang
    with pytest.raises(NotYours):
        review.set_verdicts(task, {material(task, "MAT-ART").pk: ("accepted", "")}, by=other.user, now=NOW)
    assert material(task, "MAT-ART").verdict == Verdict.PENDING


def test_verdict_that_does_not_exist_writes_nothing(task):
    with pytest.raises(ValueError, match="perfect"):
        judge(task, "perfect")
    assert not task.case.materials.exclude(verdict=Verdict.PENDING).exists()


def test_notice_names_everything_and_stops_task_case_and_clocks(task):
    judge(task, MAT_ART=(Verdict.CORRECTION, "缺第 12 条。"), MAT_SHQ=(Verdict.CORRECTION, "看不清。"))
    notice = review.issue_correction(task, by=task.assignee.user, now=NOW)
    assert {item.text for item in notice.items.all()} == {"缺第 12 条。", "看不清。"}
    held = Task.objects.select_related("case", "clock").get(pk=task.pk)
    assert (held.state, held.case.state, held.clock.state) == (
        TaskState.RETURNED,
        CaseState.CORRECTION,
        ClockState.PAUSED,
    )


@pytest.mark.parametrize(
    ("verdict", "changed", "words"),
    [
        (Verdict.PENDING, {}, 6),
        (Verdict.ACCEPTED, {}, 1),
        (Verdict.ACCEPTED, {"MAT_ART": (Verdict.CORRECTION, " ")}, 1),
        (Verdict.PENDING, {"MAT_ART": (Verdict.CORRECTION, "缺")}, 4),
    ],
)
def test_notice_that_is_not_complete_writes_nothing(task, verdict, changed, words):
    judge(task, verdict, **changed)
    before = Event.objects.count()
    with pytest.raises(VerdictsMissing) as missing:
        review.issue_correction(task, by=task.assignee.user, now=NOW)
    assert len(missing.value.texts) == words
    assert not CorrectionNotice.objects.exists()
    assert Event.objects.count() == before


def test_notice_is_sent_once(task):
    judge(task, MAT_ART=(Verdict.CORRECTION, "缺第 12 条。"))
    review.issue_correction(task, by=task.assignee.user, now=NOW)
    with pytest.raises(CaseMoved):
        review.issue_correction(task, by=task.assignee.user, now=NOW)


def test_answer_brings_the_task_back_with_the_verdict_open(cast, task):
    case = answered(cast, task)
    assert case.state == CaseState.SUBMITTED
    assert Task.objects.get(pk=task.pk).state == TaskState.CLAIMED
    assert material(task, "MAT-ART").verdict == Verdict.PENDING
    assert material(task, "MAT-SHQ").verdict == Verdict.ACCEPTED


def test_answer_without_a_new_version_writes_nothing(cast):
    case = cast.in_correction()
    with pytest.raises(Incomplete):
        review.answer_correction(case, by=cast.chen, now=LATER)
    assert Case.objects.get(pk=case.pk).state == CaseState.CORRECTION


def test_answer_without_an_open_notice_writes_nothing(cast):
    case = cast.submitted()
    with pytest.raises(CaseMoved):
        review.answer_correction(case, by=cast.chen, now=LATER)


def test_tick_without_a_new_version_is_refused(cast, task):
    judge(task, MAT_ART=(Verdict.CORRECTION, "缺第 12 条。"))
    review.issue_correction(task, by=task.assignee.user, now=LATER)
    case = Case.objects.get(pk=task.case_id)
    with pytest.raises(Incomplete):
        review.tick_item(case, case.correction.items.get(), done=True, by=cast.chen, now=LATER)
    assert case.correction.items.get().done_at is None


def test_tick_may_be_taken_back(cast):
    case = cast.in_correction()
    item = case.correction.items.get()
    materials.hand_in(case, item.material.requirement, pdf(), by=cast.chen, now=LATER)
    review.tick_item(case, item, done=False, by=cast.chen, now=LATER)
    with pytest.raises(Incomplete):
        review.answer_correction(case, by=cast.chen, now=LATER)


def test_second_notice_may_name_only_what_the_first_did(cast, task):
    answered(cast, task)
    judge(task, MAT_SHQ=(Verdict.CORRECTION, "又一处"))
    with pytest.raises(VerdictsMissing):
        review.issue_correction(task, by=task.assignee.user, now=LATER)
    assert Case.objects.get(pk=task.case_id).state == CaseState.SUBMITTED


def test_second_notice_about_the_same_material_is_the_same_notice(cast, task):
    answered(cast, task)
    judge(task, MAT_ART=(Verdict.CORRECTION, "仍缺签名。"))
    notice = review.issue_correction(task, by=task.assignee.user, now=LATER)
    assert CorrectionNotice.objects.count() == 1
    assert [(item.text, item.done_at) for item in notice.items.all()] == [("仍缺签名。", None)]


def test_file_in_order_is_accepted_and_the_next_step_opens(cast, task):
    judge(task, MAT_SHQ=(Verdict.NOT_APPLICABLE, ""))
    case = review.pass_review(task, by=task.assignee.user, now=NOW)
    assert case.state == CaseState.ACCEPTED
    assert cast.task(case, "N2").clock.state == ClockState.MET
    assert cast.task(case, "N8").state == TaskState.READY


def test_acceptance_settles_what_the_notice_named(cast, task):
    answered(cast, task)
    judge(task)
    case = review.pass_review(task, by=task.assignee.user, now=LATER)
    assert case.correction.items.get().settled_at == LATER


@pytest.mark.parametrize("verdict", [Verdict.PENDING, Verdict.CORRECTION])
def test_file_that_is_not_in_order_is_not_accepted(task, verdict):
    judge(task, MAT_ART=(verdict, "缺第 12 条。"))
    with pytest.raises(VerdictsMissing):
        review.pass_review(task, by=task.assignee.user, now=NOW)
    assert Case.objects.get(pk=task.case_id).state == CaseState.SUBMITTED


def test_acceptance_by_a_colleague_writes_nothing(cast, task):
    judge(task)
    other = cast.han if task.assignee == cast.wang else cast.wang
    with pytest.raises(NotYours):
        review.pass_review(task, by=other.user, now=NOW)
    assert Case.objects.get(pk=task.case_id).state == CaseState.SUBMITTED
