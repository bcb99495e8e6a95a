"""Any procedure of the shipped standard, played by the services from what the standard itself says of it."""

import io
from collections.abc import Iterator
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from lifecycle.enums import AnswerKind, BegunBy, Verdict, Work
from lifecycle.models import Case, Procedure, Question, Task
from lifecycle.selectors.situation import Situation
from lifecycle.services import agreements, cases, materials, review, tasks
from lifecycle.services.agreements import Evidence
from lifecycle.services.standard import publish_from_file
from lifecycle.stages import OPEN_TASK
from park.accounts.enums import Role
from park.accounts.models import Enterprise, User
from park.deadlines.workdays import local_day
from park.team.models import Department, Skill, Specialist
from tests.cast import NOW, USCC, Cast, make_cast, pdf

EVIDENCE = Evidence()


def somebody_everywhere(password: str = "") -> None:
    """One person in each department who can do everything there, and nobody else: `all-DEP-INV`, `all-PTN-TAX`, …"""
    for department in Department.objects.all():
        user = User.objects.create_user(
            f"all-{department.code}",
            email=f"all-{department.pk}@example.invalid",
            password=password or None,
            name=f"{department.code} 经办",
            role=Role.PARTNER if department.is_partner else Role.SPECIALIST,
        )
        Specialist.objects.create(user=user, department=department).skills.set(Skill.objects.all())
    Specialist.objects.exclude(user__username__startswith="all-").update(is_active=False)


def make_world() -> Cast:
    """The shipped standard and the usual cast; the work of each department is done by one person who has every skill."""
    publish_from_file(now=NOW)
    cast = make_cast()
    somebody_everywhere()
    return cast


def begin(world: Cast, code: str, way: str) -> Case:
    """A complete draft, signed where it has an agreement; answered by yes and first choices, or by no and last ones."""
    procedure = Procedure.objects.get(code=code, standard__state="published")
    enterprise = world.enterprise
    if procedure.only_registered:
        Enterprise.objects.filter(pk=enterprise.pk).update(is_forming=False, uscc=USCC)
        enterprise.refresh_from_db()
    by = world.shen if procedure.begun_by == BegunBy.PARK else world.chen
    case = cases.begin_case(enterprise=enterprise, procedure=procedure, by=by, now=NOW)
    answers = {question.code: answer(question, way) for question in Situation(case).asked}
    case = cases.save_answers(case, answers, now=NOW)
    for requirement in Situation(case).wanted(local_day(NOW)):
        upload = pdf() if "pdf" in requirement.formats else table()
        materials.hand_in(case, requirement, upload, by=by, now=NOW)
    if hasattr(case, "agreement"):
        sign(world, case)
    return case


def answer(question: Question, way: str) -> Any:
    match AnswerKind(question.kind):
        case AnswerKind.YES_NO:
            return way == "yes"
        case AnswerKind.NUMBER:
            return 1200
        case AnswerKind.DAY:
            return local_day(NOW)
        case AnswerKind.PHONE:
            return "13800001234"
        case AnswerKind.CHOICE:
            return question.options[0 if way == "yes" else -1][0]
        case AnswerKind.CHOICES:
            codes = [code for code, _zh, _en in question.options]
            return codes if way == "yes" else codes[:1]
        case _:
            return "说明"


def table() -> SimpleUploadedFile:
    held = io.BytesIO()
    Workbook().save(held)
    return SimpleUploadedFile("table.xlsx", held.getvalue())


def sign(cast: Cast, case: Case) -> None:
    sha256 = case.agreement.document.sha256
    agreements.sign_for_enterprise(case, sha256=sha256, by=cast.chen, now=NOW, evidence=EVIDENCE)
    task = case.tasks.get(node__work=Work.AGREEMENT)
    assert task.assignee
    by = task.assignee.user
    tasks.claim_task(task, by=by, now=NOW)
    agreements.sign_for_park(task, sha256=sha256, by=by, now=NOW, evidence=EVIDENCE)


def work_off(case: Case) -> Iterator[Task]:
    """The open tasks, one after the other, until there are none."""
    for _step in range(100):
        task = case.tasks.filter(state__in=OPEN_TASK).select_related("node", "assignee__user").first()
        if task is None:
            return
        yield task
    raise AssertionError("it does not end")


def finish(cast: Cast, task: Task, way: str) -> None:
    if task.node.work == Work.ENTERPRISE:
        tasks.confirm_own_step(task, by=cast.chen, now=NOW, evidence=EVIDENCE)
        return
    assert task.assignee, f"nobody for {task.node.code}"
    by = task.assignee.user
    tasks.claim_task(task, by=by, now=NOW)
    findings = {question.code: answer(question, way) for question in task.node.questions.all()}
    match Work(task.node.work):
        case Work.REVIEW:
            verdicts = dict.fromkeys(task.case.materials.values_list("pk", flat=True), (Verdict.ACCEPTED, ""))
            review.set_verdicts(task, verdicts, by=by, now=NOW)
            review.pass_review(task, by=by, now=NOW)
        case Work.DOCUMENT:
            tasks.hand_document_over(task, pdf(), title="文件", answers=findings, by=by, now=NOW)
        case Work.RESULT:
            upload = SimpleUploadedFile("licence.pdf", pdf().read(), content_type="application/pdf")
            document = tasks.receive_licence(task, upload, by=by, now=NOW)
            tasks.record_result(task, number=USCC, result_on=local_day(NOW), document=document, by=by, now=NOW)
        case _:
            tasks.confirm_task(task, note="已办理", answers=findings, by=by, now=NOW)
