"""What enterprises make and buy, and the introductions that follow."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Left
from django.utils.translation import gettext_lazy as _

from park.accounts.enums import Approval
from park.accounts.models import Enterprise
from park.deadlines.models import Clock
from profiles.enums import Direction, IntroductionState, Outcome


class SupplyItemQuerySet(models.QuerySet["SupplyItem"]):
    def open(self) -> "SupplyItemQuerySet":
        """Not ended, of an enterprise that the park has approved and that was not merged into another."""
        return self.filter(
            ended_at__isnull=True,
            enterprise__approval=Approval.APPROVED,
            enterprise__merged_into__isnull=True,
        )


class SupplyItem(models.Model):
    """Something that an enterprise makes or buys: by the industry that makes it (GB/T 4754) and in its own words."""

    enterprise = models.ForeignKey(
        Enterprise, models.CASCADE, related_name="supply_items", verbose_name=_("enterprise")
    )
    direction = models.CharField(_("direction"), max_length=8, choices=Direction)
    industry_code = models.CharField(_("industry that makes it"), max_length=5)
    text = models.CharField(_("what it is"), max_length=300)
    # profiles.pairing.words of the text, by which partners are found
    words = ArrayField(models.CharField(max_length=40), default=list, db_default=[], editable=False)
    wants_local = models.BooleanField(_("looks for a source in the park"), default=False)
    is_shown = models.BooleanField(_("may be offered to others without the name"), default=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    created_at = models.DateTimeField(_("entered"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = SupplyItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("product or purchase")
        verbose_name_plural = _("products and purchases")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "direction", "industry_code", "text"],
                condition=models.Q(ended_at__isnull=True),
                name="supply_item_once",
            ),
        ]
        indexes = [
            # the lists of wants and offers
            models.Index(
                fields=["direction", "industry_code"], name="supply_open", condition=models.Q(ended_at__isnull=True)
            ),
            # selectors.supply.partners: of the same division, or with words in common
            models.Index(
                Left("industry_code", 2), "direction", name="supply_division", condition=models.Q(ended_at__isnull=True)
            ),
            GinIndex(fields=["words"], name="supply_words", condition=models.Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.text


class Introduction(models.Model):
    """A buyer and a maker inside the park are brought together. Neither sees the other's name before both agreed."""

    want = models.ForeignKey(SupplyItem, models.PROTECT, related_name="introductions_as_want", verbose_name=_("want"))
    offer = models.ForeignKey(
        SupplyItem, models.PROTECT, related_name="introductions_as_offer", verbose_name=_("offer")
    )
    state = models.CharField(_("state"), max_length=12, choices=IntroductionState, default=IntroductionState.PROPOSED)
    reasons = models.JSONField(_("reasons"), default=list)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("proposed by")
    )
    proposed_at = models.DateTimeField(_("proposed"))
    buyer_agreed_at = models.DateTimeField(_("buyer agreed"), null=True, blank=True)
    maker_agreed_at = models.DateTimeField(_("maker agreed"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    # When what not both have answered ends by itself; services.supply.expire_unanswered dates rows from before there was one.
    expires_at = models.DateTimeField(_("ends unanswered"), null=True, blank=True)
    clock = models.OneToOneField(
        Clock,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="introduction",
        verbose_name=_("clock of the answers, then of the outcome"),
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    saving_percent = models.DecimalField(
        _("saving on the purchase, percent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("introduction")
        verbose_name_plural = _("introductions")
        constraints = [
            models.UniqueConstraint(fields=["want", "offer"], name="introduction_once"),
            models.CheckConstraint(
                condition=~models.Q(state__in=[IntroductionState.AGREED, IntroductionState.CONCLUDED])
                | models.Q(buyer_agreed_at__isnull=False, maker_agreed_at__isnull=False),
                name="introduction_agreed_by_both",
            ),
            models.CheckConstraint(
                condition=models.Q(saving_percent__isnull=True)
                | models.Q(outcome=Outcome.BUSINESS, saving_percent__gte=-100, saving_percent__lte=100),
                name="introduction_saving_of_business",
            ),
            models.CheckConstraint(
                condition=models.Q(state=IntroductionState.CONCLUDED, closed_at__isnull=False) & ~models.Q(outcome="")
                | ~models.Q(state=IntroductionState.CONCLUDED) & models.Q(outcome=""),
                name="introduction_concluded_has_outcome",
            ),
        ]
        indexes = [
            # the list at the desk
            models.Index(fields=["state", "-id"], name="introduction_by_state"),
            # services.supply.expire_unanswered
            models.Index(
                fields=["expires_at"],
                name="introduction_waiting",
                condition=models.Q(state=IntroductionState.PROPOSED),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.want} ← {self.offer}"

    @property
    def thread(self) -> str:
        """The timeline of the park's side; each enterprise's own events stand on that of its file."""
        return f"introduction:{self.pk}"
