"""The managers' pages: who sees them, that every number leads to its clocks, and what they cost."""

import csv
import io
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from park.deadlines.enums import Source
from park.deadlines.models import Clock
from park.deadlines.sweep import sweep
from profiles.enums import NeedSource
from profiles.models import NeedCategory
from profiles.services import visit_planning
from profiles.services.needs import raise_need
from tests.cast import Cast
from tests.cockpit.conftest import sign_in
from tests.deadlines.clocks import start

pytestmark = pytest.mark.django_db

PAGES = ["/cockpit/", "/cockpit/version/", "/cockpit/clocks/", "/cockpit/clocks.csv"]


def text_of(response: object) -> str:
    return unescape(response.content.decode())  # type: ignore[attr-defined]


def now_scene(cast: Cast) -> None:
    """Clocks as seen from today: one overdue, one just begun, both of enterprise A."""
    start(cast, now=timezone.now() - timedelta(days=30))
    start(cast, now=timezone.now())


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    ("who", "status"),
    [("shen", 200), ("auditor", 200), ("admin", 200), ("chen", 403), ("wang", 403), ("gao", 403), (None, 302)],
)
def test_cockpit_is_for_managers_auditors_and_administrators(
    client: Client, cast: Cast, path: str, who: str | None, status: int
) -> None:
    if who:
        person = getattr(cast, who)
        sign_in(client, getattr(person, "user", person))
    assert client.get(path).status_code == status


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "query",
    ["period=month", "figure=all", "week=soon", "week=0001-01-01", "week=9999-12-31", "person=wang", "person=²"],
)
def test_address_that_means_nothing_is_not_found(manager: Client, path: str, query: str) -> None:
    assert manager.get(f"{path}?{query}").status_code == 404


@pytest.mark.parametrize("after", ["x", "1e99,1", "nan,1", "1,", "inf,2"])
def test_place_in_a_list_that_is_none_is_not_found(manager: Client, after: str) -> None:
    assert manager.get("/cockpit/clocks/", {"after": after}).status_code == 404


@pytest.mark.parametrize("number", ["99999999999999999999", "4711"])
def test_person_who_does_not_exist_has_no_clocks(manager: Client, number: str) -> None:
    response = manager.get("/cockpit/clocks/", {"person": number})
    assert (response.status_code, response.context["page"].total) == (200, 0)


def test_dashboard_without_any_clock_says_so(manager: Client) -> None:
    response = manager.get("/cockpit/")
    assert response.status_code == 200
    assert response.context["total"].tally.open == 0


@pytest.mark.parametrize("query", ["", "?period=year", "?period=quarter&department=DEP-INV"])
def test_every_number_on_the_dashboard_leads_to_as_many_clocks(manager: Client, cast: Cast, query: str) -> None:
    now_scene(cast)
    start(cast, now=timezone.now() - timedelta(days=40), responsible=None)
    page = text_of(manager.get(f"/cockpit/{query}"))
    links = re.findall(r'<a [^>]*href="(/cockpit/clocks/[^"]*)"[^>]*>(.*?)</a>', page)
    numbers = [(url, int(found[1])) for url, body in links if (found := re.fullmatch(r"\D*(\d+)(?: / \d+)?", body))]
    checked = 0
    for url, number in numbers:
        listed = manager.get(url)
        assert listed.status_code == 200
        if "figure=settled" not in url:
            assert listed.context["page"].total == number, url
            checked += 1
    assert checked > 10


def test_tiles_lead_to_lists_of_the_same_length(manager: Client, cast: Cast) -> None:
    now_scene(cast)
    line = manager.get("/cockpit/").context["total"]
    assert (line.tally.overdue, line.tally.running) == (1, 1)
    for figure, url in line.links.items():
        assert manager.get(url).context["page"].total == getattr(line.tally, figure), figure


def test_manager_reaches_the_case_and_others_do_not(client: Client, cast: Cast) -> None:
    case = cast.submitted(timezone.now())
    url = f"/desk/cases/{case.uid}/"
    sign_in(client, cast.shen)
    assert url in text_of(client.get("/cockpit/clocks/"))
    sign_in(client, cast.auditor)
    page = text_of(client.get("/cockpit/clocks/"))
    assert case.reference in page
    assert url not in page


