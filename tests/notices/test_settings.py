"""The page on which people say what reaches them where, and the page of the outbox."""

import socket
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from park.events.models import Event
from park.notices import outbox, services
from park.notices.models import Address, ChannelRest, Notice, OutboxMessage, Preference, Reach
from tests.cast import NOW, Cast
from tests.notices.receivers import HOST, receiver
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"


@pytest.fixture
def li(cast: Cast, client: Client) -> Client:
    client.force_login(cast.li)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """Every name is a public number, but the one that leads inside."""

    def look_up(host, port, *_args, **_kwargs):
        number = {"inside.example.com": "10.0.0.8", HOST: HOST}.get(host, "8.8.8.8")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


def given(client: Client, channel: str, url: str, secret: str = ""):
    return client.post("/notices/settings/addresses/", {"channel": channel, "url": url, "secret": secret})


def wished(client: Client, channels: list[str], *boxes: str):
    return client.post("/notices/settings/", {"channel": channels, **dict.fromkeys(boxes, "on")})


def test_preferences_are_saved_as_the_boxes_say(cast: Cast, li: Client):
    type(cast.li).objects.filter(pk=cast.li.pk).update(phone="13900001234")
    assert wished(li, ["email", "sms"], "cases.email", "deadlines.sms").status_code == 302
    ways = set(Reach.objects.filter(user=cast.li).values_list("topic", "channel"))
    assert ways == {("cases", "email"), ("account", "email"), ("deadlines", "sms")}
    page = li.get("/notices/settings/").context
    boxes = {choice.name: choice.is_on for way in page["ways"] for choice in way.choices}
    assert boxes == {
        "deadlines.email": False,
        "cases.email": True,
        "account.email": True,
        "deadlines.sms": True,
        "cases.sms": False,
        "account.sms": False,
    }


def test_text_messages_are_offered_only_where_a_gateway_sends_them(cast: Cast, li: Client, settings):
    type(cast.li).objects.filter(pk=cast.li.pk).update(phone="13900001234")
    for is_offered, shown in ((True, ["email", "sms"]), (False, ["email"])):
        settings.SMS_IS_OFFERED = is_offered
        page = li.get("/notices/settings/").context
        assert [way.channel.value for way in page["ways"]] == shown


def test_channel_that_was_not_shown_stays(cast: Cast, li: Client):
    given(li, "wecom", WECOM)
    wished(li, ["email"])
    assert not Preference.objects.filter(channel="wecom").exists()
    wished(li, ["pigeon"], "cases.pigeon")
    assert set(Preference.objects.values_list("channel", flat=True)) == {"email"}


def test_address_is_added_and_its_keys_never_shown_again(cast: Cast, li: Client):
    assert given(li, "wecom", WECOM).status_code == 302
    assert given(li, "webhook", "https://erp.example.com/in/very-hidden", SECRET).status_code == 302
    html = li.get("/notices/settings/").content.decode()
    assert "qyapi.weixin.qq.com …5aaa" in html
    assert f"secret …{SECRET[-4:]}" in html
    for hidden in ("693a91f6", "very-hidden", SECRET, SECRET[6:20]):
        assert hidden not in html


@pytest.mark.parametrize(
    ("channel", "url", "words"),
    [
        ("webhook", "http://erp.example.com/", "https://"),
        ("webhook", "https://localhost/", "public internet"),
        ("webhook", "https://169.254.169.254/", "public internet"),
        ("webhook", "https://0x7f.1/", "public internet"),
        ("webhook", "https://inside.example.com/", "private network"),
        ("webhook", "https://a:b@erp.example.com/", "login name"),
        ("webhook", "https://erp.example.com:8443/", "port"),
        ("webhook", "预审", "copy it whole"),
        ("wecom", "https://evil.example.com/?key=1", "qyapi.weixin.qq.com"),
        ("dingtalk", WECOM, "oapi.dingtalk.com"),
        ("feishu", WECOM, "open.feishu.cn, open.larksuite.com"),
    ],
)
def test_bad_address_is_refused_beside_the_field_and_stays_there(li: Client, channel: str, url: str, words: str):
    answer = given(li, channel, url, SECRET if channel == "webhook" else "")
    assert answer.status_code == 422
    [error] = answer.context["form"].errors["url"]
    assert words in error
    assert answer.context["form"]["url"].value() == url
    assert url in answer.content.decode().replace("&amp;", "&")
    assert not Address.objects.exists()
    assert not Event.objects.filter(kind="address.added").exists()


@pytest.mark.parametrize(
    ("channel", "url", "secret"), [("webhook", "https://erp.example.com/", "short"), ("wecom", WECOM, "x")]
)
def test_secret_that_cannot_be_is_refused(li: Client, channel: str, url: str, secret: str):
    answer = given(li, channel, url, secret)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["secret"])
    assert not Address.objects.exists()


def test_second_address_of_a_channel_is_refused(li: Client):
    given(li, "wecom", WECOM)
    answer = given(li, "wecom", WECOM)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["channel"])
    assert Address.objects.count() == 1


