"""Messages on their way out: leased, sent with a stable id, marked; tried again, and given up at last."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection
from django.utils import timezone

from park.accounts.models import User
from park.notices import outbox
from park.notices.models import ChannelRest, Notice, OutboxMessage
from park.notices.services import tell
from tests.cast import NOW

pytestmark = pytest.mark.django_db


class Refusing(EmailBackend):
    """A mail server that takes nothing."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("mail server is down")


@pytest.fixture(autouse=True)
def post(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.PUBLIC_URL = "https://portal.example"
    return settings


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ma", "ma@example.invalid", "x", name="马一", language="en")


@pytest.fixture
def message(person: User) -> OutboxMessage:
    tell("enterprise.refused", [person], key="event:7", path="/start/", now=NOW, note="name differs")
    return OutboxMessage.objects.get()


def waits_no_longer(message: OutboxMessage) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(available_at=NOW)
    ChannelRest.objects.all().delete()


def refuse(post) -> None:
    post.EMAIL_BACKEND = f"{__name__}.Refusing"


def test_message_goes_out_in_the_language_of_its_reader(message: OutboxMessage):
    assert outbox.deliver() == 1
    sent = mail.outbox[0]
    assert sent.to == ["ma@example.invalid"]
    assert sent.subject == "Your enterprise was not approved"
    assert sent.body == "Reason: name differs\n\nhttps://portal.example/start/"
    message.refresh_from_db()
    assert message.delivered_at is not None
    assert (message.lease_until, message.last_error) == (None, "")


def test_delivered_message_is_not_sent_again(message: OutboxMessage):
    outbox.deliver()
    assert outbox.deliver() == 0
    assert len(mail.outbox) == 1


def test_message_is_not_sent_before_its_time(message: OutboxMessage):
    OutboxMessage.objects.update(available_at=timezone.now() + timedelta(hours=1))
    assert outbox.deliver() == 0


def test_leased_message_is_nobody_elses(message: OutboxMessage):
    assert outbox.claim() == message
    assert outbox.claim() is None


def test_lease_that_ran_out_is_taken_over(message: OutboxMessage):
    first = outbox.claim()
    OutboxMessage.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    second = outbox.claim()
    assert (second.pk, second.attempts) == (first.pk, 2)
    assert second.lease_token != first.lease_token


def test_holder_of_an_old_lease_marks_nothing(message: OutboxMessage):
    sleeper = outbox.claim()
    OutboxMessage.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    present = outbox.claim()
    outbox._deliver_one(sleeper)
    message.refresh_from_db()
    assert (message.delivered_at, message.lease_token) == (None, present.lease_token)


def test_holder_of_an_old_lease_cannot_put_back_either(message: OutboxMessage, post):
    sleeper = outbox.claim()
    OutboxMessage.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    present = outbox.claim()
    refuse(post)
    outbox._deliver_one(sleeper)
    message.refresh_from_db()
    assert message.lease_token == present.lease_token
    assert message.lease_until is not None


def test_copy_of_a_message_carries_the_same_id(message: OutboxMessage):
    outbox.deliver()
    OutboxMessage.objects.update(delivered_at=None)
    outbox.deliver()
    first, second = (sent.extra_headers["Message-ID"] for sent in mail.outbox)
    assert first == second == f"<event.7.{message.notice.recipient_id}@portal.park.invalid>"


def test_failure_is_tried_again_later_and_later(message: OutboxMessage, post):
    refuse(post)
    waits = []
    for _ in range(4):
        waits_no_longer(message)
        began = timezone.now()
        assert outbox.deliver() == 0
        message.refresh_from_db()
        waits.append(round((message.available_at - began).total_seconds()))
    assert waits == [30, 60, 120, 240]
    assert "mail server is down" in message.last_error


def test_message_goes_out_when_the_server_is_back(message: OutboxMessage, post):
    refuse(post)
    outbox.deliver()
    post.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    waits_no_longer(message)
    assert outbox.deliver() == 1
    message.refresh_from_db()
    assert message.last_error == ""


def test_message_is_given_up_after_eight_failures(message: OutboxMessage, post):
    refuse(post)
    for attempt in range(1, 9):
        waits_no_longer(message)
        outbox.deliver()
        message.refresh_from_db()
        assert (message.attempts, message.is_dead) == (attempt, attempt == 8)
    waits_no_longer(message)
    assert outbox.claim() is None


def test_one_failure_does_not_stop_the_others(message: OutboxMessage, person: User):
    Notice.objects.filter(pk=message.notice_id).update(kind="unknown.kind")
    tell("enterprise.approved", [person], key="event:8", path="", now=NOW)
    assert outbox.deliver() == 1
    assert OutboxMessage.objects.get(pk=message.pk).last_error == "KeyError('unknown.kind')"


def test_deliver_ends_when_its_time_is_up(person: User):
    for number in range(3):
        tell("enterprise.approved", [person], key=f"event:{number}", path="", now=NOW)
    assert outbox.deliver(seconds=0) == 0
    assert outbox.deliver() == 3


OTHER_WAYS = ("hashjoin", "mergejoin", "material", "hashagg", "sort", "indexscan", "indexonlyscan", "bitmapscan")


@pytest.mark.parametrize("ways", [(), OTHER_WAYS], ids=["as-planned", "row-by-row"])
def test_each_message_is_leased_when_its_turn_comes(person: User, ways: tuple[str, ...]):
    """However long the ones before it took, its lease is whole; and however the database goes about it, one at a time."""
    with connection.cursor() as cursor:
        for way in ways:
            cursor.execute(f"SET LOCAL enable_{way} = off")
    for number in range(30):
        tell("enterprise.approved", [person], key=f"event:{number}", path="", now=NOW)
    outbox.claim()
    assert OutboxMessage.objects.filter(lease_until=None, attempts=0).count() == 29


def test_silent_mail_server_is_left_after_seconds(post):
    """One that accepts and never answers must not hold up the deadlines, which the same thread may have to keep."""
    assert 0 < post.EMAIL_TIMEOUT <= 15
