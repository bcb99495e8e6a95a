"""The append-only log: what happened, in one row each, written in the transaction of the change itself."""

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _


class EventQuerySet(models.QuerySet["Event"]):
    def of_thread(self, thread: str) -> "EventQuerySet":
        """Everything on one timeline, newest first."""
        return self.filter(thread=thread).order_by("-at", "-id")

    def sealed_after(self, position: int) -> "EventQuerySet":
        return self.filter(position__gt=position).order_by("position")


class Event(models.Model):
    """One thing that happened. Never changed and never deleted; sealed once, after commit, by the sequencer.

    People and enterprises are kept by number and name, not by foreign key: the log outlives them, and it stands on the
    lowest floor of the house.
    """

    kind = models.CharField(_("kind"), max_length=60)
    at = models.DateTimeField(_("at"))
    actor_id = models.BigIntegerField(_("actor number"), null=True)
    actor_name = models.CharField(_("actor"), max_length=120, blank=True)
    subject_type = models.CharField(_("subject type"), max_length=60)
    subject_id = models.CharField(_("subject"), max_length=40)
    enterprise_id = models.BigIntegerField(_("enterprise number"), null=True)
    thread = models.CharField(_("timeline"), max_length=60, blank=True)
    is_internal = models.BooleanField(_("for staff only"), default=False)
    data = models.JSONField(_("data"), default=dict)
    position = models.BigIntegerField(_("position"), null=True)
    seal = models.BinaryField(_("seal"), max_length=32, null=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            # EventQuerySet.of_thread
            models.Index(fields=["thread", "at"], name="event_thread", condition=~models.Q(thread="")),
            # profiles.selectors.timeline: everything that happened with an enterprise
            models.Index(
                fields=["enterprise_id", "at"],
                name="event_enterprise",
                condition=models.Q(enterprise_id__isnull=False),
            ),
            # sequencer.seal_batch
            models.Index(fields=["id"], name="event_unsealed", condition=models.Q(position__isnull=True)),
            # profiles.selectors.referral: since when an enterprise is in the park
            models.Index(
                fields=["enterprise_id", "at"], name="event_approval", condition=models.Q(kind="enterprise.approved")
            ),
        ]
        constraints = [
            # EventQuerySet.sealed_after; an event enters it with its seal, so that writing one costs an index less
            models.UniqueConstraint(
                fields=["position"], condition=models.Q(position__isnull=False), name="event_position_once"
            ),
            models.CheckConstraint(
                condition=models.Q(position__isnull=True, seal__isnull=True)
                | models.Q(position__isnull=False, seal__isnull=False),
                name="event_position_comes_with_seal",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="append_only",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'UPDATE' AND OLD.position IS NULL AND NEW.position IS NOT NULL
                       AND to_jsonb(NEW) - 'position' - 'seal' = to_jsonb(OLD) - 'position' - 'seal' THEN
                        RETURN NEW;
                    END IF;
                    RAISE EXCEPTION 'the event log is append-only' USING ERRCODE = 'restrict_violation';
                """,
            ),
            pgtrigger.Trigger(
                name="never_truncated",
                level=pgtrigger.Statement,
                when=pgtrigger.Before,
                operation=pgtrigger.Truncate,
                func="RAISE EXCEPTION 'the event log is append-only' USING ERRCODE = 'restrict_violation';",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id}"


class PassedOver(models.Model):
    """An event that a consumer failed at again and again: it went on without it, and somebody has to look."""

    consumer = models.CharField(_("consumer"), max_length=60)
    event_id = models.BigIntegerField(_("event number"))
    kind = models.CharField(_("kind"), max_length=60)
    error = models.TextField(_("error"))
    at = models.DateTimeField(_("passed over"))
    settled_at = models.DateTimeField(_("made up for"), null=True, blank=True)

    class Meta:
        verbose_name = _("event passed over")
        verbose_name_plural = _("events passed over")
        constraints = [models.UniqueConstraint(fields=["consumer", "event_id"], name="event_passed_over_once")]

    def __str__(self) -> str:
        return f"{self.consumer}: {self.kind} {self.event_id}"


class Consumer(models.Model):
    """How far one reader of the log has come. Cursor and effect are committed together."""

    name = models.CharField(_("name"), max_length=60, primary_key=True)
    position = models.BigIntegerField(_("position"), default=0)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0)
    last_error = models.TextField(_("last error"), blank=True)

    class Meta:
        verbose_name = _("consumer of events")
        verbose_name_plural = _("consumers of events")

    def __str__(self) -> str:
        return f"{self.name} @ {self.position}"
