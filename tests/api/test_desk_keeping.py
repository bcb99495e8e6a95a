"""Watched cases, views of the queue, notes for colleagues and the reasons of an assignment by the API."""

import pytest

from lifecycle.services.watching import MOST_FILTERS
from tests.api.callers import Caller
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_case_is_watched_and_watched_no_longer(cast: Cast):
    case, caller = cast.submitted(), Caller(cast.wang.user)
    assert caller.get("/cases/watched/")["results"] == []
    caller.post(f"/cases/{case.uid}/watch/", status=204)
    caller.post(f"/cases/{case.uid}/watch/", status=204)
    assert [row["uid"] for row in caller.get("/cases/watched/")["results"]] == [str(case.uid)]
    assert Caller(cast.han.user).get("/cases/watched/")["results"] == []
    caller.delete(f"/cases/{case.uid}/watch/")
    assert caller.get("/cases/watched/")["results"] == []
    Caller(cast.gao.user).post(f"/cases/{case.uid}/watch/", status=404)
    Caller(cast.chen).post(f"/cases/{case.uid}/watch/", status=403)


def test_notes_stay_in_the_house(cast: Cast):
    case = cast.submitted()
    written = Caller(cast.wang.user).post(f"/cases/{case.uid}/notes/", {"body": "Please call."}, status=201)
    assert written["author"] == cast.wang.user.name
    assert [row["body"] for row in Caller(cast.han.user).get(f"/cases/{case.uid}/notes/")["results"]] == [
        "Please call."
    ]
    assert "body" in Caller(cast.wang.user).post(f"/cases/{case.uid}/notes/", {"body": " "}, status=400)["errors"]
    Caller(cast.chen).get(f"/cases/{case.uid}/notes/", status=403)
    Caller(cast.gao.user).get(f"/cases/{case.uid}/notes/", status=404)


def test_views_of_the_queue_are_ones_own(cast: Cast):
    caller = Caller(cast.wang.user)
    kept = caller.post("/tasks/views/", {"name": "Red", "scope": "department", "signal": "red"})
    again = caller.post("/tasks/views/", {"name": "Red", "scope": "mine"})
    assert (again["id"], again["signal"]) == (kept["id"], "")
    assert [row["scope"] for row in caller.get("/tasks/views/")] == ["mine"]
    assert Caller(cast.han.user).get("/tasks/views/") == []
    Caller(cast.han.user).delete(f"/tasks/views/{kept['id']}/", status=404)
    assert list(caller.post("/tasks/views/", {"name": "", "scope": "x"}, status=400)["errors"]) == ["name", "scope"]
    for number in range(MOST_FILTERS - 1):
        caller.post("/tasks/views/", {"name": f"View {number}", "scope": "mine"})
    assert "name" in caller.post("/tasks/views/", {"name": "More", "scope": "mine"}, status=400)["errors"]
    caller.delete(f"/tasks/views/{kept['id']}/")
    assert len(caller.get("/tasks/views/")) == MOST_FILTERS - 1


def test_assignment_gives_its_reasons(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    why = Caller(cast.wang.user).get(f"/tasks/{task.pk}/why/")
    assert why["text"] and why["by"] == ""
    assert [line["name"] for line in why["lines"] if line["is_chosen"]] == [task.assignee.user.name]
    Caller(cast.gao.user).get(f"/tasks/{task.pk}/why/", status=404)
