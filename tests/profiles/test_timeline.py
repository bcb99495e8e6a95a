"""Everything that happened with an enterprise, in one order, for each side what it may know."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from lifecycle.services.messages import send_message
from park.accounts import services as accounts
from park.accounts.models import Enterprise, User
from park.events import services as events
from park.events.models import Event
from profiles.enums import Direction, NeedSource, TimelineTopic, ValueSource
from profiles.models import NeedCategory, PredictedNeed, TagRule
from profiles.selectors.timeline import PAGE, timeline_of
from profiles.services import supply, tags, visit_planning
from profiles.services.merging import merge_enterprises
from profiles.services.needs import answer_need, hand_over_need, raise_need
from profiles.services.prediction import dismiss_prediction
from profiles.services.profile import add_contact, name_key_enterprise
from profiles.services.values import Said, record_values, thread_of
from tests.cast import NOW, Cast
from tests.profiles.supply import Market, bring_together, introduce, open_market
from tests.profiles.test_file_pages import client_of

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def texts(enterprise: Enterprise, user: User, topic: TimelineTopic | None = None) -> list[str]:
    page = timeline_of(enterprise, user, LATER, topic=topic)
    return [f"{one.actor} {one.text} {one.who}" for one in page.entries]


def need_of(cast: Cast, enterprise: Enterprise, by: User, text: str = "要办公室"):
    category = NeedCategory.objects.get(code="office_space")
    return raise_need(enterprise=enterprise, category=category, text=text, source=NeedSource.PORTAL, by=by, now=NOW)


def test_all_kinds_stand_in_one_order_and_each_filter_shows_its_own(cast: Cast):
    case = cast.in_correction()
    enterprise = case.enterprise
    send_message(case, body="材料齐了吗", by=cast.chen, now=NOW)
    record_values(enterprise, [Said("headcount", 40, 2025)], source=ValueSource.ENTERPRISE, by=cast.chen, now=NOW)
    add_contact(enterprise, name="陈予安", by=cast.chen, now=NOW)
    need = need_of(cast, enterprise, cast.chen)
    answer_need(need, text="下周来看", by=cast.wang.user, now=NOW)
    visit_planning.plan_visits(NOW)
    supply.add_item(
        enterprise=enterprise, direction=Direction.BUYS, industry_code="3451", text="滚动轴承", by=cast.chen, now=NOW
    )
    found = timeline_of(enterprise, cast.shen, LATER)
    assert [one.at for one in found.entries] == sorted((one.at for one in found.entries), reverse=True)
    assert [one.now for one in found.entries].count(True) == 1 and found.entries[0].now
    by_topic = {topic: " ".join(texts(enterprise, cast.shen, topic)) for topic in TimelineTopic}
    assert "Headcount" in by_topic[TimelineTopic.PROFILE] and "陈予安" in by_topic[TimelineTopic.PROFILE]
    assert "asked for 1 corrections" in by_topic[TimelineTopic.CASES]
    assert "要办公室" in by_topic[TimelineTopic.NEEDS] and "下周来看" in by_topic[TimelineTopic.NEEDS]
    assert "planned for" in by_topic[TimelineTopic.VISITS]
    assert "滚动轴承" in by_topic[TimelineTopic.SUPPLY]
    talk = by_topic[TimelineTopic.MESSAGES]
    assert "材料齐了吗" in talk and "下周来看" in talk and "要办公室" not in talk
    for topic, other in ((TimelineTopic.CASES, "滚动轴承"), (TimelineTopic.SUPPLY, "材料齐了吗")):
        assert other not in by_topic[topic]


def test_every_kind_that_a_file_records_has_words(cast: Cast):
    """Whatever was planned, raised or entered in a rich world is told without an empty place."""
    from tests.routes import build_world

    build_world(cast)
    for user in (cast.shen, cast.chen):
        after, told = "", []
        while True:
            page = timeline_of(cast.enterprise, user, LATER, after=after)
            told += page.entries
            after = page.further
            if not after:
                break
        assert len(told) > 20
        assert [one.text for one in told if not one.text.strip() or "“”" in one.text or "%(" in one.text] == []


def test_pages_follow_each_other_without_gap_or_repetition(cast: Cast):
    for number in range(2 * PAGE + 5):
        name = f"联系人 {number}"
        add_contact(cast.enterprise, name=name, by=cast.chen, now=NOW + timedelta(seconds=number // 3))
    after, seen = "", []
    for size in (PAGE, PAGE):
        page = timeline_of(cast.enterprise, cast.chen, LATER, topic=TimelineTopic.PROFILE, after=after)
        assert len(page.entries) == size
        seen += [one.text for one in page.entries]
        after = page.further
    seen += [
        one.text
        for one in timeline_of(cast.enterprise, cast.chen, LATER, topic=TimelineTopic.PROFILE, after=after).entries
    ]
    contacts = [text for text in seen if "联系人" in text]
    assert [text.rpartition(" ")[2] for text in contacts] == [str(n) for n in reversed(range(2 * PAGE + 5))]


@pytest.mark.parametrize("after", ["x", "1", "1.", "9" * 18 + ".1", "-1.2", "１.１"])
def test_place_that_is_none_is_the_beginning(cast: Cast, after: str):
    add_contact(cast.enterprise, name="陈予安", by=cast.chen, now=NOW)
    answer = client_of(cast.chen).get("/file/timeline/", {"after": after})
    assert answer.status_code == 200
    assert "陈予安" in answer.content.decode()


def test_enterprise_reads_nothing_internal_and_nothing_of_others(cast: Cast):
    need = need_of(cast, cast.enterprise, cast.chen)
    hand_over_need(need, to=cast.lu, note="内部话", by=cast.wang.user, now=NOW)
    name_key_enterprise(cast.enterprise, is_key=True, reason="纳税大户", by=cast.shen, now=NOW)
    loan = NeedCategory.objects.get(code="bank_loan")
    foreseen = PredictedNeed.objects.create(
        enterprise=cast.enterprise, category=loan, score="0.5", made_on=NOW.date(), until=NOW.date()
    )
    dismiss_prediction(foreseen, note="不会要的", by=cast.lu.user, now=NOW)
    need_of(cast, cast.other, cast.zhao, "别家的事")
    own = " ".join(texts(cast.enterprise, cast.chen))
    park = " ".join(texts(cast.enterprise, cast.shen))
    for secret in ("内部话", "纳税大户", "不会要的"):
        assert secret in park and secret not in own
    assert "要办公室" in own and "别家的事" not in own + park


def test_introductions_stand_on_each_file_without_the_other_side(cast: Cast):
    market: Market = open_market(cast)
    introduction = introduce(cast, market)
    supply.agree(introduction, side=Direction.MAKES, by=market.makers[0], now=NOW)
    maker = market.offers[0].enterprise
    for user in (market.buyer, cast.shen):
        told = " ".join(texts(market.manufacturer, user, TimelineTopic.SUPPLY))
        assert "proposed an introduction" in told
        for secret in (maker.name_zh, "启轴", "冯启明", market.offers[0].text):
            assert secret not in told
    bring_together(cast, market, 1)
    [link] = {
        one.url
        for one in timeline_of(market.manufacturer, market.buyer, LATER, topic=TimelineTopic.SUPPLY).entries
        if one.text.startswith("Both sides")
    }
    assert client_of(market.buyer).get(link).status_code == 200


def test_specialist_reads_of_cases_in_which_their_department_has_begun(cast: Cast):
    case = cast.in_review().case
    assert "submitted the application" in " ".join(texts(case.enterprise, cast.wang.user))
    assert "submitted the application" not in " ".join(texts(case.enterprise, cast.lu.user))


def test_history_of_merged_files_comes_along(cast: Cast):
    gone = cast.further_enterprise()
    add_contact(gone, name="旧联系人", by=cast.chen, now=NOW)
    micro = TagRule.objects.get(code="micro")
    tags.give_certificate(gone, micro, number="7", expires_on=None, by=cast.wang.user, now=NOW)
    need = need_of(cast, gone, cast.chen, "旧需求")
    merge_enterprises(cast.enterprise, gone, by=cast.shen, now=NOW, reason="同一家")
    told = " ".join(texts(cast.enterprise, cast.shen))
    assert "旧联系人" in told and "旧需求" in told and "同一家" in told
    own = " ".join(texts(cast.enterprise, cast.chen))
    assert "旧联系人" in own and "同一家" not in own
    desk = client_of(cast.wang.user)
    links = {one.url for one in timeline_of(cast.enterprise, cast.wang.user, LATER).entries if one.url}
    assert f"/desk/needs/{need.pk}/" in links
    assert {link: desk.get(link).status_code for link in links} == dict.fromkeys(links, 200)
    moved = desk.get(f"/desk/companies/{gone.pk}/timeline/")
    assert moved.status_code == 301 and moved["Location"] == f"/desk/companies/{cast.enterprise.pk}/timeline/"


def test_links_open_for_whoever_reads_them(cast: Cast):
    from tests.routes import build_world

    build_world(cast)
    for user in (cast.chen, cast.wang.user, cast.lu.user, cast.shen):
        client = Client()
        client.force_login(user)
        links: set[str] = set()
        for topic in TimelineTopic:
            links |= {one.url for one in timeline_of(cast.enterprise, user, LATER, topic=topic).entries if one.url}
        assert len(links) > 5
        assert {link: client.get(link).status_code for link in links} == dict.fromkeys(links, 200)


def test_pages_are_for_those_who_see_the_file(cast: Cast):
    add_contact(cast.enterprise, name="陈予安", by=cast.chen, now=NOW)
    desk = f"/desk/companies/{cast.enterprise.pk}/timeline/"
    for user in (cast.wang.user, cast.lu.user, cast.shen):
        assert "陈予安" in client_of(user).get(desk).content.decode()
    assert client_of(cast.gao.user).get(desk).status_code == 403
    for user in (cast.chen, cast.li):
        client = client_of(user)
        assert "陈予安" in client.get("/file/timeline/").content.decode()
        assert client.get(desk).status_code == 403
    other: Client = client_of(cast.zhao)
    assert "陈予安" not in other.get("/file/timeline/").content.decode()


def test_uploads_in_a_row_are_one_line(cast: Cast):
    case = cast.complete_draft()
    told = [text for text in texts(case.enterprise, cast.shen) if "uploaded" in text]
    assert len(told) == 1 and "materials" in told[0]
    assert Event.objects.filter(kind="material.added", thread=case.thread).count() > 2


def test_event_of_tomorrow_is_not_told_today(cast: Cast):
    add_contact(cast.enterprise, name="明日人", by=cast.chen, now=LATER + timedelta(days=1))
    assert "明日人" not in " ".join(texts(cast.enterprise, cast.chen))


def test_unknown_kind_is_left_out(cast: Cast):
    before = texts(cast.enterprise, cast.shen)
    events.record(
        "file.never_heard_of",
        subject=cast.enterprise,
        by=cast.chen,
        at=NOW,
        enterprise_id=cast.enterprise.pk,
        thread=thread_of(cast.enterprise.pk),
    )
    assert texts(cast.enterprise, cast.shen) == before
    accounts.make_token(user=cast.chen, name="令牌", now=NOW)
    assert "令牌" not in " ".join(texts(cast.enterprise, cast.shen))
