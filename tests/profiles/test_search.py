"""One box: whatever part of a name one knows finds the enterprise, and nothing that fits is missed."""

import random
from datetime import date

import pytest
from django.test import Client

from bench.search import expected, fill, is_right, queries
from park.accounts.enums import Approval
from park.accounts.models import Enterprise, User
from profiles.models import ProfileValue, SearchKey, Tag, TagRule
from profiles.permissions.files import visible_enterprises
from profiles.selectors import search
from profiles.services.facts import refresh
from profiles.services.names import add_former_name, follow, rename_enterprise
from profiles.services.profile import remember
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def island(cast: Cast) -> Cast:
    rename_enterprise(
        cast.enterprise,
        name_zh=cast.enterprise.name_zh,
        name_en="Shanghai Yingmu Biotechnology Co., Ltd.",
        since=date(2026, 1, 1),
        by=cast.shen,
        now=NOW,
    )
    add_former_name(cast.enterprise, text="崇明绿藻研究所", until=None, by=cast.shen, now=NOW)
    Enterprise.objects.filter(pk=cast.enterprise.pk).update(uscc="91310230MA1K0ABC3B", is_forming=False)
    follow(None)
    return cast


def finds(user: User, words: str) -> list[int]:
    return list(search.found(words, visible_enterprises(user)).by)


@pytest.mark.parametrize(
    "words",
    [
        "瀛",
        "沐",
        "瀛沐生物",
        "海瀛沐",
        "（瀛沐）",
        "Yingmu bio",
        "YINGMU",
        "ｙｉｎｇｍｕ",
        "ying mu",
        "shanghaiyingm",
        "ymsw",
        "shymsw",
        "91310230MA1K0ABC3B",
        "ma1k0abc",
        "绿藻",
        "lvzao",
        "luzao",
        "lz",
        "  瀛 沐  ",
    ],
)
def test_found_by(island: Cast, words: str):
    assert finds(island.shen, words)[:1] == [island.enterprise.pk]


@pytest.mark.parametrize("words", ["瀛沫", "xyzq", "（）", "100%", "_", "91310230MA1K0ABC3X"])
def test_not_found_by(island: Cast, words: str):
    assert finds(island.shen, words) == []


def test_search_is_for_the_park_and_shows_each_enterprise_its_own_alone(island: Cast):
    assert set(finds(island.wang.user, "上海")) == {island.other.pk, island.enterprise.pk}
    assert finds(island.zhao, "瀛沐") == []
    assert finds(island.gao.user, "瀛沐") == []


def test_an_enterprise_without_keys_is_found_all_the_same(island: Cast):
    new = Enterprise.objects.create(
        name_zh="上海初来科技有限公司", name_en="Newcomer", is_forming=True, approval=Approval.APPROVED, created_at=NOW
    )
    assert finds(island.shen, "初来") == finds(island.shen, "newcom") == [new.pk]
    SearchKey.objects.filter(enterprise=island.enterprise, kind="c").delete()
    assert finds(island.shen, "91310230ma1k0abc3b") == [island.enterprise.pk]


def test_what_waits_for_approval_is_not_found(island: Cast):
    Enterprise.objects.filter(pk=island.enterprise.pk).update(approval=Approval.PENDING)
    assert finds(island.shen, "瀛沐") == []


def test_exact_comes_before_what_begins_with_it_and_that_before_what_holds_it(cast: Cast):
    order = ["瀛沐", "瀛沐科技", "上海瀛沐水产有限公司", "大瀛沐", "新大瀛沐"]
    for name in reversed(order):
        Enterprise.objects.create(name_zh=name, is_forming=True, approval=Approval.APPROVED, created_at=NOW)
    follow(None)
    found = search.found("瀛沐", visible_enterprises(cast.shen).exclude(pk=cast.enterprise.pk))
    names = Enterprise.objects.in_bulk(list(found.by))
    assert [names[pk].name_zh for pk in found.by] == order


def test_every_part_of_a_thousand_names_finds_all_that_hold_it(cast: Cast):
    chance = random.Random(26)
    fill(chance, 1000, 100)
    keys = list(SearchKey.objects.values_list("enterprise_id", "kind", "text"))
    among = visible_enterprises(cast.shen)
    seen = set(among.values_list("pk", flat=True))
    for query in queries(chance, 12):
        wanted = expected(query.words, keys) & seen
        assert is_right(search.found(query.words, among), wanted), query
        few = among.filter(pk__lte=min(seen) + 300)
        narrowed = search.found(query.words, few, is_narrowed=True)
        assert is_right(narrowed, wanted & set(few.values_list("pk", flat=True))), query


