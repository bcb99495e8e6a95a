import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycle.enums import Verdict
from lifecycle.models.cases import Case
from lifecycle.models.standard import MaterialRequirement
from lifecycle.models.tasks import Task
from profiles.models import Document


class Material(models.Model):
    """What a case has handed in for one requirement. Its versions never change; the highest is the present one."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="materials", verbose_name=_("case"))
    requirement = models.ForeignKey(
        MaterialRequirement, models.PROTECT, related_name="+", verbose_name=_("required material")
    )
    verdict = models.CharField(_("verdict"), max_length=16, choices=Verdict, default=Verdict.PENDING)
    verdict_note = models.TextField(_("note"), blank=True)
    verdict_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by")
    )
    verdict_at = models.DateTimeField(_("at"), null=True, blank=True)

    class Meta:
        verbose_name = _("material")
        verbose_name_plural = _("materials")
        constraints = [models.UniqueConstraint(fields=["case", "requirement"], name="material_once_in_case")]

    def __str__(self) -> str:
        return str(self.requirement)

    @property
    def current(self) -> "MaterialVersion | None":
        """The present version, from versions already fetched where they are."""
        return max(self.versions.all(), key=lambda version: version.number, default=None)


class MaterialVersion(models.Model):
    """One handing-in of a material."""

    material = models.ForeignKey(Material, models.PROTECT, related_name="versions", verbose_name=_("material"))
    number = models.PositiveSmallIntegerField(_("version"))
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name=_("document"))
    from_file = models.BooleanField(_("taken from the enterprise's file"), default=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    added_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("version of a material")
        verbose_name_plural = _("versions of a material")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["material", "number"], name="version_once")]
        triggers = [pgtrigger.Protect(name="version_never_changes", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.material} #{self.number}"


class CorrectionNotice(models.Model):
    """The one notice that tells an enterprise everything that is missing (一次性告知, 行政许可法 32).

    One for each case, by constraint. When what comes back is still not right, the same notice stays open for the same
    materials; nothing new can be added to it.
    """

    case = models.OneToOneField(Case, models.PROTECT, related_name="correction", verbose_name=_("case"))
    task = models.ForeignKey(Task, models.PROTECT, related_name="+", verbose_name=_("task"))
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    issued_at = models.DateTimeField(_("issued"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        verbose_name = _("correction notice")
        verbose_name_plural = _("correction notices")

    def __str__(self) -> str:
        return f"{self.case}: {self.issued_at:%Y-%m-%d}"


class CorrectionItem(models.Model):
    """One thing to correct: a material, what is wrong with it, and whether the enterprise has ticked it off."""

    notice = models.ForeignKey(CorrectionNotice, models.PROTECT, related_name="items", verbose_name=_("notice"))
    material = models.OneToOneField(
        Material, models.PROTECT, related_name="correction_item", verbose_name=_("material")
    )
    text = models.TextField(_("what to correct"))
    found_wrong = models.PositiveSmallIntegerField(_("number of the version that was found wrong"), default=0)
    done_at = models.DateTimeField(_("ticked off"), null=True, blank=True)
    settled_at = models.DateTimeField(_("accepted"), null=True, blank=True)

    class Meta:
        verbose_name = _("item to correct")
        verbose_name_plural = _("items to correct")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.text[:60]
