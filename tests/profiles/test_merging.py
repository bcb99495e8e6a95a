"""Two files become one: nothing is lost, nothing points at the one that is gone, and what must not be is refused."""

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.test import Client

from lifecycle.models import Case
from lifecycle.services.cases import begin_case
from park.accounts import services as accounts
from park.accounts.models import Enterprise, Membership, User
from park.accounts.permissions import enterprises_of
from park.deadlines.enums import ClockState
from park.deadlines.models import Clock
from park.events import consumers
from park.events.models import Event
from park.notices.models import Notice
from profiles.enums import Direction, IntroductionState, TagOrigin, ValueSource, VisitState
from profiles.models import (
    Contact,
    Document,
    EnterpriseName,
    EnterpriseProfile,
    FactSheet,
    Need,
    NeedCategory,
    ProfileValue,
    Referral,
    SearchKey,
    SupplyItem,
    Tag,
    TagRule,
    Visit,
)
from profiles.permissions.files import visible_enterprises
from profiles.selectors import search
from profiles.selectors.duplicates import likely_pairs
from profiles.selectors.merged import forwarded, numbers_of, threads_of
from profiles.services import supply
from profiles.services.merging import CannotMerge, merge_enterprises, relations
from profiles.services.names import add_former_name, follow
from profiles.services.profile import keep_contacts, remember
from profiles.services.values import Said, record_values
from tests.cast import NOW, Cast
from tests.processes.rig import start_clocks
from tests.profiles.supply import buy, make, make_enterprise, make_person
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db
CODE, OTHER_CODE = "91310230MA1K0ABC3B", "91310230MA1K0DEF4X"
# Rows of which a file has but one, and what a merge makes one of: what they said is in the event.
ONE_ALONE = {EnterpriseProfile, FactSheet, Referral, SearchKey, EnterpriseName, Visit}


@pytest.fixture
def double(cast: Cast) -> Enterprise:
    made, _founder = accounts.sign_up_enterprise(user=cast.zhao, name_zh="瀛沐生物科技（上海）", uscc=None, now=NOW)
    accounts.decide_enterprise(enterprise=made, approve=True, by=cast.shen, now=NOW)
    return made


def merge(cast: Cast, gone: Enterprise, kept: Enterprise | None = None) -> Enterprise:
    return merge_enterprises(kept or cast.enterprise, gone, by=cast.shen, now=NOW, reason="同一营业执照")


def pointing_at(enterprise: Enterprise) -> dict[str, int]:
    counts = {
        key.model._meta.label: key.model._base_manager.filter(**{key.name: enterprise.pk}).count()
        for key in relations()
    }
    return {model: count for model, count in counts.items() if count}


def visit_of(cast: Cast, enterprise: Enterprise, period: date, state: str, **more: object) -> Visit:
    start_clocks(1, first=NOW + timedelta(days=30), responsible=cast.wang, enterprise_id=enterprise.pk)
    clock = Clock.objects.latest("pk")
    if state == VisitState.HELD:
        more = {"held_on": period, "manner": "phone", "report": f"报告 {enterprise.pk}", "met": "陈予安"} | more
    return Visit.objects.create(
        enterprise=enterprise,
        kind="return",
        period=period,
        state=state,
        planned_on=period,
        department=cast.wang.department,
        specialist=cast.wang,
        clock=clock,
        **more,
    )


def test_everything_moves_and_the_pointer_stays(cast: Cast, double: Enterprise):
    case = begin_case(enterprise=double, procedure=cast.procedure, by=cast.zhao, now=NOW)
    moved = merge(cast, double)
    double.refresh_from_db()
    assert (moved.pk, double.merged_into_id) == (cast.enterprise.pk, cast.enterprise.pk)
    assert pointing_at(double) == {}
    assert Case.objects.get(pk=case.pk).enterprise_id == cast.enterprise.pk
    assert forwarded(double.pk) == cast.enterprise.pk
    assert forwarded(cast.enterprise.pk) is None
    assert threads_of(cast.enterprise.pk) == [f"file:{cast.enterprise.pk}", f"file:{double.pk}"]
    kinds = set(Event.objects.filter(thread__in=threads_of(cast.enterprise.pk)).values_list("kind", flat=True))
    assert {"enterprise.absorbed", "enterprise.merged"} <= kinds
    assert not visible_enterprises(cast.shen).filter(pk=double.pk).exists()


