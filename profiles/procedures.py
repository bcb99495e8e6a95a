"""What the clocks of files are counted under; none of it is a procedure of the published standard."""

from django.utils.translation import gettext_lazy as _

from park.deadlines.procedures import name_procedure

NEED = name_procedure("NEED", _("Needs"))
VISIT = name_procedure("VISIT", _("Visits"))
INTRODUCTION = name_procedure("INTRODUCTION", _("Introductions"))
