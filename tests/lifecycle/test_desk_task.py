"""The page of a task by its kind of work, and the acts on it."""

import pytest
from django.urls import reverse

from lifecycle.enums import CaseState, TaskState
from lifecycle.models import Case, Message, Signature, Task
from lifecycle.services import agreements, tasks
from lifecycle.services.agreements import Evidence
from park.accounts.enums import Role
from park.accounts.models import User
from tests.cast import NOW, USCC, Cast, pdf
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    """The client, signed in as a member of staff."""

    def sign_in(user):
        give_second_factor(user)
        client.force_login(user)
        return client

    return sign_in


def url(name: str, task: Task) -> str:
    return reverse(f"desk:{name}", args=[task.pk])


def signing_task(cast: Cast) -> Task:
    case = cast.draft()
    agreements.sign_for_enterprise(
        case, sha256=case.agreement.document.sha256, by=cast.chen, now=NOW, evidence=Evidence()
    )
    task = cast.task(case, "SIGN")
    return tasks.claim_task(task, by=task.assignee.user, now=NOW)


def green_channel(cast: Cast) -> Task:
    return tasks.claim_task(cast.task(cast.accepted(), "N8"), by=cast.gao.user, now=NOW)


@pytest.mark.parametrize("acts", ["task", "preview"])
def test_task_is_seen_by_its_department_alone(client, staff, cast, acts):
    task = cast.in_review()
    assert client.get(url(acts, task)).status_code == 302
    client.force_login(cast.li)
    assert client.get(url(acts, task)).status_code == 403
    assert staff(cast.gao.user).get(url(acts, task)).status_code == 404
    assert staff(cast.wang.user).get(url(acts, task)).status_code == 200


@pytest.mark.parametrize(
    "name", ["claim", "verdicts", "correct", "pass", "confirm_task", "result", "sign", "reject", "transfer"]
)
def test_acts_on_a_task_of_another_department_do_not_exist(staff, cast, name):
    task = cast.in_review()
    assert staff(cast.gao.user).post(url(name, task)).status_code == 404


def test_task_that_has_not_begun_does_not_exist(staff, cast):
    case = cast.submitted()
    assert staff(cast.gao.user).get(url("task", cast.task(case, "N8"))).status_code == 404


def test_claim_puts_the_task_into_ones_hands(staff, cast):
    task = cast.task(cast.submitted(), "N2")
    client = staff(task.assignee.user)
    assert "claim" in client.get(url("task", task)).content.decode()
    client.post(url("claim", task))
    task.refresh_from_db()
    assert task.state == TaskState.CLAIMED


def test_claim_that_comes_second_hears_who_was_faster(staff, cast):
    task = cast.in_review()
    other = cast.han if task.assignee == cast.wang else cast.wang
    response = staff(other.user).post(url("claim", task), follow=True)
    assert task.assignee.user.name in str(next(iter(response.context["messages"])))
    task.refresh_from_db()
    assert task.assignee_id != other.pk


def test_claim_without_the_qualification_is_refused(staff, cast):
    task = cast.task(cast.submitted(), "N2")
    response = staff(cast.qian.user).post(url("claim", task), follow=True)
    assert [message.level_tag for message in response.context["messages"]] == ["error"]
    task.refresh_from_db()
    assert task.state == TaskState.READY


@pytest.mark.parametrize("name", ["claim", "confirm_task"])
def test_manager_who_is_no_specialist_acts_on_nothing(staff, cast, name):
    task = cast.task(cast.submitted(), "N2")
    assert staff(cast.shen).post(url(name, task), {"note": "x"}).status_code == 302
    task.refresh_from_db()
    assert task.state == TaskState.READY


def test_agreement_is_shown_and_signed_for_the_park(staff, cast):
    task = signing_task(cast)
    client = staff(task.assignee.user)
    sha256 = task.case.agreement.document.sha256
    page = client.get(url("task", task)).content.decode()
    assert "入园服务协议" in page
    assert sha256 in page
    client.post(url("sign", task), {"sha256": sha256, "read": "on"})
    signature = Signature.objects.get(agreement__case=task.case, party="park")
    assert (signature.signer, signature.sha256) == (task.assignee.user, sha256)
    assert Case.objects.get(pk=task.case_id).milestones.count() == 1


def test_agreement_is_not_signed_unread(staff, cast):
    task = signing_task(cast)
    response = staff(task.assignee.user).post(url("sign", task), {"sha256": task.case.agreement.document.sha256})
    assert response.status_code == 422
    assert response.context["form"].has_error("read")
    assert not Signature.objects.filter(party="park").exists()


def test_agreement_with_other_bytes_is_not_signed(staff, cast):
    task = signing_task(cast)
    staff(task.assignee.user).post(url("sign", task), {"sha256": "0" * 64, "read": "on"})
    assert not Signature.objects.filter(party="park").exists()


