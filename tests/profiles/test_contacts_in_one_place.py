"""The move of the contact person of the head of a file among the contacts (migration 0010)."""

import importlib

import pytest
from django.db import connection

from profiles.models import Contact
from profiles.services.profile import remember
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
migration = importlib.import_module("profiles.migrations.0010_contacts_in_one_place")


def as_before(*heads: tuple[int, str, str]) -> None:
    """The columns of before, filled, and contacts without the constraint of today."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP INDEX contact_once")
        for name in ("contact_name", "contact_phone"):
            cursor.execute(f"ALTER TABLE profiles_enterpriseprofile ADD {name} text NOT NULL DEFAULT ''")
        for pk, name, phone in heads:
            cursor.execute(
                "UPDATE profiles_enterpriseprofile SET contact_name = %s, contact_phone = %s WHERE enterprise_id = %s",
                [name, phone, pk],
            )


def move() -> None:
    with connection.cursor() as cursor:
        for statement in (migration.ONCE, migration.MOVE, migration.FIRST):
            cursor.execute(statement)


def said(pk: int) -> list[tuple[str, str, bool, bool]]:
    rows = Contact.objects.filter(enterprise=pk).order_by("pk")
    return [(one.name, one.phone, one.is_first, one.ended_at is None) for one in rows]


@pytest.fixture
def heads(cast: Cast) -> Cast:
    for enterprise in (cast.enterprise, cast.other):
        remember(enterprise, by=None, now=NOW, address="东滩")
    return cast


def test_head_becomes_a_contact_and_nothing_is_lost(heads: Cast):
    as_before((heads.enterprise.pk, "陈予安", "1"), (heads.other.pk, "", "2"))
    Contact.objects.create(enterprise=heads.enterprise, name="李昭然", phone="3")
    for _turn in range(2):  # run twice it does the same
        move()
        assert said(heads.enterprise.pk) == [("李昭然", "3", False, True), ("陈予安", "1", True, True)]
        assert said(heads.other.pk) == [("", "2", True, True)]


def test_first_contact_stays_first_and_doubles_end(heads: Cast):
    as_before((heads.enterprise.pk, "陈予安", "1"))
    for is_first in (False, True):
        Contact.objects.create(enterprise=heads.enterprise, name="李昭然", phone="3", is_first=is_first)
    Contact.objects.create(enterprise=heads.other, name="赵一帆", phone="2")
    move()
    assert said(heads.enterprise.pk) == [
        ("李昭然", "3", False, False),
        ("李昭然", "3", True, True),
        ("陈予安", "1", False, True),
    ]
    assert said(heads.other.pk) == [("赵一帆", "2", True, True)]


def test_one_who_was_taken_off_is_not_put_back(heads: Cast):
    as_before((heads.enterprise.pk, "陈予安", "1"))
    Contact.objects.create(enterprise=heads.enterprise, name="陈予安", phone="1", ended_at=NOW)
    move()
    assert said(heads.enterprise.pk) == [("陈予安", "1", False, False)]
