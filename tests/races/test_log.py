"""The order of the log when writers, sequencers and readers work at the same time."""

import threading
from collections import Counter

import pytest
from django.db import connection, transaction

from park.accounts.models import User
from park.events import consumers, sequencer
from park.events.models import Consumer, Event
from park.events.services import record
from tests.cast import NOW
from tests.races.threads import PATIENCE_SECONDS, at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ma", "ma@example.invalid", "x", name="马一")


@pytest.fixture
def readers(monkeypatch) -> dict[str, consumers.Handler]:
    """Only the readers that a test adds."""
    only: dict[str, consumers.Handler] = {}
    monkeypatch.setattr(consumers, "_handlers", only)
    return only


def write(person: User, kind: str) -> Event:
    with transaction.atomic():
        return record(kind, subject=person, by=person, at=NOW)


def test_record_outside_a_transaction_is_refused(person: User):
    with pytest.raises(RuntimeError, match="transaction"):
        record("thing", subject=person, by=person, at=NOW)
    assert not Event.objects.exists()


def test_late_commit_gets_a_later_position(person: User):
    written, may_commit = threading.Event(), threading.Event()

    def slow(_: int) -> int:
        with transaction.atomic():
            event = record("slow", subject=person, by=person, at=NOW)
            written.set()
            assert may_commit.wait(PATIENCE_SECONDS)
        return event.pk

    def quick(_: int) -> int:
        assert written.wait(PATIENCE_SECONDS)
        event = write(person, "quick")
        assert sequencer.seal_batch() == 1
        may_commit.set()
        return event.pk

    slow_pk, quick_pk = at_once(lambda n: (slow, quick)[n](n), times=2)

    assert sequencer.seal_batch() == 1
    assert slow_pk < quick_pk
    assert list(Event.objects.sealed_after(0).values_list("kind", flat=True)) == ["quick", "slow"]
    assert sequencer.verify() is None


def test_reader_does_not_miss_what_commits_late(person: User, readers):
    seen: list[str] = []
    readers["reader"] = lambda events: seen.extend(event.kind for event in events)
    written, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            record("slow", subject=person, by=person, at=NOW)
            written.set()
            assert may_commit.wait(PATIENCE_SECONDS)

    def quick() -> None:
        assert written.wait(PATIENCE_SECONDS)
        write(person, "quick")
        consumers.react()
        may_commit.set()

    at_once(lambda n: (slow, quick)[n](), times=2)
    consumers.react()
    assert seen == ["quick", "slow"]


def test_sequencers_at_once_give_every_event_one_place(person: User):
    for _ in range(60):
        write(person, "thing")
    outcomes = at_once(lambda _: sequencer.seal_batch(limit=7), times=40)
    assert sum(outcomes) + _seal_rest() == 60
    assert list(Event.objects.sealed_after(0).values_list("position", flat=True)) == list(range(1, 61))
    assert sequencer.verify() is None


def test_second_sequencer_does_not_wait(person: User):
    write(person, "thing")
    holds, done = threading.Event(), threading.Event()

    def holder() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sequencer.LOCK])
            holds.set()
            assert done.wait(PATIENCE_SECONDS)

    def second() -> int:
        assert holds.wait(PATIENCE_SECONDS)
        try:
            return sequencer.seal_batch()
        finally:
            done.set()

    assert at_once(lambda n: (holder, second)[n](), times=2)[1] == 0
    assert sequencer.seal_batch() == 1


def test_readers_at_once_take_each_event_once(person: User, readers):
    taken: Counter[int] = Counter()
    readers["reader"] = lambda events: taken.update(event.pk for event in events)
    for _ in range(50):
        write(person, "thing")
    sequencer.seal_batch()

    at_once(lambda _: consumers.run("reader", limit=5), times=40)
    while consumers.run("reader", limit=5):
        pass

    assert set(taken.values()) == {1}
    assert len(taken) == 50
    assert Consumer.objects.get(name="reader").position == 50


def test_writers_and_sequencer_at_once_leave_a_whole_log(person: User):
    at_once(lambda n: write(person, f"kind{n}") if n % 3 else sequencer.seal_batch(limit=5), times=90)
    _seal_rest()
    assert Event.objects.filter(position=None).count() == 0
    assert sequencer.verify() is None


def _seal_rest() -> int:
    total = 0
    while sealed := sequencer.seal_batch():
        total += sealed
    return total
