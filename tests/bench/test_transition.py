"""Both sides of a step forward leave the same rows; a side that leaves something out is found out."""

import pytest
from django.utils import timezone

from bench import transition
from park.team.models import OpenWork

STEPS = pytest.mark.parametrize("steps", transition.STEPS, ids=["mixed", "one", "two"])


@pytest.mark.django_db
@STEPS
def test_row_by_row_leaves_what_the_services_leave(steps: transition.Steps):
    now = timezone.now()
    transition.people(now)
    for number in transition.mixed(steps, now, count=3 * len(steps.steps)):
        transition.check_alike(number, now)
        transition.by_services([number], now)


@pytest.mark.django_db
@STEPS
def test_step_takes_as_many_statements_however_much_follows(steps: transition.Steps, django_assert_max_num_queries):
    now = timezone.now()
    transition.people(now)
    many = len(steps.steps)
    numbers = transition.mixed(steps, now, count=2 * many)
    transition.by_services(numbers[:many], now)  # fetches what a published standard says for good
    for number in numbers[many:]:
        with django_assert_max_num_queries(19):
            transition.by_services([number], now)


@pytest.mark.django_db
def test_side_that_leaves_something_out_is_found_out(monkeypatch):
    now = timezone.now()
    transition.people(now)
    one, other, *_more = transition.mixed(transition.STEPS[0], now, count=7)
    before = transition.traces()
    transition.by_services([one], now)
    transition.check_traces(before, [one])
    with pytest.raises(AssertionError, match="opened 0"):
        transition.check_traces(transition.traces(), [other])
    OpenWork.objects.all().delete()
    with pytest.raises(AssertionError, match="1 steps opened 1"):
        transition.check_traces(before, [one])
    monkeypatch.setattr(transition, "_tell", lambda *_, **__: None)
    with pytest.raises(AssertionError, match="events"):
        transition.check_alike(other, now)
