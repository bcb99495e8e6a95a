"""The log keeps what it was given: it grows, is sealed once, and shows when somebody has changed it."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from park.accounts.models import User
from park.events import sequencer
from park.events.models import Event
from park.events.services import record, together
from tests.cast import NOW

pytestmark = pytest.mark.django_db

TABLE = Event._meta.db_table
FORGERIES = {
    "kind": "'other'",
    "at": "at + interval '1 microsecond'",
    "actor_id": "actor_id + 1",
    "actor_name": "'刘'",
    "subject_type": "'x.y'",
    "subject_id": "subject_id || '0'",
    "enterprise_id": "8",
    "thread": "'case:2'",
    "is_internal": "NOT is_internal",
    "data": """'{"a": 2}'""",
    "seal": r"overlay(seal PLACING '\x00'::bytea FROM 1 FOR 1)",
}


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ma", "ma@example.invalid", "x", name="马一")


def write(person: User, kind: str = "thing", **data) -> Event:
    return record(kind, subject=person, by=person, at=NOW, enterprise_id=7, thread="case:1", **data)


def behind_the_back(sql: str) -> None:
    """What somebody with the keys of the database could do: switch the triggers off and write."""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        cursor.execute(sql)
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")


def test_record_keeps_author_subject_and_data(person: User):
    event = write(person, a=1)
    event.refresh_from_db()
    assert (event.actor_id, event.actor_name) == (person.pk, "马一")
    assert (event.subject_type, event.subject_id) == ("accounts.user", str(person.pk))
    assert (event.at, event.thread, event.is_internal, event.data) == (NOW, "case:1", False, {"a": 1})
    assert (event.position, event.seal) == (None, None)


def test_portal_itself_has_no_name(person: User):
    event = record("thing", subject=person, by=None, at=NOW)
    assert (event.actor_id, event.actor_name) == (None, "")


@pytest.mark.parametrize(
    "act",
    [
        lambda event: Event.objects.filter(pk=event.pk).update(actor_name="刘"),
        lambda event: Event.objects.filter(pk=event.pk).update(actor_name="刘", position=1, seal=bytes(32)),
        lambda event: event.delete(),
    ],
    ids=["change", "change while sealing", "delete"],
)
def test_event_cannot_be_changed(person: User, act):
    event = write(person)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        act(event)
    event.refresh_from_db()
    assert event.actor_name == "马一"


def test_log_cannot_be_emptied(person: User):
    write(person)
    with connection.cursor() as cursor:  # other tests are cleaned up with the trigger off
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(f"TRUNCATE {TABLE}")
    assert Event.objects.count() == 1


def test_seal_is_given_once(person: User):
    event = write(person)
    sequencer.seal_batch()
    for change in ({"position": 9}, {"seal": bytes(32)}, {"position": None, "seal": None}):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            Event.objects.filter(pk=event.pk).update(**change)


def test_position_needs_a_seal(person: User):
    event = write(person)
    with pytest.raises(DatabaseError, match="event_position_comes_with_seal"), transaction.atomic():
        Event.objects.filter(pk=event.pk).update(position=1)


def test_seal_batch_seals_what_there_is_in_order(person: User):
    for kind in ("one", "two", "three"):
        write(person, kind)
    assert [sequencer.seal_batch(limit=2), sequencer.seal_batch(limit=2), sequencer.seal_batch()] == [2, 1, 0]
    rows = list(Event.objects.sealed_after(0).values_list("position", "kind"))
    assert rows == [(1, "one"), (2, "two"), (3, "three")]


def test_verify_accepts_any_text_that_was_recorded(person: User):
    write(
        person, text='引号 " 与 \\ 与 \u2028 与 😀', number=1.5, whole=10**15, nothing=None, nested={"b": [True, "二"]}
    )
    sequencer.seal_batch()
    assert sequencer.verify() is None


def test_verify_of_an_empty_log_is_whole():
    assert sequencer.verify() is None


@pytest.mark.parametrize("column", [*FORGERIES])
def test_verify_finds_a_change_in(person: User, column: str):
    _first, second, _third = (write(person, kind, a=1) for kind in ("one", "two", "three"))
    sequencer.seal_batch()
    behind_the_back(f"UPDATE {TABLE} SET {column} = {FORGERIES[column]} WHERE id = {second.pk}")
    assert sequencer.verify() == sequencer.Broken(2, second.pk, "the seal does not fit the content")


def test_forgeries_cover_every_column():
    assert set(FORGERIES) == {field.column for field in Event._meta.fields} - {"id", "position"}


def test_verify_finds_a_new_number(person: User):
    event = write(person)
    sequencer.seal_batch()
    behind_the_back(f"UPDATE {TABLE} SET id = id + 1000 WHERE id = {event.pk}")
    assert sequencer.verify() == sequencer.Broken(1, event.pk + 1000, "the seal does not fit the content")


def test_verify_finds_a_hole(person: User):
    _first, second, third = (write(person, kind) for kind in ("one", "two", "three"))
    sequencer.seal_batch()
    behind_the_back(f"DELETE FROM {TABLE} WHERE id = {second.pk}")
    assert sequencer.verify() == sequencer.Broken(2, third.pk, "a position is missing")


def test_verify_finds_events_that_changed_places(person: User):
    first, second = write(person, "one"), write(person, "two")
    sequencer.seal_batch()
    behind_the_back(
        f"UPDATE {TABLE} SET position = 9 WHERE id = {first.pk};"
        f"UPDATE {TABLE} SET position = 1 WHERE id = {second.pk};"
        f"UPDATE {TABLE} SET position = 2 WHERE id = {first.pk}"
    )
    assert sequencer.verify() == sequencer.Broken(1, second.pk, "the seal does not fit the content")


def test_verify_log_command_says_whole_or_where(person: User, capsys):
    event = write(person)
    sequencer.seal_batch()
    call_command("verify_log")
    assert capsys.readouterr().out == "whole: 1 events sealed\n"
    behind_the_back(f"UPDATE {TABLE} SET kind = 'other' WHERE id = {event.pk}")
    with pytest.raises(CommandError, match=f"event {event.pk} at position 1"):
        call_command("verify_log")


def test_events_of_one_change_are_written_by_one_statement_in_their_order(person: User, django_assert_num_queries):
    with django_assert_num_queries(1), together():
        for kind in ("first", "second"):
            write(person, kind, why="\u201c瀛沐\u201d")
        with together():
            write(person, "third")
    rows = Event.objects.order_by("pk")
    assert [(row.kind, row.actor_name, row.thread, row.at) for row in rows] == [
        (kind, "马一", "case:1", NOW) for kind in ("first", "second", "third")
    ]
    assert rows[0].data == {"why": "“瀛沐”"}


def test_change_that_fails_leaves_no_event(person: User):
    with pytest.raises(ValueError), together():
        write(person)
        raise ValueError
    assert not Event.objects.exists()
    write(person, "later")
    assert Event.objects.get().kind == "later"
