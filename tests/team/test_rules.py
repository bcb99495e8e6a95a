"""The rules of assignment as data, and that work is weighed as they say."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from park.deadlines.models import Clock
from park.team import limits
from park.team.models import OpenWork
from park.team.rules import DATA, RulesRefused, read, rules
from park.team.selectors.candidates import Load, loads_of
from tests.cast import NOW, Cast


def test_less_of_the_limit_weighs_more():
    weights = [rules().weight("task", left) for left in (100, 40, 10, -1)]
    assert weights == sorted(set(weights))
    assert rules().weight("task", None) < weights[0]


@given(left=st.none() | st.integers(-500, 100), kind=st.sampled_from(["task", "need", "visit", "ledger"]))
def test_every_piece_weighs_something(left: int | None, kind: str):
    assert rules().weight(kind, left) > 0


@pytest.mark.parametrize(
    "before, after",
    [
        ("order: [looks_after,", "order: [beauty,"),
        ("looks_after, not_head, load", "load, not_head, load"),
        ("looks_after, not_head, load, waited", "waited"),
        ("at_least: 0,", "at_least: 5,"),
        ("resting: 60", "resting: 0"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(tmp_path: Path, before: str, after: str):
    text = DATA.read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "assignment.yaml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(RulesRefused):
        read(path)


@pytest.mark.django_db
@pytest.mark.parametrize("left", [None, -3, 0, 19, 20, 49, 50, 100])
def test_load_adds_up_what_each_piece_weighs(cast: Cast, monkeypatch, left: int | None):
    monkeypatch.setattr(limits, "_asked", ["NULL::integer" if left is None else f"({left})"])
    for number, kind in enumerate(["task", "task", "visit", "ledger"]):
        OpenWork.objects.create(kind=kind, number=number, specialist=cast.wang, given_at=NOW)
    weight = sum(rules().weight(kind, left) for kind in ("task", "task", "visit", "ledger"))
    assert loads_of([cast.wang.pk, cast.han.pk], NOW) == {cast.wang.pk: Load(weight, 4)}


@pytest.mark.django_db
def test_share_of_the_limit_that_is_left_is_read_from_the_clock(cast: Cast):
    clock = cast.in_review().clock
    whole = clock.due_at - clock.started_at
    for used, left in ((0.25, 75), (0.9, 10), (1.5, -50)):
        with connection.cursor() as cursor:
            asked = f"SELECT {limits.share_left('clock')} FROM team_openwork"
            cursor.execute(asked, {"now": clock.started_at + whole * used})
            assert cursor.fetchall() == [(left,)]


@pytest.mark.django_db
def test_work_whose_clock_stands_still_weighs_as_resting(cast: Cast):
    task = cast.in_review()
    Clock.objects.filter(pk=task.clock_id).update(state="paused", next_rung=None, next_rung_at=None)
    load = loads_of([task.assignee_id], NOW)[task.assignee_id]
    assert load == Load(rules().weight("task", None), 1)


@pytest.mark.django_db
def test_pressing_work_of_one_sends_the_next_to_the_other(cast: Cast):
    """Equal in number, but one of them has work that is nearly due."""
    first = cast.task(cast.submitted(), "N2")
    second = cast.task(cast.submitted(NOW + timedelta(minutes=1)), "N2")
    late = first.clock.due_at - timedelta(hours=2)
    Clock.objects.filter(pk=second.clock_id).update(state="paused", next_rung=None, next_rung_at=None)
    third = cast.task(cast.submitted(late), "N2")
    assert third.assignee == second.assignee
