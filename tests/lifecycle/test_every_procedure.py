"""Every procedure of the published standard, from the application to its end, generated from the standard's own data."""

import pytest
import yaml

from lifecycle.enums import CaseState, TaskState
from lifecycle.models import Task
from lifecycle.services import cases
from lifecycle.services.standard import CURRENT
from park.deadlines.models import Clock
from tests.cast import NOW, Cast
from tests.procedures import begin, finish, make_world, work_off

pytestmark = pytest.mark.django_db

CODES = [row["code"] for row in yaml.safe_load(CURRENT.read_text(encoding="utf-8"))["procedures"]]


@pytest.fixture
def world() -> Cast:
    return make_world()


@pytest.mark.parametrize("way", ["yes", "no"])
@pytest.mark.parametrize("code", CODES)
def test_procedure_runs_from_application_to_completion(world: Cast, code: str, way: str):
    case = begin(world, code, way)
    case = cases.submit_case(case, by=case.created_by, now=NOW)
    for task in work_off(case):
        finish(world, task, way)
    case.refresh_from_db()
    assert case.state == CaseState.COMPLETED
    assert {task.state for task in case.tasks.all()} <= {TaskState.DONE, TaskState.SKIPPED}
    assert not Clock.objects.open().filter(thread=case.thread).exists()
    assert not Clock.objects.filter(thread=case.thread, is_breached=True).exists()


def test_conditional_steps_are_done_one_way_and_passed_over_the_other(world: Cast):
    states = {}
    for way in ("yes", "no"):
        case = begin(world, "REG-02", way)
        case = cases.submit_case(case, by=case.created_by, now=NOW)
        for task in work_off(case):
            finish(world, task, way)
        states[way] = dict(case.tasks.values_list("node__code", "state"))
        if way == "yes":
            type(world.enterprise).objects.filter(pk=world.enterprise.pk).update(is_forming=True, uscc=None)
            world.enterprise.refresh_from_db()
    differing = {code for code in states["yes"] if states["yes"][code] != states["no"][code]}
    assert differing == {"N4", "N12", "N16"}
    assert {states["no"][code] for code in differing} == {TaskState.SKIPPED}
    assert Task.objects.filter(state=TaskState.SKIPPED).count() == 3
