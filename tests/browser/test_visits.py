"""A report from the field: on a phone, where the network comes and goes, and without JavaScript."""

import json
from datetime import date, time

import pytest
from django.utils import timezone
from playwright.sync_api import Route, expect

from park.accounts.models import User
from park.deadlines.workdays import at, local_day
from park.events.models import Event
from profiles.enums import VisitKind, VisitState
from profiles.models import ProfileValue, Visit
from profiles.services import visit_planning
from tests.browser.conftest import Opener, Person
from tests.cast import Cast
from tests.second_factor import give_second_factor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = "产线满负荷，春季要招二十人；担心电价。"


@pytest.fixture
def visit(cast: Cast) -> Visit:
    today = local_day(timezone.now())
    # planned at the beginning of the quarter, so that it is of this year on every day of it
    visit_planning.plan_visits(at(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), time(9)))
    return Visit.objects.get(enterprise=cast.enterprise, kind=VisitKind.ANNUAL, period__year=today.year)


@pytest.fixture
def arrive(open_browser: Opener, client):
    """A phone on which somebody is signed in already."""

    def arrive(user: User, **how) -> Person:
        give_second_factor(user)
        client.force_login(user)
        person = open_browser(user.username, **({"width": 390} | how))
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": person.base}
        person.page.context.add_cookies([cookie])
        return person

    return arrive


def cut(route: Route) -> None:
    route.abort("internetdisconnected")


def write(person: Person) -> None:
    person.page.fill("[name=met]", "陈予安")
    person.page.fill("[name=text]", TEXT)
    person.page.fill("[name=value-revenue]", "3200")
    person.page.check("[name=manner][value=at_park]")


def forgive_the_cut(person: Person) -> None:
    """The browser says of itself in the console that the network was away; that is no fault of the page."""
    person.complaints[:] = [one for one in person.complaints if "ERR_INTERNET_DISCONNECTED" not in one]


def assert_held_once(visit: Visit) -> None:
    visit.refresh_from_db()
    assert (visit.state, visit.report, visit.manner) == (VisitState.HELD, TEXT, "at_park")
    assert Event.objects.filter(kind="visit.held").count() == 1
    assert ProfileValue.objects.get(item="revenue").number == 32_000_000


def test_report_survives_a_dropped_network_and_is_sent_when_it_is_back(cast: Cast, visit: Visit, arrive):
    person = arrive(visit.specialist.user)
    page, there = person.page, f"/desk/visits/{visit.pk}/report/"
    person.go(there)
    person.look("visit-report-390")
    write(person)
    page.route(f"**{there}", cut)
    page.click("form[data-field] button[type=submit]")
    person.see("网络已断开")
    assert page.input_value("[name=text]") == TEXT
    visit.refresh_from_db()
    assert visit.state == VisitState.PLANNED
    page.unroute(f"**{there}")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_url(f"**/desk/visits/{visit.pk}/")
    assert_held_once(visit)
    assert page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('report '))") == []
    forgive_the_cut(person)


def test_report_whose_answer_was_lost_is_taken_once(cast: Cast, visit: Visit, arrive):
    person = arrive(visit.specialist.user)
    page, there = person.page, f"/desk/visits/{visit.pk}/report/"
    person.go(there)
    write(person)

    def lose_answer(route: Route) -> None:
        route.fetch()  # it arrives; its answer never does
        route.abort("internetdisconnected")

    page.route(f"**{there}", lose_answer)
    page.click("form[data-field] button[type=submit]")
    person.see("网络已断开")
    page.unroute(f"**{there}")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_url(f"**/desk/visits/{visit.pk}/")
    assert_held_once(visit)
    forgive_the_cut(person)


def test_report_outlives_a_closed_tab(cast: Cast, visit: Visit, arrive):
    person = arrive(visit.specialist.user)
    there = f"/desk/visits/{visit.pk}/report/"
    person.go(there)
    write(person)
    key = person.page.input_value("[name=report_key]")
    second = person.page.context.new_page()
    person.page.close()
    person.page = second
    person.go(there)
    person.see("已恢复")
    assert second.input_value("[name=text]") == TEXT
    assert second.input_value("[name=report_key]") == key
    expect(second.locator("[name=manner][value=at_park]")).to_be_checked()
    second.click("form[data-field] button[type=submit]")
    second.wait_for_url(f"**/desk/visits/{visit.pk}/")
    assert_held_once(visit)


def test_faults_of_a_report_are_shown_and_nothing_is_lost(cast: Cast, visit: Visit, arrive):
    person = arrive(visit.specialist.user)
    page = person.page
    person.go(f"/desk/visits/{visit.pk}/report/")
    write(person)
    page.fill("[name=met]", "")
    page.click("form[data-field] button[type=submit]")
    page.locator(".errsum").wait_for()
    assert page.input_value("[name=text]") == TEXT
    page.fill("[name=met]", "陈予安")
    page.click("form[data-field] button[type=submit]")
    page.wait_for_url(f"**/desk/visits/{visit.pk}/")
    assert_held_once(visit)


def test_notes_are_not_found_by_somebody_else(cast: Cast, visit: Visit, arrive):
    person = arrive(visit.specialist.user)
    there = f"/desk/visits/{visit.pk}/report/"
    person.go(there)
    write(person)
    note = person.page.evaluate(f"localStorage.getItem('report {visit.pk}')")
    assert json.loads(note)["fields"]["text"] == TEXT
    other = arrive(cast.shen)
    other.go("/desk/visits/")
    other.page.evaluate("(note) => localStorage.setItem('report 1', note)", note)
    other.go(there)
    assert other.page.input_value("[name=text]") == ""
    assert other.page.evaluate("localStorage.getItem('report 1')") is None


def test_report_without_javascript(cast: Cast, visit: Visit, arrive):
    person = arrive(visit.specialist.user, javascript=False)
    person.go(f"/desk/visits/{visit.pk}/report/")
    write(person)
    person.page.click("form[data-field] button[type=submit]")
    person.page.wait_for_url(f"**/desk/visits/{visit.pk}/")
    assert_held_once(visit)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_of_visits_on_a_phone(cast: Cast, visit: Visit, arrive, language: str):
    person = arrive(cast.shen, language=language)
    for name, path in {
        "list": "/desk/visits/?who=all",
        "month": f"/desk/visits/month/?who=all&month={visit.planned_on:%Y-%m}",
        "one": f"/desk/visits/{visit.pk}/",
        "day": f"/desk/visits/{visit.pk}/reschedule/",
        "hand": f"/desk/visits/{visit.pk}/hand-over/",
        "cancel": f"/desk/visits/{visit.pk}/cancel/",
        "coverage": f"/desk/visits/coverage/?kind=annual&period={visit.period}",
    }.items():
        person.go(path)
        person.look(f"visits-{name}-{language}-390")
    owner = arrive(cast.chen, language=language)
    owner.go("/file/visits/")
    owner.look(f"visits-own-{language}-390")
