"""The page of one clock: why it is due when it is, what has happened to it, and who may look."""

from datetime import timedelta

import pytest
from django.test import Client

from park.accounts.models import User
from park.deadlines import services
from park.deadlines.enums import PauseReason, Source
from park.deadlines.models import Clock, Rung
from park.deadlines.sweep import sweep
from park.events import services as events
from tests.cast import Cast, at
from tests.deadlines.clocks import start
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def page_for(user: User, clock: Clock):
    give_second_factor(user)
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = "zh-hans"
    return client.get(f"/deadlines/clocks/{clock.pk}/")


def lines(page) -> list[tuple[str, str]]:
    return [(entry.text, entry.who) for entry in page.context["entries"]]


def test_every_day_of_the_count_stands_on_it(cast: Cast) -> None:
    clock = start(cast)
    page = page_for(cast.shen, clock)
    assert page.status_code == 200
    kinds = [day.kind for day in page.context["clock"].days]
    assert kinds[0] == "start"
    assert kinds[-1] == "due"
    assert page.content.decode().count("day-due") >= 1


def test_rungs_say_who_was_told(cast: Cast) -> None:
    clock = start(cast)
    for now in ("2026-11-24 09:00", "2026-11-25 09:00", "2026-11-25 17:00"):
        sweep(source=Source.COMMAND, now=at(now))
    told = dict(lines(page_for(cast.shen, clock)))
    assert told["提醒（W1）"] == f"已通知：{cast.wang.user.name}"
    people = told["到期未办结（B0）"].removeprefix("已通知：").split("、")
    assert set(people) == {user.name for user in (cast.wang.user, cast.qian.user, cast.chen, cast.li)}


def test_pauses_and_changes_of_the_calendar_stand_in_order(cast: Cast) -> None:
    clock = start(cast)
    services.pause(clock, reason=PauseReason.SITE_ACCESS, by=cast.wang.user, now=at("2026-11-23 10:00"))
    services.resume(clock, by=cast.wang.user, now=at("2026-11-24 10:00"))
    clock.refresh_from_db()
    events.record(
        "clock.redated",
        subject=clock,
        by=None,
        at=at("2026-11-24 12:00"),
        thread=clock.thread,
        before_at=clock.due_at.isoformat(),
        due_at=(clock.due_at + timedelta(days=1)).isoformat(),
        year=2026,
    )
    texts = [text for text, _who in lines(page_for(cast.shen, clock))]
    assert texts[0].startswith("2026 年日历有变")
    assert texts[1:3] == ["恢复计时", "暂停：现场勘验"]
    assert texts[-1].startswith("开始计时")


def test_withdrawn_and_skipped_rungs_are_named_as_such(cast: Cast) -> None:
    clock = start(cast)
    now = at("2026-11-24 09:00")
    for code, given in (("W1", {"withdrawn_at": now}), ("W2", {"is_skipped": True})):
        Rung.objects.create(
            clock=clock, revision=9, code=code, scheduled_for=now, fired_at=now, source=Source.BEAT, **given
        )
    told = dict(lines(page_for(cast.shen, clock)))
    assert told["提醒（W1）"] == "已撤回：期限已后移"
    assert told["提醒（W2）"] == "已跳过：由更高一级提醒"


def test_other_departments_and_enterprises_find_nothing(cast: Cast) -> None:
    clock = start(cast)
    assert page_for(cast.wang.user, clock).status_code == 200
    assert page_for(cast.gao.user, clock).status_code == 404
    assert page_for(cast.chen, clock).status_code == 403


def test_lead_of_another_department_sees_the_clock_and_no_closed_door(cast: Cast) -> None:
    clock = start(cast, lead=cast.gao)
    page = page_for(cast.gao.user, clock)
    assert page.status_code == 200
    assert page.context["path"] == ""