def test_members_act_for_the_kept_one_with_the_further_reaching_right(cast: Cast, double: Enterprise):
    Membership.objects.create(user=cast.li, enterprise=double, is_signatory=True, approval="approved", created_at=NOW)
    merge(cast, double)
    assert cast.enterprise in enterprises_of(cast.zhao)
    both = Membership.objects.active().filter(enterprise=cast.enterprise, user=cast.li)
    assert [one.is_signatory for one in both] == [True]


def test_names_of_the_one_that_goes_are_former_names_and_find_the_kept_one(cast: Cast, double: Enterprise):
    add_former_name(double, text="绿藻工坊", until=None, by=cast.shen, now=NOW)
    follow(None)
    merge(cast, double)
    former = EnterpriseName.objects.filter(enterprise=cast.enterprise, kind="former")
    assert set(former.values_list("text", flat=True)) == {"瀛沐生物科技（上海）", "绿藻工坊"}
    for words in ("绿藻", "lvzaogong", "瀛沐生物科技上海"):
        assert list(search.found(words, visible_enterprises(cast.shen)).by) == [cast.enterprise.pk]


@pytest.mark.parametrize(
    ("own", "other", "counts"),
    [
        (ValueSource.ENTERPRISE, ValueSource.ENTERPRISE, 1),
        (ValueSource.ENTERPRISE, ValueSource.DOCUMENT, 2),
        (ValueSource.REGISTRY, ValueSource.DOCUMENT, 1),
    ],
)
def test_of_two_values_the_more_trusted_counts(
    cast: Cast, double: Enterprise, own: ValueSource, other: ValueSource, counts: int
):
    for enterprise, source, number in ((cast.enterprise, own, 1), (double, other, 2)):
        said = [Said("headcount", Decimal(number), year=2025)]
        record_values(enterprise, said, source=source, by=cast.shen, now=NOW)
    merge(cast, double)
    values = ProfileValue.objects.filter(enterprise=cast.enterprise, item="headcount")
    assert values.count() == 2
    assert values.get(is_accepted=True).number == counts
    assert FactSheet.objects.get(enterprise=cast.enterprise).headcount == counts


def test_open_doubles_of_tags_contacts_and_supply_end_and_stay_as_history(cast: Cast, double: Enterprise):
    rule = TagRule.objects.first() or TagRule.objects.create(code="t", name_zh="甲", name_en="A", group="size")
    for enterprise in (cast.enterprise, double):
        Tag.objects.create(enterprise=enterprise, rule=rule, origin=TagOrigin.CERTIFICATE, since=NOW)
        Contact.objects.create(enterprise=enterprise, name="陈予安", phone="13800004126", is_first=True)
        SupplyItem.objects.create(
            enterprise=enterprise,
            direction="makes",
            industry_code="27",
            text="试剂",
            created_by=cast.shen,
            created_at=NOW,
        )
    merge(cast, double)
    for model in (Tag, Contact, SupplyItem):
        rows = model.objects.filter(enterprise=cast.enterprise)
        assert (rows.count(), rows.filter(ended_at__isnull=True).count()) == (2, 1), model


def test_waiting_introductions_of_a_doubled_entry_end_and_the_other_side_learns_nothing(cast: Cast, double: Enterprise):
    feng = make_person("feng", "冯启明")
    partner = make_enterprise(cast, feng, "上海启轴精密机械有限公司")
    offers = [make(partner, feng, "3451", text) for text in ("滚动轴承", "直线导轨")]
    buy(cast.enterprise, cast.chen, "3451", "轴承")
    doubled = buy(double, cast.zhao, "3451", "轴承")
    own = buy(double, cast.zhao, "3451", "导轨")
    by = cast.wang.user
    waiting = supply.propose_introduction(want=doubled, offer=offers[0], by=by, now=NOW)
    lasting = supply.propose_introduction(want=own, offer=offers[1], by=by, now=NOW)
    supply.agree(waiting, side=Direction.BUYS, by=cast.zhao, now=NOW)
    merge(cast, double)
    for introduction in (waiting, lasting):
        introduction.refresh_from_db()
    assert (waiting.state, waiting.closed_at) == (IntroductionState.DECLINED, NOW)
    assert waiting.clock is not None and waiting.clock.state == ClockState.CANCELLED
    assert lasting.state == IntroductionState.PROPOSED and lasting.clock is not None and lasting.clock.is_open
    consumers.react()
    [told] = Notice.objects.filter(recipient=feng, kind="introduction.declined")
    events = Event.objects.filter(enterprise_id=partner.pk, kind__startswith="introduction.")
    said = f"{told.data} {[(one.data, one.actor_name) for one in events]}"
    assert offers[0].text in said
    assert [secret for secret in ("瀛沐", "赵一帆", "'轴承'") if secret in said] == []


