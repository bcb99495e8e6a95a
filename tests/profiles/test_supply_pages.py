"""The pages and the API of supply and demand: who sees what, and what each act answers."""

import pytest
from django.urls import reverse

from profiles.enums import Direction, IntroductionState
from profiles.models import Introduction, SupplyItem
from profiles.services import supply
from tests.api.callers import Caller
from tests.cast import NOW, Cast
from tests.profiles.supply import Market, bring_together, introduce, make, open_market
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(cast: Cast) -> Market:
    return open_market(cast)


@pytest.fixture
def sign_in(client):
    known = set()

    def as_person(user):
        if user.pk not in known:
            give_second_factor(user)
            known.add(user.pk)
        client.force_login(user)
        return client

    return as_person


PARK_PAGES = ["introductions:list", "introductions:wants", "referrals:list"]


@pytest.mark.parametrize("name", PARK_PAGES)
def test_desk_is_for_the_parks_own_people(sign_in, cast: Cast, name: str):
    for user, status in [(cast.wang.user, 200), (cast.shen, 200), (cast.gao.user, 403), (cast.zhao, 403)]:
        assert sign_in(user).get(reverse(name)).status_code == status


def test_item_is_entered_changed_and_ended(sign_in, cast: Cast):
    client = sign_in(cast.zhao)
    words = {"direction": "buys", "text": "滚动轴承", "industry_code": "34 通用设备制造业", "wants_local": "on"}
    assert client.post(reverse("supply:add"), {**words, "industry_code": "99999"}).status_code == 422
    assert client.post(reverse("supply:add"), words).status_code == 302
    item = SupplyItem.objects.get()
    assert (item.industry_code, item.wants_local, item.is_shown) == ("34", True, False)
    again = client.post(reverse("supply:add"), words)
    assert again.status_code == 422 and "滚动轴承" in again.content.decode()
    assert client.post(reverse("supply:change", args=[item.pk]), {**words, "text": "导轨"}).status_code == 302
    assert "导轨" in client.get(reverse("supply:list")).content.decode()
    assert client.post(reverse("supply:end", args=[item.pk])).status_code == 302
    assert "导轨" not in client.get(reverse("supply:list")).content.decode()
    late = client.post(reverse("supply:change", args=[item.pk]), words, follow=True)
    assert "滚动轴承" in late.content.decode()  # what was typed is not lost


def test_entry_that_was_changed_meanwhile_is_asked_about_and_ticks_stay_as_they_are(sign_in, cast: Cast):
    client = sign_in(cast.zhao)
    client.post(reverse("supply:add"), {"direction": "buys", "text": "滚动轴承", "industry_code": "34"})
    item = SupplyItem.objects.get()
    address = reverse("supply:change", args=[item.pk])
    shown = client.get(address).context["form"].seen_json
    words = {"industry_code": "34", "text": "滚动轴承"}
    client.post(address, {**words, "text": "导轨", "is_shown": "on", "wants_local": "on"})
    stale = client.post(address, {**words, "text": "丝杠", "seen": shown})
    assert stale.status_code == 422 and "导轨" in stale.content.decode() and "丝杠" in stale.content.decode()
    assert client.post(address, {**words, "seen": shown}).status_code == 302
    item.refresh_from_db()
    assert (item.text, item.is_shown, item.wants_local) == ("导轨", True, True)


def test_words_in_an_introduction_are_refused_with_the_remedy(sign_in, cast: Cast, market: Market):
    introduce(cast, market)
    offer = market.offers[0]
    answer = sign_in(market.makers[0]).post(
        reverse("supply:change", args=[offer.pk]), {"text": "别的", "industry_code": "34"}
    )
    assert answer.status_code == 422 and "别的" in answer.content.decode()


