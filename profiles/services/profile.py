"""The head of a file: how to reach the enterprise, what it does, who looks after it, and that it says the file is right."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from park.accounts.models import Enterprise, User
from park.events import services as events
from profiles.enums import ValueSource
from profiles.models import EnterpriseProfile, ProfileValue
from profiles.services.values import Said, record_values, thread_of

TEN_THOUSAND = 10_000


# What a table can say of the head of a file.
HEAD = ("contact_name", "contact_phone", "address", "business_scope")
_KEEP = f"""
INSERT INTO profiles_enterpriseprofile AS p (enterprise_id, {", ".join(HEAD)}, industry, updated_at)
SELECT id, {", ".join(HEAD)}, '', %s
FROM unnest(%s::bigint[], {", ".join(["%s::text[]"] * len(HEAD))}) AS h(id, {", ".join(HEAD)})
ORDER BY id
ON CONFLICT (enterprise_id) DO UPDATE SET updated_at = excluded.updated_at,
    {", ".join(f"{name} = coalesce(nullif(excluded.{name}, ''), p.{name})" for name in HEAD)}
WHERE {" OR ".join(f"excluded.{name} NOT IN ('', p.{name})" for name in HEAD)}
RETURNING enterprise_id
"""  # noqa: S608 - names of columns alone


@transaction.atomic
def keep_heads(heads: Mapping[int, Mapping[str, str]], *, by: User | None, now: datetime) -> list[int]:
    """Keep how to reach enterprises and what they do, by their numbers; what is empty stays. The numbers that changed."""
    columns = [[head.get(name, "") for head in heads.values()] for name in HEAD]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [now, list(heads), *columns])
        changed = [row[0] for row in cursor.fetchall()]
    notes = [
        events.Note(
            Enterprise(pk=pk),
            {"fields": sorted(name for name, text in heads[pk].items() if text)},
            enterprise_id=pk,
            thread=thread_of(pk),
        )
        for pk in changed
    ]
    events.record_many("file.head_changed", notes, by=by, at=now)
    return changed


@transaction.atomic
def remember(
    enterprise: Enterprise, *, by: User | None, now: datetime, registered_capital: Decimal | None = None, **words: Any
) -> EnterpriseProfile:
    """Keep what an application said about the enterprise, so that the next one need not ask.

    `registered_capital` is in 10,000 yuan, as applications ask for it.
    """
    profile, _created = EnterpriseProfile.objects.update_or_create(
        enterprise=enterprise, defaults={**words, "updated_at": now}
    )
    if registered_capital is not None:
        said = Said("registered_capital", registered_capital * TEN_THOUSAND)
        record_values(enterprise, [said], source=ValueSource.ENTERPRISE, by=by, now=now)
    return profile


def registered_capital(enterprise: Enterprise) -> Decimal | None:
    """In 10,000 yuan, as applications ask for it; None if it is not known, or in another currency."""
    value = ProfileValue.objects.filter(
        enterprise=enterprise, item="registered_capital", is_accepted=True, currency__in=["", "CNY"]
    ).first()
    return (value.number or Decimal(0)) / TEN_THOUSAND if value else None
