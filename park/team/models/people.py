"""Who works for the park and its partner departments, and what each of them can do."""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from park.accounts.bilingual import Bilingual
from park.team.models.absences import Absence


class Department(Bilingual):
    """A department of the park, or an authority or firm that works beside it (`is_partner`)."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    is_partner = models.BooleanField(_("partner department"), default=False)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["is_partner", "code"]


class Skill(Bilingual):
    """What a node of the standard asks for: one of the standard's roles, such as 招商专员."""

    code = models.CharField(_("code"), max_length=20, unique=True)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["code"]


class SpecialistQuerySet(models.QuerySet["Specialist"]):
    def qualified(self, *, skill_id: int, department_id: int) -> "SpecialistQuerySet":
        """Active people of the department who have the skill."""
        return self.filter(is_active=True, user__is_active=True, department_id=department_id, skills=skill_id)

    def present_on(self, day: date) -> "SpecialistQuerySet":
        # one absence that covers the day; two conditions on the relation itself would be met by two different absences
        away = Absence.objects.filter(first_on__lte=day, last_on__gte=day)
        return self.exclude(pk__in=away.values("specialist"))


class Specialist(models.Model):
    """A person who takes tasks, in the park or in a partner department."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="specialist", verbose_name=_("person")
    )
    department = models.ForeignKey(Department, models.PROTECT, related_name="people", verbose_name=_("department"))
    skills = models.ManyToManyField(Skill, related_name="people", verbose_name=_("skills"))
    is_head = models.BooleanField(_("head of department"), default=False)
    is_active = models.BooleanField(_("takes tasks"), default=True)

    objects = SpecialistQuerySet.as_manager()

    class Meta:
        verbose_name = _("specialist")
        verbose_name_plural = _("specialists")
        ordering = ["department", "pk"]

    def __str__(self) -> str:
        return self.user.get_full_name()
