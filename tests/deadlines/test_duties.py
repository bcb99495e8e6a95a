"""The morning's digest, the second look at long pauses, and what is let go."""

from datetime import timedelta

import pytest

from park.deadlines import duties, services
from park.deadlines.enums import PauseReason, Source
from park.deadlines.models import Clock, SweepMinute
from park.deadlines.sweep import sweep
from park.events.models import Event
from park.notices.kinds import words
from park.notices.models import Notice, OutboxMessage
from park.team.models import Absence
from tests.cast import Cast, at
from tests.deadlines.clocks import start
from tests.races.threads import at_once

pytestmark = pytest.mark.django_db

MORNING = at("2026-11-25 09:05")


def digests() -> list[Notice]:
    return list(Notice.objects.filter(kind="digest.morning").order_by("recipient"))


def test_digest_names_what_is_overdue_due_today_and_due_soon(cast: Cast) -> None:
    start(cast, 1, now=at("2026-11-20 10:00"))  # due on Monday: overdue
    start(cast, 3)  # due today
    start(cast, 4)  # due tomorrow, amber since this morning
    start(cast, 15)  # far away
    assert duties.write_digests(MORNING) == 1
    notice = digests()[0]
    assert notice.recipient == cast.wang.user
    assert (notice.data["overdue"], notice.data["today"], notice.data["soon"]) == (1, 1, 1)
    told = words(notice.kind, notice.data, "en")
    assert told.title == "This morning: 1 overdue, 1 due today, 1 due soon"
    assert len(told.body.splitlines()) == 3
    assert "11月25日 17:00" in words(notice.kind, notice.data, "zh-hans").body
    assert OutboxMessage.objects.filter(notice=notice, channel="email").exists()


def test_digest_is_written_once_a_day(cast: Cast) -> None:
    start(cast)
    assert [duties.write_digests(MORNING + timedelta(minutes=n)) for n in (0, 1, 60)] == [1, 0, 0]
    assert duties.write_digests(MORNING + timedelta(days=1)) == 1


@pytest.mark.parametrize("when", ["2026-11-25 09:01", "2026-11-25 17:00", "2026-11-28 09:05", "2026-10-01 09:05"])
def test_digest_waits_for_a_working_morning(cast: Cast, when: str) -> None:
    start(cast, 1, now=at("2026-09-20 10:00"))
    assert duties.write_digests(at(when)) == 0


def test_digest_after_an_outage_in_the_morning_comes_late(cast: Cast) -> None:
    start(cast)
    assert duties.write_digests(at("2026-11-25 15:40")) == 1


def test_nobody_is_told_that_there_is_nothing(cast: Cast) -> None:
    assert duties.write_digests(MORNING) == 0
    assert digests() == []


def test_digest_of_who_is_away_goes_to_the_substitute(cast: Cast) -> None:
    Absence.objects.create(specialist=cast.wang, first_on=MORNING.date(), last_on=MORNING.date(), substitute=cast.han)
    start(cast)
    duties.write_digests(MORNING)
    assert [notice.recipient for notice in digests()] == [cast.han.user]


@pytest.mark.django_db(transaction=True)
def test_many_processes_write_one_digest(cast: Cast) -> None:
    start(cast)
    outcomes = at_once(lambda number: duties.write_digests(MORNING + timedelta(microseconds=number)), 8)
    assert sorted(outcomes) == [0] * 7 + [1]
    assert len(digests()) == 1


def paused(cast: Cast) -> Clock:
    clock = start(cast, 15)
    services.pause(clock, reason=PauseReason.SITE_ACCESS, by=None, now=at("2026-11-23 10:00"))
    return clock


def test_long_pause_is_asked_about_every_five_working_days(cast: Cast) -> None:
    clock = paused(cast)
    assert duties.review_pauses(at("2026-11-30 08:59")) == 0
    assert duties.review_pauses(at("2026-11-30 09:00")) == 1
    assert duties.review_pauses(at("2026-11-30 09:01")) == 0
    assert duties.review_pauses(at("2026-12-07 09:00")) == 1
    asked = Notice.objects.filter(kind="pause.review")
    assert {notice.recipient for notice in asked} == {cast.wang.user, cast.qian.user}
    assert asked.count() == 4
    assert Event.objects.filter(kind="clock.pause_long", subject_id=str(clock.pk)).count() == 2


def test_pause_that_somebody_confirmed_is_asked_about_later(cast: Cast) -> None:
    clock = paused(cast)
    services.keep_paused(clock.pauses.get(), by=cast.qian.user, now=at("2026-11-27 10:00"), note="survey on 4 Dec")
    assert duties.review_pauses(at("2026-12-03 10:00")) == 0
    assert duties.review_pauses(at("2026-12-04 09:00")) == 1


def test_pause_that_has_ended_is_not_asked_about(cast: Cast) -> None:
    clock = paused(cast)
    services.resume(clock, by=None, now=at("2026-11-24 10:00"))
    assert duties.review_pauses(at("2026-12-30 10:00")) == 0


def test_long_pause_warns_and_breaks_nothing(cast: Cast) -> None:
    clock = paused(cast)
    sweep(source=Source.COMMAND, now=at("2027-03-01 10:00"))
    clock.refresh_from_db()
    assert not clock.is_breached


def test_heartbeats_of_long_ago_are_let_go_once_a_day(cast: Cast) -> None:
    for days in (0, 89, 91, 400):
        minute = MORNING - timedelta(days=days)
        SweepMinute.objects.create(minute=minute, runs=1, fired=0, slowest_ms=1, last_at=minute)
    assert [duties.forget_heartbeats(MORNING + timedelta(minutes=n)) for n in (0, 1)] == [2, 0]
    assert SweepMinute.objects.count() == 2
