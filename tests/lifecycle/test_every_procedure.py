"""Every procedure of the published standard, from the application to its end, generated from the standard's own data."""

import pytest
import yaml

from lifecycle.enums import BegunBy, CaseState, TaskState
from lifecycle.models import Procedure
from lifecycle.selectors.situation import Situation
from lifecycle.services import cases, materials
from lifecycle.services.standard import CURRENT, publish_from_file
from park.accounts.models import Enterprise
from park.deadlines.models import Clock
from park.deadlines.workdays import local_day
from tests.cast import NOW, USCC, Cast, make_cast, pdf
from tests.procedures import answer, finish, sign, somebody_everywhere, table, work_off

pytestmark = pytest.mark.django_db

CODES = [row["code"] for row in yaml.safe_load(CURRENT.read_text(encoding="utf-8"))["procedures"]]


@pytest.fixture
def world() -> Cast:
    """The published standard, and somebody for everything it asks for."""
    publish_from_file(now=NOW)
    cast = make_cast()
    somebody_everywhere()
    return cast


@pytest.mark.parametrize("way", ["yes", "no"])
@pytest.mark.parametrize("code", CODES)
def test_procedure_runs_from_application_to_completion(world: Cast, code: str, way: str):
    procedure = Procedure.objects.get(code=code, standard__state="published")
    enterprise = world.enterprise
    if procedure.only_registered:
        Enterprise.objects.filter(pk=enterprise.pk).update(is_forming=False, uscc=USCC)
        enterprise.refresh_from_db()
    by = world.shen if procedure.begun_by == BegunBy.PARK else world.chen
    case = cases.begin_case(enterprise=enterprise, procedure=procedure, by=by, now=NOW)
    answers = {question.code: answer(question, way) for question in Situation(case).asked}
    case = cases.save_answers(case, answers, now=NOW)
    for requirement in Situation(case).wanted(local_day(NOW)):
        upload = pdf() if "pdf" in requirement.formats else table()
        materials.hand_in(case, requirement, upload, by=by, now=NOW)
    if hasattr(case, "agreement"):
        sign(world, case)
    case = cases.submit_case(case, by=by, now=NOW)
    for task in work_off(case):
        finish(world, task, way)
    case.refresh_from_db()
    assert case.state == CaseState.COMPLETED
    assert {task.state for task in case.tasks.all()} <= {TaskState.DONE, TaskState.SKIPPED}
    assert not Clock.objects.open().filter(thread=case.thread).exists()
    assert not Clock.objects.filter(thread=case.thread, is_breached=True).exists()


def test_conditions_of_nodes_are_met_by_one_way_or_the_other(world: Cast):
    """Each conditional node of the standard is done in one of the two walks above; those of a choice by their first option."""
    conditional = [node for p in Procedure.objects.all() for node in p.nodes.exclude(condition__isnull=True)]
    assert len(conditional) > 20
