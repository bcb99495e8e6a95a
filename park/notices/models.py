"""What people are told. A notice is a row in the transaction of its cause; other channels are fed from the outbox."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Topic(models.TextChoices):
    """What kinds of notices belong together when somebody says what should reach them where."""

    DEADLINES = "deadlines", _("Deadlines and reminders")
    CASES = "cases", _("Progress of cases")
    ACCOUNT = "account", _("Account and members")


class Channel(models.TextChoices):
    """The ways out of the house. In the portal itself everybody is told everything."""

    EMAIL = "email", _("E-mail")
    SMS = "sms", _("Text message")
    WECOM = "wecom", _("WeCom group robot")
    DINGTALK = "dingtalk", _("DingTalk group robot")
    FEISHU = "feishu", _("Feishu group robot")
    WEBHOOK = "webhook", _("Webhook")


# Those that go to an address of the portal's own table.
ADDRESSED = (Channel.WECOM, Channel.DINGTALK, Channel.FEISHU, Channel.WEBHOOK)


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
    channel = models.CharField(_("channel"), max_length=20, choices=Channel)
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
            # outbox.claim, channel by channel
            models.Index(
                fields=["channel", "available_at"],
                name="outbox_waiting_by_channel",
                condition=models.Q(delivered_at__isnull=True, is_dead=False),
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["notice", "channel"], name="message_once_a_channel")]

    def __str__(self) -> str:
        return f"{self.channel}: {self.notice}"


class Address(models.Model):
    """The robot or webhook of one person. Its address may hold a key, so it is shown as little as its secret."""

    user = models.ForeignKey(
        # address_once_a_channel begins with it
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        db_index=False,
        related_name="addresses",
        verbose_name=_("person"),
    )
    channel = models.CharField(_("channel"), max_length=20, choices=[(code.value, code.label) for code in ADDRESSED])
    url = models.CharField(_("address"), max_length=1000)
    host = models.CharField(_("host"), max_length=255)
    secret = models.CharField(_("secret"), max_length=200, blank=True)
    is_active = models.BooleanField(_("in use"), default=True, db_default=True)
    created_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("address of a robot or webhook")
        verbose_name_plural = _("addresses of robots and webhooks")
        constraints = [
            models.UniqueConstraint(fields=["user", "channel"], name="address_once_a_channel"),
            models.CheckConstraint(condition=models.Q(channel__in=ADDRESSED), name="address_of_a_known_channel"),
            models.CheckConstraint(
                condition=~models.Q(channel="webhook") | ~models.Q(secret=""), name="address_webhook_is_signed"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} @ {self.host}"

    @property
    def tail(self) -> str:
        """What tells one key from another, and is no key."""
        return self.url[-4:]

    @property
    def secret_tail(self) -> str:
        return self.secret[-4:]


class Preference(models.Model):
    """A person wants it otherwise than by default: switched off, or by text message switched on. The default has no row."""

    user = models.ForeignKey(
        # preference_once begins with it
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        db_index=False,
        related_name="preferences",
        verbose_name=_("person"),
    )
    topic = models.CharField(_("topic"), max_length=20, choices=Topic)
    channel = models.CharField(_("channel"), max_length=20, choices=Channel)
    is_on = models.BooleanField(_("switched on"))

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        constraints = [
            models.UniqueConstraint(fields=["user", "topic", "channel"], name="preference_once"),
            models.CheckConstraint(
                condition=models.Q(channel=Channel.SMS, is_on=True)
                | (~models.Q(channel=Channel.SMS) & models.Q(is_on=False)),
                name="preference_differs_from_default",
            ),
            models.CheckConstraint(
                condition=~models.Q(topic=Topic.ACCOUNT, channel=Channel.EMAIL),
                name="preference_account_by_email_stays",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.channel}: {self.is_on}"


class Reach(models.Model):
    """By which channels an active person is reached about a topic: the view `notices_reach`, made in a migration."""

    pk = models.CompositePrimaryKey("user_id", "topic", "channel")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+", verbose_name=_("person"))
    topic = models.CharField(_("topic"), max_length=20)
    channel = models.CharField(_("channel"), max_length=20)

    class Meta:
        managed = False
        db_table = "notices_reach"
        verbose_name = _("way to a person")
        verbose_name_plural = _("ways to people")

    def __str__(self) -> str:
        return f"{self.topic} → {self.user_id} by {self.channel}"


class ChannelRest(models.Model):
    """What could not be reached is left alone for a while, longer each time, so that it delays nobody else.

    `name` is a channel (email, sms), the host of robots and webhooks, or `address:` and the number of one address.
    """

    name = models.CharField(_("name"), max_length=270, primary_key=True)
    until = models.DateTimeField(_("rests until"))
    failures = models.PositiveIntegerField(_("failures in a row"))

    class Meta:
        verbose_name = _("resting channel")
        verbose_name_plural = _("resting channels")

    def __str__(self) -> str:
        return f"{self.name} until {self.until}"
