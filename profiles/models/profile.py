"""What is known about an enterprise: who it is, its people, and every value that anybody has said of it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from park.accounts.models import Enterprise
from park.team.models import Specialist
from profiles.enums import NameKind, ValueSource
from profiles.models.documents import Document

UNDATED = 0


class EnterpriseProfile(models.Model):
    """The head of the file: where the enterprise is, what it does in its own words, and who of the park looks after it."""

    enterprise = models.OneToOneField(
        Enterprise, models.CASCADE, related_name="profile", primary_key=True, verbose_name=_("enterprise")
    )
    industry = models.CharField(_("industry"), max_length=120, blank=True)
    business_scope = models.TextField(_("business scope"), blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    specialist = models.ForeignKey(
        Specialist,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="enterprises",
        verbose_name=_("looked after by"),
    )
    is_key = models.BooleanField(_("key enterprise"), default=False, db_default=False)
    key_reason = models.CharField(_("why it is one"), max_length=300, blank=True, db_default="")
    updated_at = models.DateTimeField(_("changed"))

    class Meta:
        verbose_name = _("enterprise profile")
        verbose_name_plural = _("enterprise profiles")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(is_key=False) | ~models.Q(key_reason=""), name="profile_key_has_reason"
            ),
        ]

    def __str__(self) -> str:
        return str(self.enterprise)


class EnterpriseName(models.Model):
    """A name that an enterprise has or had before.

    `core` is what is left of it without place and form of company (profiles.folding); `pinyin`, `initials` and `sound`
    belong to Chinese names: the likeliest reading of the whole name, and the core as it is heard. By which texts the
    enterprise is found stands in SearchKey.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="names", verbose_name=_("enterprise"))
    kind = models.CharField(_("kind"), max_length=8, choices=NameKind)
    text = models.CharField(_("name"), max_length=200)
    pinyin = models.CharField(_("pinyin"), max_length=900, blank=True)
    initials = models.CharField(_("initials"), max_length=200, blank=True)
    core = models.CharField(_("core of the name"), max_length=200, blank=True)
    sound = models.CharField(_("how the core sounds"), max_length=900, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("name of an enterprise")
        verbose_name_plural = _("names of enterprises")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "kind"], condition=~models.Q(kind=NameKind.FORMER), name="name_present_once"
            ),
            models.UniqueConstraint(
                fields=["enterprise", "text"], condition=models.Q(kind=NameKind.FORMER), name="name_former_once"
            ),
        ]
        indexes = [
            # selectors.duplicates: same core, same sound
            models.Index(fields=["core"], name="name_core"),
            models.Index(fields=["sound"], name="name_sound", condition=~models.Q(sound="")),
        ]

    def __str__(self) -> str:
        return self.text


class ContactQuerySet(models.QuerySet["Contact"]):
    def present(self) -> "ContactQuerySet":
        return self.filter(ended_at__isnull=True)


class Contact(models.Model):
    """A person at the enterprise whom the park speaks with: said by people, applications and imports alike.

    Where there are any, one is spoken with first. Of some only the number is known.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="contacts", verbose_name=_("enterprise"))
    name = models.CharField(_("name"), max_length=60, blank=True)
    position = models.CharField(_("position"), max_length=60, blank=True)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    is_first = models.BooleanField(_("speak with first"), default=False)
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["-is_first", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise"],
                condition=models.Q(is_first=True, ended_at__isnull=True),
                name="contact_first_once",
            ),
            # a form that is sent twice makes one
            models.UniqueConstraint(
                fields=["enterprise", "name", "phone", "email"],
                condition=models.Q(ended_at__isnull=True),
                name="contact_once",
            ),
            models.CheckConstraint(condition=~models.Q(name="", phone="", email=""), name="contact_says_something"),
        ]

    def __str__(self) -> str:
        return self.name or self.phone or self.email


class ProfileValue(models.Model):
    """One value of one item of the file, as one source gave it. It never changes: who says something new adds a row.

    `item` is a name of profiles.items; `year` is 0 for what has no year. Exactly one of the four value columns is filled,
    which one the item says. The accepted value of an item and year is the one that counts; the others are its history and
    what other sources say.
    """

    enterprise = models.ForeignKey(Enterprise, models.CASCADE, related_name="values", verbose_name=_("enterprise"))
    item = models.CharField(_("item"), max_length=60)
    year = models.PositiveSmallIntegerField(_("year"), default=UNDATED)
    number = models.DecimalField(_("number"), max_digits=20, decimal_places=4, null=True, blank=True)
    text = models.CharField(_("text"), max_length=200, null=True, blank=True)  # noqa: DJ001 - null is "not this column"
    day = models.DateField(_("day"), null=True, blank=True)
    flag = models.BooleanField(_("yes or no"), null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    source = models.CharField(_("source"), max_length=12, choices=ValueSource)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("said by")
    )
    said_at = models.DateTimeField(_("said"))
    document = models.ForeignKey(
        Document, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("evidence")
    )
    note = models.CharField(_("note"), max_length=300, blank=True)
    is_accepted = models.BooleanField(_("counts"), default=False)

    class Meta:
        verbose_name = _("value")
        verbose_name_plural = _("values")
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "item", "year"],
                condition=models.Q(is_accepted=True),
                name="value_accepted_once",
            ),
            models.CheckConstraint(
                condition=models.Q(number__isnull=False, text=None, day=None, flag=None)
                | models.Q(text__isnull=False, number=None, day=None, flag=None)
                | models.Q(day__isnull=False, number=None, text=None, flag=None)
                | models.Q(flag__isnull=False, number=None, text=None, day=None),
                name="value_is_one_of_its_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(year=UNDATED) | models.Q(year__gte=1949, year__lte=2200),
                name="value_year_makes_sense",
            ),
        ]
        indexes = [
            # the history of an item, and what other sources say
            models.Index(fields=["enterprise", "item", "year", "-said_at"], name="value_history"),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.year or ''}: {self.value}"

    @property
    def value(self) -> object:
        return next((v for v in (self.number, self.text, self.day, self.flag) if v is not None), None)


class Confirmation(models.Model):
    """The enterprise has looked through its file and says that it is right. Asked for once a year."""

    enterprise = models.ForeignKey(
        Enterprise, models.CASCADE, related_name="confirmations", verbose_name=_("enterprise")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("confirmed by"))
    at = models.DateTimeField(_("confirmed"))

    class Meta:
        verbose_name = _("confirmation of the file")
        verbose_name_plural = _("confirmations of files")
        indexes = [models.Index(fields=["enterprise", "-at"], name="confirmation_latest")]

    def __str__(self) -> str:
        return f"{self.enterprise}: {self.at:%Y-%m-%d}"


class Referral(models.Model):
    """Which enterprise recommended the park to which. `referrer_name` holds one that is not in the park."""

    enterprise = models.OneToOneField(
        Enterprise, models.CASCADE, related_name="referral", primary_key=True, verbose_name=_("enterprise")
    )
    referrer = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="referrals", verbose_name=_("recommended by")
    )
    referrer_name = models.CharField(_("recommended by (not in the park)"), max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(referrer__isnull=False, referrer_name="")
                | (models.Q(referrer__isnull=True) & ~models.Q(referrer_name="")),
                name="referral_names_one",
            ),
            models.CheckConstraint(
                condition=models.Q(referrer__isnull=True) | ~models.Q(referrer=models.F("enterprise")),
                name="referral_not_by_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.referrer or self.referrer_name} → {self.enterprise}"
