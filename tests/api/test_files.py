"""Files over the API."""

from decimal import Decimal

import pytest

from profiles.enums import ValueSource
from profiles.models import FactSheet, ProfileValue
from profiles.services.profile import name_key_enterprise
from profiles.services.values import Said, record_values
from tests.api.callers import Caller
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def path(cast: Cast, rest: str = "") -> str:
    return f"/enterprises/{cast.enterprise.pk}/{rest}"


def said(value: str = "12000000.5", **more: object) -> dict:
    return {"values": [{"item": "revenue", "year": 2025, "value": value}], **more}


def test_enterprise_says_and_reads_its_own_values(cast: Cast):
    answer = Caller(cast.chen).post(path(cast, "values/"), said())
    assert [(v["item"], v["value"], v["source"]) for v in answer["values"]] == [
        ("revenue", "12000000.5000", "enterprise")
    ]
    assert Decimal(answer["facts"]["revenue_cny"]) == Decimal("12000000.5")
    assert answer["facts"]["headcount"] is None


def test_what_the_park_thinks_of_an_enterprise_is_not_shown_to_it(cast: Cast):
    name_key_enterprise(cast.enterprise, is_key=True, reason="龙头", by=cast.shen, now=NOW)
    assert Caller(cast.wang.user).get(path(cast))["facts"]["is_key"] is True
    assert "is_key" not in Caller(cast.chen).get(path(cast))["facts"]


def test_enterprise_cannot_speak_as_a_register(cast: Cast):
    Caller(cast.chen).post(path(cast, "values/"), said(source="registry"))
    assert ProfileValue.objects.get().source == "enterprise"


def test_park_names_its_source_and_settles(cast: Cast):
    Caller(cast.wang.user).post(path(cast, "values/"), said("90", source="document"))
    Caller(cast.chen).post(path(cast, "values/"), said("100"))
    history = Caller(cast.wang.user).get(path(cast, "items/revenue/"))
    assert [(v["value"], v["is_accepted"]) for v in history] == [("100.0000", False), ("90.0000", True)]
    Caller(cast.shen).post(path(cast, f"values/{history[0]['id']}/accept/"))
    assert FactSheet.objects.get().revenue_cny == 100


@pytest.mark.parametrize(
    "wrong",
    [
        {"item": "nothing", "value": "1"},
        {"item": "revenue", "value": "1"},
        {"item": "revenue", "year": 2025, "value": "many"},
        {"item": "region", "value": "atlantis"},
        {"item": "founded_on", "value": "2020-13-01"},
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(cast: Cast, wrong: dict):
    answer = Caller(cast.chen).post(path(cast, "values/"), {"values": [said()["values"][0], wrong]}, status=400)
    assert answer["status"] == 400
    assert not ProfileValue.objects.exists()


def test_file_of_another_enterprise_is_not_there(cast: Cast):
    (row,) = record_values(
        cast.enterprise, [Said("revenue", Decimal(1), 2025)], source=ValueSource.IMPORT, by=cast.shen, now=NOW
    )
    caller = Caller(cast.zhao)
    caller.get(path(cast), status=404)
    caller.get(path(cast, "items/revenue/"), status=404)
    caller.post(path(cast, "values/"), said(), status=404)
    Caller(cast.chen).post(path(cast, f"values/{row.pk}/accept/"), status=403)