def test_what_may_not_be_seen_does_not_hide_what_may(cast: Cast):
    """A hundred that fit better are not approved; the search goes on behind them."""
    Enterprise.objects.bulk_create(
        Enterprise(name_zh=f"凌云{n}", is_forming=True, approval=Approval.REFUSED, created_at=NOW) for n in range(300)
    )
    last = Enterprise.objects.create(
        name_zh="东方高远凌云直上有限公司", is_forming=True, approval=Approval.APPROVED, created_at=NOW
    )
    follow(None)
    assert finds(cast.shen, "凌云") == [last.pk]


def client_of(user: User) -> Client:
    give_second_factor(user)
    client = Client()
    client.force_login(user)
    return client


def test_page_lists_searches_and_filters(island: Cast):
    remember(island.enterprise, by=island.chen, now=NOW, specialist=island.wang)
    rule = TagRule.objects.first() or TagRule.objects.create(code="t", name_zh="标签甲", name_en="Tag A", group="size")
    Tag.objects.create(enterprise=island.enterprise, rule=rule, origin="rule", since=NOW)
    ProfileValue.objects.create(
        enterprise=island.enterprise,
        item="industry_code",
        text="27",
        source="registry",
        said_at=NOW,
        is_accepted=True,
    )
    refresh([island.enterprise.pk, island.other.pk], now=NOW)
    client = client_of(island.wang.user)
    for query in ("", "?q=ymsw", f"?tag={rule.code}", "?section=C", f"?specialist={island.wang.pk}&q=瀛"):
        page = client.get(f"/desk/companies/{query}").content.decode()
        assert f'href="/desk/companies/{island.enterprise.pk}/"' in page, query
        assert (f"/desk/companies/{island.other.pk}/" in page) == (query == ""), query
    assert "曾用名：崇明绿藻研究所" in client.get("/desk/companies/?q=绿藻").content.decode()
    nothing = client.get("/desk/companies/?section=A").content.decode()
    assert "没有符合的企业" in nothing
    assert client.get("/desk/companies/?tag=no-such&after=x&before=99999999999999999999").status_code == 200


def test_page_is_paginated_by_position(island: Cast):
    Enterprise.objects.bulk_create(
        Enterprise(name_zh=f"众企{n}", is_forming=True, approval=Approval.APPROVED, created_at=NOW) for n in range(120)
    )
    client = client_of(island.shen)
    seen: list[int] = []
    address = "/desk/companies/"
    while address:
        context = client.get(address).context
        seen += [row.enterprise.pk for row in context["page"].rows]
        previous = context["previous_url"]
        address = f"/desk/companies/{context['next_url']}" if context["next_url"] else ""
    assert seen == sorted(visible_enterprises(island.shen).values_list("pk", flat=True), reverse=True)
    back = client.get(f"/desk/companies/{previous}").context["page"].rows
    assert [row.enterprise.pk for row in back] == seen[50:100]


def test_too_many_are_cut_and_said(island: Cast):
    Enterprise.objects.bulk_create(
        Enterprise(name_zh=f"众企{n}", is_forming=True, approval=Approval.APPROVED, created_at=NOW) for n in range(60)
    )
    follow(None)
    page = client_of(island.shen).get("/desk/companies/?q=众企")
    assert len(page.context["page"].rows) == 50
    assert page.context["page"].is_cut


@pytest.mark.parametrize("name", ["chen", "gao", "auditor", "admin"])
def test_page_is_for_specialists_and_leaders(cast: Cast, name: str):
    user = User.objects.get(username=name)
    assert client_of(user).get("/desk/companies/").status_code == 403


def test_api_searches_and_pages(island: Cast):
    client = client_of(island.wang.user)
    found = client.get("/api/v1/enterprises/?q=ymsw").json()
    assert [one["id"] for one in found["results"]] == [island.enterprise.pk]
    assert found["is_cut"] is False
    page = client.get("/api/v1/enterprises/?page_size=1").json()
    assert len(page["results"]) == 1
    rest = client.get(page["next"]).json()
    assert {page["results"][0]["id"], rest["results"][0]["id"]} == {island.enterprise.pk, island.other.pk}
    assert client.get(f"/api/v1/enterprises/?q={'x' * 101}").status_code == 400
    assert client_of(island.zhao).get("/api/v1/enterprises/?q=瀛").status_code == 403
