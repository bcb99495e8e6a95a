"""What nobody types by hand, and what was sent while somebody else was faster."""

import pytest
from django.test import Client

from park.accounts import services as accounts
from park.accounts.models import Enterprise
from park.deadlines.models import Clock
from profiles import masking
from profiles.enums import Direction, NeedSource, ValueSource
from profiles.models import Contact, EnterpriseProfile, FactSheet, NeedCategory, ProfileValue
from profiles.services import supply
from profiles.services.merging import merge_enterprises
from profiles.services.needs import raise_need
from profiles.services.profile import add_contact, describe_enterprise
from profiles.services.values import Said, accept_value, record_values
from tests.api.callers import Caller
from tests.cast import NOW, Cast
from tests.profiles.supply import buy, make
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db
LONG = "9" * 5000  # more digits than Python turns into a number


@pytest.fixture
def wang(cast: Cast) -> Client:
    give_second_factor(cast.wang.user)
    client = Client()
    client.force_login(cast.wang.user)
    return client


@pytest.fixture
def double(cast: Cast) -> Enterprise:
    made, _founder = accounts.sign_up_enterprise(user=cast.zhao, name_zh="瀛沐生物科技（上海）", uscc=None, now=NOW)
    accounts.decide_enterprise(enterprise=made, approve=True, by=cast.shen, now=NOW)
    return made


def merge(cast: Cast, gone: Enterprise) -> None:
    merge_enterprises(cast.enterprise, gone, by=cast.shen, now=NOW, reason="同一营业执照")


@pytest.mark.parametrize("month", ["0001-01", "9999-12", "2026-13", "x"])
def test_month_beyond_the_calendar_is_this_month(wang: Client, month: str):
    assert wang.get(f"/desk/visits/month/?month={month}").status_code == 200


def test_numbers_without_end_are_no_numbers_of_ours(cast: Cast, wang: Client):
    file = f"/desk/companies/{cast.enterprise.pk}/"
    assert wang.get(f"{file}values/business/?year={LONG}").status_code == 200
    assert wang.post(f"{file}values/business/", {"kept": LONG, "revenue": "x"}).status_code == 422
    assert wang.post(f"{file}entrust/", {"specialist": LONG}).status_code == 404


@pytest.mark.parametrize("year", [1, 1948, 2200 + 1])
def test_year_that_makes_no_sense_is_refused(cast: Cast, year: int):
    said = {"values": [{"item": "revenue", "year": year, "value": "1"}]}
    Caller(cast.chen).post(f"/enterprises/{cast.enterprise.pk}/values/", said, status=400)
    assert not ProfileValue.objects.exists()


@pytest.mark.parametrize(
    ("text", "trace"),
    [
        ("藻粉，官网yingshu.com购买", "yingshu"),
        ("藻粉 yingshu.tech", "yingshu"),
        ("藻粉，致电138.0013.8000", "8000"),
        ("藻粉，致电138–0013–8000", "8000"),
        ("藻粉，致电（021）5961.8888", "8888"),
        ("藻粉，致电138\u200b0013\u200b8000", "8000"),
        ("yingmu 牌藻粉", "yingmu"),
        ("Ying Mu 牌藻粉", "Mu"),
        ("shanghaiyingmu 藻粉", "yingmu"),
        ("瀛*沐 藻粉", "沐"),
        ("瀛\u200b沐 藻粉", "沐"),
    ],
)
def test_what_tells_whose_a_text_is_goes(text: str, trace: str):
    shown = masking.masked(text, ["上海瀛沐生物科技有限公司"])
    assert "藻粉" in shown
    assert trace not in shown


def test_what_arrives_after_a_merge_goes_into_the_kept_file(cast: Cast, double: Enterprise):
    merge(cast, double)
    double.merged_into_id = None  # as whoever was let into the file a moment before holds it
    record_values(double, [Said("revenue", 5, 2025)], source=ValueSource.DOCUMENT, by=cast.wang.user, now=NOW)
    category = NeedCategory.objects.filter(is_active=True).first()
    need = raise_need(
        enterprise=double, category=category, text="要电", source=NeedSource.PORTAL, by=cast.zhao, now=NOW
    )
    add_contact(double, name="陆一", phone="13800138000", by=cast.zhao, now=NOW)
    describe_enterprise(double, industry="藻类", by=cast.zhao, now=NOW)
    kept = cast.enterprise
    assert FactSheet.objects.get(enterprise=kept).revenue_cny == 5
    assert need.enterprise_id == kept.pk
    assert Contact.objects.get(name="陆一").enterprise_id == kept.pk
    assert EnterpriseProfile.objects.get(enterprise=kept).industry == "藻类"
    assert not ProfileValue.objects.filter(enterprise=double).exists()


