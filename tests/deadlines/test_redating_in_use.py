"""A change of the calendar while the portal is in use: clocks that others hold, processes that die."""

import threading

import pytest
from django.db import connection, transaction

from faults.crash import killed_at
from park.deadlines import redating, selectors, workdays, years
from park.deadlines.models import CalendarChange, Clock
from park.deadlines.notice_text import read
from park.events.models import Event
from tests.cast import Cast
from tests.deadlines.clocks import start
from tests.deadlines.test_redating import LATER, NOW
from tests.races.threads import PATIENCE_SECONDS, Holder, at_once
from tests.runtime.conditions import eventually

pytestmark = pytest.mark.django_db(transaction=True)

SETTLED = NOW + redating.SETTLE


def begin(cast: Cast) -> CalendarChange:
    return years.set_year(read(LATER), by=cast.shen, now=NOW, text=LATER)


def moved_clocks() -> list[int]:
    return list(Clock.objects.exclude(redated_by=None).order_by("pk").values_list("pk", flat=True))


def moved_once(clocks: list[Clock]) -> None:
    assert moved_clocks() == [clock.pk for clock in clocks]
    told = Event.objects.filter(kind="clock.redated").values_list("subject_id", flat=True)
    assert sorted(told) == sorted(str(clock.pk) for clock in clocks)
    assert set(Clock.objects.values_list("revision", flat=True)) == {2}
    due = workdays.due_at(selectors.calendar(), NOW, workdays.Limit(10))
    assert set(Clock.objects.values_list("due_at", flat=True)) == {due}


def test_a_locked_clock_is_moved_by_the_next_pass_once(cast: Cast):
    clocks = [start(cast, 10, now=NOW) for _ in range(3)]
    change = begin(cast)

    def in_another_session(_number: int) -> None:
        redating.work_off(SETTLED)

    with transaction.atomic():
        Clock.objects.select_for_update().get(pk=clocks[1].pk)
        for _pass in range(3):
            assert at_once(in_another_session, times=1) == [None]
        change.refresh_from_db()
        assert (change.state, change.later) == ("running", 2)
        assert len(moved_clocks()) == 2
    redating.work_off(SETTLED)
    redating.work_off(SETTLED)
    change.refresh_from_db()
    assert (change.state, change.later) == ("done", 3)
    moved_once(clocks)


def test_two_sessions_beside_each_other_move_each_clock_once(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(redating, "SLICE_AT_LEAST", 2)
    monkeypatch.setattr(redating, "BATCH", 1)
    clocks = [start(cast, 10, now=NOW) for _ in range(9)]
    change = begin(cast)
    assert change.slices.count() == redating.SLICES

    def in_another_process(_number: int) -> None:
        redating.work_off(SETTLED)

    at_once(in_another_process, times=2)
    while change.state == "running":
        redating.work_off(SETTLED)
        change.refresh_from_db()
    assert change.later == 9
    assert Event.objects.filter(kind="calendar.changed").count() == 1
    moved_once(clocks)


def test_sessions_hold_slices_of_their_own_at_once(cast: Cast, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(redating, "SLICE_AT_LEAST", 2)
    for _ in range(9):
        start(cast, 10, now=NOW)
    change = begin(cast)
    worker = threading.Thread(target=in_a_session_of_its_own)
    # a batch ends with the row of the change, so that each session waits there with its slice
    with Holder(lambda: CalendarChange.objects.select_for_update(no_key=True).get(pk=change.pk)):
        worker.start()
        assert eventually(lambda: sessions_that_wait() == redating.SESSIONS)
    worker.join(PATIENCE_SECONDS)
    assert len(moved_clocks()) == 9


def in_a_session_of_its_own() -> None:
    try:
        redating.work_off(SETTLED)
    finally:
        connection.close()


def sessions_that_wait() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("hit", [1, 2])
@pytest.mark.parametrize("point", ["redate.held", "redate.moved", "redate.committed"])
def test_a_change_goes_on_where_a_killed_process_left_it(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, point: str, hit: int
):
    monkeypatch.setattr(redating, "BATCH", 2)
    clocks = [start(cast, 10, now=NOW) for _ in range(5)]
    change = begin(cast)
    assert killed_at(point, hit, lambda: redating.work_off(NOW))
    left_by_the_dead = hit if point == "redate.committed" else hit - 1
    assert len(moved_clocks()) == 2 * left_by_the_dead
    redating.apply_all(CalendarChange.objects.get(pk=change.pk), SETTLED)
    change.refresh_from_db()
    assert (change.state, change.later) == ("done", 5)
    moved_once(clocks)
