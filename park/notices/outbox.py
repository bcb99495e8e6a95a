"""Carries messages out of the house: lease, send with a stable id, mark.

A lease carries a token; only the holder of the present token may mark the message, so that a process that was thought dead
and wakes up again changes nothing. A message is sent at least once; a copy carries the same id.

What cannot be reached rests (ChannelRest): its messages wait, without counting as attempts, and the others go on.
"""

import logging
import time
import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from park.events import services as events
from park.notices import channels, kinds
from park.notices.channels.letter import Letter, Refused, TooMany, Unreachable
from park.notices.models import ADDRESSED, Address, Channel, ChannelRest, OutboxMessage
from park.runtime.failpoints import failpoint

logger = logging.getLogger(__name__)

# Much longer than one message takes (settings.EMAIL_TIMEOUT): only the lease of a dead process runs out.
LEASE = timedelta(seconds=60)
DELIVER_SECONDS = 60.0  # less than the soft limit of a task
GIVE_UP_AFTER = 8
LONGEST_WAIT = 3600  # seconds of a message
LONGEST_REST = 600  # seconds of a channel

# "=" and not "IN": a subquery behind IN may be run once for each row, and would lease one more every time.
# The first NOT EXISTS asks once for the whole channel, the second for the robot or webhook of each message.
CLAIM = """
UPDATE notices_outboxmessage
SET lease_until = statement_timestamp() + make_interval(secs => %(lease)s), lease_token = %(token)s, attempts = attempts + 1
WHERE id = (
    SELECT m.id FROM notices_outboxmessage m
    JOIN notices_notice n ON n.id = m.notice_id
    LEFT JOIN notices_address a ON a.user_id = n.recipient_id AND a.channel = m.channel
    WHERE m.delivered_at IS NULL AND NOT m.is_dead AND m.channel = %(channel)s
        AND m.available_at <= statement_timestamp()
        AND (m.lease_until IS NULL OR m.lease_until < statement_timestamp())
        AND NOT EXISTS (
            SELECT 1 FROM notices_channelrest WHERE name = %(channel)s AND until > statement_timestamp()
        )
        AND NOT EXISTS (
            SELECT 1 FROM notices_channelrest r
            WHERE r.name IN (a.host, 'address:' || a.id) AND r.until > statement_timestamp()
        )
    ORDER BY m.available_at LIMIT 1 FOR UPDATE OF m SKIP LOCKED
)
RETURNING id
"""

# Counted in the database: two deliverers may come to know it at the same time.
REST = """
INSERT INTO notices_channelrest AS r (name, until, failures)
VALUES (%(name)s, statement_timestamp() + make_interval(secs => %(first)s), 1)
ON CONFLICT (name) DO UPDATE SET
    failures = r.failures + 1,
    until = statement_timestamp() + make_interval(secs => LEAST(%(longest)s, %(first)s * power(2, LEAST(r.failures, 20))))
"""


class _Cancelled(Exception):
    """Nobody is to be sent this any more."""


def claim(channel: str = Channel.EMAIL) -> OutboxMessage | None:
    """Lease the message of a channel that has waited longest, and commit the lease; None when none waits."""
    token = uuid.uuid4()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": LEASE.total_seconds(), "token": token, "channel": channel})
        row = cursor.fetchone()
        failpoint("outbox.leased")
    if row is None:
        return None
    failpoint("outbox.lease_committed")
    return OutboxMessage.objects.select_related("notice__recipient").get(pk=row[0])


def deliver(seconds: float = DELIVER_SECONDS) -> int:
    """Send what waits until nothing does or the time is up; how many messages went out.

    Next is always the channel that has had the least time, so that a slow one costs the others no more than their share.
    """
    began, sent = time.monotonic(), 0
    spent = dict.fromkeys(Channel.values, 0.0)
    while spent and time.monotonic() - began < seconds:
        channel = min(spent, key=spent.__getitem__)
        turn = time.monotonic()
        message = claim(channel)
        if message is None:
            del spent[channel]
            continue
        sent += _deliver_one(message)
        spent[channel] += time.monotonic() - turn
        failpoint("outbox.marked")
    return sent