def test_cost_of_the_pages_does_not_grow_with_the_rows(manager: Client, cast: Cast) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert manager.get(path).status_code == 200
        return len(queries)

    now_scene(cast)
    cast.submitted(timezone.now())
    few = {path: cost(path) for path in PAGES}
    for _ in range(4):
        now_scene(cast)
    assert {path: cost(path) for path in PAGES} == few
    assert max(few.values()) <= 12


def test_version_answers_304_until_something_happens(manager: Client, cast: Cast) -> None:
    first = manager.get("/cockpit/version/")
    same = manager.get("/cockpit/version/", headers={"If-None-Match": first.headers["ETag"]})
    if timezone.now().minute == first.context["now"].minute:
        assert (same.status_code, same.content) == (304, b"")
    start(cast, now=timezone.now())
    changed = manager.get("/cockpit/version/", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200
    assert "<html" not in changed.content.decode()


def test_version_differs_by_scope_and_language(manager: Client) -> None:
    tags = {manager.get(f"/cockpit/version/{query}").headers["ETag"] for query in ("", "?period=year", "?department=X")}
    manager.cookies["django_language"] = "en"
    tags.add(manager.get("/cockpit/version/").headers["ETag"])
    assert len(tags) == 4


def test_dashboard_says_that_the_engine_stands_still(manager: Client) -> None:
    manager.cookies["django_language"] = "en"
    assert "No sweep has ever run" in text_of(manager.get("/cockpit/"))
    sweep(source=Source.COMMAND)
    assert "sweep has ever run" not in text_of(manager.get("/cockpit/"))


def test_export_holds_the_rows_of_the_list_and_no_formula(manager: Client, cast: Cast) -> None:
    cast.enterprise.name_zh = "=HYPERLINK(1)"
    cast.enterprise.is_forming = False
    cast.enterprise.uscc = "91310230MA1K0ABC3B"
    cast.enterprise.save()
    now_scene(cast)
    response = manager.get("/cockpit/clocks.csv?figure=overdue")
    assert response.headers["Content-Disposition"].startswith("attachment;")
    table = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert len(table) == 2
    assert table[1][1] == "'=HYPERLINK(1)"
    assert len(table[0]) == len(table[1]) == 14


def test_list_keeps_its_scope_from_page_to_page(manager: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("park.cockpit.selectors.rows.PAGE", 1)
    for _ in range(3):
        start(cast, now=timezone.now() - timedelta(days=30))
    start(cast, now=timezone.now())
    url, seen = "/cockpit/clocks/?figure=overdue", []
    while url:
        response = manager.get(url)
        seen += [row.clock.pk for row in response.context["page"].rows]
        url = response.context["next_url"]
    assert len(seen) == len(set(seen)) == Clock.objects.overdue(timezone.now()).count() == 3


@pytest.mark.parametrize(("language", "needs", "visits"), [("zh-hans", "需求", "走访"), ("en", "Needs", "Visits")])
def test_what_is_no_procedure_of_the_standard_has_a_name_too(
    manager: Client, cast: Cast, language: str, needs: str, visits: str
) -> None:
    """Needs and visits are counted on their own floor, which names them; no code is shown to people."""
    raise_need(
        enterprise=cast.enterprise,
        category=NeedCategory.objects.first(),
        text="要电",
        source=NeedSource.PORTAL,
        by=cast.chen,
        now=timezone.now(),
    )
    visit_planning.plan_visits(timezone.now())
    manager.cookies["django_language"] = language
    board = manager.get("/cockpit/")
    assert {line.tally.key: line.tally.name for line in board.context["procedures"]} == {"NEED": needs, "VISIT": visits}
    found = manager.get("/cockpit/clocks/?procedure=NEED")
    assert [one["label"] for one in found.context["narrowed"]] == [needs]
    table = list(csv.reader(io.StringIO(text_of(manager.get("/cockpit/clocks.csv")).lstrip("\ufeff"))))
    assert {row[2] for row in table[1:]} == {needs, visits}
