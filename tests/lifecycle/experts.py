"""Experts for the cast, and the team that the log brings about."""

from lifecycle.models import Case, ServiceTeam
from park.accounts.enums import Role
from park.accounts.models import User
from park.events import consumers
from park.team.models import Department, Skill, Specialist


def expert(name: str, department: str, *skills: str, head: bool = False) -> Specialist:
    user = User.objects.create_user(name, f"{name}@example.invalid", "x", name=f"专家 {name}", role=Role.SPECIALIST)
    made = Specialist.objects.create(user=user, department=Department.objects.get(code=department), is_head=head)
    made.skills.set(Skill.objects.filter(code__in=skills))
    return made


def team_of(case: Case) -> ServiceTeam:
    """The team of a case, once the readers of the log have followed."""
    consumers.react()
    return ServiceTeam.objects.select_related("case").get(case=case)
