"""The model of what must and what may have fired; every case by hand."""

from datetime import UTC, datetime, timedelta

from faults.model import CODES, Story, Stretch

START = datetime(2026, 11, 26, 12, tzinfo=UTC)
LADDER = [START + timedelta(seconds=10 * n) for n in range(1, 7)]  # W1 at 10 s, …, B0 at 40 s, …, B2 at 60 s


def after(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def codes(rungs: set[tuple[int, str]]) -> list[str]:
    return sorted((code for _revision, code in rungs), key=CODES.index)


def story(*stretches: Stretch) -> Story:
    return Story(1, list(stretches))


def test_running_clock_owes_what_has_passed():
    running = story(Stretch(1, LADDER))
    assert codes(running.must(after(5))) == []
    assert codes(running.must(after(40))) == ["W1", "W2", "W3", "B0"]
    assert codes(running.must(after(99))) == list(CODES)


def test_rung_that_a_ladder_lacks_is_never_owed():
    short = [*LADDER[:2], None, *LADDER[3:]]
    assert "W3" not in codes(story(Stretch(1, short)).must(after(99)))


def test_clock_stopped_in_time_owes_nothing_and_may_have_warned():
    stopped = story(Stretch(1, LADDER, ended_at=after(25), ended_by=after(26)))
    assert codes(stopped.must(after(99))) == []
    assert codes(stopped.may(after(99))) == ["W1", "W2"]


def test_clock_stopped_late_owes_everything_up_to_the_act():
    stopped = story(Stretch(1, LADDER, ended_at=after(52), ended_by=after(53)))
    assert codes(stopped.must(after(99))) == ["W1", "W2", "W3", "B0", "B1"]
    assert codes(stopped.may(after(99))) == ["W1", "W2", "W3", "B0", "B1"]


def test_breach_between_the_stamp_and_the_commit_of_an_act_may_be_there():
    stopped = story(Stretch(1, LADDER, ended_at=after(39.99), ended_by=after(40.2)))
    assert codes(stopped.must(after(99))) == []
    assert codes(stopped.may(after(99))) == ["W1", "W2", "W3", "B0"]


def test_revision_has_its_own_rungs():
    later = [at + timedelta(seconds=100) for at in LADDER]
    moved = story(Stretch(1, LADDER, ended_at=after(15), ended_by=after(15)), Stretch(2, later))
    assert moved.must(after(125)) == {(2, "W1"), (2, "W2")}
    assert moved.may(after(125)) == {(1, "W1"), (2, "W1"), (2, "W2")}


def test_pause_that_moves_nothing_leaves_the_ladder_owed():
    resumed = story(Stretch(1, LADDER, ended_at=after(15), ended_by=after(15)), Stretch(1, LADDER))
    assert codes(resumed.must(after(25))) == ["W1", "W2"]


def test_revision_without_a_known_ladder_is_named():
    assert story(Stretch(1, None), Stretch(2, LADDER)).unknown == {1}


def test_extension_ends_the_rungs_of_the_date_before():
    later = [at + timedelta(seconds=100) for at in LADDER]
    extended = story(Stretch(1, LADDER, ended_at=after(25), ended_by=after(26)), Stretch(2, later, began_at=after(25)))
    assert extended.must(after(99)) == set()
    assert extended.held(1, after(26)) and not extended.held(1, after(27))
    assert extended.held(2, after(25)) and not extended.held(2, after(24))


def test_clock_that_was_reopened_owes_what_passed_meanwhile_and_may_have_either_ladder():
    other = [at + timedelta(seconds=1) for at in LADDER]
    reopened = story(Stretch(1, LADDER, ended_at=after(25), ended_by=after(26)), Stretch(1, other, began_at=after(45)))
    assert codes(reopened.must(after(46))) == ["W1", "W2", "W3", "B0"]
    assert reopened.instants()[1, "B0"] == {LADDER[3], other[3]}


def test_date_moved_by_the_calendar_owes_no_breach_of_the_one_before():
    moved = Stretch(1, LADDER, ended_at=after(52), ended_by=after(53), owes=False)
    assert codes(story(moved).must(after(99))) == []
