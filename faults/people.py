"""Who takes part: staff, a quiet department that no mail reaches, and enterprises that apply."""

import os
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import yaml
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from faults.receiver import SECRET
from lifecycle.enums import StandardState
from lifecycle.models import Case, Procedure, ServiceStandard, Task
from lifecycle.services import agreements, cases, materials, tasks
from lifecycle.services.agreements import Evidence
from lifecycle.services.standard import publish, read_draft
from park.accounts import services as accounts
from park.accounts.enums import Role
from park.accounts.models import Enterprise, User
from park.deadlines.workdays import local_day
from park.notices import services as notices
from park.notices.models import Address, Channel, Topic
from park.runtime.ports import LOOPBACK
from park.team.models import Department, Skill, Specialist
from park.team.services import set_absent
from tests.cast import ANSWERS, STANDARD, pdf

MAIL = "trial.invalid"
# They go absent one by one while the campaign goes on; each is the substitute of the one before.
LEAVING = 12
AWAY = timedelta(days=10)


@dataclass(frozen=True)
class Addressee:
    """On whose desk a clock stands."""

    department: int
    responsible: int
    enterprise: int | None = None
    lead: int | None = None


@dataclass
class People:
    """`quiet` clocks tell people who have no mail, so that thousands of them fill no mailbox."""

    loud: Addressee
    quiet: tuple[Addressee, ...]
    manager: User
    administrator: User
    specialist: Specialist
    head: Specialist
    partner: Specialist
    leaving: tuple[Specialist, ...]
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

    def webhook(self) -> Address:
        return Address.objects.get(user=self.specialist.user, channel=Channel.WEBHOOK)

    def go_absent(self, number: int) -> None:
        """One of those who leave is away from today on, every second with a substitute who may be away as well."""
        now, own = timezone.now(), self.leaving[number]
        substitute = self.leaving[(number + 1) % LEAVING] if number % 2 else None
        # From tomorrow on for every sixth: that changes nothing yet.
        first = local_day(now) + (timedelta(days=2) if number % 6 == 5 else timedelta(days=-1))
        set_absent(
            specialist=own, first_on=first, last_on=first + AWAY, substitute=substitute, by=self.manager, now=now
        )

    def complete_draft(self) -> tuple[Case, User]:
        """A draft that lacks nothing, made by the services."""
        now, (user, enterprise) = timezone.now(), self.founders()
        procedure = Procedure.objects.get(code="REG-01", standard__state=StandardState.PUBLISHED)
        case = cases.begin_case(enterprise=enterprise, procedure=procedure, by=user, now=now)
        sha256 = case.agreement.document.sha256
        agreements.sign_for_enterprise(case, sha256=sha256, by=user, now=now, evidence=Evidence())
        task = Task.objects.select_related("assignee__user", "case").get(case=case, node__code="SIGN")
        by = self.specialist.user
        agreements.sign_for_park(
            tasks.claim_task(task, by=by, now=now), sha256=sha256, by=by, now=now, evidence=Evidence()
        )
        cases.save_answers(case, ANSWERS, now=now)
        for requirement in case.procedure.requirements.filter(condition__isnull=True):
            materials.hand_in(case, requirement, pdf(f"{requirement.code}.pdf"), by=user, now=now)
        return case, user


