"""The people of every test: two enterprises, the park's staff, and the regulator next door."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import SimpleUploadedFile

from lifecycle.enums import Verdict
from lifecycle.models import Case, Procedure, Task
from lifecycle.services import agreements, cases, materials, review, tasks
from lifecycle.services.agreements import Evidence
from park.accounts import services as accounts
from park.accounts.enums import Role
from park.accounts.models import Enterprise, User
from park.team.models import Department, Skill, Specialist

SHANGHAI = ZoneInfo("Asia/Shanghai")
PASSWORD = "island-breeze-2026"


def make_pdf() -> bytes:
    """The smallest document that every viewer opens: one empty page."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj%sendobj\n" % (number, part)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        body
        + b"xref\n0 4\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    )


PDF = make_pdf()
USCC = "91310230MA1K0ABC3B"


def at(text: str) -> datetime:
    """An instant in the park's time: at("2026-11-23 09:00")."""
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


STANDARD = Path(__file__).parent / "data" / "standard.yaml"
NOW = at("2026-11-20 15:10")  # a Friday


def pdf(name: str = "file.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/pdf")


@dataclass
class Cast:
    """`chen` signs for enterprise A and `li` works there; `zhao` signs for B; `wang` and `han` take registrations, `qian`
    heads their department; `lu` hands licences over; `gao` is the regulator; `shen` manages; `admin`
    administers; `auditor` audits."""

    enterprise: Enterprise
    other: Enterprise
    chen: User
    li: User
    zhao: User
    wang: Specialist
    han: Specialist
    qian: Specialist
    lu: Specialist
    gao: Specialist
    shen: User
    admin: User
    auditor: User
    procedure: Procedure = field(default=None)  # type: ignore[assignment]

    def draft(self, now: datetime = NOW) -> Case:
        """A draft of A; while A's registration is under way, of a further company that the same people set up."""
        enterprise = self.enterprise
        if Case.objects.filter(enterprise=enterprise).open().exists() or not enterprise.is_forming:
            enterprise = self.further_enterprise()
        return cases.begin_case(enterprise=enterprise, procedure=self.procedure, by=self.chen, now=now)

    def further_enterprise(self) -> Enterprise:
        number = Enterprise.objects.count()
        made, _founder = accounts.sign_up_enterprise(user=self.chen, name_zh=f"瀛沐第 {number} 家", uscc=None, now=NOW)
        accounts.decide_enterprise(enterprise=made, approve=True, by=self.shen, now=NOW)
        made.memberships.create(user=self.li, approval="approved", created_at=NOW)
        return made

    def signed(self, now: datetime = NOW) -> Case:
        """A draft whose agreement both sides have signed."""
        case = self.draft(now)
        sha256 = case.agreement.document.sha256
        agreements.sign_for_enterprise(case, sha256=sha256, by=self.chen, now=now, evidence=Evidence())
        task = self.task(case, "SIGN")
        by = task.assignee.user
        task = tasks.claim_task(task, by=by, now=now)
        agreements.sign_for_park(task, sha256=sha256, by=by, now=now, evidence=Evidence())
        return case

    def complete_draft(self, now: datetime = NOW) -> Case:
        """A draft that lacks nothing."""
        case = self.signed(now)
        cases.save_answers(case, ANSWERS, now=now)
        for requirement in case.procedure.requirements.filter(condition__isnull=True):
            materials.hand_in(case, requirement, pdf(f"{requirement.code}.pdf"), by=self.chen, now=now)
        return Case.objects.get(pk=case.pk)

    def submitted(self, now: datetime = NOW) -> Case:
        return cases.submit_case(self.complete_draft(now), by=self.chen, now=now)

    def in_review(self, now: datetime = NOW) -> Task:
        """The claimed pre-review task of a submitted case."""
        task = self.task(self.submitted(now), "N2")
        return tasks.claim_task(task, by=task.assignee.user, now=now)

    def in_correction(self, now: datetime = NOW) -> Case:
        """A case that waits for a new version of its first material."""
        task = self.in_review(now)
        ordered = list(task.case.materials.order_by("requirement__order"))
        verdicts = {m.pk: (Verdict.ACCEPTED, "") for m in ordered}
        verdicts[ordered[0].pk] = (Verdict.CORRECTION, "请补签法定代表人姓名。")
        review.set_verdicts(task, verdicts, by=task.assignee.user, now=now)
        review.issue_correction(task, by=task.assignee.user, now=now)
        return Case.objects.get(pk=task.case_id)

    def accepted(self, now: datetime = NOW) -> Case:
        task = self.in_review(now)
        verdicts = {m.pk: (Verdict.ACCEPTED, "") for m in task.case.materials.all()}
        review.set_verdicts(task, verdicts, by=task.assignee.user, now=now)
        return review.pass_review(task, by=task.assignee.user, now=now)

    def at_result(self, now: datetime = NOW) -> Task:
        """The claimed hand-over task of a case that the regulator has registered."""
        case = self.accepted(now)
        task = tasks.claim_task(self.task(case, "N8"), by=self.gao.user, now=now)
        tasks.confirm_task(task, note="准予登记", by=self.gao.user, now=now)
        task = self.task(case, "N9")
        return tasks.claim_task(task, by=task.assignee.user, now=now)

    def completed(self, now: datetime = NOW, done: datetime | None = None) -> Case:
        task = self.at_result(now)
        done = done or now + timedelta(minutes=5)
        by = task.assignee.user
        licence = tasks.receive_licence(task, pdf("licence.pdf"), by=by, now=done)
        return tasks.record_result(task, number=USCC, result_on=done.date(), document=licence, by=by, now=done)

    def task(self, case: Case, node: str) -> Task:
        return Task.objects.select_related("assignee__user", "clock", "case").get(case=case, node__code=node)


