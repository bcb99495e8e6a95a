"""Signing up by the page, from the form to the waiting enterprise."""

import pytest

from park.accounts.enums import Approval, Role
from park.accounts.models import Enterprise, User
from tests.cast import USCC

pytestmark = pytest.mark.django_db
FORM = {
    "username": "lin",
    "email": "lin@example.invalid",
    "password1": "island-breeze-2026",
    "password2": "island-breeze-2026",
    "name": "林苇",
    "phone": "13800001234",
    "is_forming": "yes",
    "enterprise_name": "上海芦荡科技有限公司",
    "uscc": "",
}


def sign_up(client, **changes):
    return client.post("/accounts/signup/", {**FORM, **changes})


def test_company_being_set_up_waits_for_approval(standard, client):
    assert sign_up(client).status_code == 302
    enterprise = Enterprise.objects.get()
    membership = enterprise.memberships.get()
    assert (enterprise.is_forming, enterprise.uscc, enterprise.approval) == (True, None, Approval.PENDING)
    assert (membership.user.name, membership.user.role, membership.is_signatory) == ("林苇", Role.ENTERPRISE, True)


def test_code_is_understood_as_people_type_it(standard, client):
    sign_up(client, is_forming="no", uscc=" 9131 0230 ma1k 0abc3b ")
    assert Enterprise.objects.get().uscc == USCC


def test_second_person_of_an_enterprise_asks_to_join(standard, client):
    sign_up(client, is_forming="no", uscc=USCC)
    client.logout()
    sign_up(client, is_forming="no", uscc=USCC, username="mei", email="mei@example.invalid")
    enterprise = Enterprise.objects.get()
    membership = User.objects.get(username="mei").memberships.get()
    assert (membership.enterprise, membership.approval, membership.is_signatory) == (
        enterprise,
        Approval.PENDING,
        False,
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"is_forming": "no"}, "uscc"),
        ({"is_forming": "no", "uscc": "91310230MA1K0ABC3X"}, "uscc"),
        ({"name": ""}, "name"),
        ({"enterprise_name": ""}, "enterprise_name"),
        ({"password2": "other-words-2026"}, "password2"),
    ],
)
def test_wrong_entry_is_named_beside_its_field_and_nothing_is_made(standard, client, changes, field):
    html = sign_up(client, **changes).content.decode()
    assert f'id="id_{field}_error"' in html
    assert 'value="13800001234"' in html
    assert not User.objects.exists()
    assert not Enterprise.objects.exists()


def test_taken_login_name_makes_no_enterprise(standard, client):
    sign_up(client)
    client.logout()
    sign_up(client, email="other@example.invalid")
    assert (User.objects.count(), Enterprise.objects.count()) == (1, 1)
