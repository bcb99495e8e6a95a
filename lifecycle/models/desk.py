"""What people of the park keep for their own work: cases they watch, views of the queue, notes that stay in the house."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycle.models.cases import Case
from park.accounts.bilingual import reads_chinese


class Watch(models.Model):
    """Somebody wants to know when a case moves, although it is not in their hands."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="watches", verbose_name=_("case"))
    # the unique constraint begins with it
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="watches", db_index=False, verbose_name=_("watched by")
    )
    created_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("watched case")
        verbose_name_plural = _("watched cases")
        constraints = [models.UniqueConstraint(fields=["user", "case"], name="watch_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.case_id}"


class SavedFilter(models.Model):
    """A view of the queue under a name of one's own; empty parts mean everything, as in selectors.queue_lanes.Wanted."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters", db_index=False, verbose_name=_("of")
    )
    name = models.CharField(_("name"), max_length=30)
    scope = models.CharField(_("queue"), max_length=12)
    signal = models.CharField(_("light"), max_length=10, blank=True)
    procedure = models.CharField(_("procedure"), max_length=20, blank=True)
    text = models.CharField(_("searched for"), max_length=60, blank=True)
    created_at = models.DateTimeField(_("kept"))

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="saved_filter_named_once"),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_filter_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class InternalNote(models.Model):
    """A word about a case between people of the park. The enterprise never sees it; it is not changed afterwards."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="internal_notes", verbose_name=_("case"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("from"))
    body = models.TextField(_("note"))
    created_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("internal note")
        verbose_name_plural = _("internal notes")
        ordering = ["created_at", "pk"]
        constraints = [models.CheckConstraint(condition=~models.Q(body=""), name="internal_note_says_something")]

    def __str__(self) -> str:
        return self.body[:60]


class CorrectionText(models.Model):
    """A sentence that is often asked for again; in both languages, since the enterprise reads it in its own.

    Without a procedure it is offered everywhere; with one, in its reviews; with a material as well, for that one.
    """

    procedure = models.CharField(_("procedure"), max_length=20, blank=True)
    material = models.CharField(_("material"), max_length=20, blank=True)
    text_zh = models.CharField(_("text in Chinese"), max_length=500)
    text_en = models.CharField(_("text in English"), max_length=500)
    is_offered = models.BooleanField(_("offered"), default=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("written by")
    )
    written_at = models.DateTimeField(_("written"))

    class Meta:
        verbose_name = _("text for corrections")
        verbose_name_plural = _("texts for corrections")
        ordering = ["procedure", "material", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["procedure", "material", "text_zh"], name="correction_text_once"),
            models.CheckConstraint(
                condition=models.Q(material="") | ~models.Q(procedure=""), name="correction_text_material_of_procedure"
            ),
        ]

    def __str__(self) -> str:
        return (self.text_zh if reads_chinese() else self.text_en)[:60]
