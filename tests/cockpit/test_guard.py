"""A jumped clock on the managers' page, in the health checks, and the hand that accepts it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from park.accounts.enums import Role
from park.accounts.models import User
from park.deadlines import guard
from park.deadlines.models import ClockGuard
from park.events.models import Event
from tests.cast import PASSWORD, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> ClockGuard:
    now = timezone.now()
    return ClockGuard.objects.create(
        boot_id="machine", wall=now, boot=1.0, seen_at=now, held_since=now - timedelta(minutes=3), moved_seconds=345600
    )


def board(client: Client, user) -> str:
    give_second_factor(user)
    client.force_login(user)
    return client.get("/cockpit/").content.decode()


def test_jump_is_said_in_words_and_accepted_by_a_leader(client: Client, cast: Cast, held: ClockGuard) -> None:
    page = board(client, cast.shen)
    assert "+4 天" in page
    assert "/cockpit/clock/accept/" in page
    assert client.post("/cockpit/clock/accept/").status_code == 302
    assert guard.held_since() is None
    assert Event.objects.get(kind="deadlines.clock_accepted").data["moved_seconds"] == [345600]
    assert "/cockpit/clock/accept/" not in client.get("/cockpit/").content.decode()


def test_auditor_reads_of_it_and_cannot_accept(client: Client, cast: Cast, held: ClockGuard) -> None:
    auditor = User.objects.create_user("yan", password=PASSWORD, name="严以正", role=Role.AUDITOR)
    page = board(client, auditor)
    assert "+4 天" in page
    assert "/cockpit/clock/accept/" not in page
    assert client.post("/cockpit/clock/accept/").status_code == 403
    assert guard.held_since() is not None


def test_health_check_names_the_clock(client: Client, held: ClockGuard) -> None:
    response = client.get("/healthz/deadlines")
    assert response.status_code == 503
    assert "clock" in response.json()["because"]
