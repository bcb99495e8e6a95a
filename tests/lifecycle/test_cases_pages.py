"""The list of one's own cases, beginning, withdrawing and writing."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifecycle.enums import CaseState
from lifecycle.models import Case
from lifecycle.services import cases
from park.accounts.enums import Approval
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def chen(cast: Cast, client):
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    return client


def test_visitor_is_sent_to_sign_in(cast, client):
    case = cast.draft()
    for path in ["/cases/", f"/cases/{case.uid}/"]:
        response = client.get(path)
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/")


def test_signatory_without_second_factor_sets_one_up_first(cast, client):
    client.force_login(cast.chen)
    assert "2fa" in client.get("/cases/")["Location"]


def test_other_enterprise_does_not_learn_that_a_case_exists(cast, client):
    case = cast.draft()
    give_second_factor(cast.zhao)
    client.force_login(cast.zhao)
    for path in ["", "version/", "agreement/", "apply/company/", "apply/check/", "withdraw/"]:
        assert client.get(f"/cases/{case.uid}/{path}").status_code == 404
    for path in ["message/", "submit/", "withdraw/", "corrections/answer/", "apply/company/draft/"]:
        assert client.post(f"/cases/{case.uid}/{path}", {"body": "x"}).status_code == 404


def test_staff_has_no_enterprise_pages(cast, client):
    case = cast.submitted()
    give_second_factor(cast.shen)
    client.force_login(cast.shen)
    assert client.get("/cases/").status_code == 403
    assert client.get(f"/cases/{case.uid}/").status_code == 403


def test_begin_opens_one_draft_however_often(cast, chen):
    first = chen.post("/procedures/REG-01/begin/")
    second = chen.post("/procedures/REG-01/begin/")
    case = Case.objects.get()
    assert first["Location"] == second["Location"] == f"/cases/{case.uid}/agreement/"


def test_begin_waits_for_approval(cast, chen):
    cast.enterprise.approval = Approval.PENDING
    cast.enterprise.save()
    assert chen.post("/procedures/REG-01/begin/")["Location"] == "/cases/"
    assert not Case.objects.exists()


def test_begin_refuses_a_company_that_has_its_licence(cast, chen):
    cast.completed()
    assert chen.post("/procedures/REG-01/begin/")["Location"] == "/procedures/REG-01/"
    assert Case.objects.count() == 1


@pytest.mark.parametrize("approval", [Approval.PENDING, Approval.REFUSED])
def test_list_explains_what_is_waited_for(cast, chen, approval):
    cast.enterprise.approval, cast.enterprise.approval_note = approval, "名称与他人相同"
    cast.enterprise.save()
    response = chen.get("/cases/")
    assert response.context["standing"].kind == approval
    assert ("名称与他人相同" in response.content.decode()) is (approval == Approval.REFUSED)


def test_list_of_somebody_who_asked_to_join_names_the_enterprise(cast, client):
    cast.li.memberships.update(approval=Approval.PENDING)
    client.force_login(cast.li)
    response = client.get("/cases/")
    assert response.context["standing"].kind == "asked"
    assert cast.enterprise.name_zh in response.content.decode()


def test_list_says_what_to_do_now(cast, chen):
    case = cast.in_correction()
    html = chen.get("/cases/").content.decode()
    assert case.reference in html
    assert f"/cases/{case.uid}/#todo" in html


def test_list_asks_as_often_for_one_case_as_for_three(cast, chen):
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert chen.get("/cases/").status_code == 200
        return len(seen)

    cast.in_correction()
    chen.get("/cases/")
    one = queries()
    cast.submitted()
    cast.draft()
    assert queries() == one


def test_withdraw_asks_first_and_ends_the_case(cast, chen):
    case = cast.submitted()
    assert chen.get(f"/cases/{case.uid}/withdraw/").status_code == 200
    assert Case.objects.get().state == CaseState.SUBMITTED
    chen.post(f"/cases/{case.uid}/withdraw/", {"reason": "股东改变主意"})
    case = Case.objects.get()
    assert (case.state, case.closing_reason) == (CaseState.WITHDRAWN, "股东改变主意")
    assert "股东改变主意" in chen.get(f"/cases/{case.uid}/").content.decode()


def test_withdraw_of_a_closed_case_changes_nothing(cast, chen):
    case = cast.completed()
    chen.post(f"/cases/{case.uid}/withdraw/", {"reason": "x"})
    assert Case.objects.get(pk=case.pk).state == CaseState.COMPLETED


def test_message_reaches_the_case(cast, chen):
    case = cast.submitted()
    chen.post(f"/cases/{case.uid}/message/", {"body": "今天补齐。"})
    assert case.messages.get().body == "今天补齐。"


def test_empty_message_says_so_beside_the_field(cast, chen):
    case = cast.submitted()
    response = chen.post(f"/cases/{case.uid}/message/", {"body": " "})
    assert response.status_code == 422
    assert 'id="id_body_error"' in response.content.decode()
    assert not case.messages.exists()


def test_answers_of_a_withdrawn_draft_are_not_saved(cast, chen):
    case = cast.draft()
    cases.withdraw_case(case, by=cast.chen, now=NOW)
    assert chen.post(f"/cases/{case.uid}/apply/company/draft/", {"industry": "x"}).status_code == 409
