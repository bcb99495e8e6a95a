from django.db import models
from django.utils.translation import gettext_lazy as _


class Ground(models.TextChoices):
    """On what ground somebody has a piece of work."""

    LOOKS_AFTER = "looks_after", _("looks after the enterprise")
    LEAST_LOAD = "least_load", _("least open work")
    PLANNED = "planned", _("planned for the period")
    CLAIMED = "claimed", _("took it")
    TRANSFERRED = "transferred", _("was handed it")
    KEPT = "kept", _("had it before")
    NOBODY = "nobody", _("nobody suitable")
