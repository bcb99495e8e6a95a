"""The receiver of webhooks takes what is signed as it should be, and takes nothing while it is down."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import LazySettings

from faults import receiver
from faults.history import History
from faults.receiver import Receiver
from park.notices.channels import webhook
from park.notices.channels.letter import Letter, NotSent, Unreachable
from park.runtime.ports import LOOPBACK


@pytest.fixture
def past(tmp_path: Path) -> Path:
    return tmp_path / "history.jsonl"


@pytest.fixture
def other(past: Path, settings: LazySettings) -> Iterator[Receiver]:
    settings.OUTGOING_ALLOWED_HOSTS = {LOOPBACK}
    made = Receiver(History(past))
    made.start()
    yield made
    made.stop()
    made.history.close()


def send(other: Receiver, secret: str = receiver.SECRET) -> None:
    now = datetime.now(UTC)
    words = {"kind": "clock.B0.staff", "title": "t", "body": "b", "link": "", "language": "en"}
    webhook.send(Letter(id="rung:7:1:B0:3", told_at=now, sent_at=now, to=other.url, secret=secret, **words))


def taken(past: Path) -> list[tuple[str, bool]]:
    records = [json.loads(line) for line in past.read_text().splitlines()]
    return [(record["id"], record["is_signed"]) for record in records]


def test_receiver_writes_down_what_it_takes(other: Receiver, past: Path):
    send(other)
    assert taken(past) == [("rung:7:1:B0:3", True)]


def test_receiver_knows_a_wrong_signature(other: Receiver, past: Path):
    send(other, secret="whsec_" + "AAAA" * 10)
    assert taken(past) == [("rung:7:1:B0:3", False)]


@pytest.mark.parametrize(("mode", "error"), [("closes", Unreachable), ("refuses", NotSent)])
def test_receiver_that_is_down_takes_nothing(other: Receiver, past: Path, mode: str, error: type[Exception]):
    other.mode = mode
    with pytest.raises(error):
        send(other)
    assert taken(past) == []
