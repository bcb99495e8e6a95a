"""What a person typed, chose or handed in outlives second tabs, ended sessions, cut lines and pages that renew themselves."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from lifecycle.enums import Verdict
from lifecycle.models import Case, Message
from lifecycle.services import cases, review, tasks
from park.accounts.models import User
from tests.browser.conftest import Person
from tests.browser.story import press
from tests.cast import NOW, PASSWORD, PDF, Cast
from tests.second_factor import code, give_second_factor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def enter(page: Page, user: User) -> None:
    """Sign in on the page that asks for it."""
    user.authenticator_set.all().delete()
    secret = give_second_factor(user)
    page.fill("[name=login]", user.username)
    page.fill("[name=password]", PASSWORD)
    press(page, "/accounts/login/")
    page.fill("[name=code]", code(secret))
    press(page, "/accounts/2fa/authenticate/")
    page.wait_for_load_state()


def tab(person: Person, path: str) -> Page:
    page = person.page.context.new_page()
    page.goto(person.base + path)
    return page


def typed(page: Page, name: str, text: str) -> None:
    """Type, and wait until it is kept as a draft."""
    with page.expect_response("**/draft/"):
        page.fill(f"[name={name}]", text)


def save(page: Page) -> None:
    page.locator("form[data-autosave] button[type=submit]").click()
    page.wait_for_load_state()


def answers(case: Case) -> dict:
    return Case.objects.get(pk=case.pk).answers


def sign_out(person: Person) -> None:
    person.page.context.clear_cookies(name="sessionid")


def cut(route: Route) -> None:
    route.abort("connectionreset")


# -- two tabs, two people ------------------------------------------------------------------------------------------------


def test_two_tabs_of_one_draft_keep_both_texts(cast: Cast, arrive):
    case = cast.draft()
    path = f"/cases/{case.uid}/apply/company/"
    person = arrive(cast.chen)
    first, second = tab(person, path), tab(person, path)
    typed(first, "business_scope", "技术开发")
    typed(second, "industry", "生物医药")
    assert (answers(case)["business_scope"], answers(case)["industry"]) == ("技术开发", "生物医药")
    save(second)  # still shows no business scope
    assert answers(case)["business_scope"] == "技术开发"
    assert second.input_value("[name=business_scope]") == "技术开发"


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no-scripts"])
def test_field_changed_by_two_people_is_asked_and_keeps_both(cast: Cast, arrive, javascript: bool):
    case = cast.draft()
    cases.save_answers(case, {"industry": "农业"}, now=NOW)
    person = arrive(cast.chen, javascript=javascript)
    person.go(f"/cases/{case.uid}/apply/company/")
    cases.save_answers(case, {"industry": "软件", "business_scope": "软件开发"}, now=NOW)
    page = person.page
    page.fill("[name=industry]", "生物医药")
    save(page)
    expect(page.locator("#id_industry_error")).to_contain_text("软件")
    assert page.input_value("[name=industry]") == "生物医药"
    assert page.input_value("[name=business_scope]") == "软件开发"
    assert answers(case)["industry"] == "软件"
    person.look("apply-clash")
    save(page)
    assert (answers(case)["industry"], answers(case)["business_scope"]) == ("生物医药", "软件开发")


def test_draft_says_so_when_a_field_was_changed_elsewhere_too(cast: Cast, arrive):
    case = cast.draft()
    person = arrive(cast.chen, language="en")
    person.go(f"/cases/{case.uid}/apply/company/")
    cases.save_answers(case, {"industry": "软件"}, now=NOW)
    typed(person.page, "industry", "生物医药")
    expect(person.page.locator("[data-autosave-said]")).to_contain_text("changed elsewhere")
    assert answers(case)["industry"] == "软件"


def test_going_on_typing_while_a_draft_is_on_its_way_is_no_clash(cast: Cast, arrive):
    case = cast.draft()
    person = arrive(cast.chen)
    person.go(f"/cases/{case.uid}/apply/company/")
    page = person.page
    page.route("**/draft/", lambda route: (route.fetch(), None)[1])  # it arrives; its answer never does
    page.fill("[name=industry]", "生物")
    page.wait_for_timeout(2200)
    page.fill("[name=industry]", "生物医药")
    save(page)
    assert not page.locator("#id_industry_error:has-text('生物')").count()
    assert answers(case)["industry"] == "生物医药"


def test_verdicts_of_two_tabs_do_not_wipe_each_other(cast: Cast, arrive):
    task = cast.in_review()
    article, other = task.case.materials.order_by("requirement__order")[:2]
    person = arrive(task.assignee.user)
    first, second = (tab(person, f"/desk/tasks/{task.pk}/") for _ in range(2))
    first.locator(f"label:has(input[name=verdict-{article.pk}][value=correction])").click()
    first.fill(f"[name=text-{article.pk}]", "缺第 12 条。")
    first.locator("form[data-verdicts] button:not([name])").click()
    first.wait_for_load_state()
    second.locator(f"label:has(input[name=verdict-{other.pk}][value=accepted])").click()
    second.locator("form[data-verdicts] button:not([name])").click()
    second.wait_for_load_state()
    article.refresh_from_db()
    other.refresh_from_db()
    assert (article.verdict, article.verdict_note) == (Verdict.CORRECTION, "缺第 12 条。")
    assert other.verdict == Verdict.ACCEPTED


# -- leaving in haste ----------------------------------------------------------------------------------------------------


def test_what_is_typed_just_before_leaving_is_kept(cast: Cast, arrive):
    case = cast.draft()
    person = arrive(cast.chen)
    person.go(f"/cases/{case.uid}/apply/company/")
    person.page.fill("[name=industry]", "生物医药")
    person.go("/cases/")
    for _try in range(50):  # it is on its way while the other page comes
        if "industry" in answers(case):
            break
        person.page.wait_for_timeout(100)
    assert answers(case)["industry"] == "生物医药"


def test_link_and_language_wait_for_the_draft(cast: Cast, arrive):
    case = cast.draft()
    person = arrive(cast.chen)
    person.go(f"/cases/{case.uid}/apply/company/")
    page = person.page
    page.fill("[name=industry]", "生物医药")
    page.locator("button[name=language]:visible").click()
    page.wait_for_selector("html[lang=en]")
    assert page.input_value("[name=industry]") == "生物医药"
    page.fill("[name=business_scope]", "技术开发")
    page.locator(f"a[href='/cases/{case.uid}/apply/check/']").first.click()
    page.wait_for_url("**/apply/check/")
    assert "技术开发" in page.content()


# -- the session has ended -----------------------------------------------------------------------------------------------


def test_draft_says_signed_out_and_goes_on_after_signing_in(cast: Cast, arrive):
    case = cast.draft()
    person = arrive(cast.chen, language="en")
    person.go(f"/cases/{case.uid}/apply/company/")
    page = person.page
    sign_out(person)
    typed(page, "industry", "生物医药")
    expect(page.locator("[data-autosave-said]")).to_contain_text("You are signed out")
    person.look("apply-signed-out")
    with page.context.expect_page() as opened:
        page.click("[data-autosave-said] [data-sign-in]")
    enter(opened.value, cast.chen)
    page.evaluate("window.dispatchEvent(new Event('focus'))")  # unless the browser has told the page so already
    expect(page.locator("[data-autosave-said]")).to_contain_text("Saved")
    assert answers(case)["industry"] == "生物医药"
    expect(page.locator("[data-autosave-said] [data-sign-in]")).to_be_hidden()
    # A draft that was on its way while the token changed was refused, and sent again: the browser tells of the refusal.
    person.complaints[:] = [one for one in person.complaints if "403" not in one or "/draft/" not in one]
    save(page)  # with the token of before
    expect(page.locator("#id_business_scope_error")).to_be_visible()


@pytest.mark.parametrize("back", ["same", "other"])
def test_message_written_into_an_ended_session_comes_back(cast: Cast, arrive, back: str):
    case = cast.submitted()
    person = arrive(cast.chen)
    page = person.page
    person.go(f"/cases/{case.uid}/")
    page.fill("#id_body", "请问何时能取证？")
    sign_out(person)
    page.click("#talk form button")
    page.wait_for_url("**/accounts/login/**")
    assert not Message.objects.exists()
    user = cast.chen if back == "same" else cast.li
    enter(page, user)
    person.go(f"/cases/{case.uid}/")
    if back == "other":
        assert page.input_value("#id_body") == ""
        return
    assert page.input_value("#id_body") == "请问何时能取证？"
    expect(page.locator("[data-put-back].notice")).to_be_visible()
    person.look("track-put-back")
    page.click("#talk form button")
    page.wait_for_load_state()
    assert Message.objects.get().body == "请问何时能取证？"
    person.go(f"/cases/{case.uid}/")
    assert page.input_value("#id_body") == ""


def test_message_that_met_a_cut_line_comes_back(cast: Cast, arrive):
    case = cast.submitted()
    person = arrive(cast.chen)
    page = person.page
    person.go(f"/cases/{case.uid}/")
    page.fill("#id_body", "请问何时能取证？")
    page.route("**/message*/", cut)
    page.click("#talk form button")
    page.wait_for_url("chrome-error://**")
    page.unroute_all()
    person.complaints.clear()  # the browser tells of the cut
    page.go_back()
    expect(page.locator("#id_body")).to_have_value("请问何时能取证？")


def test_verdicts_written_into_an_ended_session_come_back(cast: Cast, arrive):
    task = cast.in_review()
    material = task.case.materials.first()
    user = task.assignee.user
    person = arrive(user)
    page = person.page
    person.go(f"/desk/tasks/{task.pk}/")
    page.locator(f"label:has(input[name=verdict-{material.pk}][value=correction])").click()
    page.fill(f"[name=text-{material.pk}]", "缺第 12 条。")
    sign_out(person)
    page.locator("form[data-verdicts] button:not([name])").click()
    page.wait_for_url("**/accounts/login/**")
    enter(page, user)
    page.wait_for_url(f"**/desk/tasks/{task.pk}/")
    expect(page.locator(f"[name=text-{material.pk}]")).to_have_value("缺第 12 条。")
    expect(page.locator(f"[name=verdict-{material.pk}][value=correction]")).to_be_checked()
    expect(page.locator(f"[name=text-{material.pk}]")).to_be_visible()


# -- files ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def paper(tmp_path: Path) -> str:
    path = tmp_path / "章程.pdf"
    path.write_bytes(PDF)
    return str(path)


@pytest.mark.parametrize("way", ["button", "choose"])
def test_file_that_was_cut_off_can_be_sent_again(cast: Cast, arrive, paper: str, way: str):
    case = cast.draft()
    wanted = cast.procedure.requirements.get(code="MAT-ART")
    person = arrive(cast.chen)
    page = person.page
    person.go(f"/cases/{case.uid}/apply/materials/")
    material = page.locator(f"#material-{wanted.pk}")
    page.route(f"**/materials/{wanted.pk}/", cut)
    material.locator("input[type=file]").set_input_files(paper)
    again = material.locator("[data-again]")
    expect(again).to_be_focused()
    page.unroute_all()
    person.complaints.clear()  # the browser tells of the cut
    if way == "button":
        again.press("Enter")
    else:
        material.locator("input[type=file]").set_input_files(paper)
    expect(page.locator(f"#material-{wanted.pk} .chip.ok")).to_be_visible()
    assert case.materials.get().versions.get().document.file_name == "章程.pdf"


def test_after_an_upload_the_focus_is_on_its_material(cast: Cast, arrive, paper: str):
    case = cast.draft()
    wanted = cast.procedure.requirements.get(code="MAT-ART")
    person = arrive(cast.chen, language="en")
    page = person.page
    person.go(f"/cases/{case.uid}/apply/materials/")
    page.set_input_files(f"#file-{wanted.pk}", paper)
    expect(page.locator(f"#material-{wanted.pk} h3")).to_be_focused()
    expect(page.locator("#said")).to_contain_text("received")


def test_upload_into_an_ended_session_stays_on_the_page(cast: Cast, arrive, paper: str):
    case = cast.in_correction()
    wanted = case.correction.items.get().material.requirement
    person = arrive(cast.chen, language="en")
    page = person.page
    person.go(f"/cases/{case.uid}/")
    page.fill("#id_body", "half a")
    sign_out(person)
    page.set_input_files(f"#file-{wanted.pk}", paper)
    expect(page.locator(f"#material-{wanted.pk} [data-error]")).to_contain_text("signed out")
    assert page.input_value("#id_body") == "half a"


# -- pages that renew themselves ---------------------------------------------------------------------------------------------


def test_upload_leaves_a_half_written_message_alone(cast: Cast, arrive, paper: str):
    case = cast.in_correction()
    wanted = case.correction.items.get().material.requirement
    person = arrive(cast.chen)
    page = person.page
    person.go(f"/cases/{case.uid}/")
    page.fill("#id_body", "请问何时")
    page.set_input_files(f"#file-{wanted.pk}", paper)
    expect(page.locator(f"#replace-{wanted.pk}")).to_be_attached()
    assert page.input_value("#id_body") == "请问何时"
    expect(page.locator("#id_body")).to_be_focused()


def test_renewed_tracking_page_leaves_focus_text_and_folds(cast: Cast, arrive):
    case = cast.submitted()
    task = cast.task(case, "N2")
    person = arrive(cast.chen)
    page = person.page
    person.go(f"/cases/{case.uid}/")
    link = page.locator("#tracking .mat a.icon-btn").first
    link.focus()
    href = link.get_attribute("href")
    tasks.claim_task(task, by=task.assignee.user, now=NOW)
    with page.expect_response(lambda answer: "/version/" in answer.url and answer.status == 200):
        pass
    page.wait_for_timeout(300)
    assert page.evaluate("document.activeElement.getAttribute('href')") == href

    page.fill("#id_body", "请问何时")
    page.locator("h1").click()  # away from the field
    first = task.case.materials.first()
    review.set_verdicts(task, {first.pk: (Verdict.CORRECTION, "缺第 12 条。")}, by=task.assignee.user, now=NOW)
    page.wait_for_timeout(6000)
    assert page.input_value("#id_body") == "请问何时"


def test_renewed_queue_leaves_focus_and_ticks(cast: Cast, arrive):
    mine = cast.task(cast.submitted(), "N2")
    person = arrive(mine.assignee.user)
    page = person.page
    person.go("/desk/")
    page.check(f"#row-{mine.pk}")
    page.locator(f"#open-{mine.pk}").focus()
    tasks.claim_task(mine, by=mine.assignee.user, now=NOW)
    with page.expect_response(lambda answer: "/version/" in answer.url and answer.status == 200):
        pass
    expect(page.locator(f"#open-{mine.pk}")).to_be_focused()
    expect(page.locator(f"#row-{mine.pk}")).to_be_checked()
