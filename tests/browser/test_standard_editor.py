"""A manager builds a procedure with branches side by side and publishes it; an enterprise has it done by specialists."""

from pathlib import Path

import pytest

from lifecycle.enums import CaseState
from lifecycle.models import Case, Procedure, Task
from park.team.models import Specialist
from tests.browser.conftest import Opener, Person
from tests.browser.story import press, sign_in
from tests.browser.test_pages import enter
from tests.cast import PDF, Cast
from tests.second_factor import give_second_factor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOME = "/desk/standard/2/procedures/OPE-90/"


def add(person: Person, shelf: str, boxes: dict[str, list[str]] | None = None, **values: str) -> None:
    """Fill in the form of one part and send it."""
    person.go(f"{HOME}{shelf}/add/")
    fill(person, boxes or {}, **values)
    send(person)
    person.page.wait_for_url(f"**{HOME}*")


def fill(person: Person, boxes: dict[str, list[str]], **values: str) -> None:
    page = person.page
    for name, value in values.items():
        field = page.locator(f"main [name={name}]")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    for name, ticked in boxes.items():
        for box in page.locator(f"main [name={name}][type=checkbox]").all():
            box.set_checked((box.get_attribute("value") or "on") in ticked)


def send(person: Person) -> None:
    person.page.locator("main form button[name=save]").click()


def step(person: Person, code: str, name: str, work: str, *before: str) -> None:
    add(
        person,
        "nodes",
        {"predecessors": list(before)},
        code=code,
        name_zh=name,
        name_en=f"Step {code}",
        work=work,
        opens_on="predecessors" if before else "submission",
        department="DEP-INV",
        skill="R-INV",
        amount="2",
        unit="working_day",
    )


@pytest.mark.parametrize(("language", "width", "javascript"), [("zh-hans", 1440, True), ("en", 390, False)])
def test_new_procedure_works_at_once(
    cast: Cast, open_browser: Opener, tmp_path: Path, language: str, width: int, javascript: bool
):
    shot = f"standard-{language}"
    Specialist.objects.filter(pk=cast.han.pk).update(is_active=False)  # so that one specialist does it all
    manager = open_browser("manager", language=language, width=width, javascript=javascript)
    sign_in(manager, cast.shen, "**/cockpit/**")
    build(manager, shot)
    publish(manager, shot)
    procedure = Procedure.objects.get(standard__state="published", code="OPE-90")

    enterprise = open_browser("enterprise", language=language, javascript=javascript)
    found = enterprise.page.context.request.get(f"{enterprise.base}/api/v1/procedures/OPE-90/")
    assert found.status == 200
    listed = enterprise.page.context.request.get(f"{enterprise.base}/api/v1/procedures/").text()
    assert "OPE-90" in listed
    give_second_factor(cast.chen)
    enter(enterprise, cast.chen)
    case = apply(enterprise, procedure, tmp_path)

    specialist = open_browser("specialist", language=language, javascript=javascript)
    sign_in(specialist, cast.wang.user)
    review(specialist, case)
    for node in ("A", "B"):  # side by side: both are open, and the step after them is not
        assert Task.objects.get(case=case, node__code=node).state == "ready"
    assert Task.objects.get(case=case, node__code="Z").state == "waiting"
    for node in ("B", "A", "Z"):
        confirm(specialist, case, node)
    case.refresh_from_db()
    assert case.state == CaseState.COMPLETED


def build(manager: Person, shot: str) -> None:
    page = manager.page
    manager.go("/desk/standard/")
    manager.look(f"{shot}-versions")
    press(page, "/desk/standard/begin/")
    page.wait_for_url("**/desk/standard/2/")
    manager.look(f"{shot}-draft")
    manager.go("/desk/standard/2/add/")
    fill(
        manager,
        {},
        code="OPE-90",
        stage="operation",
        name_zh="实验室备案",
        name_en="Registration of a laboratory",
        applicants_zh="园区企业",
        applicants_en="Enterprises of the park",
    )
    manager.look(f"{shot}-form")
    send(manager)
    page.wait_for_url(f"**{HOME}")
    step(manager, "N1", "受理", "review")
    step(manager, "A", "安全核查", "confirm", "N1")
    step(manager, "B", "环保核查", "confirm", "N1")
    step(manager, "Z", "办结", "confirm", "A", "B")
    add(manager, "sections", code="request", name_zh="办理内容", name_en="What you need")
    add(
        manager,
        "questions",
        code="has_waste",
        place="section:request",
        kind="yes_no",
        name_zh="是否产生危废？",
        name_en="Is there hazardous waste?",
    )
    add(manager, "materials", {"formats": ["pdf"]}, code="MAT-PLAN", name_zh="方案", name_en="Plan")
    add_conditional_material(manager, shot)


