"""The logins of the demonstration: marked as such, with one password, and a second factor where the portal asks for one."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from park.accounts import services
from park.accounts.enums import Role
from park.accounts.models import Enterprise, User
from park.team.models import Department, Skill, Specialist

MAIL_DOMAIN = "demo.invalid"


def make_person(
    login: str, name: str, *, password: str, now: datetime, role: str = Role.ENTERPRISE, phone: str = ""
) -> User:
    """A login. `password` is a hash: hashing is slow on purpose, so it is done once for all."""
    is_administrator = role == Role.ADMINISTRATOR
    return User.objects.create(
        username=login,
        email=f"{login}@{MAIL_DOMAIN}",
        name=name,
        password=password,
        role=role,
        phone=phone,
        is_demo=True,
        is_staff=is_administrator,
        is_superuser=is_administrator,
        date_joined=now,
    )


def make_staff(facts: Mapping[str, Any], *, password: str, now: datetime) -> User:
    """Somebody of the park or its partner department, with what the team knows about them."""
    user = make_person(facts["login"], facts["name"], password=password, now=now, role=facts["role"])
    give_second_factor(user)
    if "department" in facts:
        specialist = Specialist.objects.create(
            user=user,
            department=Department.objects.get(code=facts["department"]),
            is_head=facts.get("is_head", False),
        )
        specialist.skills.set(Skill.objects.filter(code__in=facts["skills"]))
    return user


def invite(login: str, name: str, *, enterprise: Enterprise, password: str, by: User, now: datetime) -> User:
    """A colleague whom the signatory invites; may not sign, so needs no second factor."""
    membership, _first_password = services.invite_member(
        enterprise=enterprise,
        username=login,
        email=f"{login}@{MAIL_DOMAIN}",
        name=name,
        is_signatory=False,
        by=by,
        now=now,
    )
    User.objects.filter(pk=membership.user_id).update(is_demo=True, password=password, date_joined=now)
    return membership.user


def give_second_factor(user: User) -> None:
    TOTP.activate(user, generate_totp_secret())