def make_people() -> None:
    """The staff, and a standard that they suffice for; enterprises come as they are needed."""
    with transaction.atomic():
        _publish_short_standard()
        _staff("trial-manager", "管理者", Role.MANAGER, mail=False)
        _staff("trial-administrator", "管理员", Role.ADMINISTRATOR, mail=False)
        reviewer = _specialist("trial-reviewer", "预审员", "DEP-INV", "R-INV")
        head = _specialist("trial-head", "负责人", "DEP-INV", "R-HED", head=True)
        _specialist("trial-partner", "窗口人员", "PTN-SAMR", "R-PTN", head=True, mail=False)
        for code, name in (("TRIAL", "试验部"), ("TRIAL-SUB", "代班部"), ("TRIAL-NONE", "无人部")):
            Department.objects.create(code=code, name_zh=name, name_en=name)
        for number in range(LEAVING):
            _specialist(f"trial-leaving-{number:02}", f"静默员{number}", "TRIAL", mail=False)
        _specialist("trial-quiet-head", "静默负责人", "TRIAL", head=True, mail=False)
        _specialist("trial-sub", "代班员", "TRIAL-SUB", mail=False)
        _specialist("trial-sub-head", "代班负责人", "TRIAL-SUB", head=True, mail=False)
        _specialist("trial-none", "无人部员工", "TRIAL-NONE", mail=False)
        _specialist("trial-none-head", "无人部负责人", "TRIAL-NONE", head=True, mail=False)
        _choose_channels(reviewer.user, head.user)
    people = find_people()
    people.founders()
    _leave_departments_without_head(people.manager)


def _publish_short_standard() -> None:
    """The standard of the tests, one procedure of four steps, takes the place of the one that is shipped."""
    tables = yaml.safe_load(STANDARD.read_text(encoding="utf-8"))
    last = ServiceStandard.objects.aggregate(last=Max("version"))["last"] or 0
    publish(read_draft({**tables, "version": last + 1}), by=None, now=timezone.now())


def _choose_channels(reviewer: User, head: User) -> None:
    """The reviewer is reached by every channel, the head by mail of the cases alone and by text message."""
    now = timezone.now()
    for user in (reviewer, head):
        notices.set_preferences(user=user, wanted={(Topic.DEADLINES, Channel.SMS): True}, now=now)
    notices.set_preferences(user=head, wanted={(Topic.DEADLINES, Channel.EMAIL): False}, now=now)
    notices.add_address(
        user=reviewer, channel=Channel.WEBHOOK, url=os.environ["RECEIVER"], host=LOOPBACK, secret=SECRET, now=now
    )


def _leave_departments_without_head(manager: User) -> None:
    """One head is away with a substitute, another without: the park's leaders hear in their place."""
    now, by_name = (
        timezone.now(),
        {person.user.username: person for person in Specialist.objects.select_related("user")},
    )
    first = local_day(now) - timedelta(days=1)
    for name, substitute in (("trial-sub-head", by_name["trial-sub"]), ("trial-none-head", None)):
        set_absent(
            specialist=by_name[name], first_on=first, last_on=first + AWAY, substitute=substitute, by=manager, now=now
        )


def find_people() -> People:
    staff = {
        person.user.username: person
        for person in Specialist.objects.select_related("user").filter(user__username__startswith="trial-")
    }
    reviewer, lead = staff["trial-reviewer"], staff["trial-none"]
    leaving = tuple(staff[name] for name in sorted(staff) if name.startswith("trial-leaving-"))
    quiet = [Addressee(person.department_id, person.pk) for person in leaving]
    quiet += [Addressee(person.department_id, person.pk, lead=lead.pk) for person in leaving[:2]]
    quiet += [Addressee(staff[name].department_id, staff[name].pk) for name in ("trial-sub", "trial-none")]
    first = Enterprise.objects.order_by("pk").values_list("pk", flat=True).first()
    return People(
        loud=Addressee(reviewer.department_id, reviewer.pk, first),
        quiet=tuple(quiet),
        manager=User.objects.get(username="trial-manager"),
        administrator=User.objects.get(username="trial-administrator"),
        specialist=reviewer,
        head=staff["trial-head"],
        partner=staff["trial-partner"],
        leaving=leaving,
    )


def _staff(username: str, name: str, role: str, *, mail: bool = True) -> User:
    email = f"{username}@{MAIL}" if mail else ""
    return User.objects.create(username=username, email=email, name=name, role=role, password="!", phone="13800000000")


def _specialist(username: str, name: str, department: str, *skills: str, head: bool = False, mail: bool = True) -> Any:
    user = _staff(username, name, Role.SPECIALIST, mail=mail)
    made = Specialist.objects.create(user=user, department=Department.objects.get(code=department), is_head=head)
    made.skills.set(Skill.objects.filter(code__in=skills))
    return made
