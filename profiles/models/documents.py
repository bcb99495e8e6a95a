"""The documents that an enterprise has handed in or been given."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from park.accounts.models import Enterprise


class Document(models.Model):
    """Bytes that an enterprise handed in or was given. A document never changes; a new version is a new document."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="documents", verbose_name=_("enterprise"))
    kind = models.CharField(_("kind"), max_length=40)
    file_name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField("SHA-256", max_length=64)
    stored_as = models.CharField(max_length=80, unique=True, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("from")
    )
    created_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        indexes = [models.Index(fields=["enterprise", "kind", "-created_at"], name="document_of_enterprise")]

    def __str__(self) -> str:
        return self.file_name
