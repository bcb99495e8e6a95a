"""The queue of the desk: what it shows, in which order and light, and to whom."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from lifecycle.models import Task
from lifecycle.selectors import queue, queue_counts, queue_lanes
from lifecycle.selectors.queue_lanes import Key, Reader, Scope, Wanted
from lifecycle.services import cases, tasks
from park.accounts.enums import Role
from park.accounts.models import User
from park.deadlines import services as clocks
from park.deadlines.enums import Signal
from park.deadlines.selectors import signal_of
from tests.api.callers import Caller
from tests.cast import NOW, Cast, at
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db
URL = "/desk/"


@pytest.fixture
def staff(client, cast: Cast):
    """The client, signed in as a member of staff."""

    def sign_in(user):
        give_second_factor(user)
        client.force_login(user)
        return client

    return sign_in


def more_cases(cast: Cast, count: int) -> None:
    """Submitted cases of further enterprises, one working day apart."""
    first = cast.enterprise
    for number in range(count):
        cast.enterprise = cast.other.__class__.objects.create(
            name_zh=f"上海第{number}有限公司", is_forming=True, approval="approved", created_at=NOW
        )
        cast.enterprise.memberships.create(user=cast.chen, is_signatory=True, approval="approved", created_at=NOW)
        cast.submitted(NOW + timedelta(hours=number))
    cast.enterprise = first


def rows(response) -> list[int]:
    return [row.task.pk for row in response.context["queue"].rows]


def test_queue_is_closed_to_enterprises_and_visitors(client, cast):
    assert client.get(URL).status_code == 302
    client.force_login(cast.li)
    assert client.get(URL).status_code == 403


def test_queue_shows_own_tasks_first_and_the_department_on_demand(staff, cast):
    cast.submitted()
    task = Task.objects.get(node__code="N2")
    holder = task.assignee
    other = cast.han if holder == cast.wang else cast.wang
    client = staff(other.user)
    assert rows(client.get(URL)) == []
    assert rows(client.get(URL, {"scope": "department"})) == [task.pk]
    assert rows(staff(holder.user).get(URL)) == [task.pk]


def test_queue_hides_tasks_of_other_departments(staff, cast):
    cast.submitted()
    response = staff(cast.gao.user).get(URL, {"scope": "department"})
    assert rows(response) == []
    assert "瀛沐" not in response.content.decode()


def test_manager_sees_every_department(staff, cast):
    cast.submitted()
    assert len(rows(staff(cast.shen).get(URL))) == 1


def test_queue_is_in_the_order_of_due_dates(cast):
    more_cases(cast, 3)
    found = queue.queue(Reader.of(cast.wang.user), Wanted(Scope.DEPARTMENT), NOW)
    due = [row.task.clock.due_at for row in found.rows]
    assert len(due) == 3
    assert due == sorted(due)


@pytest.mark.parametrize(
    ("now", "signal"),
    [("2026-11-20 16:00", "green"), ("2026-11-25 09:30", "amber"), ("2026-11-26 09:00", "red")],
)
def test_light_in_the_queue_is_the_light_of_the_clock(cast, now, signal):
    cast.submitted()
    now = at(now)
    task = Task.objects.select_related("clock").annotate(light=queue_lanes.light(now)).get(node__code="N2")
    assert task.light == signal_of(task.clock, now) == signal


def test_what_waits_for_the_enterprise_is_shown_as_paused(cast):
    case = cast.in_correction()
    task = cast.task(case, "N2")
    found = queue.queue(Reader.of(task.assignee.user), Wanted(Scope.MINE, signal=Signal.PAUSED), at("2026-12-04 09:00"))
    assert [row.task.pk for row in found.rows] == [task.pk]
    assert found.rows[0].clock.paused


def test_what_stands_still_in_time_comes_last_and_has_a_place(cast):
    waiting = cast.in_correction()
    for _ in range(3):
        cast.submitted()
    reader = Reader.of(cast.wang.user)
    found = queue.queue(reader, Wanted(Scope.DEPARTMENT), NOW)
    last = found.rows[-1].task
    assert (last.case_id, len(found.rows)) == (waiting.pk, 4)
    before, after = queue.neighbours(reader, last, Scope.DEPARTMENT)
    assert (before, after) == (found.rows[-2].task.pk, None)
    assert queue.neighbours(reader, found.rows[-2].task, Scope.DEPARTMENT)[1] == last.pk


def test_what_was_late_before_it_paused_stays_red(cast):
    task = cast.in_review()
    late = at("2026-11-27 09:00")
    clocks.pause(task.clock, reason="await_supplement", by=None, now=late)
    found = queue_counts.tally(Reader.of(task.assignee.user), Wanted(Scope.MINE), late)
    assert (found.signals[Signal.RED], found.signals[Signal.PAUSED]) == (1, 0)


def test_counts_add_up_and_agree_with_the_rows(cast):
    more_cases(cast, 4)
    now = at("2026-11-25 09:30")
    counts = queue_counts.tally(Reader.of(cast.wang.user), Wanted(Scope.DEPARTMENT), now)
    assert counts.total == counts.scopes[Scope.DEPARTMENT] == 4
    for signal, count in counts.signals.items():
        assert len(queue.queue(Reader.of(cast.wang.user), Wanted(Scope.DEPARTMENT, signal=signal), now).rows) == count
    assert sum(count for _name, count in counts.procedures.values()) == 4


def test_unassigned_tasks_are_counted_and_shown_by_themselves(cast):
    cast.submitted()
    Task.objects.filter(node__code="N2").update(assignee=None)
    counts = queue_counts.tally(Reader.of(cast.wang.user), Wanted(Scope.UNASSIGNED), NOW)
    assert (counts.scopes[Scope.UNASSIGNED], counts.scopes[Scope.MINE]) == (1, 0)
    assert len(queue.queue(Reader.of(cast.wang.user), Wanted(Scope.UNASSIGNED), NOW).rows) == 1


def test_tasks_without_a_clock_come_last_and_have_a_place(cast):
    more_cases(cast, 2)
    first = Task.objects.filter(node__code="N2").order_by("clock__due_at", "pk").first()
    Task.objects.filter(pk=first.pk).update(clock=None)
    found = queue.queue(Reader.of(cast.wang.user), Wanted(Scope.DEPARTMENT), NOW)
    assert found.rows[-1].task.pk == first.pk
    before, after = queue.neighbours(Reader.of(cast.wang.user), found.rows[-1].task, Scope.DEPARTMENT)
    assert (before, after) == (found.rows[0].task.pk, None)


def test_pages_by_position_go_forth_and_back_without_gaps(cast, monkeypatch):
    more_cases(cast, 5)
    monkeypatch.setattr(queue, "PAGE", 2)
    seen, after = [], None
    while True:
        page = queue.queue(Reader.of(cast.wang.user), Wanted(Scope.DEPARTMENT, after=after), NOW)
        seen += [row.task.pk for row in page.rows]
        if page.next is None:
            break
        after = page.next
    assert len(seen) == len(set(seen)) == 5
    back = queue.queue(Reader.of(cast.wang.user), Wanted(Scope.DEPARTMENT, before=page.previous), NOW)
    assert [row.task.pk for row in back.rows] == seen[2:4]


@pytest.mark.parametrize("text", ["", "x,y", "2026-11-25,4", "2026-11-25T09:00:00+08:00,", "1,2,3", f",{2**63}"])
def test_place_in_the_address_that_makes_no_sense_is_left_out(text):
    assert Key.read(text) is None


@pytest.mark.parametrize("due", ["2026-01-01T00:00:00+23:59", "0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-12:00"])
@pytest.mark.parametrize("side", ["after", "before"])
def test_place_at_an_odd_hour_is_a_place_or_none(staff, cast, due, side):
    assert staff(cast.wang.user).get(URL, {side: f"{due},1"}).status_code == 200


@pytest.mark.parametrize("text", ["%(a)s", "%(person)s::bigint", "100%", "%%s", "$1", "'; --", "\\", "%s"])
def test_search_for_what_means_something_to_a_database_is_a_search(staff, cast, text):
    desk = staff(cast.wang.user)
    assert desk.get(URL, {"q": text}).status_code == 200
    assert desk.get(URL, {"procedure": text, "signal": "red"}).status_code == 200


def test_place_survives_the_address():
    key = Key(NOW, 17)
    assert Key.read(str(key)) == key
    assert Key.read(",17") == Key(None, 17)


@pytest.mark.parametrize("text", ["CM26-1120-01", "瀛沐", "1120"])
def test_search_finds_by_reference_and_name(staff, cast, text):
    cast.submitted()
    assert len(rows(staff(cast.han.user).get(URL, {"q": text}))) == 1


def test_search_finds_closed_cases_beside_the_queue(staff, cast):
    case = cast.submitted()
    cases.withdraw_case(case, by=cast.chen, now=NOW)
    response = staff(cast.wang.user).get(URL, {"q": "瀛沐"})
    assert rows(response) == []
    assert [other.pk for other in response.context["others"]] == [case.pk]


@pytest.mark.parametrize("text", ["没有这家", "%", "' OR 1=1"])
def test_search_without_a_hit_says_so(staff, cast, text):
    response = staff(cast.wang.user).get(URL, {"q": text})
    assert response.status_code == 200
    assert rows(response) == []


def test_queue_takes_as_many_queries_for_three_rows_as_for_one(staff, cast, django_assert_max_num_queries):
    cast.submitted()
    client = staff(cast.wang.user)
    client.get(URL, {"scope": "department"})
    with django_assert_max_num_queries(12) as one:
        client.get(URL, {"scope": "department"})
    more_cases(cast, 3)
    with django_assert_max_num_queries(12) as many:
        assert len(rows(client.get(URL, {"scope": "department"}))) == 4
    assert len(one) == len(many)


def test_version_answers_304_until_something_changes(staff, cast):
    cast.submitted()
    task = Task.objects.select_related("assignee__user").get(node__code="N2")
    client = staff(task.assignee.user)
    url = reverse("desk:version")
    first = client.get(url)
    assert first.status_code == 200
    again = {"If-None-Match": first.headers["ETag"]}
    assert client.get(url, headers=again).status_code == 304
    tasks.claim_task(task, by=task.assignee.user, now=NOW)
    assert client.get(url, headers=again).status_code == 200


def test_queue_page_starts_from_the_version_it_shows(staff, cast):
    cast.submitted()
    client = staff(cast.wang.user)
    page = client.get(URL).content.decode()
    tag = re.search(r'data-live-tag="&quot;(\w+)&quot;"', page)[1]
    query = re.search(r'data-live-url="([^"]+)"', page)[1].replace("&amp;", "&")
    assert client.get(query, headers={"If-None-Match": f'"{tag}"'}).status_code == 304


def test_preview_shows_the_task_to_its_department_only(staff, cast):
    cast.submitted()
    task = Task.objects.get(node__code="N2")
    url = reverse("desk:preview", args=[task.pk])
    assert "公司章程" in staff(cast.wang.user).get(url).content.decode()
    assert staff(cast.gao.user).get(url).status_code == 404


def test_batch_claims_what_it_can_and_says_what_it_could_not(staff, cast):
    more_cases(cast, 3)
    chosen = list(Task.objects.filter(node__code="N2").select_related("assignee__user").order_by("pk"))
    tasks.claim_task(chosen[0], by=chosen[0].assignee.user, now=NOW)
    taker = cast.han if chosen[0].assignee == cast.wang else cast.wang
    response = staff(taker.user).post(
        reverse("desk:batch"), {"act": "claim", "task": [t.pk for t in chosen]}, follow=True
    )
    assert Task.objects.filter(node__code="N2", state="claimed", assignee=taker).count() == 2
    assert [message.level_tag for message in response.context["messages"]] == ["success", "warning"]


def test_batch_transfer_asks_for_colleague_and_note_then_hands_over(staff, cast):
    more_cases(cast, 2)
    chosen = list(Task.objects.filter(node__code="N2"))
    client = staff(cast.qian.user)
    data = {"act": "transfer", "task": [t.pk for t in chosen]}
    Task.objects.filter(pk__in=[t.pk for t in chosen]).update(assignee=cast.wang)
    page = client.post(reverse("desk:batch"), data)
    assert page.status_code == 200
    empty = client.post(reverse("desk:batch"), {**data, "act": "give", "note": "请接手"})
    assert empty.status_code == 422
    assert "请接手" in empty.content.decode()
    client.post(reverse("desk:batch"), {**data, "act": "give", "note": "请接手", "to": cast.han.pk})
    assert set(Task.objects.filter(node__code="N2").values_list("assignee", flat=True)) == {cast.han.pk}


def test_batch_transfer_asks_as_often_for_many_tasks_as_for_one(staff, cast, django_assert_max_num_queries):
    chosen = [cast.task(cast.submitted(), "N2") for _ in range(4)]
    client = staff(cast.qian.user)
    with django_assert_max_num_queries(12) as one:
        client.post(reverse("desk:batch"), {"act": "transfer", "task": [chosen[0].pk]})
    with django_assert_max_num_queries(len(one)):
        client.post(reverse("desk:batch"), {"act": "transfer", "task": [task.pk for task in chosen]})


def test_batch_of_nothing_changes_nothing(staff, cast):
    response = staff(cast.wang.user).post(reverse("desk:batch"), {"act": "claim", "task": ["x", "9" * 30]})
    assert response.status_code == 302


def test_login_without_a_department_sees_no_task(staff, cast):
    cast.submitted()
    newcomer = User.objects.create_user("new", "new@example.invalid", "x", name="新", role=Role.PARTNER)
    client = staff(newcomer)
    for scope in Scope:
        assert rows(client.get(f"{URL}?scope={scope}")) == []
        assert Caller(newcomer).get("/tasks/", scope=str(scope))["results"] == []