def _deliver_one(message: OutboxMessage) -> bool:
    mine = OutboxMessage.objects.filter(pk=message.pk, lease_token=message.lease_token)
    address = _address_of(message)
    try:
        channels.SEND[message.channel](_letter(message, address))
        failpoint(f"outbox.sent.{message.channel}")
    except _Cancelled as reason:
        _cancel(message, str(reason))
        return False
    except Exception as error:
        logger.warning("message %s by %s not delivered: %r", message.notice.dedupe_key, message.channel, error)
        wait = _wait(message.attempts, error)
        _rest(message, address, error)
        mine.update(
            available_at=timezone.now() + wait,
            lease_until=None,
            is_dead=message.attempts >= GIVE_UP_AFTER or isinstance(error, Refused),
            last_error=(str(error) if address else repr(error))[:500],
        )
        return False
    ChannelRest.objects.filter(name__in=_names(message, address)).delete()
    return bool(mine.update(delivered_at=timezone.now(), lease_until=None, last_error=""))


def _address_of(message: OutboxMessage) -> Address | None:
    if message.channel not in ADDRESSED:
        return None
    return Address.objects.filter(user=message.notice.recipient_id, channel=message.channel, is_active=True).first()


def _letter(message: OutboxMessage, address: Address | None) -> Letter:
    """The notice in the words of its reader. Raises _Cancelled when there is nowhere to send it any more."""
    notice, person = message.notice, message.notice.recipient
    if message.channel in ADDRESSED:
        if address is None:
            raise _Cancelled("the address was switched off or removed")
        to = address.url
    else:
        to = person.email if message.channel == Channel.EMAIL else person.phone
    if not to:
        raise _Cancelled("the person has no such address any more")
    words = kinds.words(notice.kind, notice.data, person.language)
    return Letter(
        id=notice.dedupe_key,
        kind=notice.kind,
        title=words.title,
        body=words.body,
        link=f"{settings.PUBLIC_URL}{notice.path}" if notice.path else "",
        language=person.language,
        told_at=notice.created_at,
        sent_at=timezone.now(),
        to=to,
        secret=address.secret if address else "",
    )


def _wait(attempts: int, error: Exception) -> timedelta:
    wait = timedelta(seconds=min(LONGEST_WAIT, 15 * 2**attempts))
    return max(wait, error.wait) if isinstance(error, TooMany) else wait


def _names(message: OutboxMessage, address: Address | None) -> list[str]:
    """Under which names the other end of a message may rest: all behind it first, then this one address."""
    return [address.host, f"address:{address.pk}"] if address else [message.channel]


def _rest(message: OutboxMessage, address: Address | None, error: Exception) -> None:
    """Leave alone what does not answer, or asks to be."""
    if isinstance(error, Unreachable):
        name, first = _names(message, address)[0], 15.0
    elif isinstance(error, TooMany):
        name, first = _names(message, address)[-1], error.wait.total_seconds()
    else:
        return
    with connection.cursor() as cursor:
        cursor.execute(REST, {"name": name, "first": first, "longest": max(first, LONGEST_REST)})


@transaction.atomic
def _cancel(message: OutboxMessage, reason: str) -> None:
    """Drop a message; that it was there, and why it was not sent, stays in the log."""
    now: datetime = timezone.now()
    dropped, _rows = OutboxMessage.objects.filter(pk=message.pk, lease_token=message.lease_token).delete()
    if dropped:
        events.record(
            "message.cancelled",
            subject=message,
            by=None,
            at=now,
            internal=True,
            channel=message.channel,
            notice=message.notice.dedupe_key,
            reason=reason,
        )