def test_both_sides_answer_and_see_each_other_only_then(sign_in, cast: Cast, market: Market):
    introduction = introduce(cast, market)
    page = reverse("supply:introduction", args=[introduction.pk])
    for reader, other in [(market.buyer, "启轴"), (market.makers[0], "瀛洲")]:
        client = sign_in(reader)
        for address in (page, reverse("supply:introductions"), reverse("supply:list")):
            assert other not in client.get(address).content.decode()
        assert client.post(reverse("supply:agree", args=[introduction.pk])).status_code == 302
    for reader, person, number in [
        (market.buyer, "冯启明", "13900000001"),
        (market.makers[0], "顾长禾", "13800004126"),
    ]:
        text = sign_in(reader).get(page).content.decode()
        assert person in text and number in text
    assert sign_in(market.makers[1]).get(page).status_code == 404
    client = sign_in(market.buyer)
    client.post(reverse("supply:decline", args=[introduction.pk]))  # too late
    introduction.refresh_from_db()
    assert introduction.state == IntroductionState.AGREED


def test_specialist_proposes_from_the_matches_and_records_the_outcome(sign_in, cast: Cast, market: Market):
    client = sign_in(cast.wang.user)
    page = client.get(reverse("introductions:wants"))
    assert [line.matches[0].partner for line in page.context["lines"]] == market.offers[::-1]
    pair = {"want": market.wants[0].pk, "offer": market.offers[0].pk}
    answer = client.post(reverse("introductions:propose"), pair)
    introduction = Introduction.objects.get()
    assert answer["Location"] == reverse("introductions:show", args=[introduction.pk])
    client.post(reverse("introductions:propose"), pair)
    assert Introduction.objects.count() == 1
    show = answer["Location"]
    assert client.get(show).context["form"] is None
    supply.agree(introduction, side=Direction.BUYS, by=market.buyer, now=NOW)
    supply.agree(introduction, side=Direction.MAKES, by=market.makers[0], now=NOW)
    wrong = client.post(show, {"outcome": "none", "saving_percent": "15"})
    assert wrong.status_code == 422 and list(wrong.context["form"].errors) == ["saving_percent"]
    assert client.post(show, {"outcome": "business", "saving_percent": "15"}).status_code == 302
    listed = client.get(reverse("introductions:list"))
    assert (listed.context["figures"].share, listed.context["figures"].saving) == (100, 15)
    client.post(show, {"outcome": "none"})
    introduction.refresh_from_db()
    assert introduction.outcome == "business"


def test_manager_reads_and_does_not_propose(sign_in, cast: Cast, market: Market):
    client = sign_in(cast.shen)
    assert not client.get(reverse("introductions:wants")).context["can_introduce"]
    pair = {"want": market.wants[0].pk, "offer": market.offers[0].pk}
    assert client.post(reverse("introductions:propose"), pair).status_code == 404
    assert not Introduction.objects.exists()


def test_park_enters_on_behalf_of_an_enterprise(sign_in, cast: Cast):
    client = sign_in(cast.wang.user)
    page, add = (reverse(f"introductions:{name}", args=[cast.other.pk]) for name in ("company", "add"))
    assert client.post(add, {"direction": "makes", "text": "储能柜", "industry_code": "3841"}).status_code == 302
    item = SupplyItem.objects.get()
    change, end = (reverse(f"introductions:{name}", args=[item.pk]) for name in ("change", "end"))
    assert client.post(change, {"text": "储能电池柜", "industry_code": "3841"}).status_code == 302
    assert "储能电池柜" in client.get(page).content.decode()
    assert client.post(end)["Location"] == page
    assert "储能电池柜" not in client.get(page).content.decode()


# -- the API ---------------------------------------------------------------------------------------------------------


