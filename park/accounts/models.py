"""Who signs in, and for which enterprise."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from park.accounts.bilingual import reads_chinese
from park.accounts.enums import STAFF_ROLES, Approval, Role


class PeopleManager(UserManager["User"]):
    """Whoever is made a superuser is an administrator: no other role may be one."""

    use_in_migrations = True

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **extra: Any
    ) -> "User":
        return super().create_superuser(username, email, password, **{"role": Role.ADMINISTRATOR, **extra})


class User(AbstractUser):
    """One natural person. Logins are never shared, so that every act has one author."""

    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    name = models.CharField(_("name"), max_length=60)
    phone = models.CharField(_("phone"), max_length=30, blank=True)
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.ENTERPRISE)
    language = models.CharField(_("language"), max_length=10, default="zh-hans")
    is_demo = models.BooleanField(_("demo sign-in"), default=False)

    REQUIRED_FIELDS = ["email", "name"]

    objects: ClassVar[PeopleManager] = PeopleManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_once"),
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="user_email_once"),
            models.CheckConstraint(
                condition=models.Q(is_superuser=False) | models.Q(role=Role.ADMINISTRATOR),
                name="user_superuser_is_administrator",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return self.name or self.username

    def get_short_name(self) -> str:
        return self.name or self.username

    @property
    def is_park_staff(self) -> bool:
        """Works for the park or one of its partner departments (not Django's `is_staff`)."""
        return self.role in STAFF_ROLES


class EnterpriseQuerySet(models.QuerySet["Enterprise"]):
    def approved(self) -> "EnterpriseQuerySet":
        return self.filter(approval=Approval.APPROVED)


class Enterprise(models.Model):
    """A company that deals with the park: the party that signs in. What is known about it is kept in its profile.

    A company still being set up (筹) has no 统一社会信用代码; it gets one with its licence.
    """

    name_zh = models.CharField(_("name"), max_length=120)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)
    uscc = models.CharField(_("unified social credit code"), max_length=18, unique=True, null=True, blank=True)
    is_forming = models.BooleanField(_("being set up"), default=False)
    approval = models.CharField(_("approval"), max_length=10, choices=Approval, default=Approval.PENDING)
    approval_note = models.CharField(_("reason"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("signed up"))
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("merged into")
    )

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        verbose_name = _("enterprise")
        verbose_name_plural = _("enterprises")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(uscc__isnull=False) | models.Q(is_forming=True),
                name="enterprise_has_code_unless_forming",
            ),
            models.CheckConstraint(
                condition=models.Q(uscc__isnull=True) | models.Q(uscc__regex=r"^[0-9A-HJ-NPQRTUWXY]{18}$"),
                name="enterprise_code_format",
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
                name="enterprise_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        shown = self.name_zh if reads_chinese() or not self.name_en else self.name_en
        if not self.is_forming:
            return shown
        return f"{shown} (筹)" if reads_chinese() else f"{shown} (being set up)"

    @property
    def is_approved(self) -> bool:
        return self.approval == Approval.APPROVED


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> "MembershipQuerySet":
        return self.filter(approval=Approval.APPROVED, ended_at__isnull=True)


class Membership(models.Model):
    """A person who acts for an enterprise; authorised signatories (授权签字人) may also sign for it."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships", verbose_name=_("person"))
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="memberships", verbose_name=_("enterprise"))
    is_signatory = models.BooleanField(_("authorised signatory"), default=False)
    approval = models.CharField(_("approval"), max_length=10, choices=Approval, default=Approval.PENDING)
    created_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "enterprise"], condition=models.Q(ended_at__isnull=True), name="membership_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.enterprise}"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def usable(self, now: datetime) -> "ApiTokenQuerySet":
        return self.filter(revoked_at__isnull=True).filter(
            models.Q(expires_at__isnull=True) | models.Q(expires_at__gt=now)
        )


class ApiToken(models.Model):
    """A key to the API for one person. Only its SHA-256 is kept; the token itself is shown once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="api_tokens", verbose_name=_("person"))
    name = models.CharField(_("purpose"), max_length=60)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_on = models.DateField(_("last used"), null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name
