"""The flat row of facts on which criteria are judged, and the tags that follow from it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from park.accounts.bilingual import Bilingual
from park.accounts.models import Enterprise
from profiles.enums import TagGroup, TagOrigin
from profiles.models.documents import Document


def _number() -> models.DecimalField:
    return models.DecimalField(max_digits=26, decimal_places=6, null=True)


def _choice() -> models.CharField:
    return models.CharField(max_length=40, null=True)


def _yes_no() -> models.BooleanField:
    return models.BooleanField(null=True)


class FactSheet(models.Model):
    """What is known of one enterprise, one column for each fact of profiles.facts; null is "not known".

    Nobody writes here but services.facts, in the transaction that changes what a fact is derived from.
    """

    enterprise = models.OneToOneField(Enterprise, models.CASCADE, related_name="facts", primary_key=True)
    entity_kind = _choice()
    resident_enterprise = _yes_no()
    independent_legal_person = _yes_no()
    private_owned = _yes_no()
    foreign_invested = _yes_no()
    founded_on = models.DateField(null=True)
    located_in = ArrayField(models.CharField(max_length=40), null=True)
    industry_code = models.CharField(max_length=5, null=True)  # noqa: DJ001
    product_restricted_or_prohibited = _yes_no()
    sme_size = _choice()
    headquarters_function = _choice()
    is_key = _yes_no()
    credit_ok = _yes_no()
    no_major_incident_years = _number()
    no_serious_dishonesty_years = _number()
    tax_credit_grade = _choice()
    tax_collection = _choice()
    vat_taxpayer = _choice()
    accounts_sound = _yes_no()
    revenue_cny = _number()
    revenue_cagr_2y = _number()
    monthly_sales_cny = _number()
    main_business_ratio = _number()
    manufacturing_sales_ratio = _number()
    hi_tech_income_ratio = _number()
    taxable_income_cny = _number()
    tax_paid_cny = _number()
    total_assets_cny = _number()
    debt_ratio = _number()
    registered_capital_cny = _number()
    registered_capital_usd = _number()
    paid_in_capital_usd = _number()
    overseas_parent_share = _number()
    parent_total_assets_usd = _number()
    rd_spending_cny = _number()
    rd_spending_2y_cny = _number()
    rd_spending_min_2y_cny = _number()
    rd_ratio = _number()
    rd_ratio_min_2y = _number()
    rd_ratio_3y = _number()
    rd_domestic_ratio = _number()
    rd_staff_count = _number()
    rd_staff_ratio = _number()
    ip_class1_count = _number()
    patents_invention = _number()
    patents_total = _number()
    segment_years = _number()
    headcount = _number()
    headcount_needed = _number()
    headcount_growth = _number()
    insured_months = _number()
    layoff_rate = _number()
    energy_tce = _number()
    has_tag = ArrayField(models.CharField(max_length=40), default=list, db_default=[])
    # The facts with a key (declared.…, measure.…, choice.…, event_date.…, official_score.…), by their full name.
    more = models.JSONField(default=dict, db_default={})
    changed_at = models.DateTimeField(_("changed"))
    # By which version of the rules its tags were judged last, and as of which day; null with 0: never.
    judged_version = models.PositiveIntegerField(default=0, db_default=0)
    judged_on = models.DateField(null=True)

    class Meta:
        verbose_name = _("facts of an enterprise")
        verbose_name_plural = _("facts of enterprises")
        indexes = [
            # whom a tag concerns
            GinIndex(fields=["has_tag"], name="facts_has_tag"),
            # whom a policy for an industry concerns
            models.Index(fields=["industry_code"], name="facts_industry"),
            # services.tags.judge_batch
            models.Index(fields=["judged_version", "judged_on"], name="facts_judged"),
        ]

    def __str__(self) -> str:
        return str(self.enterprise)


class TagRule(Bilingual):
    """A tag, and by which criterion an enterprise has it. Without a criterion it comes by certificate or by hand alone."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    group = models.CharField(_("group"), max_length=16, choices=TagGroup)
    criterion = models.JSONField(_("criterion"), null=True, blank=True)
    # The changes of all rules are numbered; this is the number of the last change of this one.
    version = models.PositiveIntegerField(_("version"), default=1, db_default=1)
    basis_zh = models.CharField(_("basis in Chinese"), max_length=300, blank=True)
    basis_en = models.CharField(_("basis in English"), max_length=300, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["order", "code"]


class TagQuerySet(models.QuerySet["Tag"]):
    def open(self) -> "TagQuerySet":
        return self.filter(ended_at__isnull=True)


class Tag(models.Model):
    """A tag that an enterprise has or had: since when, by what, and on what evidence."""

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="tags", verbose_name=_("enterprise"))
    rule = models.ForeignKey(TagRule, models.PROTECT, related_name="tags", verbose_name=_("tag"))
    origin = models.CharField(_("comes"), max_length=12, choices=TagOrigin)
    since = models.DateTimeField(_("since"))
    expires_on = models.DateField(_("valid until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    # The facts that the criterion names, as they were when the tag was given and when it ended.
    evidence = models.JSONField(_("evidence"), default=dict)
    ending = models.JSONField(_("evidence of the end"), default=dict)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    number = models.CharField(_("number of the certificate"), max_length=60, blank=True)
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("certificate")
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("given by")
    )

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag of an enterprise")
        verbose_name_plural = _("tags of enterprises")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "rule", "origin"], condition=models.Q(ended_at__isnull=True), name="tag_once"
            ),
            models.CheckConstraint(
                condition=~models.Q(origin=TagOrigin.MANUAL)
                | (~models.Q(reason="") & models.Q(expires_on__isnull=False)),
                name="tag_by_hand_has_reason_and_end",
            ),
        ]
        indexes = [
            # tags to end because their day is over
            models.Index(
                fields=["expires_on"],
                name="tag_expires",
                condition=models.Q(ended_at__isnull=True, expires_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} @ {self.enterprise}"
