"""Who may read who recommended the park to whom."""

from django.db.models import QuerySet

from park.accounts.models import User
from profiles.models import Referral
from profiles.permissions.files import can_work_on_files, visible_enterprises


def visible_referrals(user: User) -> QuerySet[Referral]:
    """For the park's specialists and managers alone; an enterprise is not told what became of its answer."""
    if not can_work_on_files(user):
        return Referral.objects.none()
    here = visible_enterprises(user).values("pk")
    return Referral.objects.filter(enterprise__in=here).select_related("enterprise", "referrer", "by")
