"""Tables of many enterprises that are taken in: first looked through, then applied."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from park.accounts.models import Enterprise
from profiles.enums import ImportState, RowFate


class ImportRun(models.Model):
    """One file. It is read and checked row by row, shown, and applied in batches that can be taken up again."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file_name = models.CharField(_("file name"), max_length=200)
    sha256 = models.CharField("SHA-256", max_length=64)
    # The file itself, until it has been read.
    stored_as = models.CharField(max_length=80, blank=True, editable=False)
    # The columns of the file in their order: {"letter", "key", "text"}; without a key, one that the portal does not know.
    columns = models.JSONField(_("columns"), default=list)
    state = models.CharField(_("state"), max_length=12, choices=ImportState, default=ImportState.CHECKING)
    # A name of profiles.table_words.REFUSALS.
    problem = models.CharField(_("why it cannot be read"), max_length=40, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("from"))
    created_at = models.DateTimeField(_("received"))
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("applied by")
    )
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    rows_total = models.PositiveIntegerField(_("rows"), default=0)
    rows_done = models.PositiveIntegerField(_("rows done"), default=0)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            # services.imports.work_off
            models.Index(
                fields=["created_at"], name="import_at_work", condition=models.Q(state__in=["checking", "applying"])
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def thread(self) -> str:
        return f"import:{self.pk}"

    @property
    def is_at_work(self) -> bool:
        return self.state in {ImportState.CHECKING, ImportState.APPLYING}


class ImportRow(models.Model):
    """One row of the file: what it says by column, what will become of it, and what is wrong in which cell."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows", verbose_name=_("import"))
    number = models.PositiveIntegerField(_("row"))
    # As it stands in the file, by position; and what was understood, by column (profiles.tables).
    cells = models.JSONField(_("cells"), default=list)
    data = models.JSONField(_("values"), default=dict)
    uscc = models.CharField(_("unified social credit code"), max_length=18, blank=True)
    # Empty until the row has been compared with what is on file.
    fate = models.CharField(_("fate"), max_length=8, choices=RowFate, blank=True)
    # By address of the cell: {"column", "typed", "reason", …} as profiles.table_words tells it.
    problems = models.JSONField(_("problems by cell"), default=dict)
    # By column: what is on file now; null where there is nothing.
    changes = models.JSONField(_("what changes"), default=dict)
    enterprise = models.ForeignKey(
        Enterprise, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("enterprise")
    )
    applied_at = models.DateTimeField(_("applied"), null=True, blank=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="import_row_once")]
        indexes = [
            # the pages of a run, and what is still to be compared or applied
            models.Index(fields=["run", "fate", "number"], name="import_rows_by_fate"),
            # rows of a run that are about one enterprise
            models.Index(fields=["run", "uscc"], name="import_rows_of_enterprise"),
        ]

    def __str__(self) -> str:
        return f"{self.run} {self.number}"
