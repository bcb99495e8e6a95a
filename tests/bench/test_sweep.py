"""Both sides of the sweep's measurements do the whole work: what was left out, or done twice, ends them."""

from datetime import timedelta

import pytest

from bench import jobs, sweep
from bench.scratch import SECOND, START
from bench.workers import Workers
from park.deadlines.enums import Source
from park.deadlines.models import Clock, Rung
from park.deadlines.sweep import fire
from park.events.models import Event
from park.notices.models import Notice, OutboxMessage
from park.team.models import Specialist
from tests.processes.rig import start_clocks

pytestmark = pytest.mark.django_db(transaction=True)


def in_words(clock: Clock) -> tuple:
    """What firing left of one clock, without what differs from row to row."""
    clock.refresh_from_db()
    rung = Rung.objects.get(clock=clock)
    event = Event.objects.get(kind="clock.breached", subject_id=str(clock.pk))
    notice = Notice.objects.get(dedupe_key__startswith=f"rung:{clock.pk}:")
    mail = OutboxMessage.objects.get(notice=notice)
    return (
        (clock.state, clock.next_rung, clock.next_rung_at, clock.is_breached),
        (rung.revision, rung.code, rung.scheduled_for, rung.fired_at, rung.is_skipped),
        (event.at, event.subject_type, event.data["rung"], event.data["label_zh"]),
        (notice.recipient_id, notice.kind, notice.path, notice.created_at),
        (mail.channel, mail.created_at, mail.available_at),
    )


def test_loop_leaves_what_the_sweep_leaves(person: Specialist):
    start_clocks(2, first=START, responsible=person)
    one, other = Clock.objects.order_by("-pk")[:2]
    fire(source=Source.COMMAND, now=START + SECOND, clock_id=one.pk)
    assert sweep.row_by_row(START + SECOND, 0, 1) == 1
    assert in_words(one) == in_words(other)


def test_night_loop_saves_every_clock_and_fires_what_is_due(person: Specialist):
    start_clocks(3, first=START, responsible=person)
    start_clocks(7, first=START + timedelta(days=20), responsible=person)
    before = sweep.traces()
    assert sweep.recount(START + SECOND) == 10
    sweep.check_traces(before, fired=3)
    assert Clock.objects.filter(is_breached=True).count() == 3


def test_two_loops_share_the_clocks_without_a_rest(person: Specialist):
    start_clocks(11, first=START, responsible=person)
    assert sorted(sweep.row_by_row(START, share, 2) for share in (0, 1)) == [5, 6]


@pytest.mark.parametrize("table", [Notice, OutboxMessage])
def test_side_that_leaves_something_out_is_found_out(person: Specialist, table: type):
    before = sweep.traces()
    start_clocks(4, first=START, responsible=person)
    sweep.sweep_all(START)
    sweep.check_traces(before, fired=4)
    OutboxMessage.objects.all().delete()
    if table is Notice:
        Notice.objects.filter(dedupe_key__startswith="rung:").delete()
    with pytest.raises(AssertionError, match=table.__name__):
        sweep.check_traces(before, fired=4)


def test_clocks_that_were_not_done_are_found_out():
    sweep.expect(5, [2, 3])
    with pytest.raises(AssertionError, match="2 \\+ 2 clocks were done, not 5"):
        sweep.expect(5, [2, 2])


def test_queue_that_left_jobs_undone_is_found_out():
    assert jobs.seconds_of({"done": 5, "seconds": 2.5}, 5) == 2.5
    with pytest.raises(AssertionError, match="4 of 5 jobs"):
        jobs.seconds_of({"done": 4, "seconds": 2.5}, 5)


@pytest.mark.processes
def test_processes_sweep_the_same_clocks_and_fire_each_once(person: Specialist):
    figures = sweep.firing(person, many=60, few=6, rounds=1)
    assert [f["goal"] for f in figures] == [30, 50, 30]
    assert Rung.objects.count() == 2 * (60 + 6) == Rung.objects.values("clock").distinct().count()


@pytest.mark.processes
def test_process_that_fails_says_why(person: Specialist):
    with Workers(2) as two, pytest.raises(AssertionError, match="TypeError"):
        two.at_once(sweep.sweep_all)


def test_recount_is_compared_over_the_same_open_clocks(person: Specialist):
    (found,) = sweep.recounting(person, open_=40, due=4, rounds=1)
    assert Clock.objects.filter(state="running").count() == 40
    assert Rung.objects.count() == 2 * 4
    assert "24 h late" in found["peer"]
