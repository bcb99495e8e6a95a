"""More time, pauses and a step taken back, by the API."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from lifecycle.enums import TaskState
from lifecycle.services import tasks
from tests.api.callers import Caller
from tests.cast import Cast
from tests.lifecycle.test_time import signing

pytestmark = pytest.mark.django_db


def test_more_time_is_asked_for_and_decided_one_level_up(cast: Cast):
    task = cast.in_review(timezone.now())
    caller, head = Caller(task.assignee.user), Caller(cast.qian.user)
    asked = caller.post(f"/tasks/{task.pk}/more-time/", {"amount": 2, "reason": "机房搬迁"}, status=201)
    assert (asked["state"], asked["amount"]) == ("asked", 2)
    caller.post(f"/extensions/{asked['id']}/decide/", {"grant": True}, status=403)
    Caller(cast.lu.user).post(f"/extensions/{asked['id']}/decide/", {"grant": True}, status=404)
    granted = head.post(f"/extensions/{asked['id']}/decide/", {"grant": True})
    assert granted["state"] == "granted"
    assert granted["due_at"] > asked["due_at"]
    head.post(f"/extensions/{asked['id']}/decide/", {"grant": False}, status=403)
    clocks = Caller(cast.chen).get(f"/cases/{task.case.uid}/clocks/")
    clock = next(clock for clock in clocks if clock["id"] == asked["clock"])
    assert clock["promised_at"] == asked["due_at"]


def test_extension_that_breaks_a_rule_says_which(cast: Cast):
    task = cast.in_review(timezone.now())
    caller = Caller(task.assignee.user)
    problem = caller.post(f"/tasks/{task.pk}/more-time/", {"amount": 9, "reason": "x"}, status=400)
    assert list(problem["errors"]) == ["rule"]
    problem = caller.post(f"/tasks/{task.pk}/more-time/", {"amount": 1, "reason": "x", "clock": 999999}, status=400)
    assert list(problem["errors"]) == ["clock"]


def test_clocks_are_paused_kept_and_let_run_on(cast: Cast):
    task = signing(cast, timezone.now())
    caller = Caller(cast.qian.user)
    body = {"reason": "await_applicant_confirm", "note": "等确认"}
    ahead = (timezone.now() + timedelta(hours=3)).isoformat()
    problem = caller.post(f"/tasks/{task.pk}/pause/", {**body, "since": ahead}, status=400)
    assert list(problem["errors"]) == ["since"]
    caller.post(f"/tasks/{task.pk}/pause/", body)
    caller.post(f"/tasks/{task.pk}/pause/", body, status=409)
    caller.post(f"/tasks/{task.pk}/keep-paused/", {"note": "仍在等"})
    caller.post(f"/tasks/{task.pk}/resume/")
    task.clock.refresh_from_db()
    assert task.clock.state == "running"


def test_step_is_taken_back(cast: Cast):
    now: datetime = timezone.now()
    cast.gao.is_head = True
    cast.gao.save()
    task = tasks.claim_task(cast.task(cast.accepted(now), "N8"), by=cast.gao.user, now=now)
    tasks.confirm_task(task, note="done", by=cast.gao.user, now=now)
    shown = Caller(cast.gao.user).post(f"/tasks/{task.pk}/reopen/", {"reason": "登记信息有误"})
    assert shown["state"] == TaskState.CLAIMED
