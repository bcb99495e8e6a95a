"""Verdicts on materials at the desk: kept whatever is open, sent once, accepted when all is in order."""

import pytest
from django.urls import reverse

from lifecycle.enums import CaseState, TaskState, Verdict
from lifecycle.models import Case, CorrectionNotice, Task
from lifecycle.services import materials, review
from tests.cast import NOW, pdf
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(cast) -> Task:
    return cast.in_review()


@pytest.fixture
def desk(client, task):
    """The client, signed in as whoever has the task in hand."""
    give_second_factor(task.assignee.user)
    client.force_login(task.assignee.user)
    return client


def url(name: str, task: Task) -> str:
    return reverse(f"desk:{name}", args=[task.pk])


def given(task: Task, verdict: str, **changed: tuple[str, str]) -> dict[str, str]:
    """The fields of the form: one verdict for all, and others by the code of the requirement."""
    data = {}
    for material in task.case.materials.select_related("requirement"):
        chosen, text = changed.get(material.requirement.code.replace("-", "_"), (verdict, ""))
        data |= {f"verdict-{material.pk}": chosen, f"text-{material.pk}": text}
    return data


def test_review_page_shows_every_material_with_its_choices(desk, task):
    page = desk.get(url("task", task)).content.decode()
    for material in task.case.materials.select_related("requirement"):
        assert material.requirement.name_zh in page
        assert f'name="verdict-{material.pk}"' in page
    assert "<iframe" in page


def test_verdicts_are_kept_while_others_are_open(desk, task):
    data = given(task, "", MAT_ART=("correction", "缺第 12 条。"))
    assert desk.post(url("verdicts", task), data).status_code == 302
    article = task.case.materials.get(requirement__code="MAT-ART")
    assert (article.verdict, article.verdict_note) == (Verdict.CORRECTION, "缺第 12 条。")
    assert task.case.materials.filter(verdict=Verdict.PENDING).count() == 4
    assert "缺第 12 条。" in desk.get(url("task", task)).content.decode()


def test_looking_at_another_material_keeps_what_was_typed(desk, task):
    other = task.case.materials.get(requirement__code="MAT-SHQ")
    data = given(task, "", MAT_ART=("correction", "缺第 12 条。")) | {"show": other.pk}
    response = desk.post(url("verdicts", task), data, follow=True)
    assert response.context["shown"].material == other
    assert "缺第 12 条。" in response.content.decode()


@pytest.mark.parametrize("aim", ["correct", "pass"])
def test_going_on_needs_a_verdict_on_each_and_loses_no_text(desk, task, aim):
    data = given(task, "", MAT_ART=("correction", "缺第 12 条。")) | {"aim": aim}
    response = desk.post(url("verdicts", task), data)
    assert response.status_code == 422
    shareholders = task.case.materials.get(requirement__code="MAT-SHQ")
    assert response.context["form"].has_error(f"verdict-{shareholders.pk}")
    assert "缺第 12 条。" in response.content.decode()


def test_correction_without_a_text_is_named_beside_its_field(desk, task):
    data = given(task, "accepted", MAT_ART=("correction", " ")) | {"aim": "correct"}
    response = desk.post(url("verdicts", task), data)
    article = task.case.materials.get(requirement__code="MAT-ART")
    assert list(response.context["form"].errors) == [f"text-{article.pk}"]


def test_notice_without_anything_to_correct_is_refused(desk, task):
    response = desk.post(url("verdicts", task), given(task, "accepted") | {"aim": "correct"})
    assert response.status_code == 422
    assert not CorrectionNotice.objects.exists()


def test_verdict_that_does_not_exist_is_refused(desk, task):
    assert desk.post(url("verdicts", task), given(task, "perfect")).status_code == 422
    assert not task.case.materials.exclude(verdict=Verdict.PENDING).exists()


def test_text_that_is_too_long_is_refused_and_stays(desk, task):
    data = given(task, "accepted", MAT_ART=("correction", "长" * 2001))
    response = desk.post(url("verdicts", task), data)
    assert response.status_code == 422
    assert "长" * 2001 in response.content.decode()


