"""One's own tokens and notices; procedures for everybody."""

import pytest
from django.test import Client

from park.accounts.models import ApiToken
from park.notices.services import tell
from tests.api.callers import ROOT, Caller
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def test_token_is_shown_once_and_can_be_revoked(cast: Cast):
    caller = Caller(cast.li)
    made = caller.post("/tokens/", {"name": "ERP"}, status=201)
    assert made["token"].startswith("park_")
    assert made["token"] not in str(caller.get("/tokens/"))
    caller.delete(f"/tokens/{made['id']}/")
    assert ApiToken.objects.get(pk=made["id"]).revoked_at is not None
    caller.delete(f"/tokens/{made['id']}/")


def test_token_needs_a_name_and_a_future(cast: Cast):
    caller = Caller(cast.li)
    assert "name" in caller.post("/tokens/", {}, status=400)["errors"]
    problem = caller.post("/tokens/", {"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, status=400)
    assert "expires_at" in problem["errors"]


def test_tokens_of_others_do_not_exist(cast: Cast):
    token = Caller(cast.li).post("/tokens/", {"name": "ERP"}, status=201)
    Caller(cast.chen).delete(f"/tokens/{token['id']}/", status=404)
    assert "ERP" not in {row["name"] for row in Caller(cast.chen).get("/tokens/")["results"]}


def test_session_without_a_second_factor_is_refused_where_one_is_owed(cast: Cast):
    client = Client()
    client.force_login(cast.chen)
    assert client.get(f"{ROOT}/cases/").status_code == 403
    give_second_factor(cast.chen)
    assert client.get(f"{ROOT}/cases/").status_code == 200


def test_session_needs_its_csrf_token_to_write(cast: Cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.li)
    assert client.post(f"{ROOT}/tokens/", {"name": "x"}).status_code == 403


def test_notices_are_ones_own_and_can_be_read(cast: Cast):
    for number in (1, 2):
        tell("enterprise.approved", [cast.li, cast.zhao], key=f"event:{number}", path="/start/", now=NOW)
    caller = Caller(cast.li)
    second, first = caller.get("/notices/")["results"]
    assert second["title"] == "Your enterprise is approved"
    assert caller.post(f"/notices/{first['id']}/read/") == {"marked": 1}
    assert [row["id"] for row in caller.get("/notices/", unread="true")["results"]] == [second["id"]]
    Caller(cast.zhao).post(f"/notices/{second['id']}/read/", status=404)
    assert caller.post("/notices/read/") == {"marked": 1}
    assert len(Caller(cast.zhao).get("/notices/", unread="1")["results"]) == 2


def test_words_follow_the_language_of_the_call(cast: Cast):
    tell("enterprise.approved", [cast.li], key="event:1", path="/start/", now=NOW)
    caller = Caller(cast.li)
    answer = caller.client.get(f"{ROOT}/notices/", headers={"Accept-Language": "zh-CN"})
    assert answer["Content-Language"] == "zh-CN"
    assert "已" in answer.json()["results"][0]["title"]


def test_procedures_are_public(standard):
    (row,) = Caller().get("/procedures/")["results"]
    full = Caller().get(f"/procedures/{row['code']}/")
    assert [node["code"] for node in full["nodes"]] == ["SIGN", "N2", "N8", "N9"]
    assert full["nodes"][1]["after"] == ["SIGN"]
    assert full["milestones"][0]["amount"] == 15
    assert {material["code"] for material in full["materials"]} >= {"MAT-ART", "MAT-DOM"}
    Caller().get("/procedures/NONE/", status=404)


def test_wrong_method_and_wrong_body_are_problems(cast: Cast):
    caller = Caller(cast.li)
    caller.delete("/cases/", status=405)
    answer = caller.client.post(f"{ROOT}/tokens/", "{", content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    answer = caller.client.post(f"{ROOT}/tokens/", "x", content_type="text/plain")
    assert answer.status_code == 415
