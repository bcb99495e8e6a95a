"""Needs by the API, as the enterprise and as the park's people call it."""

import pytest

from profiles.enums import NeedState
from profiles.models import Need
from tests.api.callers import Caller
from tests.cast import Cast

pytestmark = pytest.mark.django_db
NEW = {"category": "office_space", "text": "120 平方米"}


def test_enterprise_raises_and_the_park_answers_and_satisfies(cast: Cast):
    mine = Caller(cast.chen)
    made = mine.post("/needs/", NEW, status=201)
    assert (made["state"], made["source"], made["category"]) == ("open", "portal", "office_space")
    assert made["due_at"]
    owner = Caller(Need.objects.get().owner.user)
    assert owner.post(f"/needs/{made['id']}/answer/", {"text": "明天看房"})["due_at"] is None
    done = owner.post(f"/needs/{made['id']}/satisfy/", {"by_what": "合同 18"})
    assert (done["state"], done["satisfied_by"]) == ("satisfied", "合同 18")
    owner.post(f"/needs/{made['id']}/answer/", {"text": "x"}, status=409)
    assert [need["id"] for need in mine.get("/needs/", state="satisfied")["results"]] == [made["id"]]


def test_enterprise_changes_and_drops_its_own_alone(cast: Cast):
    made = Caller(cast.chen).post("/needs/", NEW, status=201)
    changed = Caller(cast.chen).patch(f"/needs/{made['id']}/", {"text": "150 平方米"})
    assert (changed["text"], changed["category"]) == ("150 平方米", "office_space")
    stranger = Caller(cast.zhao)
    assert stranger.get("/needs/")["results"] == []
    stranger.get(f"/needs/{made['id']}/", status=404)
    stranger.patch(f"/needs/{made['id']}/", {"text": "x"}, status=404)
    stranger.post(f"/needs/{made['id']}/drop/", {}, status=404)
    assert Caller(cast.chen).post(f"/needs/{made['id']}/drop/", {})["state"] == "dropped"


def test_park_writes_down_a_need_of_an_enterprise(cast: Cast):
    park = Caller(cast.wang.user)
    assert list(park.post("/needs/", NEW, status=400)["errors"]) == ["enterprise"]
    made = park.post("/needs/", NEW | {"enterprise": cast.enterprise.pk, "source": "visit"}, status=201)
    assert (made["enterprise_id"], made["source"]) == (cast.enterprise.pk, "visit")
    park.post("/needs/", NEW | {"enterprise": 999999}, status=404)


def test_enterprise_cannot_name_another_enterprise_or_source(cast: Cast):
    made = Caller(cast.chen).post("/needs/", NEW | {"enterprise": cast.other.pk, "source": "visit"}, status=201)
    assert (made["enterprise_id"], made["source"]) == (cast.enterprise.pk, "portal")


def test_other_department_reads_and_does_not_act(cast: Cast):
    made = Caller(cast.chen).post("/needs/", NEW, status=201)
    other = Caller(cast.lu.user)
    other.get(f"/needs/{made['id']}/")
    other.post(f"/needs/{made['id']}/answer/", {"text": "x"}, status=403)
    other.post(f"/needs/{made['id']}/drop/", {"reason": "x"}, status=403)
    partner = Caller(cast.gao.user)
    assert partner.get("/needs/")["results"] == []
    partner.get(f"/needs/{made['id']}/", status=404)
    partner.post("/needs/", NEW | {"enterprise": cast.enterprise.pk}, status=404)
    assert Need.objects.get().state == NeedState.OPEN


def test_park_drops_with_a_reason(cast: Cast):
    made = Caller(cast.chen).post("/needs/", NEW, status=201)
    owner = Caller(Need.objects.get().owner.user)
    assert list(owner.post(f"/needs/{made['id']}/drop/", {}, status=400)["errors"]) == ["reason"]
    assert owner.post(f"/needs/{made['id']}/drop/", {"reason": "已重复"})["state"] == "dropped"


def test_unknown_category_is_named(cast: Cast):
    problem = Caller(cast.chen).post("/needs/", NEW | {"category": "x"}, status=400)
    assert list(problem["errors"]) == ["category"]
