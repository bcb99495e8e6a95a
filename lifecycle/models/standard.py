"""The service standard 《企业全生命周期服务流程清单》 as rows. A published version never changes; cases keep theirs."""

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from lifecycle.enums import AnswerKind, BegunBy, OpensOn, Stage, StandardState, Work
from park.accounts.bilingual import Bilingual, reads_chinese
from park.deadlines.enums import PauseReason, Unit
from park.team.models import Department, Skill

OF_PROCEDURE = "SELECT state INTO present FROM lifecycle_servicestandard WHERE version = {row}.standard_id;"
BELOW_PROCEDURE = """SELECT s.state INTO present FROM lifecycle_servicestandard s
                JOIN lifecycle_procedure p ON p.standard_id = s.version WHERE p.id = {row}.procedure_id;"""

BELOW_NODE = """SELECT s.state INTO present FROM lifecycle_servicestandard s
                JOIN lifecycle_procedure p ON p.standard_id = s.version
                JOIN lifecycle_node n ON n.procedure_id = p.id WHERE n.id = {row}.from_node_id;"""


def frozen_once_published(state: str) -> pgtrigger.Trigger:
    """Refuse every change to a row of a version that is a draft no longer, and every row that is added to one or moved into it.

    `state` is the SQL that finds the state of the version that a row belongs to.
    """
    refused = """IF present <> 'draft' THEN
                    RAISE EXCEPTION 'a published standard never changes' USING ERRCODE = 'restrict_violation';
                END IF;"""
    return pgtrigger.Trigger(
        name="frozen_once_published",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        declare=[("present", "text")],
        func=f"""
            IF TG_OP <> 'INSERT' THEN
                {state.format(row="OLD")}
                {refused}
            END IF;
            IF TG_OP <> 'DELETE' THEN
                {state.format(row="NEW")}
                {refused}
                RETURN NEW;
            END IF;
            RETURN OLD;
        """,
    )


class ServiceStandard(models.Model):
    """One version of 《企业全生命周期服务流程清单》.

    `effective_on` is the day from which it is in force; `change_note` says why it came about; an example shows what an
    earlier version could have looked like.
    """

    version = models.PositiveIntegerField(_("version"), primary_key=True)
    state = models.CharField(_("state"), max_length=12, choices=StandardState, default=StandardState.DRAFT)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    effective_on = models.DateField(_("in force from"), null=True, blank=True)
    change_note = models.TextField(_("why it was changed"), blank=True)
    is_example = models.BooleanField(_("example"), default=False)

    class Meta:
        verbose_name = _("service standard")
        verbose_name_plural = _("service standards")
        ordering = ["-version"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="published"), name="standard_one_published"
            ),
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state="scheduled"), name="standard_one_scheduled"
            ),
            models.UniqueConstraint(fields=["state"], condition=models.Q(state="draft"), name="standard_one_draft"),
            models.CheckConstraint(
                condition=~models.Q(state="scheduled") | models.Q(effective_on__isnull=False),
                name="standard_scheduled_has_day",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="standard_moves",
                field="state",
                transitions=[
                    (StandardState.DRAFT, StandardState.PUBLISHED),
                    (StandardState.DRAFT, StandardState.SCHEDULED),
                    (StandardState.SCHEDULED, StandardState.DRAFT),
                    (StandardState.SCHEDULED, StandardState.PUBLISHED),
                    (StandardState.PUBLISHED, StandardState.SUPERSEDED),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"v{self.version}"

    @property
    def thread(self) -> str:
        """Under which the log keeps what happened to it."""
        return f"standard:{self.version}"


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
    only_registered = models.BooleanField(_("only for companies that have their licence"), default=False)
    begun_by = models.CharField(_("begun by"), max_length=12, choices=BegunBy, default=BegunBy.ENTERPRISE)
    # on the facts of the enterprise's file; see profiles.criteria
    condition = models.JSONField(_("for enterprises that meet"), null=True, blank=True)
    needs = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, verbose_name=_("meets needs of these categories")
    )

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
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    skill = models.ForeignKey(Skill, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("skill"))
    needs_signatory = models.BooleanField(_("only by an authorised signatory"), default=False)
    # on the answers of the case and the facts of the file; where it is not met, the node is passed over
    condition = models.JSONField(_("only if"), null=True, blank=True)
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
                condition=models.Q(work="enterprise", department__isnull=True, skill__isnull=True)
                | (~models.Q(work="enterprise") & models.Q(department__isnull=False, skill__isnull=False)),
                name="node_has_department",
            ),
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

    def timed_as(self, procedure: str) -> str:
        """The kind of its clock, which figures are grouped by; `procedure` is the code of its own."""
        return self.clock_kind or f"{procedure}.{self.code}"

    @property
    def place(self) -> tuple[Department, Skill]:
        """Who does it. Only for a step of the park's; raises LookupError for the enterprise's own."""
        if self.department is None or self.skill is None:
            raise LookupError(f"{self} is the enterprise's own step")
        return self.department, self.skill


class Predecessor(Node.predecessors.through):  # type: ignore[name-defined]
    """That one node waits for another; a model of its own for the sake of its trigger."""

    class Meta:
        proxy = True
        verbose_name = _("predecessor")
        verbose_name_plural = _("predecessors")
        triggers = [frozen_once_published(BELOW_NODE)]