def test_value_of_a_merged_file_is_accepted_in_the_kept_one(cast: Cast, double: Enterprise):
    [own] = record_values(
        cast.enterprise, [Said("revenue", 7, 2025)], source=ValueSource.DOCUMENT, by=cast.wang.user, now=NOW
    )
    [theirs] = record_values(
        double, [Said("revenue", 5, 2025)], source=ValueSource.DOCUMENT, by=cast.wang.user, now=NOW
    )
    merge(cast, double)
    accept_value(theirs, by=cast.wang.user, now=NOW)
    assert list(ProfileValue.objects.filter(is_accepted=True).values_list("pk", flat=True)) == [theirs.pk]
    assert FactSheet.objects.get(enterprise=cast.enterprise).revenue_cny == 5
    own.refresh_from_db()
    assert not own.is_accepted


def test_merge_of_two_that_met_ends_the_clock_of_their_introduction(cast: Cast, double: Enterprise):
    want = buy(cast.enterprise, cast.chen, "3451", "轴承")
    offer = make(double, cast.zhao, "3451", "滚动轴承")
    one = supply.propose_introduction(want=want, offer=offer, by=cast.wang.user, now=NOW)
    supply.agree(one, side=Direction.BUYS, by=cast.chen, now=NOW)
    met = supply.agree(one, side=Direction.MAKES, by=cast.zhao, now=NOW)
    merge(cast, double)
    assert not Clock.objects.get(pk=met.clock_id).is_open


def test_who_acts_for_the_other_side_is_not_named_before_both_agreed(cast: Cast):
    want = buy(cast.enterprise, cast.chen, "3451", "轴承")
    offer = make(cast.other, cast.zhao, "3451", f"滚动轴承，请找{cast.zhao.name}")
    one = supply.propose_introduction(want=want, offer=offer, by=cast.wang.user, now=NOW)
    shown = Caller(cast.chen).get(f"/introductions/{one.pk}/")["offer"]
    assert "滚动轴承" in shown
    assert cast.zhao.name not in shown


def test_form_of_a_moment_ago_does_not_undo_what_a_colleague_saved(cast: Cast, wang: Client):
    path = f"/desk/companies/{cast.enterprise.pk}/values/business/?year=2025"
    before = [Said("revenue", 100, 2025), Said("tax_paid", 7, 2025)]
    record_values(cast.enterprise, before, source=ValueSource.DOCUMENT, by=cast.wang.user, now=NOW)
    page = wang.get(path)
    sent = {field.html_name: field.value() or "" for field in page.context["form"] if field.name != "evidence"}
    sent |= {field.html_initial_name: field.value() or "" for field in page.context["form"] if field.name != "evidence"}
    assert 'name="initial-revenue"' in page.content.decode()
    later = [Said("revenue", 120, 2025)]
    record_values(cast.enterprise, later, source=ValueSource.DOCUMENT, by=cast.shen, now=NOW)
    assert wang.post(path, sent | {"tax_paid": "8", "source": "document"}).status_code == 302
    sheet = FactSheet.objects.get(enterprise=cast.enterprise)
    assert (sheet.revenue_cny, sheet.tax_paid_cny) == (120, 8)


@pytest.mark.parametrize("item", [{"item": "headcount", "year": 2025}, {"item": "registered_capital"}])
def test_currency_that_no_fact_reads_is_refused(cast: Cast, item: dict):
    said = {"values": [item | {"value": "5", "currency": "ZZZ"}]}
    Caller(cast.chen).post(f"/enterprises/{cast.enterprise.pk}/values/", said, status=400)
    assert not ProfileValue.objects.exists()
