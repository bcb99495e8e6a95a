"""Who may call which view."""

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from park.accounts import policies
from park.accounts.enums import STAFF_ROLES, Role
from park.accounts.models import User
from park.accounts.policies import declared_policy, lacks_second_factor, needs_second_factor
from tests.accounts.views import desk, undeclared
from tests.cast import Cast
from tests.second_factor import give_second_factor


def person(role: str, **values) -> SimpleNamespace:
    return SimpleNamespace(**{"role": role, "is_active": True, "is_authenticated": True, **values})


@pytest.mark.parametrize(
    "policy, admitted",
    [
        (policies.PUBLIC, set(Role)),
        (policies.SIGNED_IN, set(Role)),
        (policies.OWN_ACCOUNT, set(Role)),
        (policies.ENTERPRISE, {Role.ENTERPRISE}),
        (policies.DESK, {Role.SPECIALIST, Role.PARTNER, Role.MANAGER}),
        (policies.PARK, {Role.SPECIALIST, Role.MANAGER}),
        (policies.COCKPIT, {Role.MANAGER, Role.AUDITOR, Role.ADMINISTRATOR}),
        (policies.ADMINISTRATION, {Role.ADMINISTRATOR}),
        (policies.CASE_SIDES, {Role.ENTERPRISE, Role.SPECIALIST, Role.PARTNER, Role.MANAGER}),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_policy_admits_its_roles_and_nobody_else(policy, admitted):
    assert {role for role in Role if policy.admits(person(role))} == admitted
    assert policy.admits(AnonymousUser()) == policy.public
    if not policy.public:
        assert not any(policy.admits(person(role, is_active=False)) for role in Role)


def test_declared_policy_of_an_undeclared_view_is_none():
    assert declared_policy(undeclared) is None
    assert declared_policy(desk) is policies.DESK


@pytest.mark.django_db
@pytest.mark.urls("tests.accounts.policy_urls")
def test_view_without_a_policy_is_denied_even_to_administrators(cast: Cast, client: Client):
    give_second_factor(cast.admin)
    client.force_login(cast.admin)
    assert client.get("/t/undeclared/").status_code == 403
    assert Client().get("/t/undeclared/").status_code == 403


@pytest.mark.django_db
@pytest.mark.urls("tests.accounts.policy_urls")
def test_stranger_is_sent_to_sign_in_and_back(client: Client):
    answer = client.get("/t/desk/?a=1")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/t/desk/%3Fa%3D1"
    assert client.get("/t/public/").status_code == 200


@pytest.mark.django_db
@pytest.mark.urls("tests.accounts.policy_urls")
def test_wrong_role_is_refused(cast: Cast, client: Client):
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    assert client.get("/t/desk/").status_code == 403


@pytest.mark.django_db
@pytest.mark.urls("tests.accounts.policy_urls")
def test_staff_set_up_a_second_factor_before_anything_else(cast: Cast, client: Client):
    client.force_login(cast.wang.user)
    answer = client.get("/t/desk/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/totp/activate/")
    assert client.get("/t/own/").status_code == 200
    give_second_factor(cast.wang.user)
    assert client.get("/t/desk/").status_code == 200


@pytest.mark.django_db
def test_staff_and_signatories_owe_a_second_factor(cast: Cast):
    people = {user.username: needs_second_factor(user) for user in User.objects.all()}
    staff = set(User.objects.filter(role__in=STAFF_ROLES).values_list("username", flat=True))
    assert {name for name, needs in people.items() if needs} == staff | {"chen", "zhao"}
    assert lacks_second_factor(cast.chen)
    give_second_factor(cast.chen)
    assert not lacks_second_factor(cast.chen)


@pytest.mark.django_db
def test_signed_in_answers_are_never_cached(cast: Cast, client: Client):
    client.force_login(cast.li)
    assert client.get("/start/")["Cache-Control"] == "no-store"
