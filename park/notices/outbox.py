"""Carries messages out of the house: lease, send with a stable id, mark.

A lease carries a token; only the holder of the present token may mark the message, so that a process that was thought dead
and wakes up again changes nothing. A message is sent at least once; a copy carries the same Message-ID.
"""

import logging
import uuid
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.utils import timezone

from park.notices import kinds
from park.notices.models import OutboxMessage

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
GIVE_UP_AFTER = 8

CLAIM = """
UPDATE notices_outboxmessage
SET lease_until = statement_timestamp() + make_interval(secs => %(lease)s), lease_token = %(token)s, attempts = attempts + 1
WHERE id IN (
    SELECT id FROM notices_outboxmessage
    WHERE delivered_at IS NULL AND NOT is_dead AND available_at <= statement_timestamp()
        AND (lease_until IS NULL OR lease_until < statement_timestamp())
    ORDER BY available_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


def claim(limit: int = 50) -> list[OutboxMessage]:
    """Lease up to `limit` messages that wait, oldest first, and commit the lease."""
    token = uuid.uuid4()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": LEASE.total_seconds(), "token": token, "limit": limit})
        ids = [row[0] for row in cursor.fetchall()]
    return list(OutboxMessage.objects.filter(pk__in=ids, lease_token=token).select_related("recipient").order_by("pk"))


def deliver(limit: int = 50) -> int:
    """Send what waits, until nothing does; how many messages went out."""
    sent = 0
    while messages := claim(limit):
        for message in messages:
            sent += _deliver_one(message)
        if len(messages) < limit:
            break
    return sent


def _deliver_one(message: OutboxMessage) -> bool:
    mine = OutboxMessage.objects.filter(pk=message.pk, lease_token=message.lease_token)
    try:
        _mail(message).send()
    except Exception as error:
        logger.warning("message %s not delivered: %r", message.dedupe_key, error)
        wait = timedelta(seconds=min(3600, 15 * 2**message.attempts))
        mine.update(
            available_at=timezone.now() + wait,
            lease_until=None,
            is_dead=message.attempts >= GIVE_UP_AFTER,
            last_error=repr(error)[:500],
        )
        return False
    return bool(mine.update(delivered_at=timezone.now(), lease_until=None, last_error=""))


def _mail(message: OutboxMessage) -> EmailMessage:
    words = kinds.words(message.kind, message.data, message.recipient.language)
    link = f"{settings.PUBLIC_URL}{message.path}" if message.path else ""
    return EmailMessage(
        subject=words.title,
        body="\n\n".join(part for part in (words.body, link) if part),
        to=[message.recipient.email],
        headers={"Message-ID": f"<{message.dedupe_key.replace(':', '.')}@{settings.MESSAGE_ID_DOMAIN}>"},
    )
