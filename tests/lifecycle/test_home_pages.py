"""The home page: what is offered, and what was promised beside what it took."""

from datetime import timedelta

import pytest
from django.utils import timezone

from lifecycle.models import Procedure
from lifecycle.selectors.promises import (
    Promise,
    indicators,
    often_used,
    on_the_first_page,
    percentile,
    promises,
    reality,
    working_days_taken,
)
from park.deadlines.selectors import calendar
from tests.cast import Cast, at

pytestmark = pytest.mark.django_db


def test_home_shows_visitors_only_what_can_be_applied_for(cast, client):
    html = client.get("/").content.decode()
    assert 'href="/procedures/REG-01/"' in html
    assert html.count("<li><h3>") == 5
    assert 'name="ref' not in html


def test_home_says_so_where_no_case_has_ended(cast, client):
    client.cookies["django_language"] = "en"
    html = client.get("/").content.decode()
    assert "no cases yet" in html
    assert "sig-green" not in html


def test_first_page_shows_what_is_used_most_and_all_that_was_not_kept():
    rows = [Promise(f"{n}", Procedure(pk=n, code=f"P-{n}"), 5, n % 4, 1.0, 9.0 if n == 9 else 2.0) for n in range(10)]
    assert [row.name for row in on_the_first_page(rows, 2)] == ["3", "7", "9"]
    unused = [Promise(f"{n}", Procedure(pk=n), 5, 0) for n in range(10)]
    assert [row.name for row in on_the_first_page(unused, 2)] == ["0", "1"]
    assert on_the_first_page([]) == []


def test_first_page_names_what_is_used_most_then_the_first_of_each_stage():
    stages = ["outreach", "outreach", "registration", "registration", "resolution"]
    offered = [Procedure(pk=n, code=f"P-{n}", stage=stage) for n, stage in enumerate(stages)]
    used = [Promise("", offered[3], 5, 7, 1.0, 2.0), Promise("", offered[4], 5, 9, 1.0, 2.0)]
    assert [one.code for one in often_used(offered, used, 4)] == ["P-4", "P-3", "P-0", "P-2"]
    assert often_used([], []) == []


def test_promises_count_ended_cases_of_the_last_ninety_days(cast: Cast):
    now = timezone.now()
    cast.completed(now - timedelta(days=3))
    licence = promises([cast.procedure], now)[0]
    assert (licence.amount, licence.sample, licence.p50, licence.is_kept) == (15, 1, 0.0, True)
    assert promises([cast.procedure], now + timedelta(days=91))[0].sample == 0


def test_case_that_ends_counts_at_once(cast: Cast):
    now = timezone.now()
    for number in (1, 2):
        cast.completed(now - timedelta(days=3))
        assert promises([cast.procedure], now)[0].sample == number
        type(cast.enterprise).objects.filter(pk=cast.enterprise.pk).update(is_forming=True)
        cast.enterprise.refresh_from_db()


def test_each_step_of_a_procedure_says_what_it_took(cast: Cast, client):
    now = timezone.now()
    client.cookies["django_language"] = "en"
    address = f"/procedures/{cast.procedure.code}/"
    assert "nine of ten within" not in client.get(address).content.decode()
    cast.completed(now - timedelta(days=3), now)
    took = reality(cast.procedure, now)
    assert set(took) == {"licence", "signing", "pre_review", "green_channel"}  # the limit in hours is left out
    assert took["licence"].sample == 1
    html = client.get(address).content.decode()
    assert html.count("nine of ten within") == 4


def test_indicators_of_the_park_count_licences_and_corrections(cast: Cast):
    now = timezone.now()
    assert (indicators(now).entry_p50, indicators(now).correction_rate) == (None, None)
    cast.completed(now - timedelta(days=3))
    assert (indicators(now).entry_p50, indicators(now).correction_rate) == (0.0, 0.0)
    cast.enterprise.refresh_from_db()
    cast.in_correction(now)
    assert (indicators(now).reviewed, indicators(now).corrected) == (1, 0)  # its review has not ended
    assert indicators(now + timedelta(days=91)).reviewed == 0


def test_home_asks_as_often_for_one_case_as_for_three(cast, client, django_assert_max_num_queries):
    now = timezone.now()
    cast.completed(now)
    with django_assert_max_num_queries(12):
        client.get("/")


@pytest.mark.parametrize(
    ("started", "stopped", "pauses", "days"),
    [
        ("2026-11-20 09:00", "2026-11-20 16:00", [], 0),
        ("2026-11-20 09:00", "2026-11-23 16:00", [], 1),
        ("2026-11-20 09:00", "2026-11-26 16:00", [("2026-11-23 09:00", "2026-11-25 09:00")], 2),
        ("2026-09-30 09:00", "2026-10-08 16:00", [], 1),
    ],
)
def test_working_days_taken_leaves_out_days_off_and_pauses(started, stopped, pauses, days):
    stretches = [(at(begin), at(end)) for begin, end in pauses]
    assert working_days_taken(calendar(), at(started), at(stopped), stretches) == days


@pytest.mark.parametrize(("values", "share", "found"), [([3], 0.9, 3.0), ([1, 2], 0.5, 1.5), ([4, 1, 2, 3], 0.9, 3.7)])
def test_percentile_goes_straight_between_two_values(values, share, found):
    assert percentile(values, share) == found