def test_introduction_between_the_two_files_ends_with_its_clock(cast: Cast, double: Enterprise):
    want, offer = buy(cast.enterprise, cast.chen, "3451", "轴承"), make(double, cast.zhao, "3451", "滚动轴承")
    between = supply.propose_introduction(want=want, offer=offer, by=cast.wang.user, now=NOW)
    merge(cast, double)
    between.refresh_from_db()
    assert between.state == IntroductionState.DECLINED
    assert between.clock is not None and between.clock.state == ClockState.CANCELLED
    assert not Event.objects.filter(kind="introduction.declined").exists()


def test_head_is_filled_in_and_the_contacts_of_both_remain(cast: Cast, double: Enterprise):
    remember(cast.enterprise, by=None, now=NOW, contact_name="陈予安", contact_phone="1", address="")
    remember(double, by=None, now=NOW, contact_name="赵一帆", contact_phone="2", address="东滩 1 号")
    merge(cast, double)
    head = EnterpriseProfile.objects.get(enterprise=cast.enterprise)
    assert head.address == "东滩 1 号"
    contacts = Contact.objects.filter(enterprise=cast.enterprise)
    assert list(contacts.values_list("name", "phone", "is_first")) == [("陈予安", "1", True), ("赵一帆", "2", False)]
    told = Event.objects.get(kind="enterprise.absorbed").data
    assert told["left"]["profile"]["address"] == "东滩 1 号"


@pytest.mark.parametrize(
    ("own", "other", "remains"),
    [
        ("planned", "held", "held"),
        ("held", "planned", "held"),
        ("held", "held", "held"),
        ("cancelled", "planned", "planned"),
    ],
)
def test_one_visit_of_a_period_remains_with_all_that_was_reported(
    cast: Cast, double: Enterprise, own: str, other: str, remains: str
):
    period = date(2026, 10, 1)
    visits = [visit_of(cast, cast.enterprise, period, own), visit_of(cast, double, period, other)]
    reports = [visit.report for visit in visits if visit.report]
    merge(cast, double)
    left = Visit.objects.get(enterprise=cast.enterprise, period=period)
    assert left.state == remains
    assert all(report in left.report for report in reports)
    goes = next(visit for visit in visits if visit.pk != left.pk)
    assert Clock.objects.get(pk=goes.clock_id).state == "cancelled"


def test_nobody_recommended_itself(cast: Cast, double: Enterprise):
    Referral.objects.create(enterprise=cast.enterprise, referrer=double, by=cast.shen, at=NOW)
    Referral.objects.create(enterprise=cast.other, referrer=double, by=cast.shen, at=NOW)
    merge(cast, double)
    assert Referral.objects.get().referrer_id == cast.enterprise.pk
    assert len(Event.objects.get(kind="enterprise.absorbed").data["left"]["referrals"]) == 1


def test_a_chain_of_merges_points_at_its_end(cast: Cast, double: Enterprise):
    third = cast.further_enterprise()
    merge(cast, third, kept=double)
    merge(cast, double)
    assert forwarded(third.pk) == forwarded(double.pk) == cast.enterprise.pk
    assert numbers_of(cast.enterprise.pk) == sorted([cast.enterprise.pk, double.pk, third.pk])


def two_codes(cast: Cast, double: Enterprise) -> None:
    for enterprise, code in ((cast.enterprise, CODE), (double, OTHER_CODE)):
        Enterprise.objects.filter(pk=enterprise.pk).update(uscc=code, is_forming=False)


def code_on_the_wrong_one(_cast: Cast, double: Enterprise) -> None:
    Enterprise.objects.filter(pk=double.pk).update(uscc=CODE, is_forming=False)


def two_drafts(cast: Cast, double: Enterprise) -> None:
    for enterprise, by in ((cast.enterprise, cast.chen), (double, cast.zhao)):
        begin_case(enterprise=enterprise, procedure=cast.procedure, by=by, now=NOW)


def waiting(_cast: Cast, double: Enterprise) -> None:
    Enterprise.objects.filter(pk=double.pk).update(approval="pending")


def merged_before(cast: Cast, double: Enterprise) -> None:
    merge_enterprises(cast.other, double, by=cast.shen, now=NOW, reason="")


def test_two_registrations_under_way_are_refused(cast: Cast, double: Enterprise):
    case = cast.submitted()
    draft = begin_case(enterprise=double, procedure=cast.procedure, by=cast.zhao, now=NOW)
    Case.objects.filter(pk=draft.pk).update(state="submitted", reference="CM26-X-1", submitted_at=NOW)
    with pytest.raises(CannotMerge):
        merge(cast, double, kept=case.enterprise)


