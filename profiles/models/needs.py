"""What enterprises need: said, seen or foreseen."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from park.accounts.bilingual import Bilingual
from park.accounts.models import Enterprise
from park.deadlines.models import Clock
from park.team.models import Department, Specialist
from profiles.enums import OPEN_NEEDS, NeedSource, NeedState, PredictionState


class NeedCategory(Bilingual):
    """A kind of need, who answers it, and within how many working days."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    group_zh = models.CharField(_("group in Chinese"), max_length=60)
    group_en = models.CharField(_("group in English"), max_length=60)
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    answer_within = models.PositiveSmallIntegerField(_("first answer, working days"), default=1)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("category of needs")
        verbose_name_plural = _("categories of needs")
        ordering = ["order", "code"]


class NeedQuerySet(models.QuerySet["Need"]):
    def open(self) -> "NeedQuerySet":
        return self.filter(state__in=OPEN_NEEDS)


class Need(models.Model):
    """Something an enterprise needs. Its first answer is on a clock; when it is satisfied, it is said by what."""

    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="needs", verbose_name=_("enterprise"))
    category = models.ForeignKey(NeedCategory, models.PROTECT, related_name="needs", verbose_name=_("category"))
    text = models.CharField(_("what is needed"), max_length=500)
    source = models.CharField(_("source"), max_length=12, choices=NeedSource)
    state = models.CharField(_("state"), max_length=12, choices=NeedState, default=NeedState.OPEN)
    owner = models.ForeignKey(
        Specialist, models.PROTECT, null=True, blank=True, related_name="needs", verbose_name=_("seen to by")
    )
    department = models.ForeignKey(Department, models.PROTECT, related_name="needs", verbose_name=_("department"))
    clock = models.OneToOneField(
        Clock, models.PROTECT, null=True, blank=True, related_name="need", verbose_name=_("clock of the answer")
    )
    visit = models.ForeignKey(
        "profiles.Visit", models.PROTECT, null=True, blank=True, related_name="needs", verbose_name=_("raised at")
    )
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("raised by")
    )
    raised_at = models.DateTimeField(_("raised"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    satisfied_by = models.CharField(_("satisfied by"), max_length=300, blank=True)

    objects = NeedQuerySet.as_manager()

    class Meta:
        verbose_name = _("need")
        verbose_name_plural = _("needs")
        indexes = [
            models.Index(fields=["enterprise", "-raised_at"], name="need_of_enterprise"),
            # the desk: open needs of a department or an owner
            models.Index(
                fields=["department", "raised_at"], name="need_open", condition=models.Q(state__in=OPEN_NEEDS)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state=NeedState.SATISFIED) | ~models.Q(satisfied_by=""),
                name="need_satisfied_by_what",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=OPEN_NEEDS, closed_at__isnull=True)
                | (~models.Q(state__in=OPEN_NEEDS) & models.Q(closed_at__isnull=False)),
                name="need_closed_at_fits_state",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_NEEDS

    @property
    def thread(self) -> str:
        return f"need:{self.pk}"


class PredictedNeed(models.Model):
    """A need that an enterprise is likely to raise next, with the reasons. Specialists see it before the enterprise does."""

    enterprise = models.ForeignKey(
        Enterprise, models.CASCADE, related_name="predicted_needs", verbose_name=_("enterprise")
    )
    category = models.ForeignKey(NeedCategory, models.PROTECT, related_name="+", verbose_name=_("category"))
    score = models.DecimalField(_("likelihood"), max_digits=5, decimal_places=4)
    reasons = models.JSONField(_("reasons"), default=list)
    made_on = models.DateField(_("made"))
    until = models.DateField(_("expected by"))
    state = models.CharField(_("state"), max_length=12, choices=PredictionState, default=PredictionState.OPEN)
    need = models.OneToOneField(
        Need, models.PROTECT, null=True, blank=True, related_name="prediction", verbose_name=_("need")
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("predicted need")
        verbose_name_plural = _("predicted needs")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "category"],
                condition=models.Q(state__in=[PredictionState.OPEN, PredictionState.SHARED]),
                name="prediction_open_once",
            ),
            models.CheckConstraint(condition=models.Q(score__gte=0, score__lte=1), name="prediction_score_is_share"),
        ]
        indexes = [models.Index(fields=["state", "-score"], name="prediction_open")]

    def __str__(self) -> str:
        return f"{self.category} @ {self.enterprise}"