ANSWERS = {
    "company_name": "上海瀛沐生物科技有限公司",
    "registered_capital": "1200.00",
    "industry": "生物医药",
    "business_scope": "生物科技领域内的技术开发、技术服务",
    "has_pre_approval_items": False,
    "legal_representative": "陈予安",
    "shareholders": "陈予安 60%，李昭然 40%",
    "beneficial_owner": "陈予安",
    "contact_name": "陈予安",
    "contact_phone": "13800004126",
    "submitted_by_agent": False,
    "premises_kind": "leased",
    "address": "上海市崇明区东滩科创园 3 号楼 402 室",
    "floor_area": "680",
}


def make_cast() -> Cast:
    """Everybody, with the published standard. Staff have no one-time codes; tests of pages add them where they matter."""

    def person(username: str, name: str, role: str) -> User:
        return User.objects.create_user(
            username, f"{username}@example.invalid", PASSWORD, name=name, role=role, phone="13800000000"
        )

    def specialist(
        username: str, name: str, department: str, *skills: str, role: str = Role.SPECIALIST, head: bool = False
    ) -> Specialist:
        made = Specialist.objects.create(
            user=person(username, name, role), department=Department.objects.get(code=department), is_head=head
        )
        made.skills.set(Skill.objects.filter(code__in=skills))
        return made

    def enterprise(name: str, signatory: User) -> Enterprise:
        made, _membership = accounts.sign_up_enterprise(user=signatory, name_zh=name, uscc=None, now=NOW)
        accounts.decide_enterprise(enterprise=made, approve=True, by=shen, now=NOW)
        return made

    shen = person("shen", "沈立群", Role.MANAGER)
    chen, li, zhao = (
        person(u, n, Role.ENTERPRISE) for u, n in [("chen", "陈予安"), ("li", "李昭然"), ("zhao", "赵一帆")]
    )
    ours = enterprise("上海瀛沐生物科技有限公司", chen)
    ours.memberships.create(user=li, approval="approved", created_at=NOW)
    return Cast(
        enterprise=ours,
        other=enterprise("上海东滩新能装备有限公司", zhao),
        chen=chen,
        li=li,
        zhao=zhao,
        wang=specialist("wang", "王敏", "DEP-INV", "R-INV"),
        han=specialist("han", "韩放", "DEP-INV", "R-INV"),
        qian=specialist("qian", "钱若溪", "DEP-INV", "R-HED", head=True),
        lu=specialist("lu", "陆离", "DEP-ENT", "R-ESS"),
        gao=specialist("gao", "高远", "PTN-SAMR", "R-PTN", role=Role.PARTNER),
        shen=shen,
        admin=User.objects.create_superuser(
            "admin", "admin@example.invalid", PASSWORD, name="管理员", role=Role.ADMINISTRATOR
        ),
        auditor=person("auditor", "审计员", Role.AUDITOR),
        procedure=Procedure.objects.get(code="REG-01"),
    )
