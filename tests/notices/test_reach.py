"""By which channels a person is reached, what they may decide about it, and what the database refuses."""

import pytest
from django.db import IntegrityError, connection, transaction

from park.accounts.models import User
from park.events.models import Event
from park.notices import kinds, services
from park.notices.models import Address, Notice, OutboxMessage, Preference, Reach
from park.notices.services import tell
from tests.cast import NOW

pytestmark = pytest.mark.django_db
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
TOPICS = {"deadlines", "cases", "account"}


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ma", "ma@example.invalid", "x", name="马一", phone="13900001234")


@pytest.fixture
def robot(person: User) -> Address:
    return add(person)


def add(person: User, channel: str = "wecom", secret: str = "") -> Address:
    url = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=very-hidden-key"
    return services.add_address(
        user=person, channel=channel, url=url, host="qyapi.weixin.qq.com", secret=secret, now=NOW
    )


def ways(person: User) -> set[tuple[str, str]]:
    return set(Reach.objects.filter(user=person).values_list("topic", "channel"))


def wish(person: User, topic: str, channel: str, is_on: bool) -> int:
    return services.set_preferences(user=person, wanted={(topic, channel): is_on}, now=NOW)


def test_mail_reaches_by_default_and_nothing_else(person: User):
    assert ways(person) == {(topic, "email") for topic in TOPICS}


def test_nobody_is_reached_without_an_address_or_when_gone(person: User, robot: Address):
    User.objects.filter(pk=person.pk).update(email="")
    assert ways(person) == {(topic, "wecom") for topic in TOPICS}
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert ways(person) == set()


def test_topic_is_switched_off_and_on_again(person: User, robot: Address):
    for channel in ("email", "wecom"):
        assert wish(person, "deadlines", channel, False) == 1
        assert ("deadlines", channel) not in ways(person)
        assert ("cases", channel) in ways(person)
        assert wish(person, "deadlines", channel, True) == 1
        assert ("deadlines", channel) in ways(person)
    assert not Preference.objects.exists()


def test_text_messages_come_only_where_wanted_and_to_a_telephone(person: User):
    wish(person, "deadlines", "sms", True)
    assert {way for way in ways(person) if way[1] == "sms"} == {("deadlines", "sms")}
    User.objects.filter(pk=person.pk).update(phone="")
    assert not {way for way in ways(person) if way[1] == "sms"}


def test_mail_about_the_account_stays(person: User):
    assert wish(person, "account", "email", False) == 0
    assert ("account", "email") in ways(person)
    assert not Event.objects.filter(kind="preference.changed").exists()


@pytest.mark.parametrize(
    ("topic", "channel", "is_on"),
    [("account", "email", False), ("cases", "email", True), ("cases", "sms", False), ("cases", "wecom", True)],
)
def test_database_keeps_deviations_alone(person: User, topic: str, channel: str, is_on: bool):
    with pytest.raises(IntegrityError):
        Preference.objects.create(user=person, topic=topic, channel=channel, is_on=is_on)


def test_database_refuses_a_webhook_that_is_not_signed(person: User):
    with pytest.raises(IntegrityError):
        Address.objects.create(user=person, channel="webhook", url="https://x", host="x", created_at=NOW)


def test_change_is_recorded_once(person: User):
    assert wish(person, "cases", "email", False) == 1
    assert wish(person, "cases", "email", False) == 0
    event = Event.objects.get(kind="preference.changed")
    assert event.data == {"topic": "cases", "channel": "email", "is_on": False}


def test_address_switched_off_reaches_nobody(person: User, robot: Address):
    assert services.switch_address(address=robot, is_active=False, by=person, now=NOW)
    assert not services.switch_address(address=robot, is_active=False, by=person, now=NOW)
    assert ways(person) == {(topic, "email") for topic in TOPICS}
    assert services.switch_address(address=robot, is_active=True, by=person, now=NOW)
    assert ("cases", "wecom") in ways(person)


def test_one_address_a_channel(person: User, robot: Address):
    with pytest.raises(services.HasAddress):
        add(person)
    assert Event.objects.filter(kind="address.added").count() == 1
    services.remove_address(address=robot, by=person, now=NOW)
    add(person)


def test_no_key_stands_in_the_log_of_events(person: User, robot: Address):
    hook = add(person, "webhook", SECRET)
    for address in (robot, hook):
        services.switch_address(address=address, is_active=False, by=person, now=NOW)
        services.remove_address(address=address, by=person, now=NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(e::text, ' ') FROM events_event e")
        text = cursor.fetchone()[0]
    assert "address.removed" in text
    assert "very-hidden-key" not in text
    assert SECRET not in text


def test_notice_goes_out_by_every_way_of_its_topic(person: User, robot: Address):
    add(person, "webhook", SECRET)
    wish(person, "account", "wecom", False)
    wish(person, "account", "sms", True)
    for _ in range(2):
        tell("enterprise.approved", [person], key="event:1", path="", now=NOW)
    assert set(OutboxMessage.objects.values_list("channel", flat=True)) == {"email", "sms", "webhook"}
    assert OutboxMessage.objects.count() == 3


def test_notice_of_another_topic_goes_its_own_ways(person: User):
    wish(person, "cases", "email", False)
    tell("case.accepted", [person], key="event:2", path="", now=NOW)
    assert Notice.objects.count() == 1
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize(
    ("kind", "topic"),
    [
        ("clock.B0.staff", "deadlines"),
        ("digest.morning", "deadlines"),
        ("enterprise.approved", "account"),
        ("membership.requested", "account"),
        ("correction.issued", "cases"),
    ],
)
def test_kinds_belong_to_topics(kind: str, topic: str):
    assert kinds.known(kind).topic == topic


def test_every_kind_belongs_to_a_topic_of_the_view(person: User):
    assert {kinds.known(kind).topic for kind in kinds._kinds} <= {topic for topic, _channel in ways(person)}


def test_sweep_may_write_messages_by_the_view(person: User, robot: Address):
    """The columns that statements of other floors rely on have defaults in the database for all others."""
    tell("enterprise.signed_up", [person], key="event:1", path="", now=NOW)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO notices_outboxmessage (notice_id, channel, created_at, available_at) "
            "SELECT n.id, r.channel, n.created_at, n.created_at FROM notices_notice n "
            "JOIN notices_reach r ON r.user_id = n.recipient_id AND r.topic = 'deadlines'"
        )
    assert set(OutboxMessage.objects.values_list("channel", flat=True)) == {"email", "wecom"}


def test_test_message_goes_to_one_address_and_waits_for_the_last(person: User, robot: Address):
    add(person, "webhook", SECRET)
    message = services.send_test(address=robot, by=person, now=NOW)
    assert message.channel == "wecom"
    with pytest.raises(services.TestWaits):
        services.send_test(address=robot, by=person, now=NOW)
    assert OutboxMessage.objects.count() == 1
    assert not Notice.objects.unread().exists()
