"""Steps of the enterprise's own, and documents handed over, by the API."""

import json

import pytest

from lifecycle.enums import AnswerKind
from lifecycle.models import Case, Question, Task
from lifecycle.services import cases, tasks
from tests.api.callers import Caller
from tests.cast import NOW, Cast, pdf
from tests.procedures import begin, finish, make_world, work_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> Cast:
    return make_world()


def until(world: Cast, code: str, work: str) -> Task:
    """The first open task of this work in a case of the procedure, everything before it done."""
    case = begin(world, code, "yes")
    cases.submit_case(case, by=case.created_by, now=NOW)
    for task in work_off(Case.objects.get(pk=case.pk)):
        if task.node.work == work:
            return task
        finish(world, task, "yes")
    raise LookupError(work)


def test_enterprise_confirms_its_own_step_and_the_evidence_is_shown(world: Cast):
    step = until(world, "OUT-03", "enterprise")
    path = f"/cases/{step.case.uid}/own-steps/"
    [shown] = Caller(world.chen).get(path)
    assert (shown["id"], shown["state"], shown["confirmation"]) == (step.pk, "ready", None)
    Caller(world.zhao).post(f"{path}{step.pk}/confirm/", status=404)
    done = Caller(world.chen).post(f"{path}{step.pk}/confirm/", {"note": "Seen."})
    assert (done["state"], done["confirmation"]["signer_name"]) == ("done", world.chen.name)
    again = Caller(world.chen).post(f"{path}{step.pk}/confirm/")
    assert again["confirmation"]["signed_at"] == done["confirmation"]["signed_at"]
    assert Caller(world.shen).get(path)[0]["confirmation"]["statement"]


def test_document_is_handed_over_and_both_sides_see_it(world: Cast):
    task = until(world, "OUT-01", "document")
    officer = task.assignee.user
    tasks.claim_task(task, by=officer, now=NOW)
    path = f"/tasks/{task.pk}/hand-over/"
    given = {"title": "Landing plan", "note": "Sent.", "file": pdf("plan.pdf")}
    assert "file" in Caller(officer).post(path, {**given, "file": pdf("plan.exe")}, 400, kind="multipart")["errors"]
    Caller(officer).post(path, {**given, "file": pdf("plan.pdf")}, kind="multipart")
    Caller(officer).post(path, {**given, "file": pdf("plan.pdf")}, 409, kind="multipart")
    for user in (world.chen, officer):
        [paper] = Caller(user).get(f"/cases/{task.case.uid}/documents/")
        assert (paper["title"], paper["file_name"]) == ("Landing plan", "plan.pdf")
        Caller(user).get(f"/cases/{task.case.uid}/documents/{paper['document']}/file/")
    Caller(world.zhao).get(f"/cases/{task.case.uid}/documents/", status=404)


def test_what_a_step_asks_at_its_end_is_answered(world: Cast):
    question = Question.objects.filter(node__work="confirm", kind=AnswerKind.YES_NO, is_required=True).first()
    code = question.procedure.code
    case = begin(world, code, "yes")
    cases.submit_case(case, by=case.created_by, now=NOW)
    for task in work_off(Case.objects.get(pk=case.pk)):
        if task.node_id == question.node_id:
            break
        finish(world, task, "yes")
    officer = task.assignee.user
    tasks.claim_task(task, by=officer, now=NOW)
    caller, path = Caller(officer), f"/tasks/{task.pk}/confirm/"
    assert "missing" in caller.post(path, {"note": "Done."}, 400)["errors"]
    for wrong in ({question.code: "yes"}, {"nothing": True}, [1]):
        assert "answers" in caller.post(path, {"note": "Done.", "answers": wrong}, 400)["errors"], json.dumps(wrong)
    answers = {one.code: False for one in question.node.questions.all()}
    caller.post(path, {"note": "Done.", "answers": answers})
    assert Case.objects.get(pk=case.pk).answers[question.code] is False