def test_address_is_tested_switched_and_removed(cast: Cast, li: Client, settings):
    settings.OUTGOING_ALLOWED_HOSTS = frozenset({HOST})
    with receiver() as robot:
        given(li, "wecom", robot.url)
        here = f"/notices/settings/addresses/{Address.objects.get().pk}/"
        for _ in range(2):
            assert li.post(f"{here}test/").status_code == 302
        assert "on its way" in li.get("/notices/settings/").content.decode()
        OutboxMessage.objects.exclude(channel="wecom").delete()
        assert outbox.deliver() == 1
        assert robot.got[0].json["text"]["content"].startswith("门户的测试消息")
    assert "last message delivered" in li.get("/notices/settings/").content.decode()
    li.post(f"{here}switch/", {"is_active": "0"})
    assert not Address.objects.get().is_active
    li.post(f"{here}switch/", {"is_active": "1"})
    assert Address.objects.get().is_active
    li.post(f"{here}remove/")
    assert not Address.objects.exists()


@pytest.mark.parametrize("act", ["test", "switch", "remove"])
def test_address_of_somebody_else_is_not_found(cast: Cast, li: Client, act: str):
    theirs = services.add_address(user=cast.zhao, channel="wecom", url=WECOM, host="x", secret="", now=NOW)
    assert li.post(f"/notices/settings/addresses/{theirs.pk}/{act}/").status_code == 404
    assert Address.objects.get().is_active


@pytest.fixture
def dead(cast: Cast) -> list[OutboxMessage]:
    made = []
    for number, channel in enumerate(["email", "email", "webhook"]):
        notice = Notice.objects.create(
            recipient=cast.li, kind="case.accepted", dedupe_key=f"x:{number}", created_at=NOW, data={}
        )
        made.append(
            OutboxMessage.objects.create(
                notice=notice, channel=channel, is_dead=True, attempts=8, last_error="HTTP 410"
            )
        )
    return made


@pytest.fixture(params=["shen", "admin"])
def leader(request, cast: Cast, client: Client) -> Client:
    give_second_factor(getattr(cast, request.param))
    client.force_login(getattr(cast, request.param))
    client.cookies["django_language"] = "en"
    return client


def test_outbox_says_what_waits_rests_and_was_given_up(cast: Cast, leader: Client, dead: list[OutboxMessage]):
    OutboxMessage.objects.exclude(pk__in=[message.pk for message in dead]).delete()
    OutboxMessage.objects.filter(pk=dead[0].pk).update(is_dead=False, created_at=timezone.now() - timedelta(hours=2))
    until = timezone.now() + timedelta(minutes=5)
    host = "qyapi.weixin.qq.com"
    services.add_address(user=cast.li, channel="wecom", url=WECOM, host=host, secret="", now=NOW)
    for name in ("email", host, "gone.example.com"):
        ChannelRest.objects.create(name=name, until=until, failures=2)
    page = leader.get("/notices/outbox/")
    lines = {line.channel.value: line for line in page.context["lines"]}
    assert (lines["email"].waiting, lines["email"].dead, lines["email"].rests) == (1, 1, [("", until)])
    assert (lines["webhook"].waiting, lines["webhook"].dead) == (0, 1)
    assert lines["wecom"].rests == [(host, until)]
    assert "HTTP 410" in page.content.decode()
    assert "2 hours" in page.content.decode().replace("\xa0", " ")


def test_one_message_is_tried_again(leader: Client, dead: list[OutboxMessage]):
    leader.post("/notices/outbox/retry/", {"message": dead[1].pk})
    assert list(OutboxMessage.objects.filter(is_dead=True).order_by("pk")) == [dead[0], dead[2]]
    assert Event.objects.filter(kind="message.tried_again").count() == 1


def test_all_of_a_channel_are_tried_again_and_its_rest_ends(leader: Client, dead: list[OutboxMessage]):
    ChannelRest.objects.create(name="email", until=timezone.now() + timedelta(minutes=9), failures=9)
    leader.post("/notices/outbox/retry/", {"channel": "email"})
    assert list(OutboxMessage.objects.filter(is_dead=True)) == [dead[2]]
    assert Event.objects.filter(kind="message.tried_again").count() == 2
    assert not ChannelRest.objects.exists()


@pytest.mark.parametrize("nonsense", [{}, {"message": "x"}, {"message": "9" * 40}, {"channel": "pigeon"}])
def test_nonsense_tries_nothing_again(leader: Client, dead: list[OutboxMessage], nonsense: dict):
    assert leader.post("/notices/outbox/retry/", nonsense).status_code == 302
    assert OutboxMessage.objects.filter(is_dead=True).count() == 3


@pytest.mark.parametrize("person", ["li", "wang", "auditor"])
def test_outbox_is_for_leaders_and_administrators(cast: Cast, client: Client, dead: list[OutboxMessage], person: str):
    user = getattr(cast, person)
    user = getattr(user, "user", user)
    give_second_factor(user)
    client.force_login(user)
    assert client.get("/notices/outbox/").status_code == 403
    assert client.post("/notices/outbox/retry/", {"channel": "email"}).status_code == 403
    assert OutboxMessage.objects.filter(is_dead=True).count() == 3


def test_outbox_asks_as_often_for_three_as_for_sixty(leader: Client, cast: Cast, dead: list[OutboxMessage]):
    leader.get("/notices/outbox/")
    with CaptureQueriesContext(connection) as few:
        leader.get("/notices/outbox/")
    for number in range(60):
        notice = Notice.objects.create(
            recipient=cast.li, kind="case.accepted", dedupe_key=f"y:{number}", created_at=NOW
        )
        OutboxMessage.objects.create(notice=notice, channel="sms", is_dead=True)
    with CaptureQueriesContext(connection) as many:
        page = leader.get("/notices/outbox/")
    assert len(page.context["dead"]) == 30
    assert len(many) == len(few) <= 12
