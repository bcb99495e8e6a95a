"""The pages of members and tokens."""

import re

import pytest

from park.accounts.enums import Approval
from park.accounts.models import ApiToken, Membership, User
from park.accounts.services import digest
from tests.cast import NOW, Cast
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db
COLLEAGUE = {"name": "周岚", "username": "zhou-lan", "email": "zhou@example.invalid"}


@pytest.fixture
def chen(cast: Cast, client):
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    return client


@pytest.fixture
def request_of_zhou(cast: Cast) -> Membership:
    user = User.objects.create_user("zhou", "zhou@example.invalid", "x", name="周岚")
    return cast.enterprise.memberships.create(user=user, created_at=NOW)


def test_everybody_of_the_enterprise_sees_its_members(cast, client):
    client.force_login(cast.li)
    html = client.get("/account/members/").content.decode()
    assert "陈予安" in html
    assert "赵一帆" not in html
    assert "/account/members/invite/" not in html


def test_staff_has_no_page_of_members(cast, client):
    give_second_factor(cast.shen)
    client.force_login(cast.shen)
    assert client.get("/account/members/").status_code == 403


def test_invited_colleague_can_sign_in_with_the_password_shown_once(cast, chen, client):
    html = chen.post("/account/members/invite/", COLLEAGUE).content.decode()
    password = re.findall(r'<code class="secret">([^<]+)</code>', html)[1]
    user = User.objects.get(username="zhou-lan")
    assert user.check_password(password)
    assert user.memberships.active().get().enterprise == cast.enterprise
    assert password not in chen.get("/account/members/").content.decode()


def test_taken_login_name_is_named_beside_its_field_and_nothing_is_lost(cast, chen):
    response = chen.post("/account/members/invite/", {**COLLEAGUE, "username": "li"})
    html = response.content.decode()
    assert response.status_code == 422
    assert 'id="id_username_error"' in html
    assert 'value="周岚"' in html
    assert not User.objects.filter(email="zhou@example.invalid").exists()


def test_only_a_signatory_invites(cast, client):
    client.force_login(cast.li)
    assert client.get("/account/members/invite/").status_code == 404
    assert client.post("/account/members/invite/", COLLEAGUE).status_code == 404
    assert not User.objects.filter(username="zhou-lan").exists()


@pytest.mark.parametrize(("approve", "state"), [("1", Approval.APPROVED), ("0", Approval.REFUSED)])
def test_signatory_decides_who_may_act(chen, request_of_zhou, approve, state):
    chen.post(f"/account/members/{request_of_zhou.pk}/decide/", {"approve": approve})
    request_of_zhou.refresh_from_db()
    assert request_of_zhou.approval == state


def test_deciding_twice_keeps_the_first_decision(chen, request_of_zhou):
    chen.post(f"/account/members/{request_of_zhou.pk}/decide/", {"approve": "1"})
    chen.post(f"/account/members/{request_of_zhou.pk}/decide/", {"approve": "0"})
    request_of_zhou.refresh_from_db()
    assert request_of_zhou.approval == Approval.APPROVED


def test_signatory_of_another_enterprise_decides_nothing(cast, client, request_of_zhou):
    give_second_factor(cast.zhao)
    client.force_login(cast.zhao)
    assert client.post(f"/account/members/{request_of_zhou.pk}/decide/", {"approve": "1"}).status_code == 404
    request_of_zhou.refresh_from_db()
    assert request_of_zhou.approval == Approval.PENDING


def test_ended_member_sees_nothing_any_more(cast, chen, client):
    case = cast.draft()
    chen.post(f"/account/members/{cast.li.memberships.get().pk}/end/")
    client.force_login(cast.li)
    assert client.get(f"/cases/{case.uid}/").status_code == 404


def test_last_signatory_stays(cast, chen):
    membership = cast.chen.memberships.get()
    chen.post(f"/account/members/{membership.pk}/end/")
    membership.refresh_from_db()
    assert membership.ended_at is None


def test_token_is_shown_once_and_only_its_digest_is_kept(cast, chen):
    html = chen.post("/account/tokens/", {"name": "财务系统"}).content.decode()
    text = re.search(r'<code class="secret">(park_[^<]+)</code>', html)[1]
    assert ApiToken.objects.get(user=cast.chen).digest == digest(text)
    assert "park_" not in chen.get("/account/tokens/").content.decode()


def test_token_without_a_purpose_is_not_made(cast, chen):
    response = chen.post("/account/tokens/", {"name": ""})
    assert response.status_code == 422
    assert 'id="id_name_error"' in response.content.decode()
    assert not ApiToken.objects.exists()


def test_token_of_somebody_else_cannot_be_revoked(cast, chen, client):
    chen.post("/account/tokens/", {"name": "财务系统"})
    token = ApiToken.objects.get()
    client.force_login(cast.li)
    assert client.post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    client.force_login(cast.chen)
    client.post(f"/account/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at is not None
