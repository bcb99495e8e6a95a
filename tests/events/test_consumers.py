"""Readers of the log: cursor and effect together, nothing twice, nothing lost."""

from collections.abc import Callable, Sequence

import pytest
from django.db import OperationalError, transaction

from park.accounts.models import User
from park.events import consumers, sequencer
from park.events.models import Consumer, Event, PassedOver
from park.events.services import record
from park.notices.models import Notice
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ma", "ma@example.invalid", "x", name="马一")


@pytest.fixture
def readers(monkeypatch) -> dict[str, consumers.Handler]:
    """Only the readers that a test adds."""
    only: dict[str, consumers.Handler] = {}
    monkeypatch.setattr(consumers, "_handlers", only)
    return only


@pytest.fixture
def sealed(person: User) -> Callable[..., None]:
    def write(*kinds: str) -> None:
        for kind in kinds:
            record(kind, subject=person, by=person, at=NOW)
        sequencer.seal_batch()

    return write


def test_reader_gets_events_in_order_once(readers, sealed):
    seen: list[str] = []
    readers["reader"] = lambda events: seen.extend(event.kind for event in events)
    sealed("one", "two")
    assert consumers.run("reader") == 2
    assert consumers.run("reader") == 0
    sealed("three")
    assert consumers.run("reader") == 1
    assert seen == ["one", "two", "three"]


def test_reader_gets_no_unsealed_events(readers, person: User):
    readers["reader"] = lambda events: None
    record("thing", subject=person, by=person, at=NOW)
    assert consumers.run("reader") == 0
    assert consumers.react() == 1


def test_reader_goes_on_where_it_stood_after_a_restart(readers, sealed):
    seen: list[list[str]] = []

    def reader(events: Sequence[Event]) -> None:
        seen.append([event.kind for event in events])

    readers["reader"] = reader
    sealed("one", "two", "three")
    consumers.run("reader", limit=2)
    readers.clear()
    readers["reader"] = reader
    consumers.run("reader", limit=2)
    assert seen == [["one", "two"], ["three"]]


def test_new_reader_starts_at_the_beginning(readers, sealed):
    sealed("one", "two")
    seen: list[str] = []
    readers["late"] = lambda events: seen.extend(event.kind for event in events)
    consumers.run("late")
    assert seen == ["one", "two"]


def test_failing_reader_leaves_neither_effect_nor_cursor(readers, sealed, person: User):
    def fails(events: Sequence[Event]) -> None:
        Notice.objects.create(recipient=person, kind="x", dedupe_key=f"event:{events[0].pk}", created_at=NOW)
        raise ValueError("broken")

    readers["reader"] = fails
    sealed("one")
    assert consumers.run("reader") == 0
    row = Consumer.objects.get(name="reader")
    assert (row.position, row.failures, row.last_error) == (0, 1, "ValueError('broken')")
    assert not Notice.objects.exists()


def test_mended_reader_gets_the_same_events_again(readers, sealed):
    seen: list[str] = []

    def fails(events: Sequence[Event]) -> None:
        raise ValueError("broken")

    readers["reader"] = fails
    sealed("one", "two")
    consumers.run("reader")
    consumers.run("reader")
    assert Consumer.objects.get(name="reader").failures == 2
    readers["reader"] = lambda events: seen.extend(event.kind for event in events)
    consumers.run("reader")
    assert seen == ["one", "two"]
    row = Consumer.objects.get(name="reader")
    assert (row.position, row.failures, row.last_error) == (2, 0, "")


def test_failing_reader_does_not_stop_the_others(readers, sealed):
    def fails(events: Sequence[Event]) -> None:
        raise ValueError("broken")

    seen: list[str] = []
    readers["a"] = fails
    readers["b"] = lambda events: seen.extend(event.kind for event in events)
    sealed("one")
    assert consumers.react() == 1
    assert seen == ["one"]


def test_effect_of_a_reader_may_itself_be_an_event(readers, person: User):
    def answers(events: Sequence[Event]) -> None:
        for event in events:
            if event.kind == "question":
                record("answer", subject=person, by=None, at=NOW)

    readers["reader"] = answers
    with transaction.atomic():
        record("question", subject=person, by=person, at=NOW)
    assert consumers.react() == 2
    assert list(Event.objects.sealed_after(0).values_list("kind", flat=True)) == ["question", "answer"]


def failing_at(kind: str, seen: list[str]) -> consumers.Handler:
    def reader(events: Sequence[Event]) -> None:
        for event in events:
            if event.kind == kind:
                raise ValueError("cannot be read")
            seen.append(event.kind)

    return reader


def test_broken_event_is_passed_over_and_the_others_go_on(readers, sealed):
    seen: list[str] = []
    readers["reader"] = failing_at("broken", seen)
    sealed("one", "broken", "two")
    for _ in range(20):
        consumers.run("reader")
    row = PassedOver.objects.get()
    assert (row.consumer, row.kind, "cannot be read" in row.error) == ("reader", "broken", True)
    assert [kind for kind in seen if kind == "two"] == ["two"]
    assert Consumer.objects.get(name="reader").failures == 0


def test_reader_that_recovers_in_time_passes_nothing_over(readers, sealed):
    seen: list[str] = []
    readers["reader"] = failing_at("broken", seen)
    sealed("broken", "two")
    for _ in range(consumers.GIVE_UP_AFTER - 1):
        consumers.run("reader")
    readers["reader"] = failing_at("", seen)
    for _ in range(3):
        consumers.run("reader")
    assert (seen, PassedOver.objects.count()) == (["broken", "two"], 0)


def test_database_that_is_away_is_no_fault_of_an_event(readers, sealed):
    def away(events: Sequence[Event]) -> None:
        raise OperationalError("server closed the connection")

    readers["reader"] = away
    sealed("one")
    for _ in range(20):
        assert consumers.run("reader") == 0
    assert (PassedOver.objects.count(), Consumer.objects.get(name="reader").position) == (0, 0)


def test_event_passed_over_is_made_up_for_once(readers, sealed):
    seen: list[str] = []
    readers["reader"] = failing_at("broken", seen)
    sealed("broken")
    for _ in range(consumers.GIVE_UP_AFTER):
        consumers.run("reader")
    row = PassedOver.objects.get()
    with pytest.raises(ValueError, match="cannot be read"):
        consumers.make_up(row, now=NOW)
    readers["reader"] = failing_at("", seen)
    consumers.make_up(row, now=NOW)
    assert seen == ["broken"]
    with pytest.raises(PassedOver.DoesNotExist):
        consumers.make_up(row, now=NOW)
