"""Who takes part: staff, a quiet department that no mail reaches, and enterprises that apply."""

import threading
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from lifecycle.models import Case, Procedure, Task
from lifecycle.services import agreements, cases, materials, tasks
from lifecycle.services.agreements import Evidence
from park.accounts import services as accounts
from park.accounts.enums import Role
from park.accounts.models import Enterprise, User
from park.team.models import Department, Skill, Specialist
from tests.cast import ANSWERS, pdf

MAIL = "trial.invalid"


@dataclass(frozen=True)
class Addressee:
    """On whose desk a clock stands."""

    department: int
    responsible: int
    enterprise: int | None = None


@dataclass
class People:
    """`quiet` clocks tell people who have no mail, so that thousands of them fill no mailbox."""

    loud: Addressee
    quiet: Addressee
    manager: User
    specialist: Specialist
    tokens: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _count: int = 0

    def founders(self) -> tuple[User, Enterprise]:
        """Somebody new who founds a company, approved at once."""
        with self._lock:
            self._count += 1
            number = f"{Enterprise.objects.count()}-{self._count}"
        now = timezone.now()
        with transaction.atomic():
            user = User.objects.create(
                username=f"founder-{number}",
                email=f"founder-{number}@{MAIL}",
                name=f"创办人{number}",
                role=Role.ENTERPRISE,
                password="!",
                phone="13800000000",
            )
            made, _ = accounts.sign_up_enterprise(user=user, name_zh=f"上海试验第{number}公司", uscc=None, now=now)
            accounts.decide_enterprise(enterprise=made, approve=True, by=self.manager, now=now)
        return user, made

    def token(self, user: User) -> str:
        _token, text = accounts.make_token(user=user, name="trial", now=timezone.now())
        return text

    def complete_draft(self) -> tuple[Case, User]:
        """A draft that lacks nothing, made by the services."""
        now, (user, enterprise) = timezone.now(), self.founders()
        case = cases.begin_case(enterprise=enterprise, procedure=Procedure.objects.get(code="REG-01"), by=user, now=now)
        sha256 = case.agreement.document.sha256
        agreements.sign_for_enterprise(case, sha256=sha256, by=user, now=now, evidence=Evidence())
        task = Task.objects.select_related("assignee__user", "case").get(case=case, node__code="SIGN")
        by = self.specialist.user
        agreements.sign_for_park(
            tasks.claim_task(task, by=by, now=now), sha256=sha256, by=by, now=now, evidence=Evidence()
        )
        cases.save_answers(case, ANSWERS, now=now)
        for requirement in case.procedure.requirements.filter(required_if=""):
            materials.hand_in(case, requirement, pdf(f"{requirement.code}.pdf"), by=user, now=now)
        return case, user


def make_people() -> None:
    """The staff; enterprises come as they are needed."""
    with transaction.atomic():
        _staff("trial-manager", "管理者", Role.MANAGER, mail=False)
        _specialist("trial-reviewer", "预审员", "DEP-INV", "R-INV")
        _specialist("trial-head", "负责人", "DEP-INV", "R-HED", head=True)
        Department.objects.create(code="TRIAL", name_zh="试验部", name_en="Trial")
        _specialist("trial-quiet", "静默员", "TRIAL", mail=False)
        _specialist("trial-quiet-head", "静默负责人", "TRIAL", head=True, mail=False)
    find_people().founders()


def find_people() -> People:
    reviewer = Specialist.objects.select_related("user").get(user__username="trial-reviewer")
    quiet = Specialist.objects.get(user__username="trial-quiet")
    first = Enterprise.objects.order_by("pk").values_list("pk", flat=True).first()
    return People(
        loud=Addressee(reviewer.department_id, reviewer.pk, first),
        quiet=Addressee(quiet.department_id, quiet.pk),
        manager=User.objects.get(username="trial-manager"),
        specialist=reviewer,
    )


def _staff(username: str, name: str, role: str, *, mail: bool = True) -> User:
    email = f"{username}@{MAIL}" if mail else ""
    return User.objects.create(username=username, email=email, name=name, role=role, password="!", phone="13800000000")


def _specialist(username: str, name: str, department: str, *skills: str, head: bool = False, mail: bool = True) -> Any:
    user = _staff(username, name, Role.SPECIALIST, mail=mail)
    made = Specialist.objects.create(user=user, department=Department.objects.get(code=department), is_head=head)
    made.skills.set(Skill.objects.filter(code__in=skills))
    return made
