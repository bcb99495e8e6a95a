"""Which enterprises are key enterprises."""

from collections.abc import Collection

from django.db import connection

from profiles.models import EnterpriseProfile


def is_key_enterprise(enterprise: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM profiles_enterpriseprofile WHERE enterprise_id = %s AND is_key)", [enterprise]
        )
        return bool(cursor.fetchone()[0])


def key_enterprises(enterprises: Collection[int]) -> set[int]:
    """Those of these enterprises that the park has named."""
    named = EnterpriseProfile.objects.filter(enterprise__in=enterprises, is_key=True)
    return set(named.values_list("enterprise_id", flat=True))
