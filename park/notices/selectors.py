"""What the pages show about the ways out of the house."""

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db.models import Count, Min, Q

from park.accounts.models import User
from park.notices.models import ADDRESSED, Address, Channel, ChannelRest, OutboxMessage, Preference, Topic


@dataclass(frozen=True)
class Choice:
    """One box of the table of preferences; `is_fixed` cannot be changed."""

    name: str
    topic: str
    is_on: bool
    is_fixed: bool


@dataclass(frozen=True)
class Way:
    """A channel by which a person can be reached, `to` in a form that gives no key away."""

    channel: Channel
    to: str
    is_active: bool
    choices: list[Choice]


@dataclass(frozen=True)
class OwnAddress:
    address: Address
    label: str
    last: OutboxMessage | None


def own_addresses(user: User) -> list[OwnAddress]:
    """The robots and webhooks of a person, each with the last message that went to its channel."""
    newest = OutboxMessage.objects.filter(notice__recipient=user, channel__in=ADDRESSED)
    last = {message.channel: message for message in newest.order_by("channel", "-pk").distinct("channel")}
    return [
        OwnAddress(address, str(Channel(address.channel).label), _since(last.get(address.channel), address))
        for address in Address.objects.filter(user=user).order_by("pk")
    ]


def _since(message: OutboxMessage | None, address: Address) -> OutboxMessage | None:
    """What was written before this address was there went to another."""
    return message if message and message.created_at >= address.created_at else None


def ways_of(user: User, addresses: list[OwnAddress]) -> list[Way]:
    """The table of preferences: what can reach this person, and what of it is switched on."""
    kept = set(Preference.objects.filter(user=user).values_list("topic", "channel"))

    def way(channel: Channel, to: str, is_active: bool = True) -> Way:
        default = channel != Channel.SMS
        choices = [
            Choice(
                name=f"{topic}.{channel}",
                topic=str(topic.label),
                is_on=default != ((topic, channel) in kept),
                is_fixed=(topic, channel) == (Topic.ACCOUNT, Channel.EMAIL),
            )
            for topic in Topic
        ]
        return Way(channel, to, is_active, choices)

    found = [way(Channel.EMAIL, user.email)] if user.email else []
    found += [way(Channel.SMS, user.phone)] if user.phone and settings.SMS_IS_OFFERED else []
    for own in addresses:
        to = f"{own.address.host} …{own.address.tail}"
        found.append(way(Channel(own.address.channel), to, own.address.is_active))
    return found


@dataclass
class Line:
    """What a channel has to carry. `rests` holds what of it is left alone, and until when."""

    channel: Channel
    waiting: int = 0
    oldest_at: datetime | None = None
    dead: int = 0
    rests: list[tuple[str, datetime]] = field(default_factory=list)


def lines(now: datetime) -> list[Line]:
    """All channels, with what waits, what was given up and what rests."""
    found = {channel.value: Line(channel) for channel in Channel}
    counted = (
        OutboxMessage.objects.filter(delivered_at__isnull=True, channel__in=found)
        .values("channel")
        .annotate(
            waiting=Count("pk", filter=Q(is_dead=False)),
            oldest_at=Min("created_at", filter=Q(is_dead=False)),
            dead=Count("pk", filter=Q(is_dead=True)),
        )
        .order_by("channel")
    )
    for row in counted:
        line = found[row["channel"]]
        line.waiting, line.oldest_at, line.dead = row["waiting"], row["oldest_at"], row["dead"]
    for channel, name, until in _rests(now):
        found[channel].rests.append((name, until))
    return list(found.values())


def _rests(now: datetime) -> list[tuple[str, str, datetime]]:
    """Channel, what of it rests (empty for the whole), and until when."""
    until = dict(ChannelRest.objects.filter(until__gt=now).values_list("name", "until"))
    if not until:
        return []
    whole = [(name, "", until[name]) for name in (Channel.EMAIL.value, Channel.SMS.value) if name in until]
    single = [int(name.removeprefix("address:")) for name in until if name.startswith("address:")]
    behind = Address.objects.filter(Q(host__in=until) | Q(pk__in=single)).order_by("channel", "host")
    parts = {
        (address.channel, address.host, until[name])
        for address in behind
        for name in (address.host, f"address:{address.pk}")
        if name in until
    }
    return whole + sorted(parts)
