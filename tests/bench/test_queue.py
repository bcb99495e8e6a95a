"""Both ways of paging show the same rows, a page that shows fewer is found out, and the scene is what it says."""

import pytest
from django.utils import timezone

from bench import queue as bench
from lifecycle.models import Task
from lifecycle.selectors import queue
from lifecycle.selectors.queue_lanes import Reader, Scope
from park.team.models import Specialist

pytestmark = pytest.mark.django_db
TASKS = 12_000


@pytest.fixture
def person(monkeypatch) -> Specialist:
    monkeypatch.setattr(queue, "PAGE", 4)
    return bench.fill(TASKS, timezone.now())


def test_scene_is_as_large_as_it_says_and_every_scope_is_deep(person: Specialist):
    assert Task.objects.count() == TASKS
    assert TASKS * 0.13 < Task.objects.open().count() < TASKS * 0.17
    now = timezone.now()
    for scope in bench.SCOPES:
        pages = bench.positions(Reader.of(person.user), scope, now)
        taken = bench.ask(person.user, scope, pages, 1)
        assert {name: len(times) for name, times in taken.items()} == {"first": 1, "deep": 1, "last": 1}
    assert all(seconds > 0 for seconds in bench.rows_of_deep_pages(Reader.of(person.user), now, 1))


def test_a_page_with_other_rows_is_found_out(person: Specialist, monkeypatch):
    monkeypatch.setattr(
        queue, "_tasks", lambda numbers: list(Task.objects.select_related("clock").in_bulk(numbers).values())[:-1]
    )
    with pytest.raises(AssertionError, match="other rows"):
        bench.positions(Reader.of(person.user), Scope.DEPARTMENT, timezone.now())


def test_a_page_that_answers_less_is_found_out(person: Specialist, monkeypatch):
    pages = {"first": None}
    monkeypatch.setattr(queue, "_tasks", lambda numbers: [])
    with pytest.raises(AssertionError, match="200 with 0 rows"):
        bench.ask(person.user, Scope.DEPARTMENT, pages, 1)
