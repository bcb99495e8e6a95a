"""What people are told. A notice is a row in the transaction of its cause; other channels are fed from the outbox."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

EMAIL = "email"  # the one channel there is


class NoticeQuerySet(models.QuerySet["Notice"]):
    def unread(self) -> "NoticeQuerySet":
        return self.filter(read_at__isnull=True)


class Notice(models.Model):
    """One person is told one thing, once. The words are made when it is read, in the reader's language."""

    # notice_of_recipient begins with it
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, db_index=False, related_name="notices", verbose_name=_("recipient")
    )
    kind = models.CharField(_("kind"), max_length=60)
    dedupe_key = models.CharField(max_length=160, unique=True)
    path = models.CharField(_("leads to"), max_length=200, blank=True)
    data = models.JSONField(_("data"), default=dict)
    created_at = models.DateTimeField(_("told"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(fields=["recipient", "-created_at"], name="notice_of_recipient"),
            # context.unread, on every page
            models.Index(fields=["recipient"], name="notice_unread", condition=models.Q(read_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} → {self.recipient_id}"


class OutboxMessage(models.Model):
    """A notice to be carried out of the house by one channel: leased, sent with a stable id, marked.

    At least once: when a process dies between sending and marking, the message goes out again with the same id.
    """

    # the unique constraint begins with it
    notice = models.ForeignKey(
        Notice, models.CASCADE, db_index=False, related_name="messages", verbose_name=_("notice")
    )
    channel = models.CharField(_("channel"), max_length=20)
    created_at = models.DateTimeField(_("written"), db_default=Now())
    available_at = models.DateTimeField(_("not before"), db_default=Now())
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0, db_default=0)
    lease_until = models.DateTimeField(_("leased until"), null=True)
    lease_token = models.UUIDField(null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    is_dead = models.BooleanField(_("given up"), default=False, db_default=False)
    last_error = models.TextField(_("last error"), blank=True, db_default="")

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        indexes = [
            # outbox.claim
            models.Index(
                fields=["available_at"],
                name="outbox_waiting",
                condition=models.Q(delivered_at__isnull=True, is_dead=False),
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="message_once_a_channel")]

    def __str__(self) -> str:
        return f"{self.channel}: {self.notice}"
