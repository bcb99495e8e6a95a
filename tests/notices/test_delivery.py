"""Delivery with real servers: mail by SMTP, robots and webhooks by HTTP; what is down delays nobody else."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as project
from django.db import connection
from django.utils import timezone

from park.accounts.models import User
from park.events.models import Event
from park.notices import outbox, services
from park.notices.models import Address, ChannelRest, OutboxMessage
from park.notices.services import tell
from park.runtime.failpoints import CONFIRM
from tests.cast import NOW
from tests.notices.receivers import HOST, Receiver, receiver
from tests.races.threads import at_once

pytestmark = pytest.mark.django_db
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Mailbox:
    """Takes mail, or answers `refusal`, after `wait` seconds."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.refusal = ""
        self.wait = 0.0

    async def handle_RCPT(self, _server, _session, envelope, address, _options) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope) -> str:
        await asyncio.sleep(self.wait)
        self.got.append(envelope.content)
        return "250 OK"

    @property
    def ids(self) -> list[str]:
        return [message_from_bytes(content)["Message-ID"] for content in self.got]


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind((HOST, 0))
        return sock.getsockname()[1]


@pytest.fixture
def mailbox(settings) -> Iterator[Mailbox]:
    box = Mailbox()
    controller = Controller(box, hostname=HOST, port=free_port())
    controller.start()
    by_smtp(settings, controller.port)
    try:
        yield box
    finally:
        controller.stop()


