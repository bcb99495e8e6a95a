"""What the clocks of experts are counted under; it is no procedure of the published standard."""

from django.utils.translation import gettext_lazy as _

from park.deadlines.procedures import name_procedure

CONSULTATION = name_procedure("ASK", _("Questions to experts"))
