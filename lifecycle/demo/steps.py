"""The steps that scripts are made of. Each is one act of one person, done by the service that the pages call."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from stdnum.cn import uscc as stdnum_uscc

from lifecycle.demo.papers import paper
from lifecycle.demo.people import give_second_factor, invite, make_person
from lifecycle.demo.scene import Company, Play
from lifecycle.enums import TaskState, Verdict, Work
from lifecycle.models import Consultation, MaterialRequirement, Task
from lifecycle.selectors.situation import Situation
from lifecycle.services import agreements, cases, consultations, materials, messages, review, tasks
from lifecycle.services.agreements import Evidence
from park.accounts import services as accounts
from park.accounts.models import User
from park.deadlines.workdays import local_day
from park.team.models import Skill

EVIDENCE = Evidence(ip="192.0.2.24", user_agent="Mozilla/5.0 (demonstration)", second_factor=True)  # RFC 5737
SEALS = 0.6  # the share of companies that want a seal to hold in the hand
CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def sign_up(play: Play, company: Company, now: datetime) -> None:
    facts = company.facts
    phone = f"1{company.draw.choice('3589')}{company.draw.randint(0, 9)}0000{company.draw.randint(0, 9999):04d}"
    user = make_person(facts["login"], facts["person"], password=play.password, now=now, phone=phone)
    give_second_factor(user)
    accounts.sign_up_enterprise(
        user=user,
        name_zh=facts["name_zh"],
        name_en=facts.get("name_en", ""),
        uscc=_uscc(company) if facts.get("is_registered") else None,
        now=now,
    )


def approve(play: Play, company: Company, now: datetime) -> None:
    accounts.decide_enterprise(enterprise=company.enterprise, approve=True, by=_officer(play, company), now=now)
    if "colleague" in company.facts:
        colleague = company.facts["colleague"]
        invite(
            colleague["login"],
            colleague["person"],
            enterprise=company.enterprise,
            password=play.password,
            by=company.user,
            now=now,
        )


def turn_away(play: Play, company: Company, now: datetime) -> None:
    note = company.draw.choice(play.words["refusals"])
    by = _officer(play, company)
    accounts.decide_enterprise(enterprise=company.enterprise, approve=False, by=by, now=now, note=note)


def ask_to_join(play: Play, company: Company, now: datetime) -> None:
    applicant = company.facts["applicant"]
    user = make_person(applicant["login"], applicant["person"], password=play.password, now=now)
    enterprise = company.enterprise
    accounts.sign_up_enterprise(user=user, name_zh=enterprise.name_zh, uscc=enterprise.uscc, now=now)


def begin(play: Play, company: Company, now: datetime, code: str) -> None:
    procedure = play.procedure(code)
    company.begun = cases.begin_case(enterprise=company.enterprise, procedure=procedure, by=company.user, now=now)


def sign(play: Play, company: Company, now: datetime) -> None:
    case = company.case
    sha256 = case.agreement.document.sha256
    agreements.sign_for_enterprise(case, sha256=sha256, by=company.user, now=now, evidence=EVIDENCE)


def claim(play: Play, company: Company, now: datetime, node: str) -> None:
    task = company.task(node)
    if task.state != TaskState.SKIPPED:
        tasks.claim_task(task, by=_holder(task), now=now)


def sign_for_park(play: Play, company: Company, now: datetime) -> None:
    task = company.task_of(Work.AGREEMENT)
    sha256 = task.case.agreement.document.sha256
    agreements.sign_for_park(task, sha256=sha256, by=_holder(task), now=now, evidence=EVIDENCE)


def hand_in(play: Play, company: Company, now: datetime) -> None:
    """Answer every question and upload every material that the answers ask for."""
    case = cases.save_answers(company.case, _answers(company), now=now)
    for requirement in case.procedure.requirements.order_by("order"):
        if Situation(case).holds(requirement.condition, local_day(now)):
            materials.hand_in(case, requirement, _upload(company, requirement, now), by=company.user, now=now)


def submit(play: Play, company: Company, now: datetime) -> None:
    cases.submit_case(company.case, by=company.user, now=now)


def accept_materials(play: Play, company: Company, now: datetime) -> None:
    task = company.task_of(Work.REVIEW)
    verdicts = dict.fromkeys(task.case.materials.values_list("pk", flat=True), (Verdict.ACCEPTED, ""))
    review.set_verdicts(task, verdicts, by=_holder(task), now=now)


def pass_review(play: Play, company: Company, now: datetime) -> None:
    task = company.task_of(Work.REVIEW)
    review.pass_review(task, by=_holder(task), now=now)


def send_back(play: Play, company: Company, now: datetime) -> None:
    """Two materials are not right; one notice tells everything."""
    task = company.task_of(Work.REVIEW)
    texts = play.words["corrections"]
    wrong = company.draw.sample(sorted(texts), 2)
    verdicts = {
        pk: (Verdict.CORRECTION, texts[code]) if code in wrong else (Verdict.ACCEPTED, "")
        for pk, code in task.case.materials.values_list("pk", "requirement__code")
    }
    review.set_verdicts(task, verdicts, by=_holder(task), now=now)
    review.issue_correction(task, by=_holder(task), now=now)


def correct(play: Play, company: Company, now: datetime) -> None:
    case = company.case
    for item in case.correction.items.select_related("material__requirement"):
        upload = _upload(company, item.material.requirement, now, "（补正后）")
        materials.hand_in(case, item.material.requirement, upload, by=company.user, now=now)


def answer_correction(play: Play, company: Company, now: datetime) -> None:
    review.answer_correction(company.case, by=company.user, now=now)


def ask(play: Play, company: Company, now: datetime) -> None:
    question, company.reply = company.draw.choice(play.words["questions"])
    messages.send_message(company.case, body=question, by=company.user, now=now)


def answer(play: Play, company: Company, now: datetime) -> None:
    case = company.case
    by = User.objects.get(specialist=case.lead)
    messages.mark_read(case, by=by, now=now)
    messages.send_message(case, body=company.reply, by=by, now=now)


def consult(play: Play, company: Company, now: datetime, code: str) -> None:
    """The lead asks the expert of a skill inside the case."""
    case = company.case
    asked, company.advice = company.draw.choice(play.words["consultations"][code])
    skill, by = Skill.objects.get(code=code), User.objects.get(specialist=case.lead)
    consultations.ask(case, skill=skill, text=asked, by=by, now=now)


def advise(play: Play, company: Company, now: datetime) -> None:
    """Whoever was asked answers."""
    for asked in Consultation.objects.open().filter(team__case=company.begun):
        consultations.answer(asked, text=company.advice, by=asked.specialist.user, now=now)


def transfer(play: Play, company: Company, now: datetime, node: str) -> None:
    """The head of the department gives the task to somebody else."""
    task = company.task(node)
    head = User.objects.get(specialist__department=task.department, specialist__is_head=True)
    to = company.draw.choice(tasks.colleagues(task, now))
    tasks.transfer_task(task, to=to, note=company.draw.choice(play.words["transfers"]), by=head, now=now)


def reject(play: Play, company: Company, now: datetime) -> None:
    task = company.task_of(Work.REVIEW)
    words = company.draw.choice(play.words["rejections"])
    cases.reject_case(task, reason=words["reason"], remedy=words["remedy"], by=_holder(task), now=now)


def withdraw(play: Play, company: Company, now: datetime) -> None:
    reason = company.draw.choice(play.words["withdrawals"])
    cases.withdraw_case(company.case, by=company.user, now=now, reason=reason)


def do(play: Play, company: Company, now: datetime, node: str) -> None:
    """Whoever has the task finishes it, with what its kind of work asks for; what the case passes over needs nobody."""
    task = company.task(node)
    if task.state == TaskState.SKIPPED:
        return
    by, code = _holder(task), f"{task.node.procedure.code}.{node}"
    findings = {question.code: company.facts["findings"][question.code] for question in task.node.questions.all()}
    match Work(task.node.work):
        case Work.REVIEW:
            accept_materials(play, company, now)
            pass_review(play, company, now)
        case Work.DOCUMENT:
            title = play.words["papers"][code]
            paper_of_park = _file(f"{title}.pdf", title, _lines(company, now))
            tasks.hand_document_over(task, paper_of_park, title=title, answers=findings, by=by, now=now)
        case Work.RESULT:
            _hand_licence_over(company, task, now)
        case _:
            note = company.draw.choice(play.words["notes"].get(code, play.words["notes"]["*"]))
            tasks.confirm_task(task, note=note, answers=findings, by=by, now=now)


def settle(play: Play, company: Company, now: datetime, node: str) -> None:
    """A small thing: taken in hand and done at one sitting."""
    claim(play, company, now, node)
    do(play, company, now, node)


def confirm(play: Play, company: Company, now: datetime, node: str) -> None:
    """The enterprise has done a step of its own."""
    task = company.task(node)
    if task.state != TaskState.SKIPPED:
        tasks.confirm_own_step(task, by=company.user, now=now, evidence=EVIDENCE)


def _hand_licence_over(company: Company, task: Task, now: datetime) -> None:
    number, day = _uscc(company), local_day(now)
    lines = [
        f"统一社会信用代码：{number}",
        f"名称：{company.facts['name_zh']}",
        f"成立日期：{day}",
        "登记机关：崇明区市场监督管理局",
    ]
    licence = _file("营业执照.pdf", "营业执照", lines)
    document = tasks.receive_licence(task, licence, by=_holder(task), now=now)
    tasks.record_result(task, number=number, result_on=day, document=document, by=_holder(task), now=now)


STEPS: dict[str, Callable[..., None]] = {
    step.__name__: step
    for step in (
        *(sign_up, approve, turn_away, ask_to_join),
        *(begin, sign, claim, sign_for_park, hand_in, submit),
        *(accept_materials, pass_review, send_back, correct, answer_correction),
        *(ask, answer, consult, advise, transfer, reject, withdraw, do, settle, confirm),
    )
}


def _holder(task: Task) -> User:
    """Whoever has the task in hand: the cast is such that there always is somebody."""
    if task.assignee is None:
        raise LookupError(f"nobody can take {task}")
    return task.assignee.user


def _officer(play: Play, company: Company) -> User:
    """Whoever looks at new enterprises that day."""
    officers = User.objects.filter(specialist__department__code="DEP-INV", specialist__is_head=False).order_by("pk")
    return company.draw.choice(list(officers))


def _answers(company: Company) -> dict[str, Any]:
    facts, draw = company.facts, company.draw
    if "answers" in facts:
        return {"contact_name": facts["person"], "contact_phone": company.user.phone, **facts["answers"]}
    share = draw.choice([51, 60, 70, 80])
    partner = draw.choice("周吴郑王冯陈褚卫蒋沈") + draw.choice(["思齐", "若水", "嘉树", "清和", "允文", "映雪"])
    return {
        "company_name": facts["name_zh"],
        "registered_capital": str(facts["capital"]),
        "industry": facts["industry"],
        "business_scope": facts["scope"],
        "has_pre_approval_items": facts.get("approval", False),
        "legal_representative": facts["person"],
        "shareholders": f"{facts['person']} {share}%，{partner} {100 - share}%",
        "beneficial_owner": facts["person"],
        "contact_name": facts["person"],
        "contact_phone": company.user.phone,
        "submitted_by_agent": facts.get("agent", False),
        "premises_kind": "leased",
        "address": f"上海市{facts['address']}",
        "floor_area": f"{draw.randrange(80, 900, 20)}",
        "wants_physical_seal": draw.random() < SEALS,
        **facts.get("more_answers", {}),
    }


def _upload(company: Company, requirement: MaterialRequirement, now: datetime, suffix: str = "") -> SimpleUploadedFile:
    title = requirement.name_zh
    lines = [f"签署人：{company.facts['person']}", *_lines(company, now)]
    return _file(f"{title}{suffix}.pdf", title + suffix, lines)


def _lines(company: Company, now: datetime) -> list[str]:
    return [f"公司名称：{company.facts['name_zh']}", f"日期：{local_day(now)}", "（演示文件，内容均为虚构）"]


def _file(name: str, title: str, lines: list[str]) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, paper(title, lines), content_type="application/pdf")


def _uscc(company: Company) -> str:
    """A code whose check character fits; 310230 is Chongming."""
    code = "91310230MA" + "".join(company.draw.choice(CODE_ALPHABET) for _ in range(7))
    return code + stdnum_uscc.calc_check_digit(code)
