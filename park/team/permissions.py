"""Who may see and lead whom. What is not visible does not exist: Http404."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from park.accounts.enums import Role
from park.accounts.models import User
from park.team.models import Absence, Certificate, Department, Specialist, SpecialistQuerySet


def led_departments(user: User) -> QuerySet[Department]:
    """Managers lead all departments, heads their own."""
    if user.role == Role.MANAGER:
        return Department.objects.all()
    return Department.objects.filter(people__user=user, people__is_head=True, people__is_active=True).distinct()


def get_led_department(user: User, code: str = "") -> Department:
    """The department of this code, the first if none is asked for. Raises Http404 for those who do not lead it."""
    departments = led_departments(user)
    found = departments.filter(code=code).first() if code else departments.filter(people__isnull=False).first()
    if found is None:
        raise Http404("leads no such department")
    return found


def visible_people(user: User) -> SpecialistQuerySet:
    """Oneself and whom one leads."""
    mine = Q(user=user) | Q(department__in=led_departments(user))
    return Specialist.objects.filter(mine).select_related("user", "department")


def get_person(user: User, pk: Any) -> Specialist:
    return get_object_or_404(visible_people(user), pk=pk)


def get_own(user: User) -> Specialist:
    return get_object_or_404(Specialist.objects.select_related("user", "department"), user=user)


def get_person_to_lead(user: User, pk: Any) -> Specialist:
    return get_object_or_404(visible_people(user).filter(department__in=led_departments(user)), pk=pk)


def leads(user: User, person: Specialist) -> bool:
    return led_departments(user).filter(pk=person.department_id).exists()


def get_absence(user: User, pk: Any) -> Absence:
    """An absence of oneself or of somebody one leads."""
    found = Absence.objects.filter(specialist__in=visible_people(user))
    return get_object_or_404(found.select_related("specialist__user", "specialist__department"), pk=pk)


def get_absence_to_cover(user: User, pk: Any) -> Absence:
    """For whoever may hand the work over. Raises Http404."""
    absence = get_absence(user, pk)
    if not leads(user, absence.specialist):
        raise Http404("does not lead them")
    return absence


def get_certificate_to_withdraw(user: User, pk: Any) -> Certificate:
    found = Certificate.objects.filter(holder__department__in=led_departments(user))
    return get_object_or_404(found.select_related("holder__user", "kind"), pk=pk)