def by_smtp(settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = HOST, port, 1
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False


@pytest.fixture
def robot(settings) -> Iterator[Receiver]:
    settings.OUTGOING_ALLOWED_HOSTS = frozenset({HOST, "localhost"})
    with receiver() as it:
        yield it


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ma", "ma@example.invalid", "x", name="马一", language="en")


def address(person: User, url: str, channel: str = "wecom", host: str = HOST) -> Address:
    secret = SECRET if channel == "webhook" else ""
    return services.add_address(user=person, channel=channel, url=url, host=host, secret=secret, now=NOW)


def told(person: User, number: int = 1) -> None:
    tell("enterprise.refused", [person], key=f"event:{number}", path="/start/", now=NOW, note="name differs")


def message_by(channel: str) -> OutboxMessage:
    return OutboxMessage.objects.get(channel=channel)


def all_may_go() -> None:
    OutboxMessage.objects.update(available_at=NOW)
    ChannelRest.objects.all().delete()


def test_mail_arrives_with_its_id(mailbox: Mailbox, person: User):
    told(person)
    assert outbox.deliver() == 1
    assert mailbox.ids == [f"<event.1.{person.pk}@{project.MESSAGE_ID_DOMAIN}>"]
    assert message_from_bytes(mailbox.got[0])["Subject"] == "Your enterprise was not approved"


def test_recipient_that_is_refused_concerns_that_message_alone(mailbox: Mailbox, person: User):
    mailbox.refusal = "550 no such mailbox"
    told(person)
    assert outbox.deliver() == 0
    message = message_by("email")
    assert "no such mailbox" in message.last_error
    assert (message.attempts, message.is_dead) == (1, False)
    assert not ChannelRest.objects.exists()


def test_server_that_is_not_available_rests(mailbox: Mailbox, person: User):
    mailbox.refusal = "421 come back later"
    told(person)
    outbox.deliver()
    assert ChannelRest.objects.get().name == "email"


def test_silent_mail_server_is_left_and_holds_nobody_up(settings, robot: Receiver, person: User):
    """It accepts and says nothing. One message finds that out; the others wait unharmed while the robots go on."""
    with socket.socket() as silent:
        silent.bind((HOST, 0))
        silent.listen()
        by_smtp(settings, silent.getsockname()[1])
        address(person, robot.url)
        for number in range(5):
            told(person, number)
        began = time.monotonic()
        assert outbox.deliver() == 5
        assert time.monotonic() - began < 4
    assert len(robot.got) == 5
    assert sorted(OutboxMessage.objects.filter(channel="email").values_list("attempts", flat=True)) == [0, 0, 0, 0, 1]


def test_mail_goes_out_when_the_server_is_back(settings, person: User, robot: Receiver):
    port = free_port()
    by_smtp(settings, port)
    address(person, robot.url)
    for number in range(3):
        told(person, number)
    assert outbox.deliver() == 3
    rest = ChannelRest.objects.get()
    assert (rest.name, rest.failures) == ("email", 1)
    assert outbox.deliver() == 0

    box = Mailbox()
    controller = Controller(box, hostname=HOST, port=port)
    controller.start()
    try:
        ChannelRest.objects.update(until=timezone.now())
        OutboxMessage.objects.update(available_at=NOW)
        assert outbox.deliver() == 3
    finally:
        controller.stop()
    assert len(set(box.ids)) == 3
    assert not ChannelRest.objects.exists()


def test_rests_grow_up_to_ten_minutes(settings, person: User):
    by_smtp(settings, free_port())
    told(person)
    lengths = []
    for failures in (0, 1, 2, 3, 20):
        if failures == 20:
            ChannelRest.objects.update(failures=failures)
        ChannelRest.objects.update(until=NOW)
        OutboxMessage.objects.update(available_at=NOW, attempts=0)
        outbox.deliver()
        rest = ChannelRest.objects.get()
        lengths.append(round((rest.until - timezone.now()).total_seconds()))
    assert lengths == [15, 30, 60, 120, 600]


def test_host_that_is_down_rests_alone(mailbox: Mailbox, robot: Receiver, person: User):
    other = User.objects.create_user("bai", "bai@example.invalid", "x", name="白二")
    address(person, f"http://localhost:{free_port()}/", "webhook", host="localhost")
    address(other, f"{robot.url}/in", "webhook")
    for number in range(3):
        told(person, number)
        told(other, number)
    assert outbox.deliver() == 9
    assert (len(mailbox.got), len(robot.got)) == (6, 3)
    assert ChannelRest.objects.get().name == "localhost"
    waiting = OutboxMessage.objects.filter(delivered_at=None)
    assert sorted(waiting.values_list("attempts", flat=True)) == [0, 0, 1]


def test_slow_channel_costs_the_others_no_more_than_their_share(mailbox: Mailbox, robot: Receiver, person: User):
    robot.before = lambda _handler: time.sleep(0.5)
    address(person, robot.url)
    for number in range(12):
        told(person, number)
    outbox.deliver(seconds=2)
    assert len(mailbox.got) == 12
    assert 1 <= len(robot.got) <= 4


def test_robot_that_takes_no_more_rests_and_its_neighbour_goes_on(mailbox: Mailbox, robot: Receiver, person: User):
    other = User.objects.create_user("bai", "bai@example.invalid", "x", name="白二")
    robot.answer = {"errcode": 45009, "errmsg": "api freq out of limit"}
    first = address(person, robot.url)
    told(person)
    outbox.deliver()
    rest = ChannelRest.objects.get()
    assert rest.name == f"address:{first.pk}"
    assert timedelta(seconds=50) < rest.until - timezone.now() < timedelta(seconds=70)
    assert message_by("wecom").available_at - timezone.now() > timedelta(seconds=50)
    assert message_by("wecom").last_error == "error 45009: api freq out of limit"

    robot.answer = {"errcode": 0}
    address(other, robot.url)
    told(other)
    assert outbox.deliver() == 2


def test_webhook_that_is_gone_dies_at_once_with_the_reason(mailbox: Mailbox, robot: Receiver, person: User):
    robot.status = 410
    address(person, robot.url, "webhook")
    told(person)
    outbox.deliver()
    message = message_by("webhook")
    assert (message.is_dead, message.attempts, message.last_error) == (True, 1, "HTTP 410")


def test_address_that_leads_inside_is_refused_when_sent_too(mailbox: Mailbox, robot: Receiver, person: User, settings):
    address(person, robot.url, "webhook")
    settings.OUTGOING_ALLOWED_HOSTS = frozenset()
    told(person)
    outbox.deliver()
    assert message_by("webhook").is_dead
    assert message_by("webhook").last_error.startswith("address not allowed")
    assert robot.got == []


@pytest.mark.parametrize("act", ["switch off", "remove"])
def test_message_to_an_address_that_is_used_no_more_is_dropped(mailbox, robot: Receiver, person: User, act: str):
    it = address(person, robot.url)
    told(person)
    if act == "remove":
        services.remove_address(address=it, by=person, now=NOW)
    else:
        services.switch_address(address=it, is_active=False, by=person, now=NOW)
    assert outbox.deliver() == 1
    assert robot.got == []
    assert not OutboxMessage.objects.filter(channel="wecom").exists()
    event = Event.objects.get(kind="message.cancelled")
    assert event.data["reason"] == "the address was switched off or removed"
    assert (event.data["channel"], event.actor_id) == ("wecom", None)


def test_no_key_is_logged_or_kept_with_a_failure(mailbox, robot: Receiver, person: User, caplog):
    address(person, f"http://{HOST}:{free_port()}/send?key=very-hidden-key")
    it = address(person, f"{robot.url}/very-hidden-key", "webhook")
    robot.status = 500
    told(person)
    with caplog.at_level("DEBUG"):
        outbox.deliver()
    assert OutboxMessage.objects.filter(delivered_at=None).count() == 2
    assert "not delivered" in caplog.text
    assert "very-hidden-key" not in caplog.text
    assert it.secret not in caplog.text
    assert not OutboxMessage.objects.filter(last_error__contains="very-hidden-key").exists()


def test_what_was_given_up_goes_out_when_tried_again(mailbox: Mailbox, robot: Receiver, person: User):
    robot.status = 410
    address(person, robot.url, "webhook")
    told(person)
    outbox.deliver()
    robot.status = 204
    ChannelRest.objects.create(name=HOST, until=timezone.now() + timedelta(minutes=9), failures=7)
    assert services.try_again(OutboxMessage.objects.filter(channel="webhook"), by=person, now=timezone.now()) == 1
    assert outbox.deliver() == 1
    assert [got.headers["webhook-id"] for got in robot.got] == [f"event:1:{person.pk}"] * 2
    assert Event.objects.get(kind="message.tried_again").actor_id == person.pk


def test_channel_of_no_module_is_only_its_own_trouble(mailbox: Mailbox, person: User):
    told(person)
    OutboxMessage.objects.update(channel="pigeon")
    told(person, 2)
    assert outbox.deliver() == 1


DELIVER = "import django; django.setup(); from park.notices import outbox; print(outbox.deliver())"


def deliverer(mailbox_port: int, **more: str) -> subprocess.Popen[bytes]:
    """A process of its own, on the database of the test."""
    at = connection.settings_dict
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "park.settings",
        "DATABASE_URL": f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST'] or HOST}:{at['PORT']}/{at['NAME']}",
        "EMAIL_URL": f"smtp://{HOST}:{mailbox_port}",
        **more,
    }
    return subprocess.Popen(
        [sys.executable, "-c", DELIVER], env=environment, cwd=project.BASE_DIR, stdout=subprocess.PIPE
    )


@pytest.mark.django_db(transaction=True)
def test_copy_after_a_kill_between_sending_and_marking_carries_the_same_id(mailbox: Mailbox, person: User, settings):
    told(person)
    killed = deliverer(settings.EMAIL_PORT, FAILPOINT="outbox.sent.email", FAILPOINT_CONFIRM=CONFIRM)
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert message_by("email").delivered_at is None
    assert outbox.deliver() == 0, "its lease still holds"

    OutboxMessage.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    follower = deliverer(settings.EMAIL_PORT)
    assert follower.communicate(timeout=60)[0].strip() == b"1"
    assert mailbox.ids == [f"<event.1.{person.pk}@{project.MESSAGE_ID_DOMAIN}>"] * 2


@pytest.mark.django_db(transaction=True)
def test_deliverers_at_once_send_once(mailbox: Mailbox, robot: Receiver, person: User):
    address(person, robot.url, "webhook")
    for number in range(10):
        told(person, number)
    assert sum(at_once(lambda _: outbox.deliver(), times=6, threads=6)) == 20
    assert len(mailbox.ids) == len(set(mailbox.ids)) == 10
    names = [got.headers["webhook-id"] for got in robot.got]
    assert len(names) == len(set(names)) == 10
