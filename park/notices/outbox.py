"""Carries messages out of the house: lease, send with a stable id, mark.

A lease carries a token; only the holder of the present token may mark the message, so that a process that was thought dead
and wakes up again changes nothing. A message is sent at least once; a copy carries the same Message-ID.
"""

import logging
import time
import uuid
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.utils import timezone

from park.notices import kinds
from park.notices.models import OutboxMessage
from park.runtime.failpoints import failpoint

logger = logging.getLogger(__name__)

# Much longer than one message takes (settings.EMAIL_TIMEOUT): only the lease of a dead process runs out.
LEASE = timedelta(seconds=60)
DELIVER_SECONDS = 60.0  # less than the soft limit of a task
GIVE_UP_AFTER = 8

# "=" and not "IN": a subquery behind IN may be run once for each row, and would lease one more every time.
CLAIM = """
UPDATE notices_outboxmessage
SET lease_until = statement_timestamp() + make_interval(secs => %(lease)s), lease_token = %(token)s, attempts = attempts + 1
WHERE id = (
    SELECT id FROM notices_outboxmessage
    WHERE delivered_at IS NULL AND NOT is_dead AND available_at <= statement_timestamp()
        AND (lease_until IS NULL OR lease_until < statement_timestamp())
    ORDER BY available_at LIMIT 1 FOR UPDATE SKIP LOCKED
)
RETURNING id
"""


def claim() -> OutboxMessage | None:
    """Lease the message that has waited longest, and commit the lease; None when none waits."""
    token = uuid.uuid4()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": LEASE.total_seconds(), "token": token})
        row = cursor.fetchone()
        failpoint("outbox.leased")
    if row is None:
        return None
    failpoint("outbox.lease_committed")
    return OutboxMessage.objects.select_related("notice__recipient").get(pk=row[0])


def deliver(seconds: float = DELIVER_SECONDS) -> int:
    """Send what waits, one by one, until nothing does or the time is up; how many messages went out."""
    until = time.monotonic() + seconds
    sent = 0
    while time.monotonic() < until and (message := claim()):
        sent += _deliver_one(message)
        failpoint("outbox.marked")
    return sent


def _deliver_one(message: OutboxMessage) -> bool:
    mine = OutboxMessage.objects.filter(pk=message.pk, lease_token=message.lease_token)
    try:
        _mail(message).send()
        failpoint("outbox.sent")
    except Exception as error:
        logger.warning("message %s not delivered: %r", message.notice.dedupe_key, error)
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
    notice = message.notice
    words = kinds.words(notice.kind, notice.data, notice.recipient.language)
    link = f"{settings.PUBLIC_URL}{notice.path}" if notice.path else ""
    return EmailMessage(
        subject=words.title,
        body="\n\n".join(part for part in (words.body, link) if part),
        to=[notice.recipient.email],
        headers={"Message-ID": f"<{notice.dedupe_key.replace(':', '.')}@{settings.MESSAGE_ID_DOMAIN}>"},
    )
