"""The lead asks an expert inside the case; the expert finds the question, answers it, and the enterprise sees who serves it."""

import pytest

from tests.cast import Cast
from tests.lifecycle.experts import team_of

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1440), ("en", 390)])
def test_question_inside_a_case_is_asked_and_answered(cast: Cast, arrive, language: str, width: int) -> None:
    case = cast.submitted()
    team_of(case)
    lead, expert, enterprise = (
        arrive(user, language=language, width=width) for user in (case.lead.user, cast.lu.user, cast.chen)
    )

    lead.go(f"/desk/cases/{case.uid}/")
    lead.page.locator("#ask > summary").click()
    lead.page.select_option("#ask [name=whom]", "R-ESS")
    lead.look(f"team-ask-{width}")
    lead.page.fill("#ask [name=question]", "集中登记地址能否开户？")
    lead.page.locator("#ask button[type=submit]").click()
    lead.page.wait_for_selector("article[id^=consultation-]")
    lead.look(f"team-asked-{width}")

    expert.go("/desk/questions/")
    expert.see("集中登记地址能否开户？")
    expert.look(f"questions-{width}")
    expert.page.locator("main .lines a").first.click()
    expert.page.wait_for_selector("[name=answer]")
    expert.page.fill("[name=answer]", "可以，附场地承诺书。")
    expert.page.locator("article[id^=consultation-] button[type=submit]").first.click()
    expert.page.wait_for_selector("text=可以，附场地承诺书。")
    expert.look(f"team-answered-{width}")

    lead.go(f"/desk/cases/{case.uid}/")
    lead.see("可以，附场地承诺书。")

    enterprise.go(f"/cases/{case.uid}/")
    enterprise.see("陆离")
    assert "集中登记地址" not in enterprise.page.content()
    enterprise.look(f"team-tracked-{width}")
