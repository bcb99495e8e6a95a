"""What people have been certified for, and what they have learnt."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

from park.accounts.bilingual import Bilingual
from park.team.models.people import Specialist


class CertificateKind(Bilingual):
    """What a certificate says. With one that `is_for_key` a person may be given work for key enterprises."""

    code = models.CharField(_("code"), max_length=20, unique=True)
    is_for_key = models.BooleanField(_("for key enterprises"), default=False)
    months = models.PositiveSmallIntegerField(_("good for, months"), default=12)

    class Meta:
        verbose_name = _("kind of certificate")
        verbose_name_plural = _("kinds of certificates")
        ordering = ["-is_for_key", "code"]


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def good_on(self, day: date) -> "CertificateQuerySet":
        """Those in force on `day`; the day on which one expires is its last."""
        return self.filter(issued_on__lte=day, expires_on__gte=day, withdrawn_at__isnull=True)


class Certificate(models.Model):
    """A certificate of one person. Its last day is `expires_on`; a renewed one is another row."""

    holder = models.ForeignKey(Specialist, models.PROTECT, related_name="certificates", verbose_name=_("holder"))
    kind = models.ForeignKey(CertificateKind, models.PROTECT, related_name="certificates", verbose_name=_("kind"))
    number = models.CharField(_("certificate number"), max_length=60, blank=True)
    issued_on = models.DateField(_("issued on"))
    expires_on = models.DateField(_("good until"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_why = models.CharField(_("why withdrawn"), max_length=300, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["expires_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(expires_on__gte=models.F("issued_on")), name="certificate_ends_after_start"
            ),
            models.UniqueConstraint(fields=["holder", "kind", "issued_on"], name="certificate_once_a_day"),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at__isnull=True) | ~models.Q(withdrawn_why=""),
                name="certificate_withdrawn_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.holder}"


class Training(models.Model):
    """A training that one person attended."""

    specialist = models.ForeignKey(Specialist, models.PROTECT, related_name="trainings", verbose_name=_("specialist"))
    title = models.CharField(_("what was taught"), max_length=200)
    held_on = models.DateField(_("held on"))
    hours = models.DecimalField(_("hours"), max_digits=4, decimal_places=1)

    class Meta:
        verbose_name = _("training")
        verbose_name_plural = _("trainings")
        ordering = ["-held_on", "-pk"]
        constraints = [models.CheckConstraint(condition=models.Q(hours__gt=0), name="training_has_hours")]

    def __str__(self) -> str:
        return self.title
