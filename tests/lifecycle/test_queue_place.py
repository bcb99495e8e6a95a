"""The place of a task in the queue is the date of its clock, whatever moves the clock, and nothing else can write it."""

import random
from datetime import timedelta

import pytest
from django.db.models import F

from lifecycle.models import Task
from lifecycle.models.tasks import LAST
from lifecycle.selectors import queue, queue_counts
from lifecycle.selectors.queue_counts import Count
from lifecycle.selectors.queue_lanes import Key, Reader, Scope, Wanted
from park.deadlines import redating, services, years
from park.deadlines.enums import OPEN, PauseReason
from park.deadlines.models import Clock
from park.deadlines.notice_text import read
from tests.cast import NOW, Cast, at

pytestmark = pytest.mark.django_db

NOTICE = """国务院办公厅关于2027年部分节假日安排的通知
一、元旦：2027年1月1日（周五）至5日（周二）放假，共5天。"""


def place_of(clock: Clock | None):
    if clock is None or (clock.state == "paused" and not clock.is_breached):
        return LAST
    return clock.due_at


def places_are_right() -> bool:
    return all(task.place_at == place_of(task.clock) for task in Task.objects.select_related("clock"))


def test_place_follows_the_clock_through_random_acts(cast: Cast):
    for hours in range(4):
        cast.submitted(NOW + timedelta(hours=hours))
    dice, now = random.Random(11), NOW + timedelta(hours=5)
    done = set()
    for _ in range(60):
        now += timedelta(hours=dice.randint(1, 7))
        found = Clock.objects.filter(state__in=OPEN, task__isnull=False).order_by("pk")
        clock = dice.choice(list(found)) if found else None
        if clock is None:
            break
        act = dice.choice(["pause", "resume", "extend", "stop", "raw", "task"])
        if act == "pause" and clock.state == "running":
            services.pause(clock, reason=PauseReason.SITE_ACCESS, by=None, now=now)
        elif act == "resume" and clock.state == "paused":
            services.resume(clock, by=None, now=now)
        elif act == "extend" and clock.state == "running" and clock.due_at > now and not clock.extensions.exists():
            asked = services.ask_extension(clock, amount=1, reason="x", by=cast.wang.user, now=now)
            services.decide_extension(asked, grant=True, by=cast.shen, now=now)
        elif act == "stop" and dice.random() < 0.2:
            services.stop(clock, by=None, now=now)
        elif act == "raw":
            Clock.objects.filter(pk=clock.pk).update(due_at=F("due_at") + timedelta(hours=1))
        elif act == "task":
            Task.objects.get(clock=clock).save()
        else:
            continue
        done.add(act)
        assert places_are_right()
    assert done == {"pause", "resume", "extend", "stop", "raw", "task"}


def test_place_follows_a_change_of_the_calendar(cast: Cast):
    now = at("2026-12-29 10:00")
    task = cast.task(cast.submitted(now), "N2")
    change = years.set_year(read(NOTICE), by=cast.admin, now=now, text=NOTICE, replacing=None)
    redating.apply_all(change, now)
    moved = Task.objects.select_related("clock").get(pk=task.pk)
    assert moved.place_at == moved.clock.due_at > task.place_at


def test_place_cannot_be_written_wrong(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    Task.objects.filter(pk=task.pk).update(place_at=NOW)
    assert places_are_right()
    stale = Task.objects.get(pk=task.pk)
    services.pause(task.clock, reason=PauseReason.SITE_ACCESS, by=None, now=NOW)
    stale.save()
    assert Task.objects.get(pk=task.pk).place_at == LAST


def test_counts_end_at_their_bound_and_say_so(cast: Cast, monkeypatch):
    for hours in range(3):
        cast.submitted(NOW + timedelta(hours=hours))
    monkeypatch.setattr(queue_counts, "MOST", 2)
    reader = Reader.of(cast.wang.user)
    late = queue_counts.tally(reader, Wanted(Scope.DEPARTMENT), at("2026-12-20 09:00"))
    assert (late.signals["red"].shown, late.signals["paused"].shown, late.total.shown) == ("2+", "0", "2+")
    early = queue_counts.tally(reader, Wanted(Scope.DEPARTMENT), NOW + timedelta(hours=4))
    # nothing late can come after what is not
    assert (early.signals["red"].shown, early.signals["green"].shown) == ("0", "2+")
    assert early.scopes[Scope.DEPARTMENT].shown == "2+"
    assert early.procedures["REG-01"][1].shown == "2+"


def test_a_count_within_the_bound_is_the_number_itself():
    assert Count.of(queue_counts.MOST).shown == str(queue_counts.MOST)
    assert Count.of(queue_counts.MOST + 1).shown == f"{queue_counts.MOST}+"


def test_manager_reads_all_departments_in_one_order(cast: Cast, monkeypatch):
    cast.accepted()
    for hours in range(3):
        cast.submitted(NOW + timedelta(hours=hours))
    monkeypatch.setattr(queue, "PAGE", 2)
    reader, key, seen = Reader.of(cast.shen), None, []
    while True:
        page = queue.queue(reader, Wanted(Scope.DEPARTMENT, after=key), NOW)
        seen += [row.task for row in page.rows]
        if page.next is None:
            break
        key = page.next
    assert len({task.department_id for task in seen}) > 1
    assert [task.pk for task in seen] == list(
        Task.objects.open().filter(department__isnull=False).order_by("place_at", "pk").values_list("pk", flat=True)
    )
    assert Key.of(seen[0]).due_at == seen[0].clock.due_at