@pytest.mark.parametrize("spoil", [two_codes, code_on_the_wrong_one, two_drafts, waiting, merged_before])
def test_what_must_not_be_one_is_refused_and_nothing_is_written(cast: Cast, double: Enterprise, spoil):
    spoil(cast, double)
    before = (Event.objects.count(), pointing_at(double), pointing_at(cast.enterprise))
    with pytest.raises(CannotMerge) as refused:
        merge(cast, double)
    assert str(refused.value)
    assert before == (Event.objects.count(), pointing_at(double), pointing_at(cast.enterprise))


def test_a_file_is_not_merged_into_itself(cast: Cast):
    with pytest.raises(CannotMerge):
        merge(cast, cast.enterprise)


@pytest.mark.parametrize("seed", range(12))
def test_after_random_edits_and_a_merge_nothing_is_lost_and_nothing_points_at_what_is_gone(
    cast: Cast, double: Enterprise, seed: int
):
    chance = random.Random(seed)
    rules = list(TagRule.objects.all()[:3]) or [
        TagRule.objects.create(code=f"t{n}", name_zh=f"标{n}", name_en=f"T{n}", group="size") for n in range(3)
    ]
    for _ in range(25):
        edit(cast, chance.choice([cast.enterprise, double, cast.other]), rules, chance)
    follow(None)
    counted = {model: model._base_manager.count() for model in apps.get_models() if model not in ONE_ALONE}
    visits = Visit.objects.filter(enterprise__in=[cast.enterprise, double]).values_list("kind", "period")
    periods, reports = set(visits), set(Visit.objects.exclude(report="").values_list("report", flat=True))
    accepted = set(
        ProfileValue.objects.filter(enterprise__in=[cast.enterprise, double], is_accepted=True).values_list(
            "item", "year"
        )
    )
    merge(cast, double)
    assert pointing_at(double) == {}
    lost = {m.__name__ for m, n in counted.items() if m._base_manager.count() < n}
    assert lost == set()
    mine = Visit.objects.filter(enterprise=cast.enterprise)
    assert set(mine.values_list("kind", "period")) == periods
    told = "\n".join(Visit.objects.values_list("report", flat=True))
    assert all(report in told for report in reports)
    values = ProfileValue.objects.filter(enterprise=cast.enterprise, is_accepted=True)
    assert set(values.values_list("item", "year")) == accepted


def edit(cast: Cast, enterprise: Enterprise, rules: list[TagRule], chance: random.Random) -> None:
    kind = chance.randrange(8)
    number = chance.randrange(3)
    if kind == 0:
        said = [Said("headcount", Decimal(chance.randrange(90)), year=2023 + number)]
        record_values(enterprise, said, source=chance.choice(list(ValueSource)), by=cast.shen, now=NOW)
    elif kind == 1:
        Tag.objects.get_or_create(
            enterprise=enterprise, rule=chance.choice(rules), origin="rule", ended_at=None, defaults={"since": NOW}
        )
    elif kind == 2:
        keep_contacts({enterprise.pk: (f"联系人{chance.randrange(3)}", f"138{number}")})
    elif kind == 3:
        period = date(2026, 1 + 3 * number, 1)
        if not Visit.objects.filter(enterprise=enterprise, period=period).exists():
            visit_of(cast, enterprise, period, chance.choice(["planned", "held", "cancelled"]))
    elif kind == 4:
        SupplyItem.objects.get_or_create(
            enterprise=enterprise,
            direction=chance.choice(["makes", "buys"]),
            industry_code="27",
            text=f"货{number}",
            ended_at=None,
            defaults={"created_by": cast.shen, "created_at": NOW},
        )
    elif kind == 5:
        remember(enterprise, by=cast.shen, now=NOW, contact_name=f"人{number}", contact_phone=f"139{number}")
    elif kind == 6:
        text = f"旧名{chance.randrange(1000)}"
        if not EnterpriseName.objects.filter(text=text).exists():
            add_former_name(enterprise, text=text, until=None, by=cast.shen, now=NOW)
    else:
        digits = chance.getrandbits(100)
        Document.objects.create(
            enterprise=enterprise,
            kind="other",
            file_name="a.pdf",
            content_type="application/pdf",
            size=1,
            sha256=f"{digits:064x}",
            stored_as=f"{digits:x}",
            created_at=NOW,
        )


def client_of(user: User) -> Client:
    give_second_factor(user)
    client = Client()
    client.force_login(user)
    return client


