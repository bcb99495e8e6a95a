"""Which enterprises are key enterprises."""

from collections.abc import Collection

from django.db import connection

from park.runtime.statements import Statement
from profiles.models import EnterpriseProfile

IS_KEY = Statement(
    "is_key_enterprise",
    "SELECT EXISTS (SELECT FROM profiles_enterpriseprofile WHERE enterprise_id = %(enterprise)s::bigint AND is_key)",
)


def is_key_enterprise(enterprise: int) -> bool:
    with connection.cursor() as cursor:
        IS_KEY.execute(cursor, {"enterprise": enterprise})
        return bool(cursor.fetchone()[0])


def key_enterprises(enterprises: Collection[int]) -> set[int]:
    """Those of these enterprises that the park has named."""
    named = EnterpriseProfile.objects.filter(enterprise__in=enterprises, is_key=True)
    return set(named.values_list("enterprise_id", flat=True))
