"""One procedure of each stage from the application to its end, and the foreign one-window: each person in a browser."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lifecycle.enums import CaseState, TaskState, Work
from lifecycle.models import Case, HandedOver, Procedure, Task
from lifecycle.services import cases
from park.accounts.models import Enterprise, User
from tests.browser.conftest import Person
from tests.browser.story import press
from tests.browser.test_keyboard import press as press_key
from tests.browser.test_keyboard import tab_to
from tests.browser.walk import Walk
from tests.cast import NOW, PDF, USCC, Cast
from tests.procedures import begin, finish, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

STAGES: list[tuple[str, dict[str, Any], set[str]]] = [
    ("OUT-02", {}, set()),
    ("REG-04", {"variant": "simplified"}, {"N3"}),
    ("POL-01", {}, {"N5", "N6"}),
    ("OPS-05", {"variant": "evidence"}, {"N4", "N5"}),
    ("RES-01", {}, set()),
]


@pytest.fixture
def park() -> Cast:
    return make_world()


@pytest.fixture
def walk(park: Cast, arrive: Callable[..., Person], tmp_path: Path) -> Callable[..., Walk]:
    def walk_of(code: str, **answers: Any) -> Walk:
        procedure = Procedure.objects.get(code=code, standard__state="published")
        if procedure.only_registered:
            Enterprise.objects.filter(pk=park.enterprise.pk).update(is_forming=False, uscc=USCC)
        return Walk(procedure, park.chen, arrive, tmp_path, answers)

    return walk_of


@pytest.mark.parametrize(("code", "answers", "skipped"), STAGES, ids=[code for code, _answers, _skipped in STAGES])
def test_one_procedure_of_each_stage_runs_to_its_end(
    walk: Callable[..., Walk], code: str, answers: dict[str, Any], skipped: set[str]
) -> None:
    way = walk(code, **answers)
    way.apply()
    way.finish()
    case = way.case
    assert case.state == CaseState.COMPLETED
    passed_over = case.tasks.filter(state=TaskState.SKIPPED).values_list("node__code", flat=True)
    assert set(passed_over) == skipped
    founder = way.browser_of(way.founder)
    founder.go(f"/cases/{case.uid}/")
    for paper in HandedOver.objects.filter(case=case):
        founder.page.locator("section:has(#handed)").get_by_text(paper.title).first.wait_for()
    founder.look(f"track-{code}-completed")


def licensed(park: Cast) -> Case:
    """A foreign company that has filed once and has its licence: now the authorities work side by side."""
    case = cases.submit_case(begin(park, "REG-02", "yes"), by=park.chen, now=NOW)
    for task in until_licence(case):
        finish(park, task, "yes")
    case.refresh_from_db()
    return case


def until_licence(case: Case) -> Iterator[Task]:
    while not case.tasks.filter(node__work=Work.RESULT, state=TaskState.DONE).exists():
        task = case.tasks.open().select_related("node", "assignee__user").first()
        assert task
        yield task


def test_foreign_company_files_once_and_each_authority_sees_its_own_step(
    park: Cast, arrive: Callable[..., Person], tmp_path: Path
) -> None:
    case = licensed(park)
    way = Walk(case.procedure, park.chen, arrive, tmp_path)
    open_now = {task.node.code: task for task in case.tasks.open().select_related("node", "case", "department")}
    assert set(open_now) == {"N10", "N11", "N12", "N13", "N14", "N16"}

    tax, customs = (User.objects.get(username=f"all-{code}") for code in ("PTN-TAX", "PTN-CUS"))
    officer = way.browser_of(tax)
    officer.go("/desk/")
    links = officer.page.locator("main a[href*='/desk/tasks/']").evaluate_all("all => all.map(one => one.href)")
    seen = {int(link.split("/desk/tasks/")[1].split("/")[0].split("?")[0]) for link in links}
    assert seen == {open_now["N11"].pk}
    strange = officer.page.request.get(f"{officer.base}/desk/tasks/{open_now['N16'].pk}/")
    assert strange.status == 404
    assert officer.page.request.get(f"{officer.base}/desk/tasks/{open_now['N11'].pk}/").status == 200

    founder = way.browser_of(park.chen)
    founder.go(f"/cases/{case.uid}/")
    now = founder.page.locator("main [aria-current=step]")
    assert now.count() == len(open_now)
    founder.look("track-REG-02-side-by-side")
    founder.page.set_viewport_size({"width": 390, "height": 900})
    founder.look("track-REG-02-side-by-side-390")
    tops = now.evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    assert len(set(tops)) == len(tops), "steps side by side lie on each other"
    for task in open_now.values():
        founder.see(task.node.name_zh)
    assert way.browser_of(customs) is not officer
    way.do(open_now["N16"])  # the last to open is the first that is done
    way.do(open_now["N11"])
    way.finish()
    case.refresh_from_db()
    assert case.state == CaseState.COMPLETED
    founder.go(f"/cases/{case.uid}/")
    founder.look("track-REG-02-completed")
    assert Case.objects.filter(enterprise=park.enterprise, procedure__code="REG-02").count() == 1


def waits_for_the_enterprise(park: Cast) -> Task:
    """The enterprise has to choose among the premises that were shown to it."""
    case = cases.submit_case(begin(park, "OUT-03", "no"), by=park.chen, now=NOW)
    for code in ("N1", "N2"):
        finish(park, case.tasks.select_related("node", "assignee__user", "case").get(node__code=code), "no")
    return case.tasks.select_related("node", "case").get(node__code="N3")


def test_own_step_without_the_tick_confirms_nothing_and_loses_nothing(
    park: Cast, arrive: Callable[..., Person]
) -> None:
    step = waits_for_the_enterprise(park)
    chen = arrive(park.chen, width=390)
    chen.go(f"/cases/{step.case.uid}/steps/{step.pk}/")
    chen.page.fill("[name=note]", "选第二处，靠近食堂。")
    chen.page.locator("main form:has([name=is_confirmed])").evaluate("form => form.noValidate = true")
    chen.page.locator("main form:has([name=is_confirmed]) button[type=submit]").click()
    chen.page.locator("[name=is_confirmed][aria-invalid=true]").wait_for()
    assert chen.page.input_value("[name=note]") == "选第二处，靠近食堂。"
    chen.look("own-step-error")
    step.refresh_from_db()
    assert step.state == TaskState.READY


def test_own_step_is_confirmed_by_keyboard_alone(park: Cast, arrive: Callable[..., Person]) -> None:
    step = waits_for_the_enterprise(park)
    chen = arrive(park.chen)
    chen.go(f"/cases/{step.case.uid}/")
    press_key(chen, f"main a[href$='/steps/{step.pk}/']")
    chen.page.wait_for_url(f"**/steps/{step.pk}/")
    tab_to(chen, "[name=is_confirmed]")
    chen.page.keyboard.press("Space")
    press_key(chen, "main form button[type=submit]")
    chen.page.wait_for_url(f"**/cases/{step.case.uid}/")
    step.refresh_from_db()
    assert step.state == TaskState.DONE


def test_document_of_a_wrong_type_is_refused_and_what_was_typed_stays(
    park: Cast, arrive: Callable[..., Person], tmp_path: Path
) -> None:
    step = waits_for_the_enterprise(park)
    finish(park, step, "no")
    task = step.case.tasks.select_related("node", "case").get(node__code="N4")
    way = Walk(step.case.procedure, park.chen, arrive, tmp_path)
    page = way.claim(task)
    notes = tmp_path / "notes.txt"
    notes.write_bytes(b"no document")
    page.fill("[name=title]", "场地勘验记录")
    page.fill("[name=number]", "KY-2026-7")
    page.fill("[name=note]", "层高四米二，承重合格")
    page.set_input_files("[name=file]", str(notes))
    press(page, f"/desk/tasks/{task.pk}/hand-over/")
    page.locator("[name=file][aria-invalid=true]").wait_for()
    typed = [page.input_value(f"[name={name}]") for name in ("title", "number", "note")]
    assert typed == ["场地勘验记录", "KY-2026-7", "层高四米二，承重合格"]
    assert not HandedOver.objects.exists()
    right = tmp_path / "survey.pdf"
    right.write_bytes(PDF)
    page.set_input_files("[name=file]", str(right))
    press(page, f"/desk/tasks/{task.pk}/hand-over/")
    page.wait_for_url("**/desk/")
    paper = HandedOver.objects.get()
    assert (paper.title, paper.number) == ("场地勘验记录", "KY-2026-7")