class Section(Bilingual):
    """A step of an application: the questions that are asked together."""

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="sections", verbose_name=_("procedure"))
    code = models.SlugField(_("code"), max_length=20)
    order = models.PositiveSmallIntegerField(_("order"))

    class Meta:
        verbose_name = _("section of an application")
        verbose_name_plural = _("sections of an application")
        ordering = ["procedure", "order"]
        constraints = [
            models.UniqueConstraint(fields=["procedure", "code"], name="section_once_in_procedure"),
            # the other steps of an application have these addresses
            models.CheckConstraint(
                condition=~models.Q(code__in=["agreement", "materials", "check"]), name="section_code_is_free"
            ),
        ]
        triggers = [frozen_once_published(BELOW_PROCEDURE)]


class Question(Bilingual):
    """What is asked: of the enterprise in a section of its application, or of whoever finishes a node.

    The answer stands under `code` among the answers of the case. `options` of a choice: `[[code, 中文, English], …]`.
    """

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="questions", verbose_name=_("procedure"))
    section = models.ForeignKey(
        Section, models.PROTECT, null=True, blank=True, related_name="questions", verbose_name=_("section")
    )
    node = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="questions", verbose_name=_("asked at the end of")
    )
    code = models.CharField(_("code"), max_length=40)
    order = models.PositiveSmallIntegerField(_("order"))
    kind = models.CharField(_("kind of answer"), max_length=12, choices=AnswerKind)
    options = models.JSONField(_("options"), default=list, blank=True)
    hint_zh = models.CharField(_("hint in Chinese"), max_length=300, blank=True)
    hint_en = models.CharField(_("hint in English"), max_length=300, blank=True)
    is_required = models.BooleanField(_("has to be answered"), default=True)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["procedure", "order"]
        constraints = [
            models.UniqueConstraint(fields=["procedure", "code"], name="question_once_in_procedure"),
            models.CheckConstraint(
                condition=models.Q(section__isnull=False, node__isnull=True)
                | models.Q(section__isnull=True, node__isnull=False),
                name="question_in_one_place",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["choice", "choices"]) | models.Q(options=[]), name="question_options_fit"
            ),
        ]
        triggers = [frozen_once_published(BELOW_PROCEDURE)]

    @property
    def hint(self) -> str:
        return self.hint_zh if reads_chinese() or not self.hint_en else self.hint_en


class Milestone(Bilingual):
    """A promise that spans nodes, such as fifteen working days from signing to licence.

    Without `after` it begins with the submission, without `until` it ends with the case.
    """

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="milestones", verbose_name=_("procedure"))
    kind = models.CharField(_("kind of clock"), max_length=40)
    after = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("starts when done")
    )
    until = models.ForeignKey(
        Node, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("stops when done")
    )
    amount = models.PositiveSmallIntegerField(_("promised limit"))
    unit = models.CharField(_("unit"), max_length=12, choices=Unit, default=Unit.WORKING_DAY)
    source = models.CharField(_("source of the promise"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        constraints = [models.UniqueConstraint(fields=["procedure", "kind"], name="milestone_once_in_procedure")]
        triggers = [frozen_once_published(BELOW_PROCEDURE)]

    @property
    def code(self) -> str:
        """By which it is told from the others of its procedure."""
        return self.kind


class MaterialTemplate(models.Model):
    """A form to fill in, or a sample, that goes with materials of any version. The same bytes are kept once."""

    file_name = models.CharField(_("file name"), max_length=200)
    content_type = models.CharField(_("type"), max_length=100)
    size = models.PositiveBigIntegerField(_("size in bytes"))
    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    stored_as = models.CharField(max_length=80, unique=True, editable=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("from"))
    created_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("template of a material")
        verbose_name_plural = _("templates of materials")
        triggers = [pgtrigger.Protect(name="template_never_changes", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return self.file_name


class MaterialRequirement(Bilingual):
    """A document that a procedure asks for (材料)."""

    procedure = models.ForeignKey(Procedure, models.PROTECT, related_name="requirements", verbose_name=_("procedure"))
    code = models.CharField(_("code"), max_length=20)
    order = models.PositiveSmallIntegerField(_("order"))
    hint_zh = models.CharField(_("hint in Chinese"), max_length=300, blank=True)
    hint_en = models.CharField(_("hint in English"), max_length=300, blank=True)
    # on the answers of the case and the facts of the file
    condition = models.JSONField(_("asked for only if"), null=True, blank=True)
    is_optional = models.BooleanField(_("may be left out"), default=False)
    formats = ArrayField(models.CharField(max_length=8), verbose_name=_("formats"))
    is_reusable = models.BooleanField(_("may come from the enterprise's file"), default=False)
    template = models.ForeignKey(
        MaterialTemplate,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="requirements",
        verbose_name=_("template or sample"),
    )

    class Meta:
        verbose_name = _("required material")
        verbose_name_plural = _("required materials")
        ordering = ["procedure", "order"]
        constraints = [models.UniqueConstraint(fields=["procedure", "code"], name="requirement_once_in_procedure")]
        triggers = [frozen_once_published(BELOW_PROCEDURE)]

    @property
    def hint(self) -> str:
        return self.hint_zh if reads_chinese() else self.hint_en


Part = Section | Question | Node | Milestone | MaterialRequirement
# What belongs to a procedure, by the word for it in addresses and in the log.
SHELVES: dict[str, type[Part]] = {
    "nodes": Node,
    "milestones": Milestone,
    "materials": MaterialRequirement,
    "sections": Section,
    "questions": Question,
}


def shelf_of(part: Part | Procedure) -> str:
    return next((shelf for shelf, model in SHELVES.items() if isinstance(part, model)), "procedures")


def code_field(shelf: str) -> str:
    """The field that tells the parts of one kind apart."""
    return "kind" if shelf == "milestones" else "code"
