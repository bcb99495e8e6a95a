"""Real browsers before a real server. Every page they see is checked: no CSP violation, no error in the console."""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from park.accounts.models import User
from tests.second_factor import give_second_factor

# Playwright runs its own event loop in this thread; the ORM is used beside it, never inside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

SHOTS = os.environ.get("SCREENSHOTS")
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict) -> dict:
    return {
        **browser_type_launch_args,
        "executable_path": shutil.which("chromium") or shutil.which("chromium-browser"),
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    }


@dataclass
class Person:
    """Somebody with a browser of their own."""

    name: str
    page: Page
    base: str
    javascript: bool = True
    reader: Page | None = None
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)

    def see(self, text: str) -> None:
        """Wait until a text is on the page."""
        self.page.get_by_text(text).first.wait_for(timeout=5000)

    def look(self, shot: str, *, wide: bool = False) -> None:
        """Check the page for accessibility and sideways scroll; keep a picture where SCREENSHOTS names a folder."""
        self.check(shot, wide)
        if SHOTS:
            Path(SHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(Path(SHOTS) / f"{shot}.png"), full_page=True)

    def check(self, shot: str, wide: bool) -> None:
        page = self.page if self.javascript else self._same_in_reader()
        found = Axe().run(page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}})
        faults = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found.response["violations"]]
        assert not faults, f"{shot}: {faults}"
        if not wide:
            overflow = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, f"{shot}: {overflow} px too wide"

    def _same_in_reader(self) -> Page:
        """What a browser without JavaScript shows, in one with it: axe is a script. The page's own scripts are left out."""
        assert self.reader is not None
        bare = re.sub(r"<script.*?</script>", "", self.page.content(), flags=re.DOTALL)
        self.reader.route(
            self.page.url, lambda route: route.fulfill(body=bare, content_type="text/html; charset=utf-8")
        )
        self.reader.goto(self.page.url)
        self.reader.unroute_all()
        return self.reader


Opener = Callable[..., Person]
OTHERS_AT_WORK = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'
"""


def is_complaint(message: ConsoleMessage) -> bool:
    """Errors of the console, apart from the browser's remark that a form was answered by 422 with its faults."""
    return message.type == "error" and "status of 422" not in message.text


@pytest.fixture
def open_browser(browser: Browser, live_server) -> Iterator[Opener]:
    """Open a browser for a person: `open_browser("chen", language="en", width=390, javascript=False)`."""
    contexts: list[BrowserContext] = []
    people: list[Person] = []

    def open_one(name: str, *, language: str = "zh-hans", width: int = 1440, javascript: bool = True) -> Person:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            locale="zh-CN" if language == "zh-hans" else "en-GB",
            timezone_id="Asia/Shanghai",
        )
        context.set_default_timeout(8000)
        context.add_cookies([{"name": "django_language", "value": language, "url": live_server.url}])
        contexts.append(context)
        reader = None
        if not javascript:
            contexts.append(browser.new_context(viewport={"width": width, "height": 900}))
            reader = contexts[-1].new_page()
        person = Person(name, context.new_page(), live_server.url, javascript, reader)
        person.page.on(
            "console",
            lambda message: (
                person.complaints.append(f"{message.text} ({message.location.get('url', '')})")
                if is_complaint(message)
                else None
            ),
        )
        person.page.on("pageerror", lambda error: person.complaints.append(str(error)))
        people.append(person)
        return person

    yield open_one
    for person in people:
        if SHOTS:  # where everybody stood at the end, which is what one wants to see of a failure
            person.page.screenshot(path=str(Path(SHOTS) / f"last-{person.name}.png"), full_page=True)
    complaints = {person.name: person.complaints for person in people if person.complaints}
    for context in contexts:
        context.close()
    wait_until_quiet()
    assert not complaints, complaints


@pytest.fixture
def arrive(open_browser: Opener):
    """A browser in which somebody is signed in already: `arrive(cast.chen)`."""

    def arrive(user: User, **how) -> Person:
        give_second_factor(user)
        client = Client()  # of their own: whoever signs in where somebody is signed in ends that session
        client.force_login(user)
        person = open_browser(user.username, **how)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": person.base}
        person.page.context.add_cookies([cookie])
        return person

    return arrive


def wait_until_quiet(seconds: float = 10.0) -> None:
    """Wait for requests that the browsers have left behind: while one still reads, the tables cannot be emptied after the
    test. Quiet is what stays so for a while, since a request may have been taken on and not have asked anything yet."""
    until, quiet = time.monotonic() + seconds, 0
    while quiet < 4 and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(OTHERS_AT_WORK)
            quiet = 0 if cursor.fetchone()[0] else quiet + 1
        time.sleep(0.05)
