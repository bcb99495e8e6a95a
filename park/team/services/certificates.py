"""Certificates and trainings of people: write them down, withdraw them, and warn before they end."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from park.accounts.models import User
from park.events import services as events
from park.notices.services import tell
from park.team.models import Certificate, CertificateKind, Specialist, Training
from park.team.rules import rules
from park.team.selectors import heads_of


class HasCertificate(Exception):
    """The person has a certificate of this kind from this day already; nothing was written."""


@transaction.atomic
def issue_certificate(
    *,
    holder: Specialist,
    kind: CertificateKind,
    issued_on: date,
    expires_on: date,
    by: User,
    now: datetime,
    number: str = "",
) -> Certificate:
    """Write down a certificate; the day on which it expires is its last. Raises HasCertificate."""
    try:
        with transaction.atomic():
            made = Certificate.objects.create(
                holder=holder, kind=kind, number=number, issued_on=issued_on, expires_on=expires_on
            )
    except IntegrityError as error:
        raise HasCertificate(kind) from error
    _record("certificate.issued", made, by, now, expires_on=expires_on.isoformat())
    return made


@transaction.atomic
def withdraw_certificate(certificate: Certificate, *, reason: str, by: User, now: datetime) -> bool:
    """It counts no more, from this moment; whether it did until now."""
    changed = Certificate.objects.filter(pk=certificate.pk, withdrawn_at__isnull=True).update(
        withdrawn_at=now, withdrawn_why=reason
    )
    if changed:
        _record("certificate.withdrawn", certificate, by, now, reason=reason)
    return bool(changed)


@transaction.atomic
def record_training(
    *, specialist: Specialist, title: str, held_on: date, hours: Decimal, by: User, now: datetime
) -> Training:
    made = Training.objects.create(specialist=specialist, title=title, held_on=held_on, hours=hours)
    events.record(
        "training.attended",
        subject=specialist,
        by=by,
        at=now,
        internal=True,
        title=title,
        held_on=held_on.isoformat(),
    )
    return made


@transaction.atomic
def warn_of_ends(today: date, now: datetime) -> int:
    """Tell holder and head of each certificate that ends within the days of the rules, once for each of these; how many.

    Of several that a late run finds at once only the nearest speaks. A certificate that a later one of its kind follows
    needs no warning.
    """
    told, days = 0, sorted(rules().warn_days)
    ending = Certificate.objects.good_on(today).filter(
        expires_on__lte=today + timedelta(days=days[-1]), holder__is_active=True, holder__user__is_active=True
    )
    for certificate in ending.select_related("holder__user", "holder__department", "kind"):
        later = Certificate.objects.filter(
            holder=certificate.holder_id,
            kind=certificate.kind_id,
            expires_on__gt=certificate.expires_on,
            withdrawn_at__isnull=True,
        )
        if later.exists():
            continue
        left = (certificate.expires_on - today).days
        rung = next(one for one in days if left <= one)
        told += tell(
            "certificate.ends",
            {certificate.holder.user, *heads_of(certificate.holder.department_id, but=certificate.holder.user)},
            key=f"certificate:{certificate.pk}:{rung}",
            path=f"/team/people/{certificate.holder_id}/",
            now=now,
            who=certificate.holder.user.get_full_name(),
            kind_zh=certificate.kind.name_zh,
            kind_en=certificate.kind.name_en,
            until=certificate.expires_on.isoformat(),
            days=left,
        )
    return told


def _record(kind: str, certificate: Certificate, by: User, now: datetime, **data: str) -> None:
    holder, code = certificate.holder.user.get_full_name(), certificate.kind.code
    words: dict[str, Any] = {"holder": holder, "certificate": code, **data}
    events.record(kind, subject=certificate, by=by, at=now, internal=True, **words)