def test_same_name_sound_and_phone_are_likely_one(cast: Cast, double: Enterprise):
    for enterprise in (cast.enterprise, double):
        remember(enterprise, by=None, now=NOW, contact_phone="138 0000 4126")
    alike, _founder = accounts.sign_up_enterprise(
        user=cast.zhao, name_zh="上海银木生物科技有限公司", uscc=None, now=NOW
    )
    accounts.decide_enterprise(enterprise=alike, approve=True, by=cast.shen, now=NOW)
    follow(None)
    pairs = likely_pairs(visible_enterprises(cast.shen))
    assert [(pair.kept.pk, pair.gone.pk, pair.reasons) for pair in pairs] == [
        (cast.enterprise.pk, double.pk, ["name", "phone", "sound"]),
        (cast.enterprise.pk, alike.pk, ["sound"]),
        (double.pk, alike.pk, ["sound"]),
    ]
    two_codes(cast, double)
    assert {pair.gone.pk for pair in likely_pairs(visible_enterprises(cast.shen))} == {alike.pk}
    assert likely_pairs(visible_enterprises(cast.chen)) == []


def test_a_phone_that_many_give_says_nothing(cast: Cast):
    for n in range(7):
        made, _founder = accounts.sign_up_enterprise(
            user=cast.zhao, name_zh=f"第{'甲乙丙丁戊己庚'[n]}家", uscc=None, now=NOW
        )
        accounts.decide_enterprise(enterprise=made, approve=True, by=cast.shen, now=NOW)
        remember(made, by=None, now=NOW, contact_phone="021-59620000")
    follow(None)
    assert likely_pairs(visible_enterprises(cast.shen)) == []


def test_leader_compares_and_merges(cast: Cast, double: Enterprise):
    follow(None)
    client = client_of(cast.shen)
    assert double.name_zh in client.get("/desk/duplicates/").content.decode()
    address = f"/desk/duplicates/{cast.enterprise.pk}/"
    assert "同一份档案" in client.get(address).content.decode()
    nameless = client.post(f"{address}merge/", {"gone": double.pk, "reason": ""})
    assert nameless.status_code == 422
    done = client.post(f"{address}merge/", {"gone": double.pk, "reason": "同一家"}, follow=True)
    assert done.redirect_chain == [("/desk/duplicates/", 302)]
    assert forwarded(double.pk) == cast.enterprise.pk
    assert client.post(f"{address}merge/", {"gone": double.pk, "reason": "同一家"}).status_code == 404


def test_refusal_keeps_what_was_typed(cast: Cast, double: Enterprise):
    follow(None)
    two_drafts(cast, double)
    address = f"/desk/duplicates/{cast.enterprise.pk}/merge/"
    page = client_of(cast.shen).post(address, {"gone": double.pk, "reason": "执照相同"})
    assert page.status_code == 422
    assert "执照相同" in page.content.decode()
    assert forwarded(double.pk) is None


def test_specialists_look_and_leaders_decide(cast: Cast, double: Enterprise):
    follow(None)
    client = client_of(cast.wang.user)
    assert client.get("/desk/duplicates/").status_code == 200
    page = client.get(f"/desk/duplicates/{cast.enterprise.pk}/")
    assert (page.status_code, b"merge/" in page.content) == (200, False)
    sent = client.post(f"/desk/duplicates/{cast.enterprise.pk}/merge/", {"gone": double.pk, "reason": "x"})
    assert (sent.status_code, forwarded(double.pk)) == (404, None)
    assert client_of(cast.chen).get("/desk/duplicates/").status_code == 403


def test_needs_raised_at_a_visit_stay_with_the_one_that_remains(cast: Cast, double: Enterprise, need_category):
    period = date(2026, 10, 1)
    own = visit_of(cast, cast.enterprise, period, "held")
    other = visit_of(cast, double, period, "planned")
    need = Need.objects.create(
        enterprise=double,
        category=need_category,
        text="用工",
        source="visit",
        department=cast.wang.department,
        visit=other,
        raised_at=NOW,
    )
    merge(cast, double)
    need.refresh_from_db()
    assert (need.enterprise_id, need.visit_id) == (cast.enterprise.pk, own.pk)


@pytest.fixture
def need_category(cast: Cast):
    found = NeedCategory.objects.first()
    return found or NeedCategory.objects.create(
        code="c", name_zh="类", name_en="C", group_zh="组", group_en="G", department=cast.wang.department
    )


def test_menu_shows_where_duplicates_belong(cast: Cast):
    give_second_factor(cast.shen)
    client = Client()
    client.force_login(cast.shen)
    menu = client.get("/desk/duplicates/").context["frame"]["nav"]
    assert [entry.url for entry in menu if entry.current] == ["/desk/companies/"]
