"""What cannot be answered: pages for people, problems for programs, and nothing that fails twice."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from tests.cast import Cast
from tests.routes import World, build_world, routes
from tests.second_factor import give_second_factor

PROBLEM = "application/problem+json"


def quiet(**headers: str) -> Client:
    """A client that answers with 500 where a view fails, as the server does."""
    return Client(raise_request_exception=False, enforce_csrf_checks=True, headers=headers)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/admin/accounts/user/?username__exact=%00",
        "/admin/accounts/user/?role__exact=%00",
        "/admin/lifecycle/case/?state=%00",
        "/desk/?q=%00",
        "/desk/%00",
    ],
)
def test_nul_in_an_address_is_a_page_that_says_so(cast: Cast, address: str):
    client = quiet()
    give_second_factor(cast.admin)
    client.force_login(cast.admin)
    answer = client.get(address)
    assert answer.status_code == 400
    assert "这个请求无法识别" in answer.content.decode()


def test_nul_in_the_session_is_refused_before_the_database_sees_it():
    client = quiet()
    client.cookies.load('sessionid="aaaaaaaaaaaa\\000"')
    assert client.get("/").status_code == 400


def test_nul_in_an_address_of_the_api_is_a_problem():
    answer = quiet().get("/api/v1/cases/?state=%00")
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)


@pytest.mark.django_db
def test_percent_sign_that_was_escaped_is_no_nul(standard):
    assert quiet().get("/procedures/?q=%2500").status_code == 200


@pytest.mark.parametrize("charset", ["utf-7", "gbk", "hex"])
@pytest.mark.parametrize("address", ["/accounts/login/", "/no/such/page/"])
def test_form_in_another_charset_is_refused_with_the_plain_page(charset: str, address: str):
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    answer = quiet().generic("POST", address, b"login=x", content_type=kind)
    assert answer.status_code == 400
    assert '<p class="code">400</p>' in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("charset", ["utf8", "UTF-8"])
def test_form_in_utf_8_is_taken_however_it_is_spelled(standard, charset: str):
    kind = f"application/x-www-form-urlencoded; charset={charset}"
    assert Client().post("/accounts/login/", b"login=x", content_type=kind).status_code == 200


@pytest.mark.parametrize(("language", "title"), [("en", "Not found."), ("zh-CN", "没有找到。")])
def test_unknown_address_of_the_api_is_a_problem(language: str, title: str):
    answer = quiet(**{"Accept-Language": language}).get("/api/v1/nothing/")
    assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM)
    assert answer.json() == {
        "type": "urn:park:problem:not_found",
        "title": title,
        "status": 404,
        "instance": "/api/v1/nothing/",
    }


@pytest.mark.urls("tests.broken_urls")
def test_fault_of_our_own_is_told_without_the_database():
    page, problem = quiet().get("/broken/"), quiet().get("/api/v1/broken/")
    assert (page.status_code, problem.status_code) == (500, 500)
    assert '<p class="code">500</p>' in page.content.decode()
    assert problem["Content-Type"] == PROBLEM
    assert problem.json()["type"] == "urn:park:problem:server_error"


@pytest.mark.django_db
def test_address_of_a_form_says_what_it_is_and_leads_back(cast: Cast):
    case = cast.submitted()
    client = Client()
    client.force_login(cast.li)
    answer = client.get(reverse("cases:message", args=[case.uid]))
    assert (answer.status_code, answer["Allow"], answer["Cache-Control"]) == (405, "POST", "no-store")
    assert f'href="{reverse("cases:track", args=[case.uid])}"' in answer.content.decode()


def test_wrong_method_on_the_description_of_the_api_is_a_problem():
    answer = Client().put("/api/docs/")
    assert (answer.status_code, answer["Content-Type"], answer.json()["status"]) == (405, PROBLEM, 405)


@pytest.fixture
def world(cast: Cast) -> World:
    return build_world(cast)


@pytest.mark.django_db
@pytest.mark.parametrize("person", ["chen", "wang"])
def test_every_address_of_a_form_leads_back_to_a_page(world: World, person: str):
    user = getattr(world.cast, person)
    client, lost = Client(), []
    client.force_login(getattr(user, "user", user))
    for route in (route for route in routes() if not route.is_api):
        answer = client.get(route.filled(world, world.returned))
        for _step in range(2):  # a form may stand below another form
            if answer.status_code == 405:
                (back,) = re.findall(r'<a class="btn btn-primary" href="([^"]+)">', answer.content.decode())
                answer = client.get(unescape(back))
        if answer.status_code == 405:
            lost.append(route.text)
    assert lost == []
