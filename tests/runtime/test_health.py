"""What machines are told about the portal's health: 200 or 503 and one word, whoever asks."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from park.deadlines.enums import Source
from park.deadlines.models import Clock, SweepMinute
from park.deadlines.sweep import sweep
from park.notices.models import Notice, OutboxMessage
from tests.cast import Cast
from tests.deadlines.clocks import start

pytestmark = pytest.mark.django_db


def ask(client: Client, name: str) -> tuple[int, dict[str, object]]:
    response = client.get(f"/healthz/{name}")
    return response.status_code, response.json()


def late(*names: str) -> tuple[int, dict[str, object]]:
    return 503, {"status": "unavailable", "because": list(names)}


FINE = (200, {"status": "ok"})


def test_live_asks_no_database(client: Client, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        assert ask(client, "live") == FINE


def test_ready_when_every_migration_is_applied(client: Client) -> None:
    assert ask(client, "ready") == FINE


def test_not_ready_while_a_migration_waits(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'deadlines'")
    assert ask(client, "ready") == late("migrations")


@pytest.mark.django_db(transaction=True)
def test_not_ready_without_a_database(client: Client, monkeypatch) -> None:
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    try:
        assert ask(client, "ready") == late("database")
        assert ask(client, "deadlines") == late("database")
        assert ask(client, "live") == FINE
    finally:
        monkeypatch.undo()


def test_deadlines_are_kept_after_a_sweep(client: Client) -> None:
    sweep(source=Source.COMMAND)
    assert ask(client, "deadlines") == FINE


def test_deadlines_are_late_when_nothing_has_ever_swept(client: Client) -> None:
    assert ask(client, "deadlines") == late("sweep")


@pytest.mark.parametrize(("seconds", "expected"), [(50, FINE), (65, late("sweep"))])
def test_deadlines_are_late_a_minute_after_the_last_sweep(client: Client, seconds: int, expected: object) -> None:
    sweep(source=Source.COMMAND)
    SweepMinute.objects.update(last_at=timezone.now() - timedelta(seconds=seconds))
    assert ask(client, "deadlines") == expected


@pytest.mark.parametrize(("seconds", "expected"), [(50, FINE), (65, late("rungs"))])
def test_deadlines_are_late_while_a_due_rung_has_not_fired(
    client: Client, cast: Cast, seconds: int, expected: object
) -> None:
    clock = start(cast)
    sweep(source=Source.COMMAND)
    Clock.objects.filter(pk=clock.pk).update(next_rung=1, next_rung_at=timezone.now() - timedelta(seconds=seconds))
    assert ask(client, "deadlines") == expected


@pytest.mark.parametrize(("minutes", "expected"), [(4, FINE), (6, late("mail"))])
def test_deadlines_are_late_while_mail_waits(client: Client, cast: Cast, minutes: int, expected: object) -> None:
    sweep(source=Source.COMMAND)
    OutboxMessage.objects.update(delivered_at=timezone.now())
    written = timezone.now() - timedelta(minutes=minutes)
    OutboxMessage.objects.create(
        notice=Notice.objects.create(recipient=cast.chen, kind="k", dedupe_key="a", created_at=written),
        channel="email",
        created_at=written,
        available_at=written,
    )
    assert ask(client, "deadlines") == expected


def test_mail_that_was_given_up_does_not_keep_the_alarm_on(client: Client, cast: Cast) -> None:
    sweep(source=Source.COMMAND)
    OutboxMessage.objects.update(delivered_at=timezone.now())
    OutboxMessage.objects.create(
        notice=Notice.objects.create(recipient=cast.chen, kind="k", dedupe_key="a", created_at=timezone.now()),
        channel="email",
        created_at=timezone.now() - timedelta(days=1),
        is_dead=True,
    )
    assert ask(client, "deadlines") == FINE


def test_health_says_nothing_about_the_inside(client: Client, cast: Cast) -> None:
    assert client.get("/healthz/deadlines").headers["Cache-Control"].startswith("max-age=0")
    assert client.post("/healthz/deadlines").status_code == 405
