"""The list of enterprises: found while one types, and by keyboard alone."""

import pytest

from lifecycle.services.standard import publish_from_file
from profiles.services.names import follow
from tests.browser.conftest import Opener
from tests.browser.story import sign_in
from tests.cast import NOW, STANDARD, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_list_narrows_while_one_types_and_arrows_lead_into_it(open_browser: Opener):
    publish_from_file(STANDARD, now=NOW)
    cast = make_cast()
    follow(None)
    person = open_browser("wang")
    sign_in(person, cast.wang.user)
    person.go("/desk/companies/")
    page = person.page
    person.see(cast.other.name_zh)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("ymsw")
    page.get_by_text(cast.other.name_zh).wait_for(state="detached", timeout=5000)
    person.see(cast.enterprise.name_zh)
    assert page.url.endswith("/desk/companies/?q=ymsw")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.id") == f"company-{cast.enterprise.pk}"
    person.look("finder")
    person.go("/desk/companies/?q=nothing-like-it")
    person.look("finder-empty")


def test_list_is_found_without_scripts_on_a_phone(open_browser: Opener):
    publish_from_file(STANDARD, now=NOW)
    cast = make_cast()
    follow(None)
    person = open_browser("wang", width=360, javascript=False, language="en")
    sign_in(person, cast.wang.user)
    person.go("/desk/companies/")
    person.page.fill("[name=q]", "ying mu")
    person.page.press("[name=q]", "Enter")
    person.see(cast.enterprise.name_zh)
    assert person.page.get_by_text(cast.other.name_zh).count() == 0
    person.look("finder-small")
    person.go("/desk/duplicates/")
    person.look("duplicates-small")
