"""Which case answers which need of the enterprise's file."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycle.models.cases import Case
from profiles.models import Need


class CaseNeed(models.Model):
    """A case that is under way for a need: once it is completed, the need is satisfied by it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="case_needs", verbose_name=_("case"))
    need = models.ForeignKey(Need, models.PROTECT, related_name="case_needs", verbose_name=_("need"))
    tied_at = models.DateTimeField(_("tied"))

    class Meta:
        verbose_name = _("need of a case")
        verbose_name_plural = _("needs of cases")
        constraints = [models.UniqueConstraint(fields=["case", "need"], name="case_need_once")]

    def __str__(self) -> str:
        return f"{self.case} → {self.need}"
