"""Days on which people are away."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def covering(self, first: date, last: date) -> "AbsenceQuerySet":
        """Those with at least one day from `first` to `last`, both included."""
        return self.filter(first_on__lte=last, last_on__gte=first)


class Absence(models.Model):
    """Days on which a specialist gets no new work. Both days are included."""

    specialist = models.ForeignKey(
        "team.Specialist", models.CASCADE, related_name="absences", verbose_name=_("specialist")
    )
    first_on = models.DateField(_("from"))
    last_on = models.DateField(_("until"))
    substitute = models.ForeignKey(
        "team.Specialist", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("substitute")
    )

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("absence")
        verbose_name_plural = _("absences")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(last_on__gte=models.F("first_on")), name="absence_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.specialist}: {self.first_on} – {self.last_on}"
