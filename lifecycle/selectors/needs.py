"""What the desk reads of cases and needs together."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from lifecycle.models import Case, CaseNeed
from lifecycle.permissions import visible_cases
from lifecycle.stages import SERVES_A_NEED
from park.accounts.models import User
from profiles.models import Need
from profiles.permissions.needs import can_work_on_need
from profiles.selectors.needs import Related, related


def cases_of_need(need: Need, user: User) -> Sequence[Related]:
    """The cases that a need is tied to, as far as the reader sees them; for whoever may act, where to tie another."""
    ties = CaseNeed.objects.filter(need=need, case__in=visible_cases(user)).select_related("case__procedure")
    lines = [
        Related(
            tie.case.procedure.name,
            f"{tie.case.reference or ''} {tie.case.get_state_display()}".strip(),
            reverse("desk:case", args=[tie.case.uid]),
        )
        for tie in ties.order_by("pk")
    ]
    if need.is_open and can_work_on_need(user, need):
        lines.append(Related(_("Tie a case to this need"), "", reverse("desk:tie_need", args=[need.pk])))
    return lines


def cases_to_tie(need: Need, user: User) -> QuerySet[Case]:
    """Visible cases of the enterprise that can still serve the need and do not yet."""
    found = visible_cases(user).filter(enterprise=need.enterprise_id, state__in=SERVES_A_NEED)
    return found.exclude(case_needs__need=need).order_by("-pk")


related.register(cases_of_need)
