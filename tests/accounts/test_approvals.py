"""Enterprises that wait for the park: who decides, what they read, and what a second decision does."""

import pytest
from django.urls import reverse

from park.accounts import services
from park.accounts.enums import Approval, Role
from park.accounts.models import Enterprise, User
from tests.cast import NOW, USCC
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db
URL = "/desk/enterprises/"


@pytest.fixture
def newcomer(cast) -> Enterprise:
    user = User.objects.create_user(
        "sun", "sun@example.invalid", name="孙晓", role=Role.ENTERPRISE, phone="13900000000"
    )
    enterprise, _membership = services.sign_up_enterprise(user=user, name_zh="上海新芽科技有限公司", uscc=USCC, now=NOW)
    return enterprise


@pytest.fixture
def desk(client, cast):
    give_second_factor(cast.wang.user)
    client.force_login(cast.wang.user)
    return client


def test_approvals_are_for_the_park_alone(client, cast, newcomer):
    assert client.get(URL).status_code == 302
    for user in [cast.li, cast.gao.user, cast.auditor]:
        give_second_factor(user)
        client.force_login(user)
        assert client.get(URL).status_code == 403
        assert client.post(reverse("desk:approve", args=[newcomer.pk])).status_code == 403
    newcomer.refresh_from_db()
    assert newcomer.approval == Approval.PENDING


def test_approvals_list_who_waits(desk, newcomer):
    page = desk.get(URL).content.decode()
    assert "上海新芽科技有限公司" in page
    assert USCC in page
    assert "孙晓" in page
    assert "上海瀛沐生物科技有限公司" not in page


def test_approval_lets_the_enterprise_in(desk, newcomer):
    assert desk.post(reverse("desk:approve", args=[newcomer.pk])).url == URL
    newcomer.refresh_from_db()
    assert newcomer.approval == Approval.APPROVED
    assert "上海新芽科技有限公司" not in desk.get(URL).content.decode().split("<main", 1)[1]


def test_refusal_needs_a_reason_which_is_kept(desk, newcomer):
    url = reverse("desk:refuse", args=[newcomer.pk])
    response = desk.post(url, {f"{newcomer.pk}-note": " "})
    assert response.status_code == 422
    assert "aria-invalid" in response.content.decode()
    desk.post(url, {f"{newcomer.pk}-note": "名称与执照不符"})
    newcomer.refresh_from_db()
    assert (newcomer.approval, newcomer.approval_note) == (Approval.REFUSED, "名称与执照不符")


@pytest.mark.parametrize("name", ["approve", "refuse"])
def test_second_decision_changes_nothing_and_says_so(desk, cast, newcomer, name):
    services.decide_enterprise(enterprise=newcomer, approve=True, by=cast.shen, now=NOW)
    response = desk.post(reverse(f"desk:{name}", args=[newcomer.pk]), {f"{newcomer.pk}-note": "x"}, follow=True)
    assert [message.level_tag for message in response.context["messages"]] == ["warning"]
    newcomer.refresh_from_db()
    assert newcomer.approval == Approval.APPROVED


def test_approvals_take_as_many_queries_for_three_as_for_one(desk, newcomer, django_assert_max_num_queries):
    desk.get(URL)
    with django_assert_max_num_queries(12) as one:
        desk.get(URL)
    for number in range(2):
        user = User.objects.create_user(f"n{number}", f"n{number}@example.invalid", name="新人")
        services.sign_up_enterprise(user=user, name_zh=f"第{number}公司", uscc=None, now=NOW)
    with django_assert_max_num_queries(12) as many:
        desk.get(URL)
    assert len(one) == len(many)
