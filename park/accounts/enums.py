from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """What a person is to the portal. One each, so that duties that must stay apart cannot meet in one login."""

    ENTERPRISE = "enterprise", _("enterprise member")
    SPECIALIST = "specialist", _("specialist")
    PARTNER = "partner", _("partner department")
    MANAGER = "manager", _("manager")
    ADMINISTRATOR = "administrator", _("administrator")
    AUDITOR = "auditor", _("auditor")


STAFF_ROLES = frozenset({Role.SPECIALIST, Role.PARTNER, Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR})


class Approval(TextChoices):
    PENDING = "pending", _("waiting for approval")
    APPROVED = "approved", _("approved")
    REFUSED = "refused", _("refused")