def test_items_by_the_api(cast: Cast):
    caller = Caller(cast.zhao)
    words = {"direction": "makes", "industry_code": "3841", "text": "储能柜"}
    made = caller.post("/supply-items/", words, status=201)
    caller.post("/supply-items/", words, status=409)
    assert list(caller.post("/supply-items/", {**words, "industry_code": "00"}, status=400)["errors"]) == [
        "industry_code"
    ]
    changed = caller.patch(f"/supply-items/{made['id']}/", {"is_shown": False})
    assert (changed["text"], changed["is_shown"]) == ("储能柜", False)
    Caller(cast.chen).patch(f"/supply-items/{made['id']}/", {"is_shown": True}, status=404)
    assert Caller(cast.chen).get("/supply-items/")["results"] == []
    assert [row["id"] for row in Caller(cast.wang.user).get("/supply-items/", direction="makes")["results"]] == [
        made["id"]
    ]
    caller.post(f"/supply-items/{made['id']}/end/")
    caller.post(f"/supply-items/{made['id']}/end/", status=409)
    Caller(cast.wang.user).post("/supply-items/", words, status=403)
    Caller(cast.gao.user).get("/supply-items/", status=403)


def test_introductions_by_the_api_hide_the_other_side_until_both_agreed(cast: Cast, market: Market):
    desk, buyer, maker = Caller(cast.wang.user), Caller(market.buyer), Caller(market.makers[0])
    pair = {"want": market.wants[0].pk, "offer": market.offers[0].pk}
    made = desk.post("/introductions/", pair, status=201)
    desk.post("/introductions/", pair, status=409)
    desk.post("/introductions/", {"want": pair["offer"], "offer": pair["want"]}, status=400)
    buyer.post("/introductions/", pair, status=403)
    assert len(made["reasons"]) == 3 and made["maker"].startswith("上海启轴")
    place = f"/introductions/{made['id']}/"
    for seen in (buyer.get(place), buyer.get("/introductions/")["results"][0], buyer.post(f"{place}agree/")):
        assert (seen["maker"], seen["contact"], seen["reasons"], seen["side"]) == ("", None, [], "buys")
        assert "启轴" not in str(seen) and "冯" not in str(seen)
    buyer.post(f"{place}agree/", status=409)
    met = maker.post(f"{place}agree/")
    assert met["state"] == "agreed" and met["contact"]["phone"] == "13800004126" and met["due_at"] is None
    assert buyer.get(place)["contact"]["name"] == "冯启明"
    Caller(market.makers[1]).get(place, status=404)
    Caller(market.makers[1]).post(f"{place}agree/", status=404)
    buyer.post(f"{place}conclude/", {"outcome": "business"}, status=403)
    problem = desk.post(f"{place}conclude/", {"outcome": "none", "saving_percent": 3}, status=400)
    assert list(problem["errors"]) == ["saving_percent"]
    done = desk.post(f"{place}conclude/", {"outcome": "business", "saving_percent": "15"})
    assert (done["state"], done["saving_percent"]) == ("concluded", "15.00")
    desk.post(f"{place}conclude/", {"outcome": "none"}, status=409)


def test_declined_by_the_api_is_over(cast: Cast, market: Market):
    place = f"/introductions/{introduce(cast, market).pk}/"
    assert Caller(market.makers[0]).post(f"{place}decline/")["state"] == "declined"
    seen = Caller(market.buyer).get(place)
    assert seen["state"] == "declined" and seen["maker"] == "" and "启轴" not in str(seen)


def test_lists_go_on_where_a_page_ends(sign_in, cast: Cast):
    for n in range(33):
        make(cast.other, cast.zhao, "34", f"第 {n} 种")
    client = sign_in(cast.zhao)
    first = client.get(reverse("supply:list"))
    assert len(first.context["makes"]) == 30 and first.context["next_url"]
    second = client.get(reverse("supply:list") + first.context["next_url"])
    assert len(second.context["makes"]) == 3 and not second.context["next_url"]
    assert client.get(reverse("supply:list") + "?before=" + "9" * 40).status_code == 200


def test_feed_of_an_enterprise_holds_no_follow_up(cast: Cast, market: Market):
    from park.deadlines.feed import clocks_of

    met = bring_together(cast, market)
    assert not clocks_of(market.buyer, NOW).exists() and not clocks_of(market.makers[0], NOW).exists()
    answers, follow_up = clocks_of(cast.wang.user, NOW).order_by("pk")
    assert (answers.kind, answers.is_open, follow_up.pk) == ("introduction_answers", False, met.clock_id)
