"""The team by the API: whom one leads, and when they are away."""

from datetime import timedelta

import pytest
from django.utils import timezone

from park.team.models import Absence
from tests.api.callers import Caller
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_everybody_sees_themselves_and_heads_their_people(cast: Cast):
    assert [row["id"] for row in Caller(cast.wang.user).get("/team/people/")["results"]] == [cast.wang.pk]
    led = Caller(cast.qian.user).get("/team/people/")["results"]
    assert {cast.wang.pk, cast.han.pk, cast.qian.pk} <= {row["id"] for row in led}
    Caller(cast.chen).get("/team/people/", status=403)


def test_list_of_people_asks_as_often_for_many(cast: Cast, django_assert_max_num_queries):
    caller = Caller(cast.shen)
    with django_assert_max_num_queries(8):
        assert len(caller.get("/team/people/")["results"]) > 3


def test_absence_is_entered_seen_and_taken_back(cast: Cast):
    first = timezone.localdate() + timedelta(days=3)
    caller, path = Caller(cast.wang.user), f"/team/people/{cast.wang.pk}/absences/"
    given = {"first_on": str(first), "last_on": str(first), "substitute": cast.han.pk}
    made = caller.post(path, given, status=201)
    assert (made["first_on"], made["substitute"]) == (str(first), cast.han.user.name)
    assert [row["id"] for row in Caller(cast.qian.user).get(path)["results"]] == [made["id"]]
    Caller(cast.han.user).get(path, status=404)
    Caller(cast.han.user).delete(f"/team/absences/{made['id']}/", status=404)
    caller.delete(f"/team/absences/{made['id']}/")
    assert not Absence.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"last_on": "2020-01-01"}, "last_on"),
        ({"substitute": 999_999}, "substitute"),
        ({"first_on": "soon"}, "first_on"),
    ],
)
def test_absence_that_cannot_be_is_refused_beside_its_field(cast: Cast, change, field):
    day = str(timezone.localdate() + timedelta(days=3))
    given = {"first_on": day, "last_on": day} | change
    problem = Caller(cast.wang.user).post(f"/team/people/{cast.wang.pk}/absences/", given, status=400)
    assert list(problem["errors"]) == [field]
    assert not Absence.objects.exists()
