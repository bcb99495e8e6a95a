"""The pages of the working calendar: a notice is read, shown, applied, taken back; what cannot be read keeps its place."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from park.deadlines import redating, selectors
from park.deadlines.models import CalendarChange, CalendarYear
from park.deadlines.workdays import date
from park.events.models import Event
from tests.cast import NOW, Cast, at
from tests.deadlines.clocks import start
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db

NOTICE = """国务院办公厅关于2027年部分节假日安排的通知
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（周五）至11日（周四）放假调休，共7天。1月31日（周日）、2月13日（周六）上班。
三、清明节：4月3日（周六）至5日（周一）放假，共3天。
四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。
五、端午节：6月9日（周三）放假，共1天。
六、中秋节：9月15日（周三）放假，共1天。
七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。10月9日（周六）上班。
"""


@pytest.fixture
def leader(client: Client, cast: Cast) -> Client:
    give_second_factor(cast.shen)
    client.force_login(cast.shen)
    return client


def test_years_say_where_they_come_from(leader: Client) -> None:
    page = leader.get("/deadlines/years/").content.decode()
    assert "暂定" in page
    assert "内置" in page


def test_notice_is_shown_before_it_counts(leader: Client) -> None:
    page = leader.post("/deadlines/years/read/", {"text": NOTICE})
    assert page.status_code == 200
    assert [line.name for line in page.context["notice"].lines] == [
        "元旦",
        "春节",
        "清明节",
        "劳动节",
        "端午节",
        "中秋节",
        "国庆节",
    ]
    assert len(page.context["months"]) == 12
    assert not CalendarYear.objects.exists()


def test_applied_notice_counts_at_once_and_dates_open_clocks_anew(leader: Client, cast: Cast) -> None:
    clock = start(cast, 15, now=at("2027-01-20 10:00"))
    before = clock.due_at
    assert leader.post("/deadlines/years/apply/", {"text": NOTICE}).status_code == 302
    assert selectors.calendar().is_working(date(2027, 1, 31))
    assert not selectors.calendar().is_provisional(date(2027, 3, 1))
    change = redating.apply_all(CalendarChange.objects.get(), NOW)
    clock.refresh_from_db()
    assert clock.due_at != before
    assert (change.earlier + change.later, clock.is_provisional) == (1, False)
    assert Event.objects.filter(kind="calendar.imported", actor_id=cast.shen.pk).exists()
    assert "导入" in leader.get("/deadlines/years/2027/").content.decode()


def test_notice_can_come_as_a_file_in_either_encoding(leader: Client) -> None:
    for encoding in ("utf-8", "gb18030"):
        upload = SimpleUploadedFile("notice.txt", NOTICE.encode(encoding))
        page = leader.post("/deadlines/years/read/", {"file": upload})
        assert page.context["notice"].year == 2027
        assert "春节" in page.context["text"]


@pytest.mark.parametrize(
    "text",
    [
        "明年放假安排另行通知。",
        NOTICE.replace("（周五）至3日", "（周一）至3日"),  # the weekday disagrees with the date
        NOTICE.replace("共3天", "共4天"),
        NOTICE.replace("2027", "2099"),
        NOTICE[: NOTICE.index("七、")],  # cut off: the National Day would be worked
    ],
)
def test_text_that_cannot_be_trusted_is_refused_and_kept(leader: Client, text: str) -> None:
    page = leader.post("/deadlines/years/apply/", {"text": text})
    assert page.status_code == 422
    assert page.context["form"].errors["text"]
    assert text.splitlines()[0] in page.content.decode()
    assert not CalendarYear.objects.exists()


def test_year_that_is_imported_is_replaced_only_on_purpose(leader: Client, cast: Cast) -> None:
    leader.post("/deadlines/years/apply/", {"text": NOTICE})
    again = leader.post("/deadlines/years/apply/", {"text": NOTICE})
    assert again.status_code == 422
    redating.apply_all(CalendarChange.objects.get(), NOW)
    changed = NOTICE.replace("、2月13日（周六）", "")
    assert leader.post("/deadlines/years/read/", {"text": changed}).status_code == 422
    assert leader.post("/deadlines/years/apply/", {"text": changed, "replace": "on"}).status_code == 302
    assert not selectors.calendar().is_working(date(2027, 2, 13))


def test_second_change_waits_for_the_first(leader: Client) -> None:
    leader.post("/deadlines/years/apply/", {"text": NOTICE})
    page = leader.post("/deadlines/years/apply/", {"text": NOTICE, "replace": "on"})
    assert page.status_code == 422
    assert "尚在处理" in page.content.decode()


def test_notice_is_taken_back(leader: Client) -> None:
    leader.post("/deadlines/years/apply/", {"text": NOTICE})
    redating.apply_all(CalendarChange.objects.get(), NOW)
    assert leader.post("/deadlines/years/2027/withdraw/").status_code == 302
    assert selectors.calendar().is_provisional(date(2027, 3, 1))
    assert (
        leader.post("/deadlines/years/2026/withdraw/").status_code == 302
    )  # nothing was imported for it: said, not done
    assert CalendarChange.objects.count() == 2


def test_calendar_is_for_leaders_and_administrators(client: Client, cast: Cast) -> None:
    for user in (cast.chen, cast.wang.user, cast.auditor):
        give_second_factor(user)
        client.force_login(user)
        assert client.get("/deadlines/years/").status_code == 403
        assert client.post("/deadlines/years/apply/", {"text": NOTICE}).status_code == 403
