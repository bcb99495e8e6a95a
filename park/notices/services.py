"""Tell people something: a row in the transaction of its cause, and messages in the outbox where the kind goes out.

And what people decide about it: what reaches them where, and which messages are tried again.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from park.accounts.models import User
from park.events import services as events
from park.notices import kinds
from park.notices.models import (
    ADDRESSED,
    Address,
    Channel,
    ChannelRest,
    Notice,
    OutboxMessage,
    Preference,
    Reach,
    Topic,
)


class HasAddress(Exception):
    """The person has an address of this channel already; nothing was written."""


class TestWaits(Exception):
    """A test message to this address is still on its way; nothing was written."""


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
    if text.goes_out:
        told = dict(Notice.objects.filter(dedupe_key__in=by_key).values_list("recipient_id", "pk"))
        ways = Reach.objects.filter(user_id__in=told, topic=text.topic).values_list("user_id", "channel")
        OutboxMessage.objects.bulk_create(
            [
                OutboxMessage(notice_id=told[person], channel=channel, created_at=now, available_at=now)
                for person, channel in ways
            ],
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


@transaction.atomic
def try_again(messages: QuerySet[OutboxMessage], *, by: User, now: datetime) -> int:
    """Put messages that were given up back into the queue, as if they were new; others stay as they are. How many.

    Whoever asks for it believes that the other end is back, so it is left alone no longer.
    """
    dead = list(
        messages.filter(is_dead=True, delivered_at__isnull=True)
        .select_related("notice")
        .select_for_update(of=["self"])
        .order_by("pk")
    )
    OutboxMessage.objects.filter(pk__in=[message.pk for message in dead]).update(
        is_dead=False, attempts=0, available_at=now, lease_until=None, lease_token=None
    )
    for message in dead:
        events.record("message.tried_again", subject=message, by=by, at=now, internal=True)
    ChannelRest.objects.filter(name__in=_names_of(dead)).delete()
    return len(dead)


def _names_of(messages: list[OutboxMessage]) -> set[str]:
    """Under which names the other ends of these messages may rest."""
    people = {message.notice.recipient_id for message in messages if message.channel in ADDRESSED}
    channels = {message.channel for message in messages}
    names = channels - set(ADDRESSED)
    for address in Address.objects.filter(user_id__in=people, channel__in=channels):
        names |= {address.host, f"address:{address.pk}"}
    return names


@transaction.atomic
def set_preferences(*, user: User, wanted: dict[tuple[str, str], bool], now: datetime) -> int:
    """Switch topics (first) of channels (second) on or off; what is not named stays. How many changed.

    Mail about the account stays on whatever is wanted: it carries what nobody may miss.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two windows of one person come one after the other
    kept = set(Preference.objects.filter(user=user).values_list("topic", "channel"))
    changed = 0
    for (topic, channel), is_on in wanted.items():
        if (topic, channel) == (Topic.ACCOUNT, Channel.EMAIL):
            continue
        differs = is_on == (channel == Channel.SMS)
        if differs == ((topic, channel) in kept):
            continue
        if differs:
            preference = Preference.objects.create(user=user, topic=topic, channel=channel, is_on=is_on)
        else:
            preference = Preference.objects.get(user=user, topic=topic, channel=channel)
            Preference.objects.filter(pk=preference.pk).delete()
        events.record(
            "preference.changed",
            subject=preference,
            by=user,
            at=now,
            internal=True,
            topic=topic,
            channel=channel,
            is_on=is_on,
        )
        changed += 1
    return changed


def add_address(*, user: User, channel: str, url: str, host: str, secret: str, now: datetime) -> Address:
    """`host` is where the address leads, as park.notices.channels.outgoing read it. Raises HasAddress."""
    try:
        with transaction.atomic():
            address = Address.objects.create(
                user=user, channel=channel, url=url, host=host, secret=secret, created_at=now
            )
            _record("address.added", address, by=user, at=now)
    except IntegrityError as error:
        raise HasAddress(channel) from error
    return address


@transaction.atomic
def switch_address(*, address: Address, is_active: bool, by: User, now: datetime) -> bool:
    """Use an address, or let it be; whether anything changed."""
    changed = Address.objects.filter(pk=address.pk, is_active=not is_active).update(is_active=is_active)
    if changed:
        _record("address.switched_on" if is_active else "address.switched_off", address, by=by, at=now)
    return bool(changed)


@transaction.atomic
def remove_address(*, address: Address, by: User, now: datetime) -> None:
    """Nothing of it is kept but that it was there."""
    removed, _rows = Address.objects.filter(pk=address.pk).delete()
    if removed:
        _record("address.removed", address, by=by, at=now)


@transaction.atomic
def send_test(*, address: Address, by: User, now: datetime) -> OutboxMessage:
    """Write a test message to this one address; it goes out with the others. Raises TestWaits."""
    Address.objects.select_for_update().get(pk=address.pk)
    key = f"test:{address.pk}:"
    waiting = OutboxMessage.objects.filter(
        notice__dedupe_key__startswith=key, notice__recipient=by, delivered_at__isnull=True, is_dead=False
    )
    if waiting.exists():
        raise TestWaits(address)
    notice = Notice.objects.create(
        recipient=by, kind="address.test", dedupe_key=f"{key}{now:%Y%m%d%H%M%S%f}", path="", created_at=now, read_at=now
    )
    return OutboxMessage.objects.create(notice=notice, channel=address.channel, created_at=now, available_at=now)


def _record(kind: str, address: Address, *, by: User, at: datetime) -> None:
    events.record(kind, subject=address, by=by, at=at, internal=True, channel=address.channel, host=address.host)
