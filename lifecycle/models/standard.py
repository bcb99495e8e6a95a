"""The service standard 《企业全生命周期服务流程清单》 as rows. A published version never changes; cases keep theirs."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycle.enums import OpensOn, Stage, StandardState, Work
from park.accounts.bilingual import Bilingual, reads_chinese
from park.deadlines.enums import PauseReason, Unit
from park.team.models import Department, Skill

OF_PROCEDURE = "SELECT state INTO present FROM lifecycle_servicestandard WHERE version = {row}.standard_id;"
BELOW_PROCEDURE = """SELECT s.state INTO present FROM lifecycle_servicestandard s
                JOIN lifecycle_procedure p ON p.standard_id = s.version WHERE p.id = {row}.procedure_id;"""


def frozen_once_published(state: str) -> pgtrigger.Trigger:
    """Refuse every change to a row of a version that is a draft no longer, and every row that is added to one.

    `state` is the SQL that finds the state of the version that a row belongs to.
    """
    return pgtrigger.Trigger(
        name="frozen_once_published",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("present", "text")],
        func=f"""
            IF TG_OP = 'INSERT' THEN
                {state.format(row="NEW")}
            ELSE
                {state.format(row="OLD")}
            END IF;
            IF present <> 'draft' THEN
                RAISE EXCEPTION 'a published standard never changes' USING ERRCODE = 'restrict_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        """,
    )


class ServiceStandard(models.Model):
    """One version of 《企业全生命周期服务流程清单》."""

    version = models.PositiveIntegerField(_("version"), primary_key=True)
    state = models.CharField(_("state"), max_length=12, choices=StandardState, default=StandardState.DRAFT)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    class Meta:
        verbose_name = _("service standard")
        verbose_name_plural = _("service standards")
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="published"), name="standard_one_published"
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="standard_moves",
                field="state",
                transitions=[
                    (StandardState.DRAFT, StandardState.PUBLISHED),
                    (StandardState.PUBLISHED, StandardState.SUPERSEDED),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"v{self.version}"


class Procedure(Bilingual):
    """A thing an enterprise can have done (事项)."""

    standard = models.ForeignKey(
        ServiceStandard, models.PROTECT, related_name="procedures", verbose_name=_("service standard")
    )
    code = models.CharField(_("code"), max_length=20)
    stage = models.CharField(_("stage"), max_length=20, choices=Stage)
    summary_zh = models.TextField(_("summary in Chinese"), blank=True)
    summary_en = models.TextField(_("summary in English"), blank=True)
    applicants_zh = models.CharField(_("who may apply, in Chinese"), max_length=300)
    applicants_en = models.CharField(_("who may apply, in English"), max_length=300)
    only_forming = models.BooleanField(_("only for companies being set up"), default=False)

    class Meta:
        verbose_name = _("procedure")
        verbose_name_plural = _("procedures")
        ordering = ["standard", "code"]
        constraints = [models.UniqueConstraint(fields=["standard", "code"], name="procedure_once_in_version")]
        triggers = [frozen_once_published(OF_PROCEDURE)]


class Node(Bilingual):
    """A step of a procedure (环节): who does it, within what limit, and what opens it."""

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="nodes", verbose_name=_("procedure"))
    code = models.CharField(_("code"), max_length=20)
    order = models.PositiveSmallIntegerField(_("order"))
    work = models.CharField(_("kind of work"), max_length=12, choices=Work)
    opens_on = models.CharField(_("opened by"), max_length=24, choices=OpensOn, default=OpensOn.PREDECESSORS)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="+", verbose_name=_("skill"))
    predecessors = models.ManyToManyField("self", symmetrical=False, related_name="successors")
    is_key = models.BooleanField(_("key node"), default=False)
    clock_kind = models.CharField(_("kind of clock"), max_length=40, blank=True)
    amount = models.PositiveSmallIntegerField(_("promised limit"), null=True, blank=True)
    unit = models.CharField(_("unit"), max_length=12, choices=Unit, default=Unit.WORKING_DAY)
    source = models.CharField(_("source of the promise"), max_length=200, blank=True)
    statutory_amount = models.PositiveSmallIntegerField(_("statutory limit"), null=True, blank=True)
    statutory_unit = models.CharField(_("unit of the statutory limit"), max_length=12, choices=Unit, blank=True)
    statutory_source = models.CharField(_("source of the statutory limit"), max_length=200, blank=True)
    pause_reasons = ArrayField(
        models.CharField(max_length=30, choices=PauseReason), default=list, blank=True, verbose_name=_("may pause for")
    )

    class Meta:
        verbose_name = _("node")
        verbose_name_plural = _("nodes")
        ordering = ["procedure", "order"]
        constraints = [
            models.UniqueConstraint(fields=["procedure", "code"], name="node_once_in_procedure"),
            models.CheckConstraint(
                condition=models.Q(is_key=False) | models.Q(amount__isnull=False), name="node_key_has_limit"
            ),
            models.CheckConstraint(
                condition=~models.Q(unit=models.F("statutory_unit"))
                | models.Q(amount__isnull=True)
                | models.Q(statutory_amount__isnull=True)
                | models.Q(amount__lte=models.F("statutory_amount")),
                name="node_promise_within_law",
            ),
        ]
        triggers = [frozen_once_published(BELOW_PROCEDURE)]


class Milestone(Bilingual):
    """A promise that spans nodes, such as fifteen working days from signing to licence."""

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="milestones", verbose_name=_("procedure"))
    kind = models.CharField(_("kind of clock"), max_length=40)
    after = models.ForeignKey(Node, models.PROTECT, related_name="+", verbose_name=_("starts when done"))
    until = models.ForeignKey(Node, models.PROTECT, related_name="+", verbose_name=_("stops when done"))
    amount = models.PositiveSmallIntegerField(_("promised limit"))
    unit = models.CharField(_("unit"), max_length=12, choices=Unit, default=Unit.WORKING_DAY)
    source = models.CharField(_("source of the promise"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        constraints = [models.UniqueConstraint(fields=["procedure", "kind"], name="milestone_once_in_procedure")]
        triggers = [frozen_once_published(BELOW_PROCEDURE)]


class MaterialRequirement(Bilingual):
    """A document that a procedure asks for (材料)."""

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="requirements", verbose_name=_("procedure"))
    code = models.CharField(_("code"), max_length=20)
    order = models.PositiveSmallIntegerField(_("order"))
    hint_zh = models.CharField(_("hint in Chinese"), max_length=300, blank=True)
    hint_en = models.CharField(_("hint in English"), max_length=300, blank=True)
    required_if = models.CharField(_("asked for only if this answer is yes"), max_length=60, blank=True)
    formats = ArrayField(models.CharField(max_length=8), verbose_name=_("formats"))
    is_reusable = models.BooleanField(_("may come from the enterprise's file"), default=False)

    class Meta:
        verbose_name = _("required material")
        verbose_name_plural = _("required materials")
        ordering = ["procedure", "order"]
        constraints = [models.UniqueConstraint(fields=["procedure", "code"], name="requirement_once_in_procedure")]
        triggers = [frozen_once_published(BELOW_PROCEDURE)]

    @property
    def hint(self) -> str:
        return self.hint_zh if reads_chinese() else self.hint_en

    def applies_to(self, answers: dict[str, object]) -> bool:
        return not self.required_if or answers.get(self.required_if) is True