def add_conditional_material(manager: Person, shot: str) -> None:
    page = manager.page
    manager.go(f"{HOME}materials/add/")
    fill(manager, {"formats": ["pdf"]}, code="MAT-WASTE", name_zh="危废协议", name_en="Contract for the waste")
    page.locator("[name='criterion.new']").select_option("case.has_waste")
    page.locator("button[value='add:criterion']").click()
    page.locator("[name='criterion.0.fact']").wait_for(state="attached")
    assert page.input_value("[name=code]") == "MAT-WASTE"
    manager.look(f"{shot}-condition")
    send(manager)
    page.wait_for_url(f"**{HOME}*")
    manager.look(f"{shot}-procedure")


def publish(manager: Person, shot: str) -> None:
    """Refused while steps wait for each other."""
    page = manager.page
    for before, is_refused in ([["N1", "Z"], True], [["N1"], False]):
        manager.go(f"{HOME}nodes/A/")
        fill(manager, {"predecessors": before})
        send(manager)
        page.wait_for_url(f"**{HOME}")
        manager.go("/desk/standard/2/publish/")
        assert page.locator("#problems").count() == is_refused
        manager.look(f"{shot}-publish-{is_refused}")
    press_publish = page.locator("main form.card2 button.btn-primary")
    press_publish.click()
    page.wait_for_url("**/desk/standard/2/")
    manager.go("/desk/standard/2/compare/")
    manager.look(f"{shot}-compare")


def apply(enterprise: Person, procedure: Procedure, papers: Path) -> Case:
    page = enterprise.page
    enterprise.go("/procedures/OPE-90/")
    press(page, "/begin/")
    page.wait_for_url("**/cases/**")
    case = Case.objects.get(procedure=procedure)
    enterprise.go(f"/cases/{case.uid}/apply/request/")
    page.check("[name=has_waste][value=yes]")
    page.locator("main form:has([name=csrfmiddlewaretoken]) button.btn-primary[type=submit]").last.click()
    page.wait_for_url("**/apply/materials/")
    paper = papers / "paper.pdf"
    paper.write_bytes(PDF)
    for requirement in procedure.requirements.all():
        form = page.locator(f"form[action$='/materials/{requirement.pk}/']").first
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            form.locator("input[type=file]").set_input_files(str(paper))
            button = form.locator("button[type=submit]")
            if button.count() and button.first.is_visible():
                button.first.click()
        page.wait_for_load_state("networkidle")
        enterprise.go(f"/cases/{case.uid}/apply/materials/")
    assert case.materials.count() == 2
    enterprise.go(f"/cases/{case.uid}/apply/check/")
    press(page, "/submit/")
    page.wait_for_url(f"**/cases/{case.uid}/")
    return Case.objects.get(pk=case.pk)


def claim(specialist: Person, case: Case, node: str) -> None:
    task = Task.objects.get(case=case, node__code=node)
    specialist.go(f"/desk/tasks/{task.pk}/")
    press(specialist.page, "/claim/")
    specialist.page.wait_for_load_state()


def review(specialist: Person, case: Case) -> None:
    page = specialist.page
    claim(specialist, case, "N1")
    for material in case.materials.all():
        page.locator(f"label:has(input[name=verdict-{material.pk}][value=accepted])").click()
    page.click("button[name=aim][value=pass]")
    page.wait_for_url("**/pass/")
    press(page, "/pass/")
    page.wait_for_url("**/desk/")


def confirm(specialist: Person, case: Case, node: str) -> None:
    claim(specialist, case, node)
    specialist.page.fill("[name=note]", "已核查")
    press(specialist.page, "/confirm/")
    specialist.page.wait_for_load_state()
    assert Task.objects.get(case=case, node__code=node).state == "done"
