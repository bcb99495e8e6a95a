"""What speaks against making two files one, from the side of cases."""

from django.utils.translation import gettext as _

from lifecycle.models import Case
from park.accounts.models import Enterprise
from profiles.services.merging import objection


@objection
def both_set_up(kept: Enterprise, gone: Enterprise) -> str:
    """A company is set up once: two registrations under way would end in two codes."""
    under_way = Case.objects.open().filter(procedure__only_forming=True)
    if not all(under_way.filter(enterprise=one).exists() for one in (kept, gone)):
        return ""
    return _(
        "Both have a registration under way, and a company is set up once. Please let one of them be withdrawn first."
    )