def test_confirmation_needs_a_note_and_keeps_it(staff, cast):
    task = green_channel(cast)
    client = staff(cast.gao.user)
    assert client.get(url("task", task)).status_code == 200
    assert client.post(url("confirm_task", task), {"note": " "}).status_code == 422
    client.post(url("confirm_task", task), {"note": "准予登记"})
    task.refresh_from_db()
    assert (task.state, task.note) == (TaskState.DONE, "准予登记")


def test_result_hands_the_licence_over(staff, cast):
    task = cast.at_result()
    client = staff(task.assignee.user)
    client.post(url("result", task), {"number": USCC.lower(), "result_on": "2026-11-20", "file": pdf("执照.pdf")})
    case = Case.objects.get(pk=task.case_id)
    assert (case.state, case.result_number) == (CaseState.COMPLETED, USCC)
    assert USCC in client.get(url("task", task)).content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", "91310230MA1K0ABC3C"),
        ("result_on", "2099-01-01"),
        ("result_on", "2026-11-19"),
        ("result_on", "0001-01-01"),
        ("file", pdf("licence.exe")),
        ("file", pdf("licence.pdf", b"MZ")),
    ],
)
def test_result_says_beside_the_field_what_is_wrong_and_keeps_the_rest(staff, cast, field, value):
    task = cast.at_result()
    data = {"number": USCC, "result_on": "2026-11-20", "file": pdf("licence.pdf")} | {field: value}
    response = staff(task.assignee.user).post(url("result", task), data)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    if field != "number":
        assert USCC in response.content.decode()
    assert Case.objects.get(pk=task.case_id).state == CaseState.IN_PROGRESS


def test_licence_that_was_uploaded_is_kept_while_something_else_is_mended(staff, cast):
    task = cast.at_result()
    client = staff(task.assignee.user)
    wrong = {"number": "91310230MA1K0ABC3C", "result_on": "2026-11-20", "file": pdf("执照.pdf")}
    response = client.post(url("result", task), wrong)
    kept = response.context["form"].kept
    assert f'name="kept" value="{kept.pk}"' in response.content.decode()
    assert "执照.pdf" in response.content.decode()
    client.post(url("result", task), {"number": USCC, "result_on": "2026-11-20", "kept": kept.pk})
    assert Case.objects.get(pk=task.case_id).result_document == kept


def test_document_of_somebody_else_is_no_kept_licence(staff, cast):
    task = cast.at_result()
    client, agreement = staff(task.assignee.user), task.case.agreement.document_id
    for kept in (agreement, 0, "x", "9" * 30):
        data = {"number": USCC, "result_on": "2026-11-20", "kept": kept}
        response = client.post(url("result", task), data)
        assert response.context["form"].has_error("file")


def test_what_was_typed_is_shown_when_somebody_was_faster(staff, cast):
    task = cast.in_review()
    other = cast.han if task.assignee == cast.wang else cast.wang
    data = {"reason": "经营范围不予登记", "remedy": "调整后可重新申请"}
    response = staff(other.user).post(url("reject", task), data, follow=True)
    assert any("经营范围不予登记" in str(message) for message in response.context["messages"])


def test_result_with_the_code_of_another_enterprise_is_refused(staff, cast):
    task = cast.at_result()
    cast.other.uscc = USCC
    cast.other.save()
    data = {"number": USCC, "result_on": "2026-11-20", "file": pdf("licence.pdf")}
    response = staff(task.assignee.user).post(url("result", task), data)
    assert response.context["form"].has_error("number")
    assert Case.objects.get(pk=task.case_id).result_document is None


def test_rejection_asks_for_reason_and_remedy(staff, cast):
    task = cast.in_review()
    client = staff(task.assignee.user)
    assert client.get(url("reject", task)).status_code == 200
    response = client.post(url("reject", task), {"reason": "经营范围不予登记"})
    assert response.status_code == 422
    assert response.context["form"].has_error("remedy")
    assert "经营范围不予登记" in response.content.decode()
    client.post(url("reject", task), {"reason": "经营范围不予登记", "remedy": "调整后可重新申请"})
    case = Case.objects.get(pk=task.case_id)
    assert (case.state, case.closing_remedy) == (CaseState.REJECTED, "调整后可重新申请")
    assert "调整后可重新申请" in client.get(url("task", task)).content.decode()


def test_rejection_by_somebody_else_changes_nothing(staff, cast):
    task = cast.in_review()
    other = cast.han if task.assignee == cast.wang else cast.wang
    staff(other.user).post(url("reject", task), {"reason": "x", "remedy": "y"})
    assert Case.objects.get(pk=task.case_id).state == CaseState.SUBMITTED


