"""The head of a file: how to reach the enterprise, what it does, who looks after it, and that it says the file is right."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from park.accounts.models import Enterprise, User
from park.events import services as events
from park.team.models import Specialist
from profiles.enums import ValueSource
from profiles.models import Confirmation, Contact, EnterpriseProfile, ProfileValue
from profiles.services import tags
from profiles.services.holding import hold, hold_file
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
    kept, said = hold(heads), dict[int, dict[str, str]]()
    for pk, head in heads.items():
        said.setdefault(kept[pk], {}).update(head)
    columns = [[head.get(name, "") for head in said.values()] for name in HEAD]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [now, list(said), *columns])
        changed = [row[0] for row in cursor.fetchall()]
    notes = [
        events.Note(
            Enterprise(pk=pk),
            {"fields": sorted(name for name, text in said[pk].items() if text)},
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
    enterprise = hold_file(enterprise)
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


@transaction.atomic
def confirm_file(enterprise: Enterprise, *, by: User, now: datetime) -> Confirmation:
    """The enterprise says that its file is right as it stands."""
    enterprise = hold_file(enterprise)
    confirmation = Confirmation.objects.create(enterprise=enterprise, by=by, at=now)
    _note("file.confirmed", enterprise, by=by, now=now)
    return confirmation


@transaction.atomic
def describe_enterprise(enterprise: Enterprise, *, by: User, now: datetime, **words: str) -> None:
    """Keep what it does in its own words, and where it is: `industry`, `business_scope`, `address`."""
    enterprise, profile = _hold(enterprise, now)
    changed = sorted(name for name, text in words.items() if getattr(profile, name) != text)
    if not changed:
        return
    for name in changed:
        setattr(profile, name, words[name])
    profile.updated_at = now
    profile.save(update_fields=[*changed, "updated_at"])
    _note("file.described", enterprise, by=by, now=now, fields=changed)


@transaction.atomic
def name_key_enterprise(enterprise: Enterprise, *, is_key: bool, reason: str, by: User, now: datetime) -> None:
    """The park names a key enterprise (重点企业), with the reason, or no longer does."""
    enterprise, profile = _hold(enterprise, now)
    profile.is_key, profile.key_reason, profile.updated_at = is_key, reason if is_key else "", now
    profile.save(update_fields=["is_key", "key_reason", "updated_at"])
    _note("file.key_named" if is_key else "file.key_ended", enterprise, by=by, now=now, internal=True, reason=reason)
    tags.follow([enterprise.pk], now=now)


@transaction.atomic
def entrust(enterprise: Enterprise, specialist: Specialist, *, by: User | None, now: datetime) -> None:
    """This specialist looks after the enterprise from now on: its needs and visits begin with them."""
    enterprise, profile = _hold(enterprise, now)
    if profile.specialist_id == specialist.pk:
        return
    profile.specialist, profile.updated_at = specialist, now
    profile.save(update_fields=["specialist", "updated_at"])
    _note("file.entrusted", enterprise, by=by, now=now, to=specialist.user.get_full_name(), to_user=specialist.user_id)


@transaction.atomic
def add_contact(
    enterprise: Enterprise,
    *,
    name: str,
    by: User,
    now: datetime,
    position: str = "",
    phone: str = "",
    email: str = "",
    is_first: bool = False,
) -> Contact:
    """A person whom the park speaks with. The first one added, or a new first, takes that place."""
    enterprise = hold_file(enterprise)
    present = Contact.objects.filter(enterprise=enterprise, ended_at__isnull=True)
    is_first = is_first or not present.exists()
    if is_first:
        present.filter(is_first=True).update(is_first=False)
    contact = Contact.objects.create(
        enterprise=enterprise, name=name, position=position, phone=phone, email=email, is_first=is_first
    )
    _note("contact.added", enterprise, by=by, now=now, name=name)
    return contact


@transaction.atomic
def end_contact(contact: Contact, *, by: User, now: datetime) -> bool:
    """The person is spoken with no more; whether that was news."""
    enterprise = hold_file(contact.enterprise)
    moved = Contact.objects.filter(pk=contact.pk, ended_at__isnull=True).update(ended_at=now, is_first=False)
    if moved:
        _note("contact.ended", enterprise, by=by, now=now, name=contact.name)
    return bool(moved)


def _hold(enterprise: Enterprise, now: datetime) -> tuple[Enterprise, EnterpriseProfile]:
    """The enterprise to write for, held, and the head of its file."""
    held = hold_file(enterprise)
    profile, _made = EnterpriseProfile.objects.get_or_create(enterprise=held, defaults={"updated_at": now})
    return held, profile


def _note(
    kind: str, enterprise: Enterprise, *, by: User | None, now: datetime, internal: bool = False, **data: Any
) -> None:
    events.record(
        kind,
        subject=enterprise,
        by=by,
        at=now,
        enterprise_id=enterprise.pk,
        thread=thread_of(enterprise.pk),
        internal=internal,
        **data,
    )
