"""A smart manufacturer finds five makers of its parts next door, each person in a browser of their own."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page

from park.accounts.models import User
from profiles.enums import IntroductionState
from profiles.models import Introduction
from profiles.selectors.supply import figures
from tests.browser.conftest import Opener, Person
from tests.browser.story import press, sign_in
from tests.cast import Cast
from tests.profiles.supply import SUPPLIERS, Market, open_market

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("language", "width", "javascript"),
    [("zh-hans", 1440, True), ("en", 390, True), ("zh-hans", 360, False)],
    ids=["chinese", "english-phone", "no-javascript"],
)
def test_manufacturer_meets_five_suppliers(
    cast: Cast, open_browser: Opener, language: str, width: int, javascript: bool
) -> None:
    market = open_market(cast)
    desk = open_browser("desk", language=language, javascript=javascript)
    buyer = open_browser("buyer", language=language, width=width, javascript=javascript)
    sign_in(desk, cast.wang.user)
    _propose_all(desk, market)
    sign_in(buyer, market.buyer, "**/cases/")
    _enter_one_more(buyer)
    _agree_to_all(buyer, market)
    for place, maker in enumerate(market.makers):
        supplier = open_browser(maker.username, language=language, width=width, javascript=javascript)
        sign_in(supplier, maker, "**/cases/")
        _answer(supplier, maker, place)
        if place == 0:
            buyer.go(f"/file/supply/introductions/{_introduction(market, place).pk}/")
            buyer.see("冯启明")
            buyer.look("introduction-met")
    _record_outcomes(desk, market)
    found = figures(Introduction.objects.all())
    assert (found.introductions, found.business, found.saving) == (5, 5, Decimal(15))


def _propose_all(desk: Person, market: Market) -> None:
    """From the best match of each want; the reasons stand beside it."""
    desk.go("/desk/introductions/")
    desk.look("introductions-none")
    for want, offer in zip(market.wants, market.offers, strict=True):
        desk.go("/desk/introductions/wants/")
        if not Introduction.objects.exists():
            desk.look("wants")
        form = desk.page.locator(f"#want-{want.pk} ol > li").first.locator("form")
        assert form.locator("[name=offer]").input_value() == str(offer.pk)
        form.locator("button").click()
        desk.page.wait_for_url("**/desk/introductions/*/")
    desk.look("introduction-proposed-desk")


def _enter_one_more(buyer: Person) -> None:
    """What is typed wrong is told beside its field and costs nothing."""
    page = buyer.page
    buyer.go("/file/supply/add/?direction=buys")
    page.fill("[name=text]", "工业机器人控制柜")
    page.fill("[name=industry_code]", "x")
    _save(page)
    assert page.locator("[name=industry_code][aria-invalid=true]").count() == 1
    assert page.input_value("[name=text]") == "工业机器人控制柜"
    buyer.look("supply-item-error")
    page.fill("[name=industry_code]", "38")
    _save(page)
    page.wait_for_url("**/file/supply/")
    buyer.see("工业机器人控制柜")
    buyer.look("supply")


def _agree_to_all(buyer: Person, market: Market) -> None:
    buyer.go("/file/supply/introductions/")
    buyer.look("introductions-asked")
    for place in range(len(SUPPLIERS)):
        pk = _introduction(market, place).pk
        buyer.go(f"/file/supply/introductions/{pk}/")
        assert SUPPLIERS[place][2] not in buyer.page.content() and SUPPLIERS[place][1] not in buyer.page.content()
        if place == 0:
            buyer.look("introduction-asked")
        press(buyer.page, f"/{pk}/agree/")
        buyer.page.wait_for_load_state()
        assert SUPPLIERS[place][2] not in buyer.page.content()


def _answer(supplier: Person, maker: User, place: int) -> None:
    """The maker sees what is wanted and not by whom, agrees, and then sees both."""
    page = supplier.page
    supplier.go("/file/supply/introductions/")
    page.locator("main a[href*='/file/supply/introductions/']").first.click()
    page.wait_for_url("**/file/supply/introductions/*/")
    assert "瀛洲智造" not in page.content() and "13800004126" not in page.content()
    press(page, "/agree/")
    supplier.see("13800004126")
    assert "上海瀛洲智造科技有限公司" in page.content()


def _record_outcomes(desk: Person, market: Market) -> None:
    page = desk.page
    for place, row in enumerate(SUPPLIERS):
        introduction = _introduction(market, place)
        assert introduction.state == IntroductionState.AGREED
        desk.go(f"/desk/introductions/{introduction.pk}/")
        page.check("[name=outcome][value=business]")
        page.fill("[name=saving_percent]", "500" if place == 0 else row[-1])
        press(page, f"/introductions/{introduction.pk}/")
        if place == 0:
            assert page.locator("[name=saving_percent][aria-invalid=true]").count() == 1
            desk.look("introduction-desk-error")
            page.fill("[name=saving_percent]", row[-1])
            press(page, f"/introductions/{introduction.pk}/")
        page.wait_for_load_state()
        assert _introduction(market, place).state == IntroductionState.CONCLUDED
    desk.look("introduction-concluded-desk")
    desk.go("/desk/introductions/")
    assert "15" in page.inner_text("#tile-saving .num")
    desk.look("introductions-desk")


def _introduction(market: Market, place: int) -> Introduction:
    return Introduction.objects.get(want=market.wants[place])


def _save(page: Page) -> None:
    page.locator("main form button.btn-primary[type=submit]").last.click()
    page.wait_for_load_state()
