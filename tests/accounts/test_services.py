"""Sign-up, approval and membership of enterprises."""

import pytest
from django.db import IntegrityError, transaction

from park.accounts import permissions, services
from park.accounts.enums import Approval
from park.accounts.models import Enterprise, Membership, User
from park.events import consumers
from park.events.models import Event
from park.notices.models import Notice, OutboxMessage
from tests.cast import NOW, USCC, Cast

pytestmark = pytest.mark.django_db
REGISTERED = "91350100M000100Y43"


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ma", "ma@example.invalid", "x", name="马一")


def sign_up(user: User, uscc: str | None = REGISTERED) -> tuple[Enterprise, Membership]:
    return services.sign_up_enterprise(user=user, name_zh="福州某公司", uscc=uscc, now=NOW)


def test_first_person_founds_the_enterprise_and_may_sign(person: User):
    enterprise, membership = sign_up(person)
    assert (enterprise.approval, enterprise.is_forming) == (Approval.PENDING, False)
    assert (membership.is_signatory, membership.approval) == (True, Approval.APPROVED)
    event = Event.objects.get()
    assert (event.kind, event.enterprise_id) == ("enterprise.signed_up", enterprise.pk)


def test_company_being_set_up_has_no_code(person: User):
    enterprise, _ = sign_up(person, uscc=None)
    assert (enterprise.uscc, enterprise.is_forming) == (None, True)
    assert enterprise.name == "福州某公司 (筹)"


def test_second_person_with_the_same_code_waits_for_a_signatory(person: User, cast: Cast):
    enterprise, _ = sign_up(person)
    same, membership = sign_up(cast.li)
    assert same == enterprise
    assert (membership.is_signatory, membership.approval) == (False, Approval.PENDING)
    assert enterprise not in permissions.enterprises_of(cast.li)


def test_asking_twice_to_join_is_refused_and_writes_nothing(person: User):
    sign_up(person)
    before = Event.objects.count()
    with pytest.raises(services.AlreadyMember), transaction.atomic():
        sign_up(person)
    assert Event.objects.count() == before


