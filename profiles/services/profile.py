"""The head of a file: how to reach the enterprise, what it does, who looks after it, and that it says the file is right."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from park.accounts.models import Enterprise, User
from profiles.enums import ValueSource
from profiles.models import EnterpriseProfile, ProfileValue
from profiles.services.values import Said, record_values

TEN_THOUSAND = 10_000


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
