"""Whether the engine is alive, in figures and in words."""

from datetime import timedelta

import pytest

from park.cockpit.headings import beats, ladder, troubles
from park.cockpit.selectors.pulse import pulse
from park.deadlines.enums import Source
from park.deadlines.models import Clock, SweepMinute
from park.deadlines.sweep import fire
from park.events.models import Consumer
from park.notices.models import Notice, OutboxMessage
from tests.cast import Cast
from tests.cockpit.scene import LOOK
from tests.deadlines.clocks import start

pytestmark = pytest.mark.django_db

MINUTE = LOOK.replace(second=0)


def beat(minutes_ago: int, *, seconds_ago: int | None = None, ms: int = 20, runs: int = 6) -> None:
    ago = minutes_ago * 60 if seconds_ago is None else seconds_ago
    SweepMinute.objects.create(
        minute=MINUTE - timedelta(minutes=minutes_ago),
        runs=runs,
        slowest_ms=ms,
        last_at=LOOK - timedelta(seconds=ago),
    )


def mail(cast: Cast, **given: object) -> None:
    notice = Notice.objects.create(recipient=cast.chen, kind="k", dedupe_key="a", created_at=LOOK)
    fields = {"channel": "email", "created_at": LOOK, "available_at": LOOK, **given}
    OutboxMessage.objects.create(notice=notice, **fields)


def quiet(cast: Cast) -> None:
    """Everything runs: a sweep just now, and no mail of the cast waits."""
    OutboxMessage.objects.update(delivered_at=LOOK)
    beat(0, seconds_ago=12)


def test_nothing_is_said_while_everything_runs(cast: Cast) -> None:
    quiet(cast)
    found = pulse(LOOK)
    assert (found.seconds_ago, found.is_beating, troubles(found)) == (12, True, [])


def test_engine_that_never_ran_is_said(cast: Cast) -> None:
    OutboxMessage.objects.update(delivered_at=LOOK)
    found = pulse(LOOK)
    assert (found.seconds_ago, found.is_beating, len(troubles(found))) == (None, False, 1)


def test_sweep_that_stands_still_is_said(cast: Cast) -> None:
    OutboxMessage.objects.update(delivered_at=LOOK)
    beat(2)
    assert (pulse(LOOK).sweep_is_late, len(troubles(pulse(LOOK)))) == (True, 1)
    assert not pulse(LOOK - timedelta(seconds=60)).sweep_is_late


def test_rung_that_has_not_fired_is_said_with_its_age(cast: Cast) -> None:
    quiet(cast)
    start(cast)
    found = pulse(LOOK)
    assert (found.unfired, found.unfired_since) == (1, LOOK.replace(hour=9, minute=0))
    assert found.rung_is_late
    assert len(troubles(found)) == 1


def test_mail_that_waits_is_said_after_five_minutes(cast: Cast) -> None:
    quiet(cast)
    mail(cast)
    assert not pulse(LOOK + timedelta(minutes=5)).mail_is_late
    assert pulse(LOOK + timedelta(minutes=5, seconds=1)).mail_is_late


def test_mail_that_was_given_up_is_said(cast: Cast) -> None:
    quiet(cast)
    mail(cast, is_dead=True)
    found = pulse(LOOK)
    assert (found.dead, found.mails, len(troubles(found))) == (1, 0, 1)


def test_mail_held_back_for_the_morning_does_not_wait_yet(cast: Cast) -> None:
    quiet(cast)
    morning = LOOK + timedelta(hours=14)
    mail(cast, available_at=morning)
    assert (pulse(LOOK + timedelta(hours=13)).mails, pulse(morning).mails) == (0, 1)
    assert not pulse(morning + timedelta(minutes=5)).mail_is_late
    assert pulse(morning + timedelta(minutes=6)).mail_is_late


def test_mail_that_failed_waits_since_it_was_written(cast: Cast) -> None:
    quiet(cast)
    mail(cast, attempts=3, available_at=LOOK + timedelta(hours=1))
    assert pulse(LOOK + timedelta(minutes=6)).mail_since == LOOK


@pytest.mark.parametrize("state", [{}, {"is_dead": True}])
def test_somebodys_own_robot_is_no_trouble_of_the_park(cast: Cast, state: dict[str, bool]) -> None:
    quiet(cast)
    mail(cast, channel="wecom", **state)
    later = LOOK + timedelta(minutes=6)
    SweepMinute.objects.update(last_at=later)
    assert (pulse(later).mails, pulse(later).dead, troubles(pulse(later))) == (0, 0, [])


def test_reader_of_the_log_that_fails_is_named(cast: Cast) -> None:
    quiet(cast)
    Consumer.objects.update_or_create(name="case-notices", defaults={"failures": 2})
    assert ["case-notices" in words for words in troubles(pulse(LOOK))] == [True]


def test_last_hour_has_sixty_minutes_and_shows_its_gaps(cast: Cast) -> None:
    quiet(cast)
    beat(1, ms=1500)
    beat(59)
    beat(60)
    found = pulse(LOOK)
    assert len(found.minutes) == 60
    assert [number for number, minute in enumerate(found.minutes) if minute.runs] == [0, 58, 59]
    assert found.idle_minutes == 57
    assert [bar["late"] for bar in beats(found)] == [False, True, False]


def test_sweeps_of_today_are_counted_from_midnight(cast: Cast) -> None:
    quiet(cast)
    beat(10, ms=900)
    beat(11 * 60, ms=5000)
    found = pulse(LOOK)
    assert (found.runs_today, found.slowest_ms, found.slowest_at) == (12, 900, MINUTE - timedelta(minutes=10))


def test_ladder_of_today_tells_spoken_from_skipped(cast: Cast) -> None:
    start(cast)
    Clock.objects.update(next_rung=1)
    fire(source=Source.COMMAND, now=LOOK)
    late = start(cast)
    yesterday = late.due_at - timedelta(days=30)
    Clock.objects.filter(pk=late.pk).update(ladder_at=[yesterday] * 4 + [LOOK, None], next_rung_at=yesterday)
    fire(source=Source.COMMAND, now=LOOK)
    assert {step["code"]: step["spoken"] for step in ladder(pulse(LOOK))} == {
        "W1": 1, "W2": 0, "W3": 0, "B0": 0, "B1": 1, "B2": 0,
    }  # fmt: skip
    assert pulse(LOOK).skipped == 4


def test_next_rung_comes_with_how_many_clocks_wait_for_it(cast: Cast) -> None:
    start(cast)
    start(cast)
    found = pulse(LOOK - timedelta(days=1))
    assert (found.next_rung_at, found.next_rungs) == (LOOK.replace(hour=9, minute=0), 2)
