"""Who is told what when something happens to a case, and where each notice leads."""

import pytest
from django.test import Client
from django.urls import resolve

from lifecycle.models import Case, Task
from lifecycle.services import agreements, cases, tasks
from lifecycle.services.agreements import Evidence
from lifecycle.services.messages import send_message
from park.accounts import services as accounts
from park.accounts.models import User
from park.events import consumers
from park.notices.models import Notice
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


def told(kind: str) -> set[User]:
    consumers.react()
    return {notice.recipient for notice in Notice.objects.filter(kind=kind).select_related("recipient")}


def other_of(cast: Cast, task: Task):
    return cast.han if task.assignee == cast.wang else cast.wang


def test_withdrawal_is_told_to_whoever_has_the_case_and_to_its_lead(cast: Cast):
    task = tasks.claim_task(cast.task(cast.accepted(), "N8"), by=cast.gao.user, now=NOW)
    cases.withdraw_case(task.case, by=cast.chen, now=NOW, reason="改在别处注册")
    assert told("case.withdrawn") == {cast.gao.user, Case.objects.get(pk=task.case_id).lead.user}


def test_task_that_goes_into_other_hands_is_told_to_giver_and_taker(cast: Cast):
    task = cast.in_review()
    giver, taker = task.assignee, other_of(cast, task)
    tasks.transfer_task(task, to=taker, note="只差章程", by=giver.user, now=NOW)
    assert told("task.transferred") == {taker.user}
    assert told("task.left") == set()  # who gave it away knows


def test_task_that_the_head_moves_is_told_to_whoever_had_it(cast: Cast):
    task = cast.in_review()
    giver, taker = task.assignee, other_of(cast, task)
    tasks.transfer_task(task, to=taker, note="均衡", by=cast.qian.user, now=NOW)
    assert told("task.left") == {giver.user}


def test_task_that_a_colleague_takes_is_told_to_whom_it_was_meant_for(cast: Cast):
    task = cast.task(cast.submitted(), "N2")
    meant_for, taker = task.assignee, other_of(cast, task)
    tasks.claim_task(task, by=taker.user, now=NOW)
    assert told("task.left") == {meant_for.user}


def test_message_on_a_draft_that_nobody_has_reaches_the_head(cast: Cast):
    send_message(cast.draft(), body="协议怎么签？", by=cast.chen, now=NOW)
    assert told("message.sent") == {cast.qian.user}


def test_people_who_left_are_told_nothing(cast: Cast):
    User.objects.filter(pk__in=[cast.qian.user_id]).update(is_active=False)
    send_message(cast.draft(), body="协议怎么签？", by=cast.chen, now=NOW)
    assert told("message.sent") == {cast.shen}  # the department has no head any more


@pytest.mark.parametrize("approve", [True, False])
def test_whoever_asked_to_join_hears_the_decision(cast: Cast, approve: bool):
    cast.completed()
    cast.enterprise.refresh_from_db()
    person = User.objects.create_user("ma", "ma@example.invalid", "x", name="马一")
    _same, membership = accounts.sign_up_enterprise(user=person, name_zh="瀛沐", uscc=cast.enterprise.uscc, now=NOW)
    accounts.decide_membership(membership=membership, approve=approve, by=cast.chen, now=NOW)
    assert told("membership.approved" if approve else "membership.refused") == {person}
    assert told("membership.requested") == {cast.chen}


def test_every_notice_leads_to_a_page_that_its_reader_may_open(cast: Cast):
    cast.completed()
    cast.enterprise.refresh_from_db()
    person = User.objects.create_user("ma", "ma@example.invalid", "x", name="马一")
    accounts.sign_up_enterprise(user=person, name_zh="瀛沐", uscc=cast.enterprise.uscc, now=NOW)
    case = cast.in_correction()
    send_message(case, body="请看", by=cast.chen, now=NOW)
    send_message(case, body="好", by=case.lead.user, now=NOW)
    cases.withdraw_case(case, by=cast.chen, now=NOW)
    draft = cast.draft()
    agreements.sign_for_enterprise(
        draft, sha256=draft.agreement.document.sha256, by=cast.chen, now=NOW, evidence=Evidence()
    )
    consumers.react()
    for user in User.objects.all():
        give_second_factor(user)
    wrong = []
    for notice in Notice.objects.select_related("recipient"):
        client = Client()
        client.force_login(notice.recipient)
        resolve(notice.path)
        status = client.get(notice.path, follow=True).status_code
        if status != 200:
            wrong.append((notice.kind, notice.recipient.username, notice.path, status))
    assert wrong == []


def test_lead_moves_with_the_task_and_answers_for_the_long_promise(cast: Cast):
    task = cast.in_review()
    taker = other_of(cast, task)
    tasks.transfer_task(task, to=taker, note="请假", by=task.assignee.user, now=NOW)
    case = Case.objects.get(pk=task.case_id)
    assert case.lead == taker
    assert {row.clock.responsible for row in case.milestones.select_related("clock__responsible")} == {taker}


def test_lead_stays_with_the_department_that_began_the_case(cast: Cast):
    case = cast.accepted()
    lead = Case.objects.get(pk=case.pk).lead
    tasks.claim_task(cast.task(case, "N8"), by=cast.gao.user, now=NOW)
    assert Case.objects.get(pk=case.pk).lead == lead
