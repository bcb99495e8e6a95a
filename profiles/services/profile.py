"""The head of a file: how to reach the enterprise, what it does, who looks after it, and that it says the file is right."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from types import EllipsisType
from typing import Any

from django.db import connection, transaction

from park.accounts.models import Enterprise, User
from park.events import services as events
from park.team.models import Specialist
from profiles.amounts import TEN_THOUSAND
from profiles.enums import ValueSource
from profiles.models import Confirmation, Contact, EnterpriseProfile, ProfileValue
from profiles.services import tags
from profiles.services.holding import hold, hold_file
from profiles.services.values import Said, record_values, thread_of

# Within so much time the same press of a button came twice.
SAME_PRESS = timedelta(minutes=1)


# What a table can say of the head of a file, beside the contact.
HEAD = ("address", "business_scope")
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
# Who is meant by a name and a number: whoever has both, else the name, else, where no name is said, whom one speaks with first.
_KEEP_CONTACTS = """
WITH said AS (
    SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS s(id, name, phone) WHERE name <> '' OR phone <> ''
), meant AS (
    SELECT DISTINCT ON (s.id) s.*, c.id AS contact
    FROM said s LEFT JOIN profiles_contact c
        ON c.enterprise_id = s.id AND c.ended_at IS NULL AND s.name IN ('', c.name)
    ORDER BY s.id, (c.phone = s.phone) DESC NULLS LAST, c.is_first DESC, c.id
), renumbered AS (
    UPDATE profiles_contact c SET phone = m.phone FROM meant m
    WHERE c.id = m.contact AND m.phone NOT IN ('', c.phone) RETURNING c.enterprise_id
), added AS (
    INSERT INTO profiles_contact (enterprise_id, name, position, phone, email, is_first)
    SELECT m.id, m.name, '', m.phone, '', NOT EXISTS (
        SELECT 1 FROM profiles_contact c WHERE c.enterprise_id = m.id AND c.is_first AND c.ended_at IS NULL)
    FROM meant m WHERE m.contact IS NULL RETURNING enterprise_id
)
SELECT enterprise_id FROM renumbered UNION SELECT enterprise_id FROM added
"""


class EntrustedElsewhere(Exception):
    """Meanwhile `present` looks after the enterprise, and not whom the page had shown; nothing was written."""

    def __init__(self, present: Specialist | None) -> None:
        super().__init__(present)
        self.present = present


class ContactKnown(Exception):
    """The same person is among the contacts already; nothing was written."""


@transaction.atomic
def keep_heads(heads: Mapping[int, Mapping[str, str]], *, by: User | None, now: datetime) -> list[int]:
    """Keep how to reach enterprises and what they do, by their numbers; what is empty stays. The numbers that changed."""
    kept, merged = hold(heads), dict[int, dict[str, str]]()
    for pk, head in heads.items():
        merged.setdefault(kept[pk], {}).update(head)
    heads = merged
    columns = [[head.get(name, "") for head in heads.values()] for name in HEAD]
    said = {pk: (head.get("contact_name", ""), head.get("contact_phone", "")) for pk, head in heads.items()}
    changed = keep_contacts(said)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [now, list(heads), *columns])
        changed |= {row[0] for row in cursor.fetchall()}
    notes = [
        events.Note(
            Enterprise(pk=pk),
            {"fields": sorted(name for name, text in heads[pk].items() if text)},
            enterprise_id=pk,
            thread=thread_of(pk),
        )
        for pk in heads
        if pk in changed
    ]
    events.record_many("file.head_changed", notes, by=by, at=now)
    return [pk for pk in heads if pk in changed]


@transaction.atomic
def keep_contacts(said: Mapping[int, tuple[str, str]]) -> set[int]:
    """Keep name and number of a contact, as applications and tables say them; the enterprises of which that was news.

    A new number of somebody known takes the place of the old one; a new name is a contact more, first where there was none.
    Nobody is taken off the contacts. The event is the caller's.
    """
    kept = hold(said)
    rows = {kept[pk]: words for pk, words in said.items() if pk in kept}
    names, phones = [name for name, _phone in rows.values()], [phone for _name, phone in rows.values()]
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_CONTACTS, [list(rows), names, phones])
        changed = {row[0] for row in cursor.fetchall()}
    return {pk for pk in said if kept.get(pk) in changed}


@transaction.atomic
def remember(
    enterprise: Enterprise,
    *,
    by: User | None,
    now: datetime,
    registered_capital: Decimal | None = None,
    contact_name: str = "",
    contact_phone: str = "",
    **words: Any,
) -> EnterpriseProfile:
    """Keep what an application said about the enterprise, so that the next one need not ask.

    `registered_capital` is in 10,000 yuan, as applications ask for it.
    """
    enterprise = hold_file(enterprise)
    if keep_contacts({enterprise.pk: (contact_name, contact_phone)}):
        fields = [name for name, text in (("contact_name", contact_name), ("contact_phone", contact_phone)) if text]
        _note("file.head_changed", enterprise, by=by, now=now, fields=fields)
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
    """The enterprise says that its file is right as it stands; said twice within a minute it is said once."""
    enterprise = hold_file(enterprise)
    latest = Confirmation.objects.filter(enterprise=enterprise, by=by, at__gt=now - SAME_PRESS).first()
    if latest is not None:
        return latest
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
    """The park names a key enterprise (重点企业), with the reason, or no longer does. What is so already is not done again."""
    enterprise, profile = _hold(enterprise, now)
    if (profile.is_key, profile.key_reason) == (is_key, reason if is_key else ""):
        return
    profile.is_key, profile.key_reason, profile.updated_at = is_key, reason if is_key else "", now
    profile.save(update_fields=["is_key", "key_reason", "updated_at"])
    _note("file.key_named" if is_key else "file.key_ended", enterprise, by=by, now=now, internal=True, reason=reason)
    tags.follow([enterprise.pk], now=now)


@transaction.atomic
def entrust(
    enterprise: Enterprise,
    specialist: Specialist,
    *,
    by: User | None,
    now: datetime,
    instead_of: int | EllipsisType | None = ...,
) -> None:
    """This specialist looks after the enterprise from now on: its needs and visits begin with them.

    `instead_of` is the number of the specialist who was shown to do so, None for nobody. Raises EntrustedElsewhere if it is
    another one.
    """
    enterprise, profile = _hold(enterprise, now)
    if profile.specialist_id == specialist.pk:
        return
    if instead_of not in (..., profile.specialist_id):
        raise EntrustedElsewhere(profile.specialist)
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
    """A person whom the park speaks with. The first one added, or a new first, takes that place.

    Of somebody with this name and number who is a contact already, position and e-mail are completed. Raises ContactKnown if
    that changes nothing: the same was sent before.
    """
    enterprise = hold_file(enterprise)
    present = Contact.objects.present().filter(enterprise=enterprise)
    known = [one for one in present.filter(name=name, phone=phone) if not (email and one.email and one.email != email)]
    contact = next((one for one in known if one.email == email), next(iter(known), None))
    is_new = contact is None
    contact = contact or Contact(enterprise=enterprise, name=name, phone=phone)
    before = contact.position, contact.email, contact.is_first
    contact.position, contact.email = position or contact.position, email or contact.email
    contact.is_first = is_first or contact.is_first or not present.exists()
    if not is_new and before == (contact.position, contact.email, contact.is_first):
        raise ContactKnown(name)
    if contact.is_first:
        present.filter(is_first=True).exclude(pk=contact.pk).update(is_first=False)
    contact.save()
    _note("contact.added" if is_new else "contact.completed", enterprise, by=by, now=now, name=name)
    return contact


@transaction.atomic
def end_contact(contact: Contact, *, by: User, now: datetime) -> bool:
    """The person is spoken with no more; whether that was news. Who was named next is spoken with first then."""
    enterprise = hold_file(contact.enterprise)
    present = Contact.objects.present()
    moved = present.filter(pk=contact.pk).update(ended_at=now, is_first=False)
    if moved:
        of_enterprise = present.filter(enterprise=enterprise)
        if not of_enterprise.filter(is_first=True).exists():
            of_enterprise.filter(pk__in=of_enterprise.order_by("pk").values("pk")[:1]).update(is_first=True)
        _note("contact.ended", enterprise, by=by, now=now, name=str(contact))
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
