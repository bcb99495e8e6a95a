"""More time, pauses and a step taken back, as the people of the park do it."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from lifecycle.enums import TaskState
from lifecycle.models import Task
from lifecycle.services import agreements, tasks, time
from lifecycle.services.agreements import Evidence
from lifecycle.services.cases import begin_case
from lifecycle.services.errors import CaseMoved, NotYours
from park.deadlines import services as clocks
from park.deadlines.enums import ClockState, ExtensionState, PauseReason
from park.deadlines.models import Extension
from park.deadlines.services import Refused
from park.events.consumers import react
from park.notices.models import Notice
from tests.cast import NOW, Cast, at
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db

CONFIRM = PauseReason.AWAIT_APPLICANT_CONFIRM


@pytest.fixture
def staff(client):
    def sign_in(user):
        give_second_factor(user)
        client.force_login(user)
        return client

    return sign_in


def signing(cast: Cast, now: datetime = NOW) -> Task:
    """The signing of the agreement, claimed: the node that lets its clock stand still by hand."""
    case = cast.draft(now)
    sha256 = case.agreement.document.sha256
    agreements.sign_for_enterprise(case, sha256=sha256, by=cast.chen, now=now, evidence=Evidence())
    task = cast.task(case, "SIGN")
    return tasks.claim_task(task, by=task.assignee.user, now=now)


def asked(cast: Cast, task: Task, now: datetime = NOW, amount: int = 1) -> Extension:
    return time.ask_more_time(
        task, task.clock, amount=amount, reason="系统停机", by=task.assignee.user, now=now + timedelta(hours=1)
    )


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient__name", flat=True))


def test_request_goes_one_level_up_and_the_new_date_to_the_enterprise(cast: Cast) -> None:
    task = cast.in_review()
    extension = asked(cast, task)
    react()
    assert told("extension.asked") == {cast.qian.user.name}
    time.decide_more_time(extension, task.case, grant=True, note="", by=cast.qian.user, now=NOW + timedelta(hours=2))
    react()
    assert told("extension.granted") == {task.assignee.user.name}
    assert told("extension.granted.enterprise") == {cast.chen.name, cast.li.name}
    task.clock.refresh_from_db()
    assert (task.clock.due_at, task.clock.first_due_at) == (at("2026-11-26 17:00"), at("2026-11-25 17:00"))


def test_request_of_a_head_goes_to_the_leaders_of_the_park(cast: Cast) -> None:
    task = cast.in_review()
    extension = time.ask_more_time(
        task, task.clock, amount=1, reason="x", by=cast.qian.user, now=NOW + timedelta(hours=1)
    )
    react()
    assert told("extension.asked") == {cast.shen.name}
    with pytest.raises(NotYours):
        time.decide_more_time(extension, task.case, grant=True, note="", by=cast.qian.user, now=NOW)


def test_colleague_without_the_task_asks_for_nothing(cast: Cast) -> None:
    task = cast.in_review()
    other = cast.han if task.assignee_id != cast.han.pk else cast.wang
    with pytest.raises(NotYours):
        time.ask_more_time(task, task.clock, amount=1, reason="x", by=other.user, now=NOW)


def test_clock_of_another_case_is_not_extended_from_here(cast: Cast) -> None:
    task, other = cast.in_review(), signing_of_another(cast)
    with pytest.raises(CaseMoved):
        time.ask_more_time(task, other.clock, amount=1, reason="x", by=task.assignee.user, now=NOW)


def signing_of_another(cast: Cast) -> Task:
    enterprise = cast.further_enterprise()
    member = cast.chen
    case = begin_case(procedure=cast.draft().procedure, enterprise=enterprise, by=member, now=NOW)
    agreements.sign_for_enterprise(case, sha256=case.agreement.document.sha256, by=member, now=NOW, evidence=Evidence())
    return cast.task(case, "SIGN")


def test_pause_by_hand_needs_a_reason_of_the_standard(cast: Cast) -> None:
    task = signing(cast)
    with pytest.raises(NotYours):
        time.pause_case(task, reason=PauseReason.SITE_ACCESS, since=None, note="x", by=task.assignee.user, now=NOW)
    time.pause_case(task, reason=CONFIRM, since=None, note="they confirm", by=task.assignee.user, now=NOW)
    task.clock.refresh_from_db()
    assert task.clock.state == ClockState.PAUSED
    time.resume_case(task, by=task.assignee.user, now=NOW + timedelta(days=3))
    task.clock.refresh_from_db()
    assert task.clock.state == ClockState.RUNNING


def test_only_the_head_records_a_pause_later(cast: Cast) -> None:
    task = signing(cast)
    later = NOW + timedelta(hours=4)
    with pytest.raises(NotYours):
        time.pause_case(task, reason=CONFIRM, since=NOW, note="x", by=task.assignee.user, now=later)
    time.pause_case(task, reason=CONFIRM, since=NOW, note="x", by=cast.qian.user, now=later)
    assert task.clock.pauses.get().recorded_at == later


def test_correction_is_not_ended_by_hand(cast: Cast) -> None:
    case = cast.in_correction()
    task = case.tasks.get(state=TaskState.RETURNED)
    with pytest.raises(NotYours):
        time.resume_case(task, by=task.assignee.user, now=NOW + timedelta(hours=3))


def confirmed(cast: Cast) -> Task:
    cast.gao.is_head = True
    cast.gao.save()
    task = tasks.claim_task(cast.task(cast.accepted(), "N8"), by=cast.gao.user, now=NOW)
    return tasks.confirm_task(task, note="done", by=cast.gao.user, now=NOW + timedelta(hours=2))


def test_step_taken_back_runs_on_and_what_it_opened_waits_again(cast: Cast) -> None:
    task = confirmed(cast)
    later = NOW + timedelta(hours=3)
    following = task.case.tasks.exclude(ready_at=None).latest("ready_at")
    old_clock = following.clock
    time.reopen_task(task, reason="wrong company", by=cast.gao.user, now=later)
    task.refresh_from_db()
    following.refresh_from_db()
    old_clock.refresh_from_db()
    assert (task.state, task.done_at, task.clock.state) == (TaskState.CLAIMED, None, ClockState.RUNNING)
    assert (following.state, following.clock, old_clock.state) == (TaskState.WAITING, None, ClockState.CANCELLED)
    tasks.confirm_task(task, note="done now", by=cast.gao.user, now=later + timedelta(hours=1))
    following.refresh_from_db()
    assert (following.state, following.clock.state) == (TaskState.READY, ClockState.RUNNING)


def test_step_is_not_taken_back_once_the_next_has_begun(cast: Cast) -> None:
    task = confirmed(cast)
    following = task.case.tasks.exclude(ready_at=None).latest("ready_at")
    tasks.claim_task(following, by=following.assignee.user, now=NOW + timedelta(hours=3))
    with pytest.raises(CaseMoved):
        time.reopen_task(task, reason="x", by=cast.gao.user, now=NOW + timedelta(hours=4))


def test_step_is_taken_back_within_five_working_days(cast: Cast) -> None:
    task = confirmed(cast)
    with pytest.raises(Refused):
        time.reopen_task(task, reason="x", by=cast.gao.user, now=NOW + timedelta(days=11))
    task.refresh_from_db()
    assert task.state == TaskState.DONE


def test_signature_is_not_taken_back(cast: Cast) -> None:
    case = cast.accepted()
    with pytest.raises(NotYours):
        time.reopen_task(cast.task(case, "SIGN"), reason="x", by=cast.qian.user, now=NOW + timedelta(hours=3))


def test_more_time_is_asked_for_and_granted_on_the_pages(staff, cast: Cast) -> None:
    now = timezone.now()
    task = cast.in_review(now)
    page = staff(task.assignee.user).get(reverse("desk:more_time", args=[task.pk]))
    assert page.status_code == 200
    url = reverse("desk:more_time", args=[task.pk])
    refused = page.client.post(url, {"clock": task.clock_id, "amount": "9", "reason": "机房搬迁"})
    assert refused.status_code == 422
    assert "机房搬迁" in refused.content.decode()
    assert page.client.post(url, {"clock": task.clock_id, "amount": "2", "reason": "机房搬迁"}).status_code == 302
    extension = Extension.objects.get()
    place = reverse("desk:extension", args=[extension.pk])
    assert 'name="decision"' not in page.client.get(place).content.decode()
    head = staff(cast.qian.user)
    assert 'name="decision"' in head.get(place).content.decode()
    assert head.post(place, {"note": "x"}).status_code == 422
    assert head.post(place, {"decision": "grant"}).status_code == 302
    extension.refresh_from_db()
    assert extension.state == ExtensionState.GRANTED
    assert "机房搬迁" in head.get(reverse("desk:task", args=[task.pk])).content.decode()
    client = staff(cast.chen)
    assert "机房搬迁" in client.get(reverse("cases:track", args=[task.case.uid])).content.decode()


def test_extension_of_a_strange_department_does_not_exist(staff, cast: Cast) -> None:
    extension = asked(cast, cast.in_review())
    assert staff(cast.lu.user).get(reverse("desk:extension", args=[extension.pk])).status_code == 404


def test_clocks_are_paused_and_let_run_on_on_the_pages(staff, cast: Cast) -> None:
    task = signing(cast, timezone.now())
    head = staff(cast.qian.user)
    url = reverse("desk:pause", args=[task.pk])
    tomorrow = (timezone.localtime() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    wrong = head.post(url, {"reason": CONFIRM, "note": "等确认", "since": tomorrow})
    assert wrong.status_code == 422
    assert "等确认" in wrong.content.decode()
    assert head.post(url, {"reason": CONFIRM, "note": "等确认"}).status_code == 302
    assert head.get(reverse("desk:keep_paused", args=[task.pk])).status_code == 200
    assert head.post(reverse("desk:keep_paused", args=[task.pk]), {"note": "仍在等"}).status_code == 302
    assert head.post(reverse("desk:resume", args=[task.pk])).status_code == 302
    task.clock.refresh_from_db()
    assert task.clock.state == ClockState.RUNNING


def test_pause_before_the_start_is_refused_beside_its_field(staff, cast: Cast) -> None:
    task = signing(cast, timezone.now())
    before = (timezone.localtime() - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    page = staff(cast.qian.user).post(
        reverse("desk:pause", args=[task.pk]), {"reason": CONFIRM, "note": "等确认", "since": before}
    )
    assert page.status_code == 422
    assert page.context["form"].errors["since"]
    task.clock.refresh_from_db()
    assert (task.clock.state, task.clock.pauses.count()) == (ClockState.RUNNING, 0)


def test_step_is_taken_back_on_its_page(staff, cast: Cast) -> None:
    now = timezone.now()
    cast.gao.is_head = True
    cast.gao.save()
    task = tasks.claim_task(cast.task(cast.accepted(now), "N8"), by=cast.gao.user, now=now)
    tasks.confirm_task(task, note="done", by=cast.gao.user, now=now)
    head = staff(cast.gao.user)
    url = reverse("desk:reopen", args=[task.pk])
    assert url in head.get(reverse("desk:task", args=[task.pk])).content.decode()
    assert head.post(url, {"reason": ""}).status_code == 422
    assert head.post(url, {"reason": "登记信息有误"}).status_code == 302
    task.refresh_from_db()
    assert task.state == TaskState.CLAIMED
    assert head.post(url, {"reason": "again"}).status_code == 404


def test_late_case_tells_the_enterprise_when_it_is_expected(staff, cast: Cast) -> None:
    now = timezone.now() - timedelta(days=40)
    case = cast.in_review(now).case
    clock = case.tasks.get(state=TaskState.CLAIMED).clock
    assert clocks.selectors.expected_at(clock, clock.due_at + timedelta(minutes=1)) is not None
    assert clocks.selectors.expected_at(clock, timezone.now()) is None
    page = staff(cast.chen).get(reverse("cases:track", args=[case.uid])).content.decode()
    assert "深表歉意" in page
