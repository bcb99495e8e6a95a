"""Deadlines as a calendar: whose, how, and under whose secret address."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from park.deadlines import services
from park.deadlines.enums import PauseReason
from park.deadlines.models import FeedKey
from park.events.models import Event
from tests.cast import Cast
from tests.deadlines.clocks import start
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def address(client: Client, user) -> str:
    if not user.authenticator_set.exists():
        give_second_factor(user)
    client.force_login(user)
    page = client.post("/deadlines/feed/renew/")
    client.logout()
    return "/deadlines/" + page.context["address"].partition("/deadlines/")[2]


def entries(client: Client, at: str) -> list:
    response = client.get(at)
    assert response.headers["Content-Type"].startswith("text/calendar")
    return list(Calendar.from_ical(response.content).walk("VEVENT"))


def test_specialist_sees_what_is_in_their_hands(client: Client, cast: Cast) -> None:
    now = timezone.now()
    mine = start(cast, now=now)
    start(cast, now=now, responsible=cast.gao, department=cast.gao.department)
    found = entries(client, address(client, cast.wang.user))
    assert [entry["UID"] for entry in found] == [f"clock-{mine.pk}@portal.park.invalid"]
    assert found[0].decoded("DTEND") == mine.due_at
    assert found[0].decoded("DTEND").tzinfo.key == "Asia/Shanghai"
    assert "瀛沐" in found[0]["SUMMARY"]
    assert found[0]["URL"].endswith("/desk/tasks/1/")


def test_enterprise_sees_its_own_alone(client: Client, cast: Cast) -> None:
    start(cast, now=timezone.now())
    assert [entry["URL"].endswith("/cases/1/") for entry in entries(client, address(client, cast.chen))] == [True]
    assert entries(client, address(client, cast.zhao)) == []


def test_entry_follows_its_clock(client: Client, cast: Cast) -> None:
    now = timezone.now()
    clock = start(cast, now=now)
    at = address(client, cast.wang.user)
    before = entries(client, at)[0]
    asked = services.ask_extension(clock, amount=2, reason="x", by=cast.wang.user, now=now)
    services.decide_extension(asked, grant=True, by=cast.qian.user, now=now)
    after = entries(client, at)[0]
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.decoded("DTEND") > before.decoded("DTEND")
    services.pause(clock, reason=PauseReason.SITE_ACCESS, by=None, now=now)
    assert "[暂停]" in entries(client, at)[0]["SUMMARY"]
    services.cancel(clock, by=None, now=now + timedelta(seconds=1))
    assert entries(client, at)[0]["STATUS"] == "CANCELLED"


def test_file_is_folded_and_ends_its_lines_as_the_standard_asks(client: Client, cast: Cast) -> None:
    start(cast, now=timezone.now())
    body = client.get(address(client, cast.wang.user)).content
    lines = body.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(len(line) for line in lines) <= 75
    assert b"BEGIN:VTIMEZONE" in body


def test_unchanged_calendar_is_not_sent_again(client: Client, cast: Cast) -> None:
    clock = start(cast, now=timezone.now())
    at = address(client, cast.wang.user)
    tag = client.get(at).headers["ETag"]
    assert client.get(at, headers={"If-None-Match": tag}).status_code == 304
    services.stop(clock, by=None, now=timezone.now())
    assert client.get(at, headers={"If-None-Match": tag}).status_code == 200


def test_address_is_kept_as_a_hash_and_can_be_revoked(client: Client, cast: Cast) -> None:
    first = address(client, cast.chen)
    secret = first.rpartition("/")[2].removesuffix(".ics")
    assert not FeedKey.objects.filter(digest__contains=secret).exists()
    second = address(client, cast.chen)
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200
    client.force_login(cast.chen)
    client.post("/deadlines/feed/revoke/")
    assert client.get(second).status_code == 404
    assert set(Event.objects.filter(kind__startswith="feed.").values_list("kind", flat=True)) == {
        "feed.made",
        "feed.revoked",
    }


def test_address_of_somebody_who_left_shows_nothing(client: Client, cast: Cast) -> None:
    at = address(client, cast.chen)
    cast.chen.is_active = False
    cast.chen.save()
    assert client.get(at).status_code == 404
    assert client.get("/deadlines/feed/guess.ics").status_code == 404
