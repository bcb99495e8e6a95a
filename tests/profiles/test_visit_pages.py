"""Pages of visits: who sees them, what they say, and a report by form, by script and by API."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from park.accounts.models import User
from park.events import consumers
from park.notices.models import Notice
from profiles.briefs import Section
from profiles.enums import VisitKind, VisitState
from profiles.models import Contact, Need, NeedCategory, ProfileValue, Visit
from profiles.selectors import visits as selectors
from profiles.selectors.brief import Brief, brief_of
from profiles.services import visit_planning, visits
from profiles.services.values import Said, record_values
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(cast: Cast) -> Visit:
    """A visit to A that can be reported today."""
    visit_planning.plan_visits(timezone.now())
    return Visit.objects.filter(enterprise=cast.enterprise, kind=VisitKind.ANNUAL).order_by("period").first()


def enter(client: Client, user: User) -> None:
    if not user.authenticator_set.exists():
        give_second_factor(user)
    client.force_login(user)


def form(visit: Visit, **changed) -> dict:
    given = {
        "report_key": str(uuid4()),
        "held_on": timezone.localdate().isoformat(),
        "manner": "on_site",
        "met": "陈予安",
        "text": "产线满负荷。",
        "value-revenue": "3200.5",
    }
    return given | changed


def colleague(visit: Visit) -> User:
    return visit.specialist.user


def test_lists_show_the_visits_of_a_person_and_of_everybody(client: Client, cast: Cast, visit: Visit):
    enter(client, colleague(visit))
    mine = client.get("/desk/visits/")
    assert all(row.specialist == visit.specialist for row in mine.context["found"].rows)
    everybody = client.get("/desk/visits/?who=all")
    assert sum(everybody.context["found"].counts.values()) == Visit.objects.planned().count()
    assert client.get(f"/desk/visits/month/?who=all&month={visit.planned_on:%Y-%m}").context["rows"]
    assert client.get("/desk/visits/month/?month=nonsense").status_code == 200


def test_long_list_comes_in_pages_and_leaves_nothing_out(cast: Cast, visit: Visit):
    for n in range(40):
        cast.further_enterprise() if n < 20 else None
    visit_planning.plan_visits(timezone.now())
    seen, after = [], ""
    while True:
        found = selectors.ahead(cast.shen, "all", "", after, timezone.now())
        seen += [row.pk for row in found.rows]
        if not (after := found.next):
            break
    assert len(seen) == len(set(seen)) == Visit.objects.planned().count()


@pytest.mark.parametrize("path", ["/desk/visits/", "/desk/visits/{pk}/", "/desk/visits/{pk}/report/"])
def test_only_the_park_sees_the_desk_of_visits(client: Client, cast: Cast, visit: Visit, path: str):
    for user in (cast.chen, cast.zhao, cast.gao.user):
        enter(client, user)
        assert client.get(path.format(pk=visit.pk)).status_code in {403, 404}


def test_people_of_other_departments_read_but_do_not_act(client: Client, cast: Cast, visit: Visit):
    visits.hand_over_visit(visit, to=cast.lu, reason="x", by=cast.shen, now=timezone.now())
    enter(client, cast.han.user)
    assert client.get(f"/desk/visits/{visit.pk}/").status_code == 200
    for act in ("report", "reschedule", "hand-over", "cancel"):
        assert client.get(f"/desk/visits/{visit.pk}/{act}/").status_code == 404
        assert client.post(f"/desk/visits/{visit.pk}/{act}/", form(visit)).status_code == 404
    visit.refresh_from_db()
    assert visit.state == VisitState.PLANNED


def test_report_by_form(client: Client, cast: Cast, visit: Visit):
    enter(client, colleague(visit))
    page = client.get(f"/desk/visits/{visit.pk}/report/")
    assert page.context["form"]["report_key"].value()
    answer = client.post(f"/desk/visits/{visit.pk}/report/", form(visit))
    assert answer.headers["Location"] == f"/desk/visits/{visit.pk}/"
    assert ProfileValue.objects.get(enterprise=cast.enterprise, item="revenue").number == 32_005_000
    assert "产线满负荷" in client.get(f"/desk/visits/{visit.pk}/").content.decode()
    assert client.get(f"/desk/visits/{visit.pk}/report/").status_code == 302


def test_report_with_faults_keeps_what_was_typed(client: Client, cast: Cast, visit: Visit):
    enter(client, colleague(visit))
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    answer = client.post(f"/desk/visits/{visit.pk}/report/", form(visit, held_on=tomorrow))
    assert answer.status_code == 422
    assert "held_on" in answer.context["form"].errors
    assert "产线满负荷" in answer.content.decode()
    empty = client.post(f"/desk/visits/{visit.pk}/report/", {})
    assert empty.status_code == 422
    visit.refresh_from_db()
    assert visit.state == VisitState.PLANNED


def test_report_by_script_is_answered_in_json_and_taken_once(client: Client, cast: Cast, visit: Visit):
    enter(client, colleague(visit))
    data, path = form(visit), f"/desk/visits/{visit.pk}/report/"
    for _ in range(2):
        answer = client.post(path, data, headers={"Accept": "application/json"})
        assert answer.json() == {"url": f"/desk/visits/{visit.pk}/"}
    other = client.post(path, form(visit), headers={"Accept": "application/json"})
    assert other.status_code == 422
    assert ProfileValue.objects.filter(item="revenue").count() == 1


def test_visit_is_moved_handed_over_and_called_off_by_form(client: Client, cast: Cast, visit: Visit):
    enter(client, cast.shen)
    there = f"/desk/visits/{visit.pk}/"
    day = Visit.objects.planned().order_by("-planned_on").first().planned_on
    assert client.post(f"{there}reschedule/", {"day": day, "reason": "盘点"}).status_code == 302
    assert client.post(f"{there}reschedule/", {"day": "2020-01-01", "reason": "盘点"}).status_code == 422
    to = visits.qualified().exclude(pk=visit.specialist_id).first()
    assert client.post(f"{there}hand-over/", {"to": to.pk, "reason": "熟悉"}).status_code == 302
    assert client.post(f"{there}cancel/", {"reason": "迁出"}).status_code == 302
    again = client.post(f"{there}cancel/", {"reason": "迁出"}, follow=True)
    assert "迁出" in again.content.decode()
    visit.refresh_from_db()
    assert (visit.specialist, visit.state) == (to, VisitState.CANCELLED)


def test_enterprise_is_told_of_a_new_day_and_the_taker_of_the_visit(client: Client, cast: Cast, visit: Visit):
    now = timezone.now()
    day = Visit.objects.planned().exclude(planned_on=visit.planned_on).order_by("-planned_on").first().planned_on
    visits.reschedule(visit, day=day, reason="内部原因", by=cast.shen, now=now)
    to = visits.qualified().exclude(pk=visit.specialist_id).first()
    visits.hand_over_visit(visit, to=to, reason="内部原因", by=cast.shen, now=now)
    consumers.react()
    told = Notice.objects.filter(kind="visit.new_day")
    assert set(told.values_list("recipient", flat=True)) == {cast.chen.pk, cast.li.pk}
    assert not any("内部原因" in str(notice.data) for notice in told)
    assert Notice.objects.filter(kind="visit.given", recipient=to.user).count() == 1


def test_enterprise_sees_day_and_visitor_and_not_the_report(client: Client, cast: Cast, visit: Visit):
    visits.report_visit(
        visit,
        visits.Report(uuid4(), timezone.localdate(), "on_site", "陈予安", "内部判断：资金紧张"),
        by=cast.shen,
        now=timezone.now(),
    )
    enter(client, cast.chen)
    page = client.get("/file/visits/")
    words = page.content.decode()
    assert [row.pk for row in page.context["past"]] == [visit.pk]
    assert all(row.enterprise == cast.enterprise for row in page.context["coming"])
    assert "资金紧张" not in words
    assert page.context["coming"][0].specialist.user.name in words
    enter(client, cast.zhao)
    assert [row.enterprise for row in client.get("/file/visits/").context["past"]] == []


def test_coverage_counts_what_was_held(client: Client, cast: Cast):
    visit_planning.plan_visits(NOW)
    held = Visit.objects.filter(enterprise=cast.enterprise, kind=VisitKind.RETURN).get()
    visits.report_visit(held, visits.Report(uuid4(), NOW.date(), "phone", "陈予安", "好"), by=cast.shen, now=NOW)
    found = selectors.coverage(VisitKind.RETURN, held.period, NOW + timedelta(days=40))
    assert (found.all.total, found.all.held, found.all.overdue, found.all.planned, found.all.share) == (2, 1, 1, 1, 50)
    assert sum(row.total for row in found.people) == 2
    other = Visit.objects.get(enterprise=cast.other, kind=VisitKind.RETURN)
    visits.cancel_visit(other, reason="x", by=cast.shen, now=NOW)
    assert selectors.coverage(VisitKind.RETURN, held.period, NOW).all.share == 100
    assert selectors.coverage(VisitKind.RETURN, other.period.replace(month=7), NOW).all.share is None


def test_coverage_is_for_leaders(client: Client, cast: Cast, visit: Visit):
    for user, status in ((cast.shen, 200), (cast.auditor, 200), (cast.wang.user, 403), (cast.chen, 403)):
        enter(client, user)
        assert client.get(f"/desk/visits/coverage/?kind=annual&period={visit.period}").status_code == status


# -- the brief -------------------------------------------------------------------------------------------------------------


def section(brief: Brief, icon: str) -> Section:
    return next(one for one in brief.sections if one.icon == icon)


def test_brief_says_what_changed_differs_and_is_missing(cast: Cast, visit: Visit):
    now = timezone.now()
    year = now.year - 1
    first = [Said("revenue", 1_000_000, year), Said("headcount", 12, year)]
    record_values(cast.enterprise, first, source="import", by=cast.shen, now=now - timedelta(days=3))
    record_values(cast.enterprise, [Said("revenue", 1_500_000, year)], source="enterprise", by=cast.chen, now=now)
    record_values(cast.enterprise, [Said("registered_capital", 9)], source="import", by=None, now=now - timedelta(500))
    category = NeedCategory.objects.create(
        code="t", name_zh="用工", name_en="Staff", group_zh="人", group_en="P", department=visit.department
    )
    for n, state in enumerate(["satisfied", "open"]):
        Need.objects.create(
            enterprise=cast.enterprise,
            category=category,
            text=f"招人 {n}",
            source="portal",
            state=state,
            department=visit.department,
            raised_at=now - timedelta(days=n),
            answered_at=now if state == "satisfied" else None,
            closed_at=now if state == "satisfied" else None,
            satisfied_by="招聘会" if state == "satisfied" else "",
        )
    Contact.objects.create(enterprise=cast.enterprise, name="周工", phone="138 0000 0000", is_first=True)
    brief = brief_of(visit, cast.shen, now)
    assert "招人 1" in section(brief, "chat-left-text").lines[0].text
    assert len(section(brief, "clock-history").lines) == 3
    asked = [line.text for line in section(brief, "question-circle").lines]
    assert len(asked) == 4  # tax, R&D and demand for staff of last year, and the old capital
    assert [line.text for line in section(brief, "exclamation-diamond").lines] == [f"营业收入 {year}"]
    assert brief.known["headcount"] == 12
    assert brief.contacts[0].name == "周工"


def test_brief_has_the_open_cases_of_the_floor_above(cast: Cast, visit: Visit):
    case = cast.submitted(timezone.now())
    Visit.objects.filter(pk=visit.pk).update(enterprise=case.enterprise)
    visit = Visit.objects.get(pk=visit.pk)
    lines = section(brief_of(visit, cast.shen, timezone.now()), "folder2-open").lines
    assert [line.url for line in lines] == [f"/desk/cases/{case.uid}/"]
    assert lines[0].note


def test_brief_has_the_report_of_the_last_visit(cast: Cast, visit: Visit):
    now = timezone.now()
    visits.report_visit(
        visit, visits.Report(uuid4(), timezone.localdate(), "phone", "陈予安", "上次的事"), by=cast.shen, now=now
    )
    other = Visit.objects.filter(enterprise=cast.enterprise).planned().first()
    brief = brief_of(other, cast.shen, now + timedelta(days=1))
    assert brief.last == visit
    assert section(brief, "clock-history").lines == []


# -- calendar and API ------------------------------------------------------------------------------------------------------


def entries(client: Client, user: User) -> list:
    enter(client, user)
    at = "/deadlines/" + client.post("/deadlines/feed/renew/").context["address"].partition("/deadlines/")[2]
    return [e for e in Calendar.from_ical(client.get(at).content).walk("VEVENT") if e["UID"].startswith("visit-")]


def test_visits_stand_in_the_calendar_on_their_day(client: Client, cast: Cast, visit: Visit):
    uid = f"visit-{visit.pk}@portal.park.invalid"
    before = {e["UID"]: e for e in entries(client, colleague(visit))}
    assert before[uid].decoded("DTSTART") == visit.planned_on
    assert before[uid].decoded("DTEND") == visit.planned_on + timedelta(days=1)
    assert "瀛沐" in before[uid]["SUMMARY"]
    day = Visit.objects.planned().exclude(planned_on=visit.planned_on).order_by("-planned_on").first().planned_on
    visits.reschedule(visit, day=day, reason="x", by=cast.shen, now=timezone.now())
    after = {e["UID"]: e for e in entries(client, colleague(visit))}
    assert after[uid].decoded("DTSTART") == day
    assert after[uid]["SEQUENCE"] > before[uid]["SEQUENCE"]
    visits.cancel_visit(visit, reason="x", by=cast.shen, now=timezone.now())
    assert {e["UID"]: e for e in entries(client, colleague(visit))}[uid]["STATUS"] == "CANCELLED"


def test_enterprise_reads_who_comes_in_its_calendar(client: Client, cast: Cast, visit: Visit):
    found = {e["UID"]: e for e in entries(client, cast.chen)}
    entry = found[f"visit-{visit.pk}@portal.park.invalid"]
    assert visit.specialist.user.name in entry["SUMMARY"]
    assert entry["URL"].endswith("/file/visits/")
    assert len(found) == Visit.objects.filter(enterprise=cast.enterprise).count()


def test_api_lists_shows_moves_and_reports(client: Client, cast: Cast, visit: Visit):
    enter(client, colleague(visit))
    mine = client.get("/api/v1/visits/?who=mine&state=planned").json()["results"]
    assert {row["specialist"] for row in mine} == {visit.specialist_id}
    assert client.get("/api/v1/visits/?state=nonsense").status_code == 400
    there = f"/api/v1/visits/{visit.pk}/"
    assert client.get(there).json()["enterprise"] == cast.enterprise.pk
    wrong = client.post(f"{there}reschedule/", {"day": "2020-01-01", "reason": "x"}, "application/json")
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["day"])
    data = {
        "report_key": str(uuid4()),
        "held_on": timezone.localdate().isoformat(),
        "manner": "phone",
        "met": "陈予安",
        "text": "好",
        "values": [{"item": "headcount", "value": "84", "year": 2025}],
    }
    bad = client.post(f"{there}report/", data | {"values": [{"item": "no", "value": 1}]}, "application/json")
    assert bad.status_code == 400
    for _ in range(2):
        assert client.post(f"{there}report/", data, "application/json").json()["state"] == "held"
    assert client.post(f"{there}report/", data | {"report_key": str(uuid4())}, "application/json").status_code == 409
    assert ProfileValue.objects.filter(item="headcount").count() == 1


def test_api_is_for_the_park_and_acts_for_those_who_visit(client: Client, cast: Cast, visit: Visit):
    visits.hand_over_visit(visit, to=cast.lu, reason="x", by=cast.shen, now=timezone.now())
    enter(client, cast.chen)
    assert client.get("/api/v1/visits/").status_code == 403
    enter(client, cast.han.user)
    data = {"day": visit.planned_on.isoformat(), "reason": "x"}
    assert client.post(f"/api/v1/visits/{visit.pk}/reschedule/", data, "application/json").status_code == 403
