"""What reaches whom where, and the outbox, as people see them; on a desk and on a phone, with scripts and without."""

from datetime import timedelta

import pytest
from django.utils import timezone

from park.notices import services
from park.notices.models import Address, ChannelRest, Notice, OutboxMessage, Preference
from tests.browser.conftest import Opener
from tests.browser.test_pages import enter
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WECOM = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"


@pytest.mark.parametrize(
    ("language", "width", "javascript"), [("zh-hans", 1440, True), ("en", 390, True), ("zh-hans", 390, False)]
)
def test_person_says_what_reaches_them_where(
    cast: Cast, open_browser: Opener, language: str, width: int, javascript: bool
):
    type(cast.li).objects.filter(pk=cast.li.pk).update(phone="13900001234")
    cast.li.refresh_from_db()
    give_second_factor(cast.li)
    shot = f"reach-{language}-{width}-{javascript}"
    li = open_browser("li", language=language, width=width, javascript=javascript)
    enter(li, cast.li)
    li.go("/notices/")
    li.page.locator("main a[href='/notices/settings/']").click()
    li.page.locator("[name='cases.email']").uncheck()
    li.page.locator("[name='deadlines.sms']").check()
    li.page.locator("form:has([name='cases.email']) button").click()
    li.page.wait_for_load_state()
    assert Preference.objects.filter(user=cast.li).count() == 2

    li.page.select_option("[name=channel]:not([type=hidden])", "webhook")
    li.page.fill("[name=url]", "https://169.254.169.254/in?a=1")
    li.page.fill("[name=secret]", "short")
    li.page.locator("form[action$='/addresses/'] button").click()
    li.page.wait_for_load_state()
    assert li.page.locator("[aria-invalid=true]").count() == 2
    assert li.page.input_value("[name=url]") == "https://169.254.169.254/in?a=1"
    li.look(f"{shot}-refused")

    li.page.select_option("[name=channel]:not([type=hidden])", "wecom")
    li.page.fill("[name=url]", WECOM)
    li.page.fill("[name=secret]", "")
    li.page.locator("form[action$='/addresses/'] button").click()
    li.see("qyapi.weixin.qq.com …5aaa")
    li.page.locator("form[action$='/test/'] button").click()
    li.page.wait_for_load_state()
    assert OutboxMessage.objects.filter(channel="wecom", notice__kind="address.test").count() == 1
    OutboxMessage.objects.update(last_error="qyapi.weixin.qq.com: ConnectionRefusedError", is_dead=True)
    li.go("/notices/settings/")
    li.look(shot)
    li.page.locator("form[action$='/switch/'] button").click()
    li.page.wait_for_load_state()
    assert not Address.objects.get().is_active


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1440), ("en", 390)])
def test_leader_tries_again_what_was_given_up(cast: Cast, open_browser: Opener, language: str, width: int):
    host = "qyapi.weixin.qq.com"
    services.add_address(user=cast.li, channel="wecom", url=WECOM, host=host, secret="", now=NOW)
    until = timezone.now() + timedelta(minutes=8)
    for name in ("email", host):
        ChannelRest.objects.create(name=name, until=until, failures=5)
    errors = {"email": "SMTPRecipientsRefused({'li@example.invalid': (550, b'no such mailbox')})", "wecom": "HTTP 502"}
    for number, channel in enumerate(["email", "email", "wecom"]):
        notice = Notice.objects.create(
            recipient=cast.li, kind="correction.issued", dedupe_key=f"x:{number}", created_at=NOW
        )
        OutboxMessage.objects.create(
            notice=notice, channel=channel, is_dead=number > 0, attempts=8, last_error=errors[channel]
        )
    give_second_factor(cast.shen)
    shen = open_browser("shen", language=language, width=width)
    enter(shen, cast.shen)
    shen.go("/notices/outbox/")
    shen.look(f"outbox-{language}-{width}")
    shen.page.locator("button[name=channel][value=email]").click()
    shen.page.wait_for_load_state()
    shen.page.locator("button[name=message]").click()
    shen.page.wait_for_load_state()
    assert not OutboxMessage.objects.filter(is_dead=True).exists()
    shen.look(f"outbox-empty-{language}-{width}")