def test_notice_is_previewed_asked_once_and_sent(desk, task):
    data = given(task, "accepted", MAT_ART=("correction", "缺第 12 条。")) | {"aim": "correct"}
    question = desk.post(url("verdicts", task), data, follow=True)
    assert "缺第 12 条。" in question.content.decode()
    assert not CorrectionNotice.objects.exists()
    desk.post(url("correct", task))
    notice = CorrectionNotice.objects.get(case=task.case)
    assert [item.text for item in notice.items.all()] == ["缺第 12 条。"]
    task.refresh_from_db()
    assert task.state == TaskState.RETURNED
    assert Case.objects.get(pk=task.case_id).state == CaseState.CORRECTION


def test_notice_sent_twice_is_one_notice(desk, task):
    data = given(task, "accepted", MAT_ART=("correction", "缺第 12 条。"))
    desk.post(url("verdicts", task), data)
    desk.post(url("correct", task))
    response = desk.post(url("correct", task), follow=True)
    assert [message.level_tag for message in response.context["messages"]][-1] == "warning"
    assert CorrectionNotice.objects.count() == 1


def test_question_without_verdicts_leads_back(desk, task):
    assert desk.get(url("correct", task)).url == url("task", task)
    assert desk.get(url("pass", task)).url == url("task", task)


def test_sending_with_open_verdicts_says_what_is_missing(desk, task):
    response = desk.post(url("correct", task), follow=True)
    assert {message.level_tag for message in response.context["messages"]} == {"error"}
    assert not CorrectionNotice.objects.exists()


def test_file_in_order_is_accepted_after_one_question(desk, task):
    question = desk.post(url("verdicts", task), given(task, "accepted") | {"aim": "pass"}, follow=True)
    assert question.status_code == 200
    assert Case.objects.get(pk=task.case_id).state == CaseState.SUBMITTED
    desk.post(url("pass", task))
    assert Case.objects.get(pk=task.case_id).state == CaseState.ACCEPTED
    task.refresh_from_db()
    assert task.state == TaskState.DONE


def test_file_with_a_correction_does_not_pass(desk, task):
    desk.post(url("verdicts", task), given(task, "accepted", MAT_ART=("correction", "缺第 12 条。")))
    desk.post(url("pass", task))
    assert Case.objects.get(pk=task.case_id).state == CaseState.SUBMITTED


def test_colleague_reads_but_does_not_judge(client, cast, task):
    other = cast.han if task.assignee == cast.wang else cast.wang
    give_second_factor(other.user)
    client.force_login(other.user)
    page = client.get(url("task", task)).content.decode()
    assert "公司章程" in page
    assert "data-verdicts" not in page
    client.post(url("verdicts", task), given(task, "accepted"))
    assert not task.case.materials.exclude(verdict=Verdict.PENDING).exists()


def test_answer_shows_old_and_new_version_of_what_was_asked(desk, cast, task):
    desk.post(url("verdicts", task), given(task, "accepted", MAT_ART=("correction", "缺第 12 条。")))
    review.issue_correction(task, by=task.assignee.user, now=NOW)
    case = Case.objects.get(pk=task.case_id)
    item = case.correction.items.get()
    materials.hand_in(case, item.material.requirement, pdf("new.pdf"), by=cast.chen, now=NOW)
    review.answer_correction(case, by=cast.chen, now=NOW)
    response = desk.get(url("task", task))
    change = response.context["changes"][0]
    assert (change.text, change.before.number, change.after.number) == ("缺第 12 条。", 1, 2)
    shareholders = case.materials.get(requirement__code="MAT-SHQ")
    data = given(task, "accepted", MAT_SHQ=("correction", "又一处")) | {"aim": "correct"}
    refused = desk.post(url("verdicts", task), data)
    assert refused.context["form"].has_error(f"verdict-{shareholders.pk}")
