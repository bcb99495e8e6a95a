"""Tell people something: a row in the transaction of its cause, and a message in the outbox where the kind wants one."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from park.accounts.models import User
from park.notices import kinds
from park.notices.models import EMAIL, Notice, OutboxMessage


@transaction.atomic
def tell(kind: str, recipients: Iterable[User], *, key: str, path: str, now: datetime, **data: Any) -> int:
    """Tell each person once: `key` names the cause, and the same cause tells nobody twice. How many were told."""
    text = kinds.known(kind)
    people = {user.pk: user for user in recipients if user.is_active}
    if not people:
        return 0
    by_key = {f"{key}:{pk}": user for pk, user in people.items()}
    rows = [
        Notice(recipient=user, dedupe_key=dedupe_key, kind=kind, path=path, data=data, created_at=now)
        for dedupe_key, user in by_key.items()
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    if text.by_mail:
        reachable = [dedupe_key for dedupe_key, user in by_key.items() if user.email]
        told = Notice.objects.filter(dedupe_key__in=reachable)
        OutboxMessage.objects.bulk_create(
            [OutboxMessage(notice=notice, channel=EMAIL, created_at=now, available_at=now) for notice in told],
            ignore_conflicts=True,
        )
    return len(rows)


def mark_read(*, user: User, now: datetime, pk: int | None = None) -> int:
    """Mark one notice of this person as read, or all of them."""
    notices = Notice.objects.filter(recipient=user).unread()
    if pk is not None:
        notices = notices.filter(pk=pk)
    return notices.update(read_at=now)


def withdraw(key: str, *, now: datetime) -> int:
    """What a cause told no longer holds: notices whose key begins with `key` are news no more, and are not sent. How many."""
    notices = Notice.objects.filter(dedupe_key__startswith=key)
    OutboxMessage.objects.filter(notice__in=notices, delivered_at__isnull=True).delete()
    return notices.unread().update(read_at=now)
