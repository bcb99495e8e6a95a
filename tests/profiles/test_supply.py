"""What enterprises make and buy, who fits whom, and how two are brought together."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from park.accounts.enums import Approval
from park.accounts.models import Enterprise
from park.deadlines.enums import ClockState
from park.events import consumers
from park.events.models import Event
from park.notices.kinds import words
from park.notices.models import Notice
from park.team.models import Specialist
from profiles import pairing
from profiles.enums import Direction, IntroductionState, Outcome
from profiles.models import Introduction, SupplyItem
from profiles.selectors import supply as selectors
from profiles.services import supply
from profiles.services.profile import keep_contacts
from tests.cast import NOW, Cast, at
from tests.profiles.supply import SUPPLIERS, Market, bring_together, buy, introduce, make, open_market

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(cast: Cast) -> Market:
    return open_market(cast)


def kinds(thread: str) -> list[str]:
    return list(Event.objects.filter(thread=thread).order_by("pk").values_list("kind", flat=True))


def test_item_is_added_changed_and_ended(cast: Cast):
    item = make(cast.other, cast.zhao, "3451", "  滚动   轴承 ")
    assert (item.text, item.words) == ("滚动 轴承", ["滚动", "轴承"])
    supply.change_item(item, industry_code="34", text="导轨", is_shown=False, by=cast.zhao, now=NOW)
    item.refresh_from_db()
    assert (item.industry_code, item.text, item.words, item.is_shown) == ("34", "导轨", ["导轨"], False)
    supply.end_item(item, by=cast.zhao, now=NOW)
    thread = f"file:{cast.other.pk}"
    assert kinds(thread) == ["supply.added", "supply.changed", "supply.ended"]
    with pytest.raises(supply.ItemMoved):
        supply.end_item(item, by=cast.zhao, now=NOW)
    with pytest.raises(supply.ItemMoved):
        supply.change_item(item, industry_code="34", text="x", by=cast.zhao, now=NOW)
    assert len(kinds(thread)) == 3
    make(cast.other, cast.zhao, "34", "导轨")  # what has ended can be entered anew


@pytest.mark.parametrize(
    ("code", "text"), [("00", "轴承"), ("3", "轴承"), ("C", "轴承"), ("34511", "轴承"), ("34", "  ")]
)
def test_item_needs_an_industry_and_words(cast: Cast, code: str, text: str):
    with pytest.raises(ValueError, match="GB/T 4754"):
        make(cast.other, cast.zhao, code, text)
    assert not SupplyItem.objects.exists() and not Event.objects.filter(kind="supply.added").exists()


def test_same_is_not_entered_twice(cast: Cast):
    first = make(cast.other, cast.zhao, "34", "轴承")
    second = make(cast.other, cast.zhao, "34", "导轨")
    with pytest.raises(supply.AlreadyEntered):
        make(cast.other, cast.zhao, "34", "轴承")
    with pytest.raises(supply.AlreadyEntered):
        supply.change_item(second, industry_code="34", text=first.text, by=cast.zhao, now=NOW)
    assert len(kinds(f"file:{cast.other.pk}")) == 2


def test_only_what_is_bought_is_wanted_from_the_park(cast: Cast):
    assert not make(cast.other, cast.zhao, "34", "轴承", wants_local=True).wants_local


def test_words_stay_while_an_introduction_speaks_of_them(cast: Cast, market: Market):
    introduce(cast, market)
    offer = market.offers[0]
    with pytest.raises(supply.ItemInUse):
        supply.change_item(offer, industry_code="3451", text="别的", by=market.makers[0], now=NOW)
    supply.change_item(
        offer, industry_code=offer.industry_code, text=offer.text, is_shown=False, by=market.makers[0], now=NOW
    )
    offer.refresh_from_db()
    assert not offer.is_shown


# -- matching --------------------------------------------------------------------------------------------------------


def test_every_want_finds_its_maker_first_and_says_why(cast: Cast, market: Market):
    found = selectors.matches(market.wants, each=3)
    for want, offer in zip(market.wants, market.offers, strict=True):
        best = found[want.pk][0]
        assert best.partner == offer
        codes = [reason["code"] for reason in best.reasons]
        assert codes[0] == "industry" and {"words", "local"} <= set(codes)
        assert (best.want, best.offer) == (want, offer)


def test_makers_find_their_customers_too(cast: Cast, market: Market):
    found = selectors.matches(market.offers, each=1)
    assert [found[offer.pk][0].partner for offer in market.offers] == market.wants


def test_words_find_across_industries(cast: Cast):
    want = buy(cast.enterprise, cast.chen, "35", "深海探测用滚动轴承")
    offer = make(cast.other, cast.zhao, "29", "滚动轴承保持架")
    [match] = selectors.matches([want], each=3)[want.pk]
    assert match.partner == offer
    assert [reason["code"] for reason in match.reasons] == ["words", "local"]


def test_own_ended_merged_and_unapproved_never_match(cast: Cast, market: Market):
    want = market.wants[0]
    own = make(market.manufacturer, market.buyer, want.industry_code, want.text)
    supply.end_item(market.offers[0], by=market.makers[0], now=NOW)
    merged = make(cast.other, cast.zhao, want.industry_code, want.text)
    refused = make(cast.enterprise, cast.chen, want.industry_code, want.text)
    Enterprise.objects.filter(pk=cast.other.pk).update(merged_into=cast.enterprise)
    Enterprise.objects.filter(pk=cast.enterprise.pk).update(approval=Approval.REFUSED)
    partners = {match.partner for match in selectors.matches([want], each=99)[want.pk]}
    assert partners & {own, market.offers[0], merged, refused} == set()
    Enterprise.objects.filter(pk=cast.other.pk).update(merged_into=None)
    assert merged in {match.partner for match in selectors.matches([want], each=99)[want.pk]}


def test_what_was_proposed_is_not_offered_again(cast: Cast, market: Market):
    introduction = introduce(cast, market)
    assert market.offers[0] not in [m.partner for m in selectors.matches([market.wants[0]], each=9)[market.wants[0].pk]]
    assert [reason["code"] for reason in introduction.reasons] == ["industry", "words", "local"]


def test_customers_through_introductions_speak_for_a_maker(cast: Cast, market: Market):
    done = bring_together(cast, market)
    supply.conclude_introduction(done, outcome=Outcome.BUSINESS, by=cast.wang.user, now=NOW)
    want = buy(cast.other, cast.zhao, "3451", "轴承")
    [match] = [m for m in selectors.matches([want], each=9)[want.pk] if m.partner == market.offers[0]]
    assert {"code": "customers", "n": 1} in match.reasons


def test_five_thousand_items_are_matched_at_once(cast: Cast, market: Market):
    makers = Enterprise.objects.bulk_create(
        Enterprise(name_zh=f"众企 {n}", is_forming=True, approval=Approval.APPROVED, created_at=NOW) for n in range(500)
    )
    items = [
        SupplyItem(
            enterprise=makers[n % 500],
            direction=Direction.MAKES,
            industry_code=f"34{n % 90 + 10}"[:4],
            text=f"第 {n} 种滚动轴承、导轨与液压缸",
            words=pairing.words(f"第 {n} 种滚动轴承、导轨与液压缸"),
            created_by=cast.zhao,
            created_at=NOW,
        )
        for n in range(5000)
    ]
    SupplyItem.objects.bulk_create(items)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE profiles_supplyitem, accounts_enterprise")
    began = time.perf_counter()
    found = selectors.matches([market.wants[0]], each=5)
    took = time.perf_counter() - began
    assert len(found[market.wants[0].pk]) == 5
    assert took < 1, took


# -- introductions ---------------------------------------------------------------------------------------------------


def test_seeds_case_ends_with_a_cheaper_purchase(cast: Cast, market: Market):
    """Five kinds of parts, five makers next door, all agreed; the purchase costs 15 % less in the mean."""
    for place, row in enumerate(SUPPLIERS):
        done = bring_together(cast, market, place)
        assert done.state == IntroductionState.AGREED
        supply.conclude_introduction(
            done, outcome=Outcome.BUSINESS, saving_percent=Decimal(row[-1]), by=cast.wang.user, now=NOW
        )
    found = selectors.figures(Introduction.objects.all())
    assert (found.introductions, found.business, found.share, found.saving) == (5, 5, 100, 15)
    assert {row.clock.state for row in Introduction.objects.select_related("clock")} == {ClockState.MET}


def test_pairs_that_cannot_meet_are_not_proposed(cast: Cast, market: Market):
    own = make(market.manufacturer, market.buyer, "3451", "轴承")
    by, want, offer = cast.wang.user, market.wants[0], market.offers[0]
    for one, other in [(want, own), (offer, want), (want, market.wants[1])]:
        with pytest.raises(supply.NotFitting):
            supply.propose_introduction(want=one, offer=other, by=by, now=NOW)
    Enterprise.objects.filter(pk=offer.enterprise_id).update(merged_into=cast.other)
    with pytest.raises(supply.NotFitting):
        supply.propose_introduction(want=want, offer=offer, by=by, now=NOW)
    Enterprise.objects.filter(pk=offer.enterprise_id).update(merged_into=None)
    with pytest.raises(Specialist.DoesNotExist):
        supply.propose_introduction(want=want, offer=offer, by=cast.shen, now=NOW)
    assert not Introduction.objects.exists()
    introduce(cast, market)
    with pytest.raises(supply.AlreadyIntroduced):
        introduce(cast, market)
    assert Event.objects.filter(kind="introduction.proposed").count() == 2


def test_each_side_answers_for_itself(cast: Cast, market: Market):
    introduction = introduce(cast, market)
    for side, stranger in [
        (Direction.BUYS, market.makers[0]),
        (Direction.MAKES, market.buyer),
        (Direction.BUYS, cast.chen),
    ]:
        for act in (supply.agree, supply.decline):
            with pytest.raises(supply.NotYours):
                act(introduction, side=side, by=stranger, now=NOW)
    supply.agree(introduction, side=Direction.BUYS, by=market.buyer, now=NOW)
    with pytest.raises(supply.IntroductionMoved):
        supply.agree(introduction, side=Direction.BUYS, by=market.buyer, now=NOW)
    introduction.refresh_from_db()
    assert introduction.state == IntroductionState.PROPOSED
    assert introduction.clock is not None and introduction.clock.kind == "introduction_answers"


def test_both_agreed_starts_the_clock_of_the_specialist(cast: Cast, market: Market):
    met = bring_together(cast, market)
    assert met.clock is not None
    assert (met.clock.kind, met.clock.department, met.clock.responsible) == (
        "introduction_followup",
        cast.wang.department,
        cast.wang,
    )
    assert met.clock.due_at == at("2026-12-04 17:00")  # ten working days after Friday, November 20
    assert met.clock.enterprise is None
    with pytest.raises(supply.IntroductionMoved):
        supply.decline(met, side=Direction.BUYS, by=market.buyer, now=NOW)


def test_declined_is_over(cast: Cast, market: Market):
    introduction = introduce(cast, market)
    supply.decline(introduction, side=Direction.MAKES, by=market.makers[0], now=NOW)
    introduction.refresh_from_db()
    assert (introduction.state, introduction.closed_at) == (IntroductionState.DECLINED, NOW)
    for act, side, by in [
        (supply.agree, Direction.BUYS, market.buyer),
        (supply.decline, Direction.MAKES, market.makers[0]),
    ]:
        with pytest.raises(supply.IntroductionMoved):
            act(introduction, side=side, by=by, now=NOW)
    with pytest.raises(supply.IntroductionMoved):
        supply.conclude_introduction(introduction, outcome=Outcome.NONE, by=cast.wang.user, now=NOW)


def test_end_of_an_item_ends_what_was_proposed_and_keeps_what_was_agreed(cast: Cast, market: Market):
    asked, met = introduce(cast, market, 0), bring_together(cast, market, 1)
    for place in (0, 1):
        supply.end_item(market.wants[place], by=market.buyer, now=NOW)
    asked.refresh_from_db()
    met.refresh_from_db()
    assert (asked.state, met.state) == (IntroductionState.DECLINED, IntroductionState.AGREED)


def test_proposal_starts_the_clock_of_the_answers(cast: Cast, market: Market):
    introduction = introduce(cast, market)
    clock = introduction.clock
    assert clock is not None and (clock.kind, clock.responsible) == ("introduction_answers", cast.wang)
    assert clock.due_at == at("2026-11-27 17:00")  # five working days after Friday, November 20
    assert introduction.expires_at == at("2026-12-18 17:00")  # twenty
    assert clock.enterprise is None and not clock.enterprise_path
    assert Event.objects.filter(thread=introduction.thread, enterprise_id__isnull=False).count() == 0


@pytest.mark.parametrize("answer", ["agree", "decline"])
def test_answers_stop_the_clock(cast: Cast, market: Market, answer: str):
    introduction = introduce(cast, market)
    clock = introduction.clock
    assert clock is not None
    if answer == "agree":
        supply.agree(introduction, side=Direction.BUYS, by=market.buyer, now=NOW)
        clock.refresh_from_db()
        assert clock.is_open  # the other side has not answered
        supply.agree(introduction, side=Direction.MAKES, by=market.makers[0], now=NOW)
    else:
        supply.decline(introduction, side=Direction.BUYS, by=market.buyer, now=NOW)
    clock.refresh_from_db()
    assert clock.state == ClockState.MET


def test_asking_again_reaches_who_is_silent_and_tells_nobody_of_the_other(cast: Cast, market: Market):
    introduction = introduce(cast, market)
    supply.agree(introduction, side=Direction.BUYS, by=market.buyer, now=NOW)
    assert supply.ask_again(introduction, by=cast.wang.user, now=NOW) == [Direction.MAKES]
    with pytest.raises(supply.IntroductionMoved):
        supply.ask_again(introduction, by=cast.wang.user, now=NOW)
    consumers.react()
    [notice] = Notice.objects.filter(kind="introduction.reminded")
    assert notice.recipient == market.makers[0]
    said = f"{notice.data} {words(notice.kind, notice.data)}"
    assert [secret for secret in ("瀛洲", "顾长禾", market.wants[0].text) if secret in said] == []
    introduction.refresh_from_db()
    assert introduction.clock is not None and introduction.clock.state == ClockState.MET
    assert Event.objects.filter(kind="introduction.reminded").count() == 1
    bring = supply.agree(introduction, side=Direction.MAKES, by=market.makers[0], now=NOW)
    assert bring.state == IntroductionState.AGREED
    with pytest.raises(supply.IntroductionMoved):
        supply.ask_again(introduction, by=cast.wang.user, now=NOW)


def test_what_is_not_answered_ends_by_itself_once(cast: Cast, market: Market):
    asked, met = introduce(cast, market, 0), bring_together(cast, market, 1)
    supply.agree(asked, side=Direction.BUYS, by=market.buyer, now=NOW)
    assert supply.expire_unanswered(at("2026-12-18 16:59")) == 0
    assert supply.expire_unanswered(at("2026-12-18 17:00")) == 1
    assert supply.expire_unanswered(at("2026-12-19 17:00")) == 0
    asked.refresh_from_db()
    met.refresh_from_db()
    assert (asked.state, asked.closed_at) == (IntroductionState.EXPIRED, at("2026-12-18 17:00"))
    assert asked.clock is not None and asked.clock.state == ClockState.BREACHED_THEN_MET
    assert met.state == IntroductionState.AGREED
    with pytest.raises(supply.IntroductionMoved):
        supply.agree(asked, side=Direction.MAKES, by=market.makers[0], now=at("2026-12-21 09:00"))
    consumers.react()
    consumers.react()
    told = Notice.objects.filter(kind__startswith="introduction.expired")
    assert sorted(told.values_list("recipient__username", "kind")) == [
        ("feng", "introduction.expired"),
        ("gu", "introduction.expired"),
        ("wang", "introduction.expired.desk"),
    ]
    texts = [f"{n.data} {words(n.kind, n.data)}" for n in told if n.kind == "introduction.expired"]
    own = Event.objects.filter(kind="introduction.expired", enterprise_id=market.manufacturer.pk)
    assert not own.exclude(actor_id=None).exists()
    by_person = {n.recipient.username: text for n, text in zip(told.exclude(kind__endswith="desk"), texts, strict=True)}
    assert [s for s in ("启轴", "冯启明", market.offers[0].text) if s in by_person["gu"]] == []
    assert [s for s in ("瀛洲", "顾长禾", market.wants[0].text) if s in by_person["feng"]] == []


def test_older_proposals_are_given_a_day_from_now_on(cast: Cast, market: Market):
    introduction = introduce(cast, market)
    Introduction.objects.filter(pk=introduction.pk).update(expires_at=None)
    supply.expire_unanswered(at("2027-03-01 10:00"))
    introduction.refresh_from_db()
    assert introduction.state == IntroductionState.PROPOSED
    assert introduction.expires_at is not None and introduction.expires_at > at("2027-03-26 10:00")


def test_saving_belongs_to_business(cast: Cast, market: Market):
    met = bring_together(cast, market)
    for outcome, saving in [(Outcome.NONE, Decimal(5)), (Outcome.BUSINESS, Decimal(101))]:
        with pytest.raises(ValueError, match="saving"):
            supply.conclude_introduction(met, outcome=outcome, saving_percent=saving, by=cast.wang.user, now=NOW)
    met.refresh_from_db()
    assert met.state == IntroductionState.AGREED
    supply.conclude_introduction(met, outcome=Outcome.NONE, by=cast.wang.user, now=NOW + timedelta(days=30))
    met.refresh_from_db()
    assert met.clock is not None and met.clock.state == ClockState.BREACHED_THEN_MET
    with pytest.raises(supply.IntroductionMoved):
        supply.conclude_introduction(met, outcome=Outcome.NONE, by=cast.wang.user, now=NOW)


# -- what the other side may know ------------------------------------------------------------------------------------


def seen_by(introduction: Introduction, enterprise: Enterprise) -> selectors.OwnIntroduction:
    fresh = Introduction.objects.select_related("want__enterprise", "offer__enterprise", "proposed_by").get(
        pk=introduction.pk
    )
    [seen] = selectors.own_introductions([fresh], {enterprise.pk})
    return seen


def test_name_and_traces_are_hidden_until_both_agreed(cast: Cast, market: Market):
    text = "启轴精密的轴承，找冯启明 13900000001，上海启轴精密机械有限公司"
    offer = make(market.offers[0].enterprise, market.makers[0], "3451", text)
    introduction = supply.propose_introduction(want=market.wants[0], offer=offer, by=cast.wang.user, now=NOW)
    supply.agree(introduction, side=Direction.MAKES, by=market.makers[0], now=NOW)
    seen = seen_by(introduction, market.manufacturer)
    assert (seen.other.name, seen.other.contact, seen.has_met) == ("", None, False)
    assert "轴承" in seen.other.text
    for secret in ("启轴", "冯启明", "1390"):
        assert secret not in seen.other.text
    supply.agree(introduction, side=Direction.BUYS, by=market.buyer, now=NOW)
    met = seen_by(introduction, market.manufacturer)
    assert met.other.text == text
    assert met.other.contact and (met.other.contact.name, met.other.contact.phone) == ("冯启明", "13900000001")
    back = seen_by(introduction, offer.enterprise)
    assert back.other.contact and back.other.contact.position == "采购总监"


def test_what_is_not_to_be_shown_is_its_industry_alone(cast: Cast, market: Market):
    offer = make(cast.other, cast.zhao, "3451", "轴承", is_shown=False)
    introduction = supply.propose_introduction(want=market.wants[0], offer=offer, by=cast.wang.user, now=NOW)
    seen = seen_by(introduction, market.manufacturer)
    assert (seen.other.text, seen.other.industry_code) == ("", "3451")


def test_contact_of_an_application_is_spoken_with_where_there_is_no_other(cast: Cast, market: Market):
    keep_contacts({cast.other.pk: ("赵一帆", "137")})
    offer = make(cast.other, cast.zhao, "3451", "轴承")
    introduction = supply.propose_introduction(want=market.wants[0], offer=offer, by=cast.wang.user, now=NOW)
    supply.agree(introduction, side=Direction.MAKES, by=cast.zhao, now=NOW)
    supply.agree(introduction, side=Direction.BUYS, by=market.buyer, now=NOW)
    contact = seen_by(introduction, market.manufacturer).other.contact
    assert contact and (contact.name, contact.phone) == ("赵一帆", "137")


@pytest.mark.parametrize("end", ["agree", "decline", "end"])
def test_log_and_notices_of_one_side_say_nothing_of_the_other(cast: Cast, market: Market, end: str):
    introduction = introduce(cast, market)
    maker = market.offers[0].enterprise
    if end == "agree":
        supply.agree(introduction, side=Direction.MAKES, by=market.makers[0], now=NOW)
        supply.agree(introduction, side=Direction.BUYS, by=market.buyer, now=NOW)
        supply.conclude_introduction(introduction, outcome=Outcome.BUSINESS, by=cast.wang.user, now=NOW)
    elif end == "decline":
        supply.decline(introduction, side=Direction.MAKES, by=market.makers[0], now=NOW)
    else:
        supply.end_item(market.offers[0], by=market.makers[0], now=NOW)
    consumers.react()
    hidden = [maker.name_zh, "启轴", "冯启明", market.offers[0].text, f'"{maker.pk}"']
    own = Event.objects.filter(enterprise_id=market.manufacturer.pk)
    texts = [f"{event.data} {event.actor_name} {event.thread}" for event in own]
    texts += [f"{n.data} {words(n.kind, n.data)}" for n in Notice.objects.filter(recipient=market.buyer)]
    assert len(texts) > 2
    assert [(text, secret) for text in texts for secret in hidden if secret in text] == []
    assert not own.filter(actor_id=market.makers[0].pk).exists()


def test_people_are_told_once_each(cast: Cast, market: Market):
    bring_together(cast, market)
    supply.decline(introduce(cast, market, 1), side=Direction.BUYS, by=market.buyer, now=NOW)
    consumers.react()

    def told(user) -> list[str]:
        found = Notice.objects.filter(recipient=user, kind__startswith="introduction.")
        return sorted(found.values_list("kind", flat=True))

    assert told(market.buyer) == ["introduction.asked", "introduction.asked", "introduction.met"]
    assert told(market.makers[0]) == ["introduction.asked", "introduction.met"]
    assert told(market.makers[1]) == ["introduction.asked", "introduction.declined"]
    assert told(cast.wang.user) == ["introduction.declined.desk", "introduction.met.desk"]
    desk = Notice.objects.get(kind="introduction.met.desk")
    title = words(desk.kind, desk.data).title
    assert "瀛洲智造" in title and "启轴" in title
