"""What a channel is given to carry, and the ways in which carrying can go wrong."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Letter:
    """A notice in the words of its reader. `id` is the same for every copy; `to` is what the channel sends to: an e-mail
    address, a telephone number, or the address of a robot or webhook with its `secret`."""

    id: str
    kind: str
    title: str
    body: str
    link: str
    language: str
    told_at: datetime
    sent_at: datetime
    to: str
    secret: str = ""

    @property
    def text(self) -> str:
        return "\n\n".join(part for part in (self.title, self.body, self.link) if part)


class NotSent(Exception):
    """It did not go out; it is tried again later. The text is kept with the message and must hold no secret."""


class Unreachable(NotSent):
    """The other end does not answer at all: what else is meant for it would fail as well, and waits."""


class TooMany(NotSent):
    """The other end takes no more for now from this address, for at least `wait`."""

    def __init__(self, text: str, wait: timedelta = timedelta(minutes=1)) -> None:
        super().__init__(text)
        self.wait = wait


class Refused(NotSent):
    """It will never be taken: trying again is pointless."""
