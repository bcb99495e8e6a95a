"""The main job by keyboard alone: a clerk files a registration, a specialist works through the queue."""

from pathlib import Path

import pytest

from lifecycle.enums import CaseState
from lifecycle.models import Case, CorrectionText, Watch
from lifecycle.services.correction_texts import keep_text
from park.team.models import Specialist
from tests.browser.conftest import Opener, Person
from tests.browser.test_pages import enter
from tests.cast import ANSWERS, NOW, PDF, Cast
from tests.second_factor import give_second_factor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FAR = 120  # more presses of Tab than any page has stops

IS_ON = """wanted => { const at = document.activeElement; return at !== null && at.matches(wanted); }"""
# A file field and a radio button draw their focus on what surrounds them.
IS_SEEN = """() => {
    const at = document.activeElement;
    const drawn = element => {
        const style = getComputedStyle(element);
        return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none';
    };
    return drawn(at) || (/^(file|radio)$/.test(at.type) && [...document.querySelectorAll(':focus-within')].some(drawn));
}"""


def tab_to(person: Person, wanted: str) -> None:
    """Press Tab until the focus is on something that matches; wherever it stops, it must be seen."""
    page = person.page
    for _ in range(FAR):
        if page.evaluate(IS_ON, wanted):
            assert page.evaluate(IS_SEEN), f"the focus on {wanted} is not seen"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {wanted}")


def press(person: Person, wanted: str, key: str = "Enter") -> None:
    tab_to(person, wanted)
    person.page.keyboard.press(key)


def type_into(person: Person, name: str, text: str) -> None:
    tab_to(person, f"[name={name}]")
    person.page.keyboard.press("Control+A")
    person.page.keyboard.type(text)


def choose(person: Person, name: str, value: str) -> None:
    """Radio buttons are one stop of Tab; arrows move among them."""
    page = person.page
    tab_to(person, f"input[name={name}]")
    page.keyboard.press("Space")
    for _ in range(6):
        if page.evaluate(IS_ON, f"input[name={name}][value={value}]"):
            return
        page.keyboard.press("ArrowDown")
    raise AssertionError(f"no arrow leads to {name}={value}")


def test_registration_is_filed_by_keyboard_alone(cast: Cast, open_browser: Opener, tmp_path: Path):
    give_second_factor(cast.chen)
    chen = open_browser("chen")
    enter(chen, cast.chen)
    page = chen.page
    case = cast.signed()
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(PDF)
    # from the start on: a listener that comes with the key may come after it
    page.on("filechooser", lambda chooser: chooser.set_files(str(paper)))

    chen.go("/cases/")
    press(chen, f"a[href*='{case.uid}']")
    page.wait_for_url(f"**/cases/{case.uid}/**")
    if "/apply/" not in page.url:
        press(chen, "main a.btn-primary")
    page.wait_for_url("**/apply/company/")
    for name in ("company_name", "registered_capital", "industry", "business_scope"):
        type_into(chen, name, str(ANSWERS[name]))
    choose(chen, "has_pre_approval_items", "no")
    press(chen, "main button.btn-primary")
    page.wait_for_url("**/apply/people/")
    for name in ("legal_representative", "shareholders", "beneficial_owner", "contact_name", "contact_phone"):
        type_into(chen, name, str(ANSWERS[name]))
    choose(chen, "submitted_by_agent", "no")
    press(chen, "main button.btn-primary")
    page.wait_for_url("**/apply/premises/")
    choose(chen, "premises_kind", "leased")
    for name in ("address", "floor_area"):
        type_into(chen, name, str(ANSWERS[name]))
    press(chen, "main button.btn-primary")
    page.wait_for_url("**/apply/materials/")
    page.wait_for_load_state("networkidle")
    for requirement in case.procedure.requirements.filter(condition__isnull=True).order_by("order"):
        tab_to(chen, f"form[action$='/materials/{requirement.pk}/'] input[type=file]")
        page.keyboard.press("Space")
        page.locator(f"#material-{requirement.pk} .chip.ok").first.wait_for()
    press(chen, "main a.btn-primary")
    page.wait_for_url("**/apply/check/")
    press(chen, "form[action$='/submit/'] button")
    page.wait_for_url(f"**/cases/{case.uid}/")
    assert Case.objects.get(pk=case.pk).state == CaseState.SUBMITTED


def test_queue_is_worked_by_keyboard_alone(cast: Cast, open_browser: Opener):
    Specialist.objects.filter(pk=cast.han.pk).update(is_active=False)
    cases = [cast.submitted(), cast.submitted()]
    give_second_factor(cast.wang.user)
    wang = open_browser("wang")
    enter(wang, cast.wang.user)
    page = wang.page
    wang.go("/desk/")
    page.keyboard.press("?")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Escape")
    page.locator("dialog[open]").wait_for(state="detached")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/tasks/**")
    page.keyboard.press("c")  # take it in hand
    page.locator("input[type=radio][name^=verdict-]").first.wait_for(state="attached")
    case = next(case for case in cases if f"/{cast.task(case, 'N2').pk}/" in page.url)
    materials = list(case.materials.order_by("requirement__order"))
    for material in materials:
        tab_to(wang, f"input[name=verdict-{material.pk}]")
        page.keyboard.press("Space")  # the first of the three: accept
    tab_to(wang, f"input[name=verdict-{materials[0].pk}]")
    page.keyboard.press("ArrowRight")  # correct
    type_into(wang, f"text-{materials[0].pk}", "请补签法定代表人姓名。")
    press(wang, "button[name=aim][value=correct]")
    page.wait_for_url("**/correct/")
    press(wang, "form[action$='/correct/'] button")
    page.wait_for_url("**/desk/")
    case.refresh_from_db()
    assert case.state == CaseState.CORRECTION
    assert case.correction.items.get().text == "请补签法定代表人姓名。"


def test_desk_watches_helps_and_inserts_by_keyboard(cast: Cast, open_browser: Opener):
    Specialist.objects.filter(pk=cast.han.pk).update(is_active=False)
    words = {"text_zh": "请补签法定代表人姓名。", "text_en": "Please add the signature."}
    keep_text(CorrectionText(), procedure="", material="", **words, by=cast.qian.user, now=NOW)
    task = cast.in_review()
    cast.submitted()
    give_second_factor(cast.wang.user)
    wang = open_browser("wang")
    enter(wang, cast.wang.user)
    page = wang.page
    wang.go("/desk/")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    page.keyboard.press("w")
    page.locator("[data-row] .bi-eye").wait_for()
    assert Watch.objects.get().user == cast.wang.user
    wang.go("/desk/?scope=watched")
    wang.look("desk-watched", wide=True)
    wang.go(f"/desk/tasks/{task.pk}/")
    page.keyboard.press("?")
    page.locator("dialog[open]").wait_for()
    page.keyboard.press("Escape")
    first = task.case.materials.order_by("requirement__order").first()
    page.keyboard.press("2")  # to be corrected: its text has the focus
    type_into(wang, f"text-{first.pk}", "第 3 页缺字。")
    page.select_option(f"#ready-{first.pk}", index=1)
    press(wang, f"button[name=insert][value='{first.pk}']")
    field = page.locator(f"[name=text-{first.pk}]")
    assert field.input_value() == "第 3 页缺字。\n请补签法定代表人姓名。\nPlease add the signature."
    wang.look("desk-review-texts", wide=True)
