"""What people have in hand, and why it was given to them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from park.team.enums import Ground
from park.team.models.people import Department, Specialist


class OpenWork(models.Model):
    """One piece of work in one person's hands, kept by `park.team.services.assignment` and by nothing else.

    What it is stands on a floor above: `kind` names who knows it (`park.team.kinds`), `number` is its row there and `clock`
    the number of the clock on which it runs. Work that is nobody's has no row.
    """

    kind = models.CharField(_("what kind of work"), max_length=20)
    number = models.BigIntegerField(_("number of the work"))
    specialist = models.ForeignKey(
        Specialist, models.CASCADE, db_index=False, related_name="open_work", verbose_name=_("specialist")
    )
    clock = models.BigIntegerField(_("number of the clock"), null=True, blank=True)
    given_at = models.DateTimeField(_("given"))

    class Meta:
        verbose_name = _("open work")
        verbose_name_plural = _("open work")
        constraints = [models.UniqueConstraint(fields=["kind", "number"], name="open_work_in_one_hand")]
        # services.assignment: what the candidates have in hand
        indexes = [models.Index(fields=["specialist"], include=["kind", "clock"], name="open_work_of_person")]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}: {self.specialist}"


class AssignmentDecision(models.Model):
    """Who was given something, by whom, and what spoke for and against everybody who was looked at. Never changes.

    `considered` holds a row for each of them, as `park.team.assignment.Looked` in plain values; `park.team.reasons` puts
    them into words.
    """

    kind = models.CharField(_("what kind of work"), max_length=20)
    number = models.BigIntegerField(_("number of the work"))
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    is_key = models.BooleanField(_("for a key enterprise"), default=False)
    specialist = models.ForeignKey(
        Specialist, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("chosen"), db_index=False
    )
    ground = models.CharField(_("on what ground"), max_length=12, choices=Ground)
    considered = models.JSONField(_("who was looked at"), default=list, blank=True)
    decided_at = models.DateTimeField(_("decided"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )

    class Meta:
        verbose_name = _("decision on an assignment")
        verbose_name_plural = _("decisions on assignments")
        indexes = [
            models.Index(fields=["kind", "number", "-id"], name="decision_on_work"),
            # who was given something longest ago
            models.Index(fields=["specialist", "-decided_at"], name="decision_latest_of_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ground=Ground.NOBODY, specialist__isnull=True)
                | (~models.Q(ground=Ground.NOBODY) & models.Q(specialist__isnull=False)),
                name="decision_names_somebody_or_nobody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number}: {self.specialist or '–'}"

    @property
    def suitable(self) -> int:
        """How many could have been chosen."""
        return sum(not row["lacks"] for row in self.considered)
