"""Sign-up, approval and membership of enterprises; tokens of the API."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, connection, transaction

from park.accounts.enums import Approval, Role
from park.accounts.models import ApiToken, Enterprise, Membership, User
from park.events import services as events


class AlreadyDecided(Exception):
    """Somebody else has decided before; nothing was written."""


class AlreadyMember(Exception):
    """The person already acts for this enterprise, or waits to; nothing was written."""


class CodeTaken(Exception):
    """Another enterprise has this unified social credit code; nothing was written."""


class LastSignatory(Exception):
    """An enterprise keeps at least one authorised signatory; nothing was written."""


@transaction.atomic
def sign_up_enterprise(
    *, user: User, name_zh: str, uscc: str | None, now: datetime, name_en: str = ""
) -> tuple[Enterprise, Membership]:
    """Register an enterprise, or ask to join the one that already has this code.

    The first person of a new enterprise becomes its signatory once the park has approved the enterprise. Whoever joins an
    enterprise that is already known waits for one of its signatories. `uscc` None means a company still being set up.
    A code that the park has refused before is free again: whoever was refused has no claim on it. Raises AlreadyMember.
    """
    enterprise, founded = _found_or_find(name_zh=name_zh, name_en=name_en, uscc=uscc, now=now)
    if not founded and Membership.objects.filter(user=user, enterprise=enterprise, ended_at__isnull=True).exists():
        raise AlreadyMember(user)
    membership = Membership.objects.create(
        user=user,
        enterprise=enterprise,
        is_signatory=founded,
        approval=Approval.APPROVED if founded else Approval.PENDING,
        created_at=now,
    )
    events.record(
        "enterprise.signed_up" if founded else "membership.requested",
        subject=enterprise if founded else membership,
        by=user,
        at=now,
        enterprise_id=enterprise.pk,
        enterprise=enterprise.name_zh,
    )
    return enterprise, membership


def _found_or_find(*, name_zh: str, name_en: str, uscc: str | None, now: datetime) -> tuple[Enterprise, bool]:
    """The enterprise with this code, and whether it begins with this sign-up. Of two at one instant, one begins it."""
    names = {"name_zh": name_zh, "name_en": name_en}
    if uscc is None:
        return Enterprise.objects.create(**names, is_forming=True, created_at=now), True
    enterprise, founded = Enterprise.objects.select_for_update().get_or_create(
        uscc=uscc, defaults={**names, "created_at": now}
    )
    if not founded and enterprise.approval == Approval.REFUSED:
        enterprise.memberships.filter(ended_at__isnull=True).update(ended_at=now)
        enterprise.name_zh, enterprise.name_en = name_zh, name_en
        enterprise.approval, enterprise.approval_note, founded = Approval.PENDING, "", True
        enterprise.save()
    return enterprise, founded


@transaction.atomic
def decide_enterprise(*, enterprise: Enterprise, approve: bool, by: User, now: datetime, note: str = "") -> None:
    """Approve or refuse an enterprise that signed up. Raises AlreadyDecided if it is no longer waiting."""
    decision = Approval.APPROVED if approve else Approval.REFUSED
    moved = Enterprise.objects.filter(pk=enterprise.pk, approval=Approval.PENDING).update(
        approval=decision, approval_note=note
    )
    if not moved:
        raise AlreadyDecided(enterprise)
    enterprise.approval = decision
    events.record(f"enterprise.{decision}", subject=enterprise, by=by, at=now, enterprise_id=enterprise.pk, note=note)


@dataclass(frozen=True)
class Admission:
    """An enterprise that the park itself enters."""

    uscc: str
    name_zh: str
    name_en: str = ""


_ADMIT = """
INSERT INTO accounts_enterprise (uscc, name_zh, name_en, is_forming, approval, approval_note, created_at)
SELECT uscc, name_zh, name_en, false, %s, '', %s FROM unnest(%s::text[], %s::text[], %s::text[]) AS a(uscc, name_zh, name_en)
ORDER BY uscc ON CONFLICT (uscc) DO NOTHING RETURNING id, uscc
"""


@transaction.atomic
def admit_enterprises(admissions: Sequence[Admission], *, by: User, now: datetime) -> dict[str, int]:
    """Enter enterprises that need no approval, because the park knows them; by code the numbers of those that are new.

    A code that is known already is left as it is, whoever was first.
    """
    codes, zh, en = ([getattr(one, name) for one in admissions] for name in ("uscc", "name_zh", "name_en"))
    with connection.cursor() as cursor:
        cursor.execute(_ADMIT, [Approval.APPROVED, now, codes, zh, en])
        made = {uscc: pk for pk, uscc in cursor.fetchall()}
    notes = [
        events.Note(Enterprise(pk=made[one.uscc]), {"enterprise": one.name_zh, "uscc": one.uscc}, made[one.uscc])
        for one in admissions
        if one.uscc in made
    ]
    events.record_many("enterprise.admitted", notes, by=by, at=now)
    return made


@transaction.atomic
def add_english_names(names: Mapping[int, str], *, by: User, now: datetime) -> list[int]:
    """Give enterprises that have no English name one; the numbers of those that got it."""
    waiting = Enterprise.objects.select_for_update(no_key=True).filter(pk__in=names, name_en="").order_by("pk")
    named = list(waiting)
    for enterprise in named:
        enterprise.name_en = names[enterprise.pk]
    Enterprise.objects.bulk_update(named, ["name_en"], batch_size=1000)
    notes = [events.Note(one, {"name_en": one.name_en}, one.pk) for one in named]
    events.record_many("enterprise.named_in_english", notes, by=by, at=now)
    return [one.pk for one in named]


@transaction.atomic
def register_licence(*, enterprise: Enterprise, uscc: str, by: User, now: datetime) -> None:
    """A company that was being set up has its licence, and with it its code. Raises CodeTaken."""
    if Enterprise.objects.filter(uscc=uscc).exclude(pk=enterprise.pk).exists():
        raise CodeTaken(uscc)
    try:
        with transaction.atomic():
            moved = Enterprise.objects.filter(pk=enterprise.pk, is_forming=True).update(uscc=uscc, is_forming=False)
    except IntegrityError as error:
        raise CodeTaken(uscc) from error  # another got it at this very instant
    if not moved:
        raise CodeTaken(uscc)  # it has its code already, from another case
    enterprise.refresh_from_db()
    events.record("enterprise.licensed", subject=enterprise, by=by, at=now, enterprise_id=enterprise.pk, uscc=uscc)


@transaction.atomic
def decide_membership(*, membership: Membership, approve: bool, by: User, now: datetime) -> None:
    """A signatory lets a colleague act for the enterprise, or not. Raises AlreadyDecided."""
    decision = Approval.APPROVED if approve else Approval.REFUSED
    moved = Membership.objects.filter(pk=membership.pk, approval=Approval.PENDING, ended_at__isnull=True).update(
        approval=decision, ended_at=None if approve else now
    )
    if not moved:
        raise AlreadyDecided(membership)
    _record_membership(f"membership.{decision}", membership, by, now)


@transaction.atomic
def invite_member(
    *, enterprise: Enterprise, username: str, email: str, name: str, is_signatory: bool, by: User, now: datetime
) -> tuple[Membership, str]:
    """Open a login for a colleague. Returns the membership and a first password, shown once to the one who invites.

    Raises AlreadyMember when the login or address is taken.
    """
    password = secrets.token_urlsafe(12)
    try:
        with transaction.atomic():
            user = User.objects.create_user(username, email, password, name=name, role=Role.ENTERPRISE)
    except IntegrityError as error:
        raise AlreadyMember(username) from error
    membership = Membership.objects.create(
        user=user, enterprise=enterprise, is_signatory=is_signatory, approval=Approval.APPROVED, created_at=now
    )
    _record_membership("membership.invited", membership, by, now)
    return membership, password


@transaction.atomic
def name_signatory(*, membership: Membership, by: User, now: datetime) -> None:
    """Let a colleague sign for the enterprise too. Raises AlreadyDecided unless the person acts for it and cannot yet.

    Keys to the API that were made without a second factor are revoked: from now on they would sign.
    """
    moved = Membership.objects.active().filter(pk=membership.pk, is_signatory=False).update(is_signatory=True)
    if not moved:
        raise AlreadyDecided(membership)
    membership.is_signatory = True
    for token in membership.user.api_tokens.usable(now):
        revoke_token(token=token, by=by, now=now)
    _record_membership("membership.signatory_named", membership, by, now)


@transaction.atomic
def end_membership(*, membership: Membership, by: User, now: datetime) -> None:
    """End a colleague's access. Raises LastSignatory rather than leave an enterprise without one."""
    members = Membership.objects.select_for_update().filter(enterprise=membership.enterprise).active()
    if membership.is_signatory and not any(m.is_signatory and m.pk != membership.pk for m in members):
        raise LastSignatory(membership)
    if not Membership.objects.filter(pk=membership.pk, ended_at__isnull=True).update(ended_at=now):
        raise AlreadyDecided(membership)
    _record_membership("membership.ended", membership, by, now)


@transaction.atomic
def make_token(*, user: User, name: str, now: datetime, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """A new token for the API; the second value is the only time its text exists outside of the caller's hands."""
    text = "park_" + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(user=user, name=name, digest=digest(text), created_at=now, expires_at=expires_at)
    events.record("token.made", subject=token, by=user, at=now, name=name)
    return token, text


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User, now: datetime) -> None:
    if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now):
        events.record("token.revoked", subject=token, by=by, at=now, name=token.name)


def digest(text: str) -> str:
    """SHA-256 of a token, in hexadecimal. Tokens are random, so no salt is needed."""
    return hashlib.sha256(text.encode()).hexdigest()


def _record_membership(kind: str, membership: Membership, by: User, now: datetime) -> None:
    events.record(
        kind,
        subject=membership,
        by=by,
        at=now,
        enterprise_id=membership.enterprise_id,
        name=membership.user.get_full_name(),
        signatory=membership.is_signatory,
    )
