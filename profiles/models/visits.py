"""Return visits each quarter and annual visits each year."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from park.accounts.models import Enterprise
from park.deadlines.models import Clock
from park.team.models import Department, Specialist
from profiles.enums import VisitKind, VisitManner, VisitState


class VisitQuerySet(models.QuerySet["Visit"]):
    def planned(self) -> "VisitQuerySet":
        return self.filter(state=VisitState.PLANNED)


class Visit(models.Model):
    """One visit to one enterprise in one period. It is due at the end of the period, and planned for a day within it."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="visits", verbose_name=_("enterprise"))
    kind = models.CharField(_("kind"), max_length=8, choices=VisitKind)
    # The first day of its quarter or year.
    period = models.DateField(_("period"))
    state = models.CharField(_("state"), max_length=12, choices=VisitState, default=VisitState.PLANNED)
    planned_on = models.DateField(_("planned for"))
    department = models.ForeignKey(Department, models.PROTECT, related_name="visits", verbose_name=_("department"))
    specialist = models.ForeignKey(
        Specialist, models.PROTECT, null=True, blank=True, related_name="visits", verbose_name=_("visits")
    )
    # Grows whenever day or person change, as calendar programs need it (RFC 5545, SEQUENCE).
    revision = models.PositiveSmallIntegerField(_("revision"), default=1, db_default=1)
    clock = models.OneToOneField(Clock, models.PROTECT, related_name="visit", verbose_name=_("clock"))
    held_on = models.DateField(_("held"), null=True, blank=True)
    manner = models.CharField(_("how"), max_length=8, choices=VisitManner, blank=True)
    met = models.CharField(_("spoke with"), max_length=200, blank=True)
    report = models.TextField(_("report"), blank=True)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("report by")
    )
    reported_at = models.DateTimeField(_("reported"), null=True, blank=True)
    # Made by the form, so that a report that is sent again after the network dropped is the same report.
    report_key = models.UUIDField(null=True, blank=True, unique=True, editable=False)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "kind", "period"], name="visit_once_a_period"),
            models.CheckConstraint(
                condition=~models.Q(state=VisitState.HELD)
                | (models.Q(held_on__isnull=False) & ~models.Q(report="") & ~models.Q(manner="")),
                name="visit_held_has_report",
            ),
        ]
        indexes = [
            models.Index(
                fields=["specialist", "planned_on"], name="visit_planned", condition=models.Q(state=VisitState.PLANNED)
            ),
            # coverage of a period
            models.Index(fields=["period", "kind", "state"], name="visit_coverage"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.enterprise} {self.period}"

    @property
    def thread(self) -> str:
        return f"visit:{self.pk}"