def test_refusing_is_not_offered_to_those_who_may_not(staff, cast):
    task = cast.in_review()
    other = cast.han if task.assignee == cast.wang else cast.wang
    client, done = staff(other.user), cast.task(task.case, "SIGN")
    for refused in (task, done):
        assert client.get(url("reject", refused)).status_code == 302


def test_refusing_is_over_when_the_task_is_done(staff, cast):
    task = cast.task(cast.accepted(), "N2")
    assert staff(task.assignee.user).get(url("reject", task)).status_code == 302


def test_transfer_takes_colleague_and_note_and_leaves_the_clock(staff, cast):
    task = cast.in_review()
    due = task.clock.due_at
    other = cast.han if task.assignee == cast.wang else cast.wang
    client = staff(task.assignee.user)
    assert other.user.name in client.get(url("transfer", task)).content.decode()
    response = client.post(url("transfer", task), {"note": "只差章程"})
    assert response.status_code == 422
    assert "只差章程" in response.content.decode()
    client.post(url("transfer", task), {"note": "只差章程", "to": other.pk})
    task = cast.task(task.case, "N2")
    assert (task.assignee, task.clock.due_at) == (other, due)
    assert "只差章程" in staff(other.user).get(url("task", task)).content.decode()


def test_transfer_to_somebody_without_the_qualification_is_refused(staff, cast):
    task = cast.in_review()
    response = staff(task.assignee.user).post(url("transfer", task), {"note": "x", "to": cast.gao.pk})
    assert response.status_code == 422
    assert response.context["form"].has_error("to")


def test_transfer_of_a_task_in_other_hands_is_refused(staff, cast):
    task = cast.in_review()
    other = cast.han if task.assignee == cast.wang else cast.wang
    assert staff(other.user).get(url("transfer", task)).status_code == 302


def test_message_reaches_the_enterprise_and_leads_back_to_the_task(staff, cast):
    task = cast.in_review()
    client = staff(task.assignee.user)
    address = reverse("desk:message", args=[task.case.uid])
    response = client.post(address, {"body": "章程请补签名。", "task": task.pk})
    assert response.url == url("task", task)
    assert Message.objects.get().side == "park"
    assert client.post(address, {"body": " "}).status_code == 422


def test_message_with_a_task_that_does_not_exist_is_not_sent(staff, cast):
    task = cast.in_review()
    address = reverse("desk:message", args=[task.case.uid])
    assert staff(task.assignee.user).post(address, {"body": "x", "task": 999999}).status_code == 404
    assert not Message.objects.exists()


def test_message_on_a_case_of_others_does_not_exist(staff, cast):
    task = cast.in_review()
    address = reverse("desk:message", args=[task.case.uid])
    assert staff(cast.gao.user).post(address, {"body": "x"}).status_code == 404


def test_next_and_previous_task_follow_the_queue(staff, cast):
    task = cast.in_review()
    response = staff(task.assignee.user).get(url("task", task))
    assert (response.context["previous"], response.context["following"]) == (None, None)


def test_case_page_shows_the_whole_case_and_the_open_task(staff, cast):
    task = cast.in_review()
    address = reverse("desk:case", args=[task.case.uid])
    response = staff(task.assignee.user).get(address)
    page = response.content.decode()
    assert response.context["open_task"].pk == task.pk
    assert "公司章程" in page
    assert cast.enterprise.name_zh in page
    assert staff(cast.gao.user).get(address).status_code == 404


def test_case_page_of_a_completed_case_shows_the_licence(staff, cast):
    case = cast.completed()
    page = staff(cast.shen).get(reverse("desk:case", args=[case.uid])).content.decode()
    assert USCC in page


@pytest.mark.parametrize("node", ["SIGN", "N2", "N8", "N9"])
def test_every_finished_task_stays_readable(staff, cast, node):
    case = cast.completed()
    response = staff(cast.shen).get(url("task", cast.task(case, node)))
    assert response.status_code == 200
    assert "<form" in response.content.decode()
    assert "data-verdicts" not in response.content.decode()


def test_pages_of_the_desk_are_complete_in_english(staff, cast):
    task = cast.in_review()
    client = staff(task.assignee.user)
    client.cookies["django_language"] = "en"
    for address in ["/desk/", url("task", task), reverse("desk:case", args=[task.case.uid])]:
        assert "Accept" in client.get(url("task", task)).content.decode()
        assert 'lang="en"' in client.get(address).content.decode()


def test_partner_sees_what_the_green_channel_needs(staff, cast):
    task = green_channel(cast)
    assert User.objects.get(pk=cast.gao.user_id).role == Role.PARTNER
    page = staff(cast.gao.user).get(url("task", task)).content.decode()
    assert "公司章程" in page
    assert "陈予安" in page
