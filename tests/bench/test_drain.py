"""Pages that are read while deadlines are drained are real pages, and every deadline is drained."""

import pytest
from django.test import Client
from django.utils import timezone

from bench import drain
from bench.scratch import SECOND
from bench.sweep import sweep_all
from park.accounts.models import User
from park.deadlines.models import Clock, Rung
from park.team.models import Specialist
from tests.cast import Cast
from tests.processes.rig import start_clocks
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def park(cast: Cast) -> Cast:
    """A case under review, and people who have what the portal asks for when they sign in."""
    cast.in_review()
    for user in User.objects.all():
        give_second_factor(user)
    return cast


@pytest.mark.processes
def test_pages_are_read_by_people_who_are_signed_in_while_clocks_are_drained(park: Cast):
    drained, within, beside = drain.draining(0, many=50, calm=1, rounds=1)
    assert drained["name"].startswith("50 overdue deadlines")
    assert Rung.objects.filter(clock__path="/desk/").count() == 2 * 50
    assert (within["is_limit"], beside["is_limit"]) == (True, False)


def test_pages_of_the_readers_are_theirs(park: Cast):
    for reader in drain.readers(0):
        client = Client()
        client.cookies["sessionid"] = reader.session
        assert {client.get(page).status_code for page in reader.pages} == {200}


def test_clock_that_was_not_drained_is_found_out(person: Specialist):
    before = Clock.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    start_clocks(3, first=timezone.now() - SECOND, responsible=person)
    with pytest.raises(AssertionError, match="3 clocks were overdue, and 0 rungs fired"):
        drain.check_drained(before, 3)
    sweep_all(timezone.now())
    drain.check_drained(before, 3)
    assert not Clock.objects.filter(pk__gt=before, state="running").exists()