def test_code_is_unique_and_well_formed(person: User):
    enterprise, _ = sign_up(person)
    for code in (REGISTERED, "91350100M000100I43", "9135"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Enterprise.objects.create(name_zh="乙", uscc=code, created_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Enterprise.objects.filter(pk=enterprise.pk).update(uscc=None)


@pytest.mark.parametrize("approve, approval", [(True, Approval.APPROVED), (False, Approval.REFUSED)])
def test_park_decides_once(person: User, cast: Cast, approve: bool, approval: str):
    enterprise, _ = sign_up(person)
    services.decide_enterprise(enterprise=enterprise, approve=approve, by=cast.shen, now=NOW, note="核验")
    for again in (True, False):
        with pytest.raises(services.AlreadyDecided):
            services.decide_enterprise(enterprise=enterprise, approve=again, by=cast.wang.user, now=NOW)
    enterprise.refresh_from_db()
    assert (enterprise.approval, enterprise.approval_note) == (approval, "核验")
    assert Event.objects.filter(subject_id=str(enterprise.pk), kind=f"enterprise.{approval}").count() == 1


def test_unapproved_enterprise_is_nobodys_yet(person: User, cast: Cast):
    enterprise, _ = sign_up(person)
    assert list(permissions.enterprises_of(person)) == [enterprise]
    assert not permissions.enterprises_of(person).approved().exists()
    assert list(permissions.waiting_enterprises(cast.wang.user)) == [enterprise]
    for outsider in (cast.gao.user, cast.chen, cast.auditor, cast.admin):
        assert not permissions.waiting_enterprises(outsider).exists()


def test_signatory_lets_a_colleague_in(person: User, cast: Cast):
    enterprise, _ = sign_up(person)
    _, membership = sign_up(cast.li)
    services.decide_membership(membership=membership, approve=True, by=person, now=NOW)
    assert enterprise in permissions.enterprises_of(cast.li)
    with pytest.raises(services.AlreadyDecided):
        services.decide_membership(membership=membership, approve=False, by=person, now=NOW)


def test_refused_colleague_may_ask_again(person: User, cast: Cast):
    sign_up(person)
    _, membership = sign_up(cast.li)
    services.decide_membership(membership=membership, approve=False, by=person, now=NOW)
    _, again = sign_up(cast.li)
    assert again.pk != membership.pk
    assert again.approval == Approval.PENDING


def test_invited_colleague_gets_a_login(cast: Cast):
    membership, password = services.invite_member(
        enterprise=cast.enterprise,
        username="sun",
        email="sun@example.invalid",
        name="孙二",
        is_signatory=False,
        by=cast.chen,
        now=NOW,
    )
    assert membership.user.check_password(password)
    assert list(permissions.enterprises_of(membership.user)) == [cast.enterprise]
    assert password not in str(list(Event.objects.values_list("data", flat=True)))


@pytest.mark.parametrize("username, email", [("LI", "new@example.invalid"), ("new", "LI@example.invalid")])
def test_taken_login_or_address_cannot_be_invited(cast: Cast, username: str, email: str):
    people = User.objects.count()
    with pytest.raises(services.AlreadyMember):
        services.invite_member(
            enterprise=cast.enterprise,
            username=username,
            email=email,
            name="孙二",
            is_signatory=False,
            by=cast.chen,
            now=NOW,
        )
    assert User.objects.count() == people


def test_ended_membership_closes_the_door(cast: Cast):
    membership = cast.li.memberships.get()
    services.end_membership(membership=membership, by=cast.chen, now=NOW)
    assert not permissions.enterprises_of(cast.li).exists()
    with pytest.raises(services.AlreadyDecided):
        services.end_membership(membership=membership, by=cast.chen, now=NOW)


def test_last_signatory_stays(cast: Cast):
    membership = cast.chen.memberships.get()
    with pytest.raises(services.LastSignatory):
        services.end_membership(membership=membership, by=cast.chen, now=NOW)
    membership.refresh_from_db()
    assert membership.ended_at is None


def test_licence_gives_the_company_its_code(cast: Cast):
    services.register_licence(enterprise=cast.enterprise, uscc=USCC, by=cast.shen, now=NOW)
    assert (cast.enterprise.uscc, cast.enterprise.is_forming) == (USCC, False)
    with pytest.raises(services.CodeTaken):
        services.register_licence(enterprise=cast.other, uscc=USCC, by=cast.shen, now=NOW)
    cast.other.refresh_from_db()
    assert cast.other.uscc is None


def test_people_who_decide_are_told(person: User, cast: Cast):
    sign_up(person)
    consumers.react()
    told = Notice.objects.filter(kind="enterprise.signed_up", data__enterprise="福州某公司")
    assert set(told.values_list("recipient__username", flat=True)) == {"wang", "han", "qian", "lu", "shen"}


def test_refusal_is_mailed_with_its_reason(person: User, cast: Cast):
    enterprise, _ = sign_up(person)
    services.decide_enterprise(enterprise=enterprise, approve=False, by=cast.shen, now=NOW, note="名称不符")
    consumers.react()
    notice = OutboxMessage.objects.get(notice__kind="enterprise.refused").notice
    assert (notice.recipient, notice.data["note"]) == (person, "名称不符")


def test_signatories_are_told_of_a_request_to_join(person: User, cast: Cast):
    sign_up(person)
    sign_up(cast.li)
    consumers.react()
    assert list(Notice.objects.filter(kind="membership.requested").values_list("recipient__username", flat=True)) == [
        "ma"
    ]


def test_code_that_was_refused_before_is_free_again(person: User, cast: Cast):
    impostor = User.objects.create_user("xu", "xu@example.invalid", "x", name="徐三")
    refused, _theirs = sign_up(impostor)
    services.decide_enterprise(enterprise=refused, approve=False, by=cast.shen, now=NOW, note="名称不符")
    enterprise, membership = sign_up(person)
    assert (enterprise.approval, enterprise.approval_note) == (Approval.PENDING, "")
    assert (membership.is_signatory, membership.approval) == (True, Approval.APPROVED)
    assert list(enterprise.memberships.filter(ended_at=None)) == [membership]
    assert Event.objects.filter(kind="enterprise.signed_up", subject_id=str(enterprise.pk)).count() == 2
