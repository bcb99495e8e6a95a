"""The desk's work by the API."""

import pytest

from lifecycle.enums import TaskState
from lifecycle.models import Task
from park.accounts.services import register_licence
from tests.api.callers import Caller
from tests.cast import NOW, USCC, Cast, pdf

pytestmark = pytest.mark.django_db


def test_queue_is_for_the_desk(cast: Cast):
    for user in (cast.chen, cast.auditor, cast.admin):
        Caller(user).get("/tasks/", status=403)
    Caller().get("/tasks/", status=401)
    Caller(cast.gao.user).get("/tasks/")


def test_queue_shows_the_scope_that_is_asked_for(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    mine, colleague = (cast.wang, cast.han) if task.assignee == cast.wang else (cast.han, cast.wang)
    assert [row["id"] for row in Caller(mine.user).get("/tasks/")["results"]] == [task.pk]
    assert Caller(colleague.user).get("/tasks/")["results"] == []
    assert [row["id"] for row in Caller(colleague.user).get("/tasks/", scope="department")["results"]] == [task.pk]
    assert Caller(colleague.user).get("/tasks/", scope="unassigned")["results"] == []
    assert Caller(cast.gao.user).get("/tasks/", scope="department")["results"] == []


def test_queue_is_filtered(cast: Cast):
    case = cast.submitted()
    caller = Caller(cast.shen)
    assert len(caller.get("/tasks/", scope="department", text=case.reference)["results"]) == 1
    assert caller.get("/tasks/", scope="department", text="CM99")["results"] == []
    assert caller.get("/tasks/", scope="department", procedure="REG-99")["results"] == []


@pytest.mark.parametrize("query", [{"scope": "all"}, {"signal": "blue"}, {"after": "yesterday"}, {"text": "x" * 101}])
def test_wrong_question_is_refused_beside_its_field(cast: Cast, query: dict[str, str]):
    problem = Caller(cast.wang.user).get("/tasks/", status=400, **query)
    assert list(problem["errors"]) == list(query)


def test_queue_asks_the_database_as_often_for_three_tasks_as_for_one(cast: Cast, django_assert_max_num_queries):
    cast.submitted()
    caller = Caller(cast.qian.user)
    caller.get("/tasks/", scope="department")
    with django_assert_max_num_queries(8) as one:
        caller.get("/tasks/", scope="department")
    cast.submitted()
    cast.submitted()
    with django_assert_max_num_queries(len(one)):
        assert len(caller.get("/tasks/", scope="department")["results"]) == 3


def test_task_says_why_this_person_and_who_else_could(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    shown = Caller(task.assignee.user).get(f"/tasks/{task.pk}/")
    assert shown["assignment"]["rule"] == "least_load"
    assert len(shown["colleagues"]) == 1
    assert shown["clock"]["days"][0]["kind"] == "start"


def test_task_of_another_department_does_not_exist(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    for act in ("claim", "verdicts", "correct", "pass", "confirm", "transfer", "reject", "sign"):
        Caller(cast.gao.user).post(f"/tasks/{task.pk}/{act}/", {}, status=404)
    Caller(cast.gao.user).get(f"/tasks/{task.pk}/", status=404)
    Caller(cast.chen).get(f"/tasks/{task.pk}/", status=403)


def test_task_that_has_not_begun_does_not_exist(cast: Cast):
    task = cast.task(cast.submitted(), "N8")
    Caller(cast.gao.user).get(f"/tasks/{task.pk}/", status=404)
    Caller(cast.shen).get(f"/tasks/{task.pk}/", status=404)


def test_second_claim_comes_too_late(cast: Cast):
    task = cast.in_review()
    other = cast.han if task.assignee == cast.wang else cast.wang
    assert Caller(other.user).post(f"/tasks/{task.pk}/claim/", status=409)["type"] == "urn:park:problem:conflict"


def test_unqualified_and_managers_do_not_claim(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    Caller(cast.qian.user).post(f"/tasks/{task.pk}/claim/", status=403)
    Caller(cast.shen).post(f"/tasks/{task.pk}/claim/", status=403)
    task.refresh_from_db()
    assert task.state == TaskState.READY


def test_colleague_does_not_work_on_what_is_in_other_hands(cast: Cast):
    task = cast.in_review()
    other = Caller((cast.han if task.assignee == cast.wang else cast.wang).user)
    material = task.case.materials.first()
    verdicts = {"verdicts": [{"material": material.pk, "verdict": "accepted"}]}
    other.post(f"/tasks/{task.pk}/verdicts/", verdicts, status=403)
    other.post(f"/tasks/{task.pk}/pass/", status=403)
    other.post(f"/tasks/{task.pk}/reject/", {"reason": "x", "remedy": "y"}, status=403)
    material.refresh_from_db()
    assert material.verdict == "pending"


def test_verdicts_need_a_known_word_and_this_case(cast: Cast):
    task = cast.in_review()
    caller, url = Caller(task.assignee.user), f"/tasks/{task.pk}/verdicts/"
    assert "verdicts" in caller.post(url, {"verdicts": []}, status=400)["errors"]
    assert "verdicts" in caller.post(url, {"verdicts": [{"material": 1, "verdict": "fine"}]}, status=400)["errors"]
    caller.post(url, {"verdicts": [{"material": 999999, "verdict": "accepted"}]}, status=409)


def test_two_verdicts_on_one_material_are_refused(cast: Cast):
    task = cast.in_review()
    material = task.case.materials.first().pk
    both = [{"material": material, "verdict": verdict} for verdict in ("accepted", "not_applicable")]
    problem = Caller(task.assignee.user).post(f"/tasks/{task.pk}/verdicts/", {"verdicts": both}, status=400)
    assert "verdicts" in problem["errors"]


def test_place_in_the_queue_at_an_odd_hour_is_a_place(cast: Cast):
    Caller(cast.wang.user).get("/tasks/", after="2026-01-01T00:00:00+23:59,1")


def test_passing_without_verdicts_names_each_material(cast: Cast):
    task = cast.in_review()
    problem = Caller(task.assignee.user).post(f"/tasks/{task.pk}/pass/", status=400)
    assert len(problem["errors"]["verdicts"]) == task.case.materials.count()


def test_correcting_nothing_is_refused(cast: Cast):
    task = cast.in_review()
    Caller(task.assignee.user).post(f"/tasks/{task.pk}/correct/", status=400)


def test_work_of_another_kind_is_refused(cast: Cast):
    task = cast.in_review()
    Caller(task.assignee.user).post(f"/tasks/{task.pk}/confirm/", {"note": "x"}, status=409)


def test_transfer_goes_to_a_colleague_who_could(cast: Cast):
    task = cast.in_review()
    caller, url = Caller(task.assignee.user), f"/tasks/{task.pk}/transfer/"
    other = cast.han if task.assignee == cast.wang else cast.wang
    for wrong in (cast.gao.pk, task.assignee_id, 999999):
        assert "to" in caller.post(url, {"to": wrong, "note": "x"}, status=400)["errors"]
    assert "note" in caller.post(url, {"to": other.pk}, status=400)["errors"]
    assert caller.post(url, {"to": other.pk, "note": "出差"})["assignee"] == other.user.name
    assert Task.objects.get(pk=task.pk).clock.due_at == task.clock.due_at


def test_rejection_says_why_and_what_can_be_done(cast: Cast):
    task = cast.in_review()
    caller, url = Caller(task.assignee.user), f"/tasks/{task.pk}/reject/"
    assert set(caller.post(url, {}, status=400)["errors"]) == {"reason", "remedy"}
    done = caller.post(url, {"reason": "名称重复", "remedy": "换一个名称"})
    assert (done["state"], done["closing_reason"]) == ("rejected", "名称重复")
    caller.post(url, {"reason": "x", "remedy": "y"}, status=409)


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": "123"},
        {"number": USCC[:-1] + "A"},
        {"result_on": "2999-01-01"},
        {"result_on": "0001-01-01"},
        {"result_on": "soon"},
    ],
    ids=["length", "check", "future", "past", "no date"],
)
def test_wrong_result_is_refused_beside_its_field(cast: Cast, wrong: dict[str, str]):
    task = cast.at_result()
    given = {"number": USCC, "result_on": "2026-11-20", "file": pdf("licence.pdf"), **wrong}
    problem = Caller(task.assignee.user).post(f"/tasks/{task.pk}/result/", given, status=400, kind="multipart")
    assert list(problem["errors"]) == list(wrong)
    task.refresh_from_db()
    assert task.state == TaskState.CLAIMED


def test_code_of_another_enterprise_is_refused(cast: Cast):
    task = cast.at_result()
    register_licence(enterprise=cast.other, uscc=USCC, by=cast.shen, now=NOW)
    given = {"number": USCC, "result_on": "2026-11-20", "file": pdf("licence.pdf")}
    problem = Caller(task.assignee.user).post(f"/tasks/{task.pk}/result/", given, status=400, kind="multipart")
    assert list(problem["errors"]) == ["number"]
    task.refresh_from_db()
    assert task.state == TaskState.CLAIMED
