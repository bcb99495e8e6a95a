"""Both sides of the measure of a calendar change leave the same, and one that leaves less is found out."""

import random
from datetime import datetime
from typing import Any

import pytest

from bench import redate
from bench.scratch import make_specialist
from park.deadlines.models import CalendarChange, Clock, Rung
from park.events.models import Event
from park.notices.models import Notice

pytestmark = pytest.mark.django_db

KINDS = 66
COLUMNS = (
    "due_at",
    "promised_at",
    "revision",
    "ladder_at",
    "amber_at",
    "next_rung",
    "next_rung_at",
    "is_provisional",
    "redated_by",
)


@pytest.fixture
def change() -> CalendarChange:
    """Two clocks of each kind, and a change that moves them all, not yet worked off."""
    person = make_specialist()
    redate.fill(2 * KINDS, person, random.Random(7), kinds=KINDS)
    return redate.begin(redate.LONG, person.user)


def left_by(clocks: list[Clock]) -> list[object]:
    """All that a side leaves, without what names the clock."""
    left: list[object] = []
    for clock in clocks:
        rungs = Rung.objects.filter(clock=clock).order_by("revision", "code")
        notices = Notice.objects.filter(dedupe_key__startswith=f"rung:{clock.pk}:").order_by("dedupe_key")
        left += [
            [getattr(clock, column) for column in COLUMNS],
            list(rungs.values_list("revision", "code", "scheduled_for", "is_skipped", "withdrawn_at")),
            list(notices.values_list("kind", "read_at")),
            [instants(event.data) for event in Event.objects.filter(kind="clock.redated", subject_id=str(clock.pk))],
        ]
    return left


def instants(data: dict[str, Any]) -> dict[str, Any]:
    """One side writes them in UTC, the other in the park's time."""
    return {name: datetime.fromisoformat(value) if name.endswith("_at") else value for name, value in data.items()}


def test_both_sides_leave_the_same(change: CalendarChange):
    redate.row_by_row(change, KINDS)
    assert Clock.objects.filter(redated_by=change.pk).count() == KINDS
    redate.work_off(change)
    clocks = list(Clock.objects.order_by("pk"))
    assert left_by(clocks[:KINDS]) == left_by(clocks[KINDS:])
    assert {clock.revision for clock in clocks} == {2}
    assert Rung.objects.filter(is_skipped=True).exists()
    assert Rung.objects.filter(withdrawn_at__isnull=False).exists()
    redate.check(change, 2 * KINDS)


def test_rounds_go_back_and_forth_and_move_every_clock_each_time(change: CalendarChange):
    redate.work_off(change)
    by = change.made_by
    redate.work_off(redate.begin(redate.SHORT, by))
    taken = redate.measure(by, clocks=2 * KINDS, few=5, rounds=2, tidy=lambda: None)
    assert [len(side) for side in (taken.ours, taken.theirs, taken.few, taken.preview)] == [2, 2, 2, 2]


def test_a_side_that_moves_too_few_is_found_out(change: CalendarChange):
    redate.row_by_row(change, KINDS)
    with pytest.raises(AssertionError, match="rows: 66, not 132"):
        redate.check(change, 2 * KINDS)


def test_a_clock_in_the_wrong_place_is_found_out(change: CalendarChange):
    redate.work_off(change)
    last = Clock.objects.order_by("pk").last()
    assert last is not None
    Clock.objects.filter(pk=last.pk).update(due_at=last.first_due_at)
    with pytest.raises(AssertionError, match=f"due date of {last.pk}"):
        redate.check(change, 2 * KINDS)


def test_a_clock_that_moves_without_an_event_is_found_out(change: CalendarChange):
    first = CalendarChange.objects.exclude(pk=change.pk).get()
    Clock.objects.update(redated_by=first.pk)
    with pytest.raises(AssertionError, match="events: 0, not 132"):
        redate.check(first, 2 * KINDS)
