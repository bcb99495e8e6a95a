"""Who recommended the park to whom."""

import contextlib
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from park.accounts import uscc
from park.accounts.enums import Approval
from park.accounts.models import Enterprise, User
from park.events import services as events
from profiles.models import EnterpriseName, Referral
from profiles.services.holding import hold
from profiles.services.values import thread_of


@transaction.atomic
def record_referral(enterprise: Enterprise, *, referrer: str, by: User, now: datetime) -> Referral:
    """Keep who recommended the park to the enterprise, in place of what was said before.

    `referrer` is a name or a code as typed. If it is the exact name or code of one enterprise of the park, that is linked;
    otherwise the words are kept. What the enterprise reads of the event does not tell which. Raises ValueError for no words.
    """
    said = " ".join(referrer.split())
    if not said:
        raise ValueError("says who")
    found = _enterprise_called(said, but=enterprise)
    kept = hold([enterprise.pk, *([found.pk] if found else [])])
    enterprise = Enterprise.objects.get(pk=kept[enterprise.pk])
    if found is not None:
        found = Enterprise.objects.exclude(pk=enterprise.pk).filter(pk=kept[found.pk]).first()
    referral, _created = Referral.objects.update_or_create(
        enterprise=enterprise,
        defaults={"referrer": found, "referrer_name": "" if found else said[:120], "by": by, "at": now},
    )
    _record("referral.recorded", referral, by=by, now=now)
    name = found.name_zh if found else said[:120]
    _record("referral.read", referral, by=None, now=now, internal=True, referrer=found.pk if found else None, name=name)
    return referral


def _enterprise_called(said: str, *, but: Enterprise) -> Enterprise | None:
    """The one approved enterprise with this exact name or code; None for none and for more than one."""
    named = EnterpriseName.objects.filter(text__iexact=said).values("enterprise")
    wanted = Q(name_zh=said) | Q(name_en__iexact=said) | Q(pk__in=named)
    with contextlib.suppress(uscc.InvalidCode):
        wanted |= Q(uscc=uscc.normalise(said))
    here = Enterprise.objects.filter(approval=Approval.APPROVED, merged_into__isnull=True).exclude(pk=but.pk)
    found = list(here.filter(wanted).order_by("pk")[:2])
    return found[0] if len(found) == 1 else None


def _record(
    kind: str, referral: Referral, *, by: User | None, now: datetime, internal: bool = False, **data: object
) -> None:
    events.record(
        kind,
        subject=referral,
        by=by,
        at=now,
        enterprise_id=referral.pk,
        thread=thread_of(referral.pk),
        internal=internal,
        **data,
    )
