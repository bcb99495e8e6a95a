"""What the park hands over in a case, and what the enterprise confirms of it."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycle.models.cases import Case
from lifecycle.models.tasks import Task
from profiles.models import Document


class HandedOver(models.Model):
    """A document that a step has brought forth: minutes, a lease, a report, a certificate. Both sides see it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="handed_over", verbose_name=_("case"))
    task = models.ForeignKey(Task, models.PROTECT, related_name="handed_over", verbose_name=_("task"))
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name=_("document"))
    title = models.CharField(_("title"), max_length=120)
    number = models.CharField(_("number"), max_length=60, blank=True)
    handed_at = models.DateTimeField(_("handed over"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))

    class Meta:
        verbose_name = _("document handed over")
        verbose_name_plural = _("documents handed over")
        ordering = ["pk"]
        triggers = [pgtrigger.Protect(name="handed_over_never_changes", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.title


class Confirmation(models.Model):
    """The enterprise has done a step of its own, or agrees: who, when, from where, and the bytes that lay before them.

    `seen` are the documents of the case at that moment: `[{"title", "sha256"}, …]`. Evidence, not a certificate of a
    licensed authority.
    """

    task = models.OneToOneField(Task, models.PROTECT, related_name="confirmation", verbose_name=_("task"))
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by"))
    signer_name = models.CharField(_("name at signing"), max_length=60)
    signed_at = models.DateTimeField(_("signed"))
    statement = models.TextField(_("statement"))
    seen = models.JSONField(_("documents"), default=list)
    ip = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    second_factor = models.BooleanField(_("signed in with a second factor"), default=False)

    class Meta:
        verbose_name = _("confirmation")
        verbose_name_plural = _("confirmations")
        triggers = [pgtrigger.Protect(name="confirmation_never_changes", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.task}: {self.signer_name}"
