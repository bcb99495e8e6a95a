"""Which enterprises are key enterprises."""

from collections.abc import Collection

from profiles.models import EnterpriseProfile


def is_key_enterprise(enterprise: int) -> bool:
    return bool(key_enterprises([enterprise]))


def key_enterprises(enterprises: Collection[int]) -> set[int]:
    """Those of these enterprises that the park has named."""
    named = EnterpriseProfile.objects.filter(enterprise__in=enterprises, is_key=True)
    return set(named.values_list("enterprise_id", flat=True))
