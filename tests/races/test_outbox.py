"""Several deliverers at work on the same messages."""

from collections import Counter

import pytest
from django.core import mail

from park.accounts.models import User
from park.notices import outbox
from park.notices.models import OutboxMessage
from park.notices.services import tell
from tests.cast import at
from tests.races.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(settings) -> list[User]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return [User.objects.create_user(f"p{n}", f"p{n}@example.invalid", "x", name=f"人{n}") for n in range(40)]


def test_deliverers_at_once_send_each_message_once(people: list[User]):
    tell("enterprise.approved", people, key="event:1", path="/start/", now=at("2026-11-20 15:10"))
    outcomes = at_once(lambda _: outbox.deliver(), times=16, threads=8)
    assert sum(outcomes) == 40
    assert Counter(message.to[0] for message in mail.outbox) == {user.email: 1 for user in people}
    assert not OutboxMessage.objects.filter(delivered_at=None).exists()


def test_claims_at_once_never_share_a_message(people: list[User]):
    tell("enterprise.approved", people, key="event:1", path="/start/", now=at("2026-11-20 15:10"))
    leased = [message.pk for message in at_once(lambda _: outbox.claim(), times=48, threads=12) if message]
    assert len(leased) == len(set(leased)) == 40


def test_same_cause_told_at_once_tells_each_person_once(people: list[User]):
    at_once(
        lambda _: tell("enterprise.approved", people, key="event:1", path="", now=at("2026-11-20 15:10")),
        times=10,
        threads=10,
    )
    assert OutboxMessage.objects.count() == 40
