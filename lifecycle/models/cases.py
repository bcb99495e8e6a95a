import uuid
from datetime import datetime

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycle.enums import CaseState, Party
from lifecycle.models.standard import Milestone, Procedure
from lifecycle.stages import CASE_MOVES, CLOSED_CASE, OPEN_CASE
from park.accounts.models import Enterprise
from park.deadlines.models import Clock
from park.team.models import Specialist
from profiles.models import Document


class CaseQuerySet(models.QuerySet["Case"]):
    def open(self) -> "CaseQuerySet":
        return self.filter(state__in=OPEN_CASE)


class Case(models.Model):
    """One enterprise having one thing done (办件)."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # NULL until submitted: unique must not see drafts as equals
    reference = models.CharField(_("reference number"), max_length=20, unique=True, null=True)  # noqa: DJ001
    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="cases", verbose_name=_("procedure"))
    # case_of_enterprise begins with it
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, db_index=False, related_name="cases", verbose_name=_("enterprise")
    )
    follows = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="followed_by", verbose_name=_("follows the case")
    )
    state = models.CharField(_("state"), max_length=12, choices=CaseState, default=CaseState.DRAFT)
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    lead = models.ForeignKey(
        Specialist, models.PROTECT, null=True, blank=True, related_name="led_cases", verbose_name=_("lead")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        db_index=False,  # nobody asks by it
        related_name="+",
        verbose_name=_("begun by"),
    )
    created_at = models.DateTimeField(_("begun"))
    saved_at = models.DateTimeField(_("saved"))
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closing_reason = models.TextField(_("reason"), blank=True)
    closing_remedy = models.TextField(_("what the enterprise can do"), blank=True)
    result_number = models.CharField(_("number of the result"), max_length=40, blank=True)
    result_document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("result")
    )
    result_on = models.DateField(_("date of the result"), null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("case")
        verbose_name_plural = _("cases")
        indexes = [models.Index(fields=["enterprise", "-created_at"], name="case_of_enterprise")]
        constraints = [
            # a second click on "apply" opens the draft that is there
            models.UniqueConstraint(
                fields=["enterprise", "procedure"], condition=models.Q(state=CaseState.DRAFT), name="case_one_draft"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[CaseState.DRAFT, CaseState.WITHDRAWN])
                | models.Q(reference__isnull=False, submitted_at__isnull=False),
                name="case_submitted_has_reference",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=CLOSED_CASE, closed_at__isnull=False)
                | (~models.Q(state__in=CLOSED_CASE) & models.Q(closed_at__isnull=True)),
                name="case_closed_at_fits_state",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=CaseState.REJECTED)
                | (~models.Q(closing_reason="") & ~models.Q(closing_remedy="")),
                name="case_rejected_says_why",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="case_moves",
                field="state",
                transitions=sorted(CASE_MOVES),
                condition=pgtrigger.AnyChange("state"),
            )
        ]

    def __str__(self) -> str:
        return self.reference or f"{self.procedure} ({self.get_state_display()})"

    @property
    def thread(self) -> str:
        """The timeline that both sides see."""
        return f"case:{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_CASE

    @property
    def is_closed(self) -> bool:
        return self.state in CLOSED_CASE

    @property
    def is_draft(self) -> bool:
        return self.state == CaseState.DRAFT


class CaseMilestone(models.Model):
    """A promise of the standard that has begun to run for a case."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="milestones", verbose_name=_("case"))
    milestone = models.ForeignKey(Milestone, models.PROTECT, related_name="+", verbose_name=_("milestone"))
    clock = models.OneToOneField(Clock, models.PROTECT, related_name="case_milestone", verbose_name=_("clock"))

    class Meta:
        verbose_name = _("milestone of a case")
        verbose_name_plural = _("milestones of a case")
        constraints = [models.UniqueConstraint(fields=["case", "milestone"], name="case_milestone_once")]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.milestone_id}"


class ReferenceDay(models.Model):
    """The last number given out on a day, so that reference numbers have no gaps and no doubles."""

    day = models.DateField(_("day"), primary_key=True)
    last = models.PositiveIntegerField(_("last number"))

    class Meta:
        verbose_name = _("day of reference numbers")
        verbose_name_plural = _("days of reference numbers")

    def __str__(self) -> str:
        return f"{self.day}: {self.last}"


class Message(models.Model):
    """A word between the two sides of a case."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="messages", verbose_name=_("case"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("from"))
    side = models.CharField(_("side"), max_length=10, choices=Party)
    body = models.TextField(_("message"))
    created_at = models.DateTimeField(_("sent"))
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["created_at", "pk"]

    def __str__(self) -> str:
        return self.body[:40]


def reference_of(now: datetime, number: int) -> str:
    """CM26-1120-07: readable on the phone. `now` in the park's own time."""
    return f"CM{now:%y}-{now:%m%d}-{number:02d}"
