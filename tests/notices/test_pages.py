"""The page of notices and the bell."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from park.notices.models import Notice
from park.notices.services import tell
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def li(cast: Cast, client):
    client.force_login(cast.li)
    return client


def notice(user, key: str = "1", path: str = "/cases/") -> Notice:
    tell("enterprise.refused", [user], key=key, path=path, now=NOW, note="名称与他人相同")
    return Notice.objects.get(dedupe_key=f"{key}:{user.pk}")


def test_notices_read_in_the_language_of_the_reader(cast, li):
    notice(cast.li)
    li.cookies["django_language"] = "en"
    assert "Reason: 名称与他人相同" in li.get("/notices/").content.decode()


def test_opening_marks_as_read_and_leads_on(cast, li):
    told = notice(cast.li)
    assert li.get(f"/notices/{told.pk}/")["Location"] == "/cases/"
    told.refresh_from_db()
    assert told.read_at is not None


@pytest.mark.parametrize("path", ["https://elsewhere.invalid/", "//elsewhere.invalid", ""])
def test_opening_never_leads_out_of_the_portal(cast, li, path):
    assert li.get(f"/notices/{notice(cast.li, path=path).pk}/")["Location"] == "/notices/"


def test_notice_of_somebody_else_is_not_found(cast, li):
    told = notice(cast.zhao)
    assert li.get(f"/notices/{told.pk}/").status_code == 404
    told.refresh_from_db()
    assert told.read_at is None


def test_all_can_be_marked_as_read_at_once(cast, li):
    mine, other = notice(cast.li), notice(cast.zhao)
    li.post("/notices/read/")
    mine.refresh_from_db()
    other.refresh_from_db()
    assert mine.read_at is not None
    assert other.read_at is None


def test_older_notices_stand_on_a_further_page(cast, li):
    for number in range(32):
        notice(cast.li, key=str(number))
    page = li.get("/notices/")
    assert len(page.context["rows"]) == 30
    assert len(li.get("/notices/", {"before": page.context["older"]}).context["rows"]) == 2


def test_list_asks_as_often_for_one_notice_as_for_three(cast, li):
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            li.get("/notices/")
        return len(seen)

    notice(cast.li)
    li.get("/notices/")
    one = queries()
    for key in ("2", "3"):
        notice(cast.li, key=key)
    assert queries() == one <= 12
