"""A wall clock that jumps: nothing fires by it, and everything goes on once it is right again or accepted."""

from datetime import timedelta

import pytest

from park.deadlines import guard, sweep
from park.deadlines.enums import Source
from park.deadlines.models import ClockGuard, Rung, SweepMinute
from park.events.models import Event
from tests.cast import NOW, Cast, at
from tests.deadlines.clocks import start

pytestmark = pytest.mark.django_db


def reading(wall_moved: timedelta, passed: float, boot_id: str = "machine") -> guard.Reading:
    """`passed` seconds after the first look, at which the wall clock has moved by `wall_moved`."""
    return guard.Reading(boot_id, NOW + wall_moved, 1000 + passed)


def test_clock_that_keeps_time_is_steady() -> None:
    assert guard.is_steady(reading(timedelta(0), 0))
    assert guard.is_steady(reading(timedelta(seconds=10), 10))
    assert ClockGuard.objects.get().wall == NOW + timedelta(seconds=10)


def test_small_correction_passes() -> None:
    assert guard.is_steady(reading(timedelta(0), 0))
    assert guard.is_steady(reading(timedelta(seconds=35), 10))
    assert guard.is_steady(reading(timedelta(seconds=25), 20))


@pytest.mark.parametrize("jump", [timedelta(days=4), -timedelta(days=1), timedelta(seconds=41)])
def test_jump_is_held_until_the_clock_is_back(jump: timedelta) -> None:
    assert guard.is_steady(reading(timedelta(0), 0))
    assert not guard.is_steady(reading(jump, 10))
    assert not guard.is_steady(reading(jump + timedelta(seconds=10), 20))
    assert guard.held_since() == NOW
    assert guard.is_steady(reading(timedelta(seconds=30), 30))
    assert guard.held_since() is None
    kinds = Event.objects.filter(kind__startswith="deadlines.").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["deadlines.clock_jumped", "deadlines.clock_steady"]


def test_slow_drift_does_not_add_up_to_a_jump() -> None:
    for look in range(20):
        assert guard.is_steady(reading(timedelta(seconds=12 * look), 10 * look))


def test_machine_that_starts_behind_what_was_seen_is_held() -> None:
    assert guard.is_steady(reading(timedelta(0), 0))
    assert not guard.is_steady(reading(-timedelta(hours=1), 0, boot_id="after the restart"))


def test_machine_that_starts_later_is_trusted() -> None:
    assert guard.is_steady(reading(timedelta(0), 0))
    assert guard.is_steady(reading(timedelta(days=3), 0, boot_id="after the weekend"))


def test_machine_that_starts_while_another_is_held_is_held_too() -> None:
    guard.is_steady(reading(timedelta(0), 0))
    guard.is_steady(reading(timedelta(days=4), 10))
    assert not guard.is_steady(reading(timedelta(days=4), 0, boot_id="another"))


def test_person_accepts_the_new_time(cast: Cast) -> None:
    guard.is_steady(reading(timedelta(0), 0))
    guard.is_steady(reading(timedelta(hours=9), 10))
    assert guard.accept(by=cast.shen, now=NOW) == 1
    assert guard.held_since() is None
    assert guard.is_steady(reading(timedelta(hours=9, seconds=10), 20))
    assert Event.objects.get(kind="deadlines.clock_accepted").actor_id == cast.shen.pk


def test_nothing_to_accept_is_no_event(cast: Cast) -> None:
    assert guard.accept(by=cast.shen, now=NOW) == 0
    assert not Event.objects.filter(kind="deadlines.clock_accepted").exists()


def test_sweep_fires_nothing_and_beats_not_while_the_clock_is_held(cast: Cast) -> None:
    start(cast, now=at("2026-01-05 10:00"))  # long overdue by the real clock
    real = guard.read()
    ClockGuard.objects.create(
        boot_id=real.boot_id, wall=real.wall - timedelta(days=4), boot=real.boot, seen_at=real.wall - timedelta(days=4)
    )
    assert sweep.sweep(source=Source.COMMAND) == sweep.Swept()
    assert (Rung.objects.count(), SweepMinute.objects.count()) == (0, 0)
    guard.accept(by=cast.shen, now=NOW)
    assert sweep.sweep(source=Source.COMMAND).clocks == 1
    assert SweepMinute.objects.count() == 1


def test_readings_come_from_this_machine() -> None:
    first, second = guard.read(), guard.read()
    assert first.boot_id == second.boot_id
    assert abs(guard.drift(first, second)) < timedelta(seconds=1)
