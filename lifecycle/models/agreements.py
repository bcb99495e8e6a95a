import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycle.enums import Party
from lifecycle.models.cases import Case
from profiles.models import Document


class Agreement(models.Model):
    """The park agreement of a case: one document that both sides sign, byte for byte the same."""

    case = models.OneToOneField(Case, models.PROTECT, related_name="agreement", verbose_name=_("case"))
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name=_("document"))
    created_at = models.DateTimeField(_("drawn up"))

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")

    def __str__(self) -> str:
        return str(self.case)


class Signature(models.Model):
    """Who confirmed which bytes, when and from where. Evidence, not a certificate of a licensed authority."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="signatures", verbose_name=_("agreement"))
    party = models.CharField(_("party"), max_length=10, choices=Party)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("signed by"))
    signer_name = models.CharField(_("name at signing"), max_length=60)
    signed_at = models.DateTimeField(_("signed"))
    sha256 = models.CharField(_("SHA-256 of the document"), max_length=64)
    statement = models.TextField(_("statement"))
    ip = models.GenericIPAddressField(_("address"), null=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    second_factor = models.BooleanField(_("signed in with a second factor"), default=False)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["signed_at"]
        constraints = [models.UniqueConstraint(fields=["agreement", "party"], name="signature_once_a_party")]
        triggers = [pgtrigger.Protect(name="signature_never_changes", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.signer_name} ({self.get_party_display()})"
