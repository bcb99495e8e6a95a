"""What may happen to a case besides its good end, as people see it: words, a hand-over, a refusal, a withdrawal."""

import pytest

from lifecycle.enums import CaseState
from lifecycle.models import Case
from lifecycle.services import tasks
from tests.browser.conftest import Opener
from tests.browser.test_pages import enter
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def submit(page, action: str) -> None:
    page.locator(f"form[action$='{action}'] button:not([type=button])").first.click()
    page.wait_for_load_state()


def test_words_hand_over_and_refusal_reach_the_enterprise(cast: Cast, open_browser: Opener):
    task = cast.task(cast.submitted(), "N2")
    task = tasks.claim_task(task, by=cast.wang.user, now=NOW)
    for user in (cast.chen, cast.wang.user, cast.han.user):
        give_second_factor(user)
    chen, wang, han = open_browser("chen"), open_browser("wang"), open_browser("han", language="en", width=390)
    enter(chen, cast.chen)
    enter(wang, cast.wang.user)
    enter(han, cast.han.user)

    chen.go(f"/cases/{task.case.uid}/")
    chen.page.fill("[name=body]", "章程第 12 条这样写可以吗？")
    submit(chen.page, "/message/#talk")
    wang.go(f"/desk/tasks/{task.pk}/")
    wang.see("章程第 12 条这样写可以吗？")
    wang.page.locator("#messages [name=body]").fill("可以，请补上任期。")
    submit(wang.page, "/message/")
    chen.go(f"/cases/{task.case.uid}/")
    chen.see("可以，请补上任期。")
    chen.look("talk")

    wang.go(f"/desk/tasks/{task.pk}/transfer/")
    wang.look("transfer")
    wang.page.locator(f"[name=to][value='{cast.han.pk}']").check() if wang.page.locator(
        f"input[name=to][value='{cast.han.pk}']"
    ).count() else wang.page.select_option("[name=to]", str(cast.han.pk))
    wang.page.fill("[name=note]", "只差任期一处。")
    submit(wang.page, "/transfer/")

    han.go(f"/desk/tasks/{task.pk}/")
    han.see("只差任期一处。")
    han.look("handed-over")
    han.go(f"/desk/tasks/{task.pk}/reject/")
    submit(han.page, "/reject/")  # without a reason: nothing happens, and both fields say so
    assert han.page.locator("[aria-invalid=true]").count() == 2
    han.look("reject-error")
    han.page.fill("[name=reason]", "经营范围含禁止类项目。")
    han.page.fill("[name=remedy]", "删去该项后可重新申请。")
    submit(han.page, "/reject/")
    assert Case.objects.get(pk=task.case_id).state == CaseState.REJECTED

    chen.go(f"/cases/{task.case.uid}/")
    chen.see("删去该项后可重新申请。")
    chen.look("rejected")


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
def test_withdrawal_asks_once_and_ends_the_case(cast: Cast, open_browser: Opener, javascript: bool):
    case = cast.submitted()
    give_second_factor(cast.chen)
    chen = open_browser("chen", javascript=javascript)
    enter(chen, cast.chen)
    chen.go(f"/cases/{case.uid}/withdraw/")
    assert Case.objects.get(pk=case.pk).state == CaseState.SUBMITTED
    chen.look("withdraw-ask")
    if chen.page.locator("[name=reason]").count():
        chen.page.fill("[name=reason]", "改在别处注册")
    submit(chen.page, "/withdraw/")
    dialog = chen.page.locator("dialog[open] button.btn-primary, dialog[open] button[value=ok]")
    if dialog.count():
        dialog.first.click()
        chen.page.wait_for_load_state()
    assert Case.objects.get(pk=case.pk).state == CaseState.WITHDRAWN
    chen.look("withdrawn")
