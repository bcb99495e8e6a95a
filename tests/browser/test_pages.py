"""Every page of the portal in a real browser: axe finds nothing, nothing is too wide, the console is silent.

Wide in Chinese, and as narrow as the narrowest phone in English.
"""

import pytest

from park.accounts.models import User
from tests.browser.conftest import Opener, Person
from tests.cast import PASSWORD, Cast
from tests.routes import World, admits, build_world, routes
from tests.second_factor import code, secret_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PEOPLE = ["nobody", "chen", "wang", "shen", "gao"]
# Not pages of ours: the administration and the embedded documentation of the API are drawn by libraries.
OF_LIBRARIES = ("admin/", "api/", "healthz/")
# Parts of pages.
FRAGMENTS = ("version/", "preview/", "live/")
# Leaves the session, or is no page to look at.
LEFT_OUT = ("accounts/logout/", "i18n/", "start/")


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1440), ("en", 360)], ids=["wide", "narrow"])
def test_every_page_is_accessible_fits_and_is_silent(cast: Cast, open_browser: Opener, language: str, width: int):
    world = build_world(cast)
    for name in PEOPLE:
        person = open_browser(name, language=language, width=width)
        user = User.objects.get(username=name) if name != "nobody" else None
        if user is not None:
            enter(person, user)
        looked = [path for path in addresses(world, user) if opens(person, path)]
        assert len(looked) >= 4, (name, looked)


def addresses(world: World, user: User | None) -> list[str]:
    """The address of each page that may open, of the case in correction and of the completed one."""
    found = {}
    for case in (world.returned, world.completed):
        for route in routes():
            is_page = not route.text.startswith(OF_LIBRARIES + LEFT_OUT) and not route.text.endswith(FRAGMENTS)
            if is_page and admits(route, user):
                found[route.filled(world, case)] = None
    return list(found)


def opens(person: Person, path: str) -> bool:
    """Look at a page if it opens for this person; the others are looked at by those for whom they do."""
    request = person.page.context.request
    answer = request.get(person.base + path, max_redirects=0)
    if answer.status != 200 or not answer.headers.get("content-type", "").startswith("text/html"):
        return False
    person.go(path)
    person.look(f"{person.name}-{path.strip('/').replace('/', '-') or 'home'}")
    return True


def enter(person: Person, user: User) -> None:
    page = person.page
    person.go("/accounts/login/")
    page.fill("[name=login]", user.username)
    page.fill("[name=password]", PASSWORD)
    page.locator("form[action$='/accounts/login/'] button[type=submit]").click()
    page.fill("[name=code]", code(secret_of(user)))
    page.locator("form[action$='/2fa/authenticate/'] button[type=submit]").first.click()
    page.wait_for_url(lambda url: "/accounts/" not in url)
