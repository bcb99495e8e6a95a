"""A culture company that once needed an office only: two years later its specialist hears at a visit of stolen videos.

And a company that has grown: the portal foresees that it needs space, its specialist shows it, and it says yes."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from park.deadlines.workdays import at as workdays_at
from park.deadlines.workdays import local_day
from park.events import consumers
from profiles.enums import NeedSource, NeedState, PredictionState, ValueSource, VisitKind
from profiles.models import Need, NeedCategory, PredictedNeed, Visit
from profiles.services import needs, visit_planning
from profiles.services.prediction import predict
from profiles.services.profile import entrust
from profiles.services.values import Said, record_values
from tests.browser.conftest import Opener
from tests.browser.story import press, sign_in
from tests.cast import PASSWORD, Cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def office_of_two_years_ago(cast: Cast) -> None:
    """All it needed then, satisfied by a lease."""
    then = timezone.now() - timedelta(days=730)
    need = needs.raise_need(
        enterprise=cast.enterprise,
        category=NeedCategory.objects.get(code="office_space"),
        text="需要一间办公室",
        source=NeedSource.PORTAL,
        by=cast.li,
        now=then,
    )
    needs.satisfy_need(need, by_what="租赁合同 2024-07", by=cast.wang.user, now=then + timedelta(hours=2))


def return_visit(cast: Cast) -> Visit:
    """The visit of this quarter, planned on its first day for the specialist who looks after the company."""
    today = local_day(timezone.now())
    entrust(cast.enterprise, cast.lu, by=cast.shen, now=timezone.now())
    visit_planning.plan_visits(workdays_at(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), time(9)))
    return Visit.objects.get(enterprise=cast.enterprise, kind=VisitKind.RETURN, period__lte=today, specialist=cast.lu)


def copyright_category() -> NeedCategory:
    return NeedCategory.objects.get(code="digital_copyright")


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1440), ("en", 390)])
def test_need_caught_at_the_return_visit_is_answered_and_satisfied(
    cast: Cast, open_browser: Opener, language: str, width: int
) -> None:
    office_of_two_years_ago(cast)
    visit = return_visit(cast)
    enterprise = open_browser("enterprise", language=language, width=width)
    specialist = open_browser("specialist", language=language, width=width)
    page = specialist.page

    sign_in(specialist, cast.lu.user)
    specialist.go(f"/desk/companies/{cast.enterprise.pk}/needs/")
    specialist.see("租赁合同 2024-07")
    specialist.look(f"needs-of-enterprise-{width}")
    specialist.go(f"/desk/visits/{visit.pk}/")
    specialist.look(f"visit-brief-{width}")
    specialist.go(f"/desk/visits/{visit.pk}/report/")
    page.check("[name=manner][value=on_site]")
    page.fill("[name=met]", "陈予安")
    page.fill("[name=text]", "公司已有三十人，原创短视频成了主要业务。")
    page.locator("details:has([name=need-1]) > summary").click()
    page.fill("[name=need-text-1]", "原创短视频在三个平台被盗用，想做数字版权存证和维权")
    page.locator("main form button[type=submit]").click()
    page.wait_for_selector("[name=need-1][aria-invalid=true]")
    assert page.input_value("[name=text]").startswith("公司已有三十人")  # what was typed is still there
    specialist.look(f"visit-report-{width}")
    page.select_option("[name=need-1]", str(copyright_category().pk))
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(f"**/desk/visits/{visit.pk}/")
    need = Need.objects.get(category__code="digital_copyright")
    assert (need.source, need.owner, need.visit) == (NeedSource.VISIT, cast.lu, visit)
    specialist.go(f"/desk/needs/{need.pk}/")
    specialist.look(f"need-desk-{width}")
    page.fill("[name=text]", "已联系区版权服务站，周五上门指导存证")
    press(page, "/answer/")
    page.wait_for_load_state()
    page.fill("[name=by_what]", "区版权服务站存证 3 件，登记号 2026-0312")
    press(page, "/satisfy/")
    page.wait_for_load_state()
    consumers.react()
    assert Need.objects.get(pk=need.pk).state == NeedState.SATISFIED

    mine = enterprise.page
    enterprise.go("/accounts/login/")
    mine.fill("[name=login]", "li")
    mine.fill("[name=password]", PASSWORD)
    press(mine, "/accounts/login/")
    mine.wait_for_url("**/cases/**")
    enterprise.go("/file/needs/")
    enterprise.look(f"needs-{width}")
    mine.locator(f"a[href='/file/needs/{need.pk}/']").click()
    enterprise.see("登记号 2026-0312")
    enterprise.see("周五上门指导存证")
    enterprise.look(f"need-{width}")
    assert mine.locator("form[action$='/reopen/']").count() == 1


@pytest.mark.parametrize(("language", "width"), [("en", 1440), ("zh-hans", 390)])
def test_what_is_foreseen_is_shown_and_answered(cast: Cast, open_browser: Opener, language: str, width: int) -> None:
    now = timezone.now()
    years = {now.year - 2: 40, now.year - 1: 64}
    said = [Said("headcount", Decimal(n), year=year) for year, n in years.items()]
    record_values(cast.enterprise, said, source=ValueSource.ENTERPRISE, by=cast.li, now=now)
    predict(now)
    one = PredictedNeed.objects.get(enterprise=cast.enterprise, category__code="office_space")
    specialist = open_browser("specialist", language=language, width=width)
    sign_in(specialist, cast.wang.user)
    specialist.go("/desk/predictions/")
    specialist.look(f"predictions-{width}")
    press(specialist.page, f"/predictions/{one.pk}/share/")
    specialist.page.wait_for_url("**/needs/")
    specialist.look(f"needs-foreseen-{width}")
    needs.raise_need(
        enterprise=cast.enterprise,
        category=NeedCategory.objects.get(code="registration_change"),
        text="变更经营范围",
        source=NeedSource.PORTAL,
        by=cast.li,
        now=now,
    )
    specialist.go("/desk/needs/")
    specialist.look(f"needs-desk-{width}")

    enterprise = open_browser("enterprise", language=language, width=width)
    mine = enterprise.page
    enterprise.go("/accounts/login/")
    mine.fill("[name=login]", "li")
    mine.fill("[name=password]", PASSWORD)
    press(mine, "/accounts/login/")
    mine.wait_for_url("**/cases/**")
    enterprise.go("/file/needs/")
    mine.locator(f"#foreseen-{one.pk} summary").click()
    enterprise.look(f"needs-shared-{width}")
    mine.fill(f"[name=foreseen-{one.pk}-text]", "再租 80 平方米")
    mine.locator(f"#foreseen-{one.pk} details button[type=submit]").click()
    mine.wait_for_url("**/file/needs/*/")
    one.refresh_from_db()
    assert one.state == PredictionState.RAISED
