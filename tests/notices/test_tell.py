"""Telling people: each cause once, in the words of the reader."""

import re

import pytest
from django.utils import translation

from park.accounts.models import User
from park.notices import kinds
from park.notices.models import Notice, OutboxMessage
from park.notices.services import mark_read, tell
from tests.cast import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> list[User]:
    return [User.objects.create_user(f"p{n}", f"p{n}@example.invalid", "x", name=f"人{n}") for n in range(3)]


def test_each_person_is_told_once_for_one_cause(people: list[User]):
    for _ in range(3):
        tell("enterprise.approved", people, key="event:1", path="/start/", now=NOW)
    assert Notice.objects.count() == 3
    assert OutboxMessage.objects.count() == 3


def test_another_cause_is_told_again(people: list[User]):
    for number in (1, 2):
        tell("enterprise.approved", people[:1], key=f"event:{number}", path="", now=NOW)
    assert Notice.objects.count() == 2


def test_same_person_named_twice_is_told_once(people: list[User]):
    assert tell("enterprise.approved", [people[0], people[0]], key="event:1", path="", now=NOW) == 1


def test_somebody_new_among_the_recipients_is_told(people: list[User]):
    tell("enterprise.approved", people[:1], key="event:1", path="", now=NOW)
    tell("enterprise.approved", people, key="event:1", path="", now=NOW)
    assert Notice.objects.count() == 3


def test_kind_without_mail_stays_in_the_house(people: list[User]):
    tell("enterprise.signed_up", people, key="event:1", path="", now=NOW, enterprise="甲")
    assert Notice.objects.count() == 3
    assert not OutboxMessage.objects.exists()


def test_people_without_address_or_gone_get_no_mail(people: list[User]):
    User.objects.filter(pk=people[0].pk).update(email="")
    User.objects.filter(pk=people[1].pk).update(is_active=False)
    tell("enterprise.approved", User.objects.order_by("pk"), key="event:1", path="", now=NOW)
    assert set(Notice.objects.values_list("recipient_id", flat=True)) == {people[0].pk, people[2].pk}
    assert set(OutboxMessage.objects.values_list("notice__recipient_id", flat=True)) == {people[2].pk}


def test_nobody_is_told_nothing():
    assert tell("enterprise.approved", [], key="event:1", path="", now=NOW) == 0


def test_unknown_kind_is_a_mistake_that_shows(people: list[User]):
    with pytest.raises(KeyError):
        tell("no.such.kind", people, key="event:1", path="", now=NOW)
    assert not Notice.objects.exists()


def test_words_take_the_readers_half_of_a_pair():
    data = {
        "node_zh": "预审",
        "node_en": "Pre-review",
        "enterprise_zh": "甲公司",
        "enterprise_en": "",
        "procedure_zh": "设立",
        "procedure_en": "Setting up",
    }
    english = kinds.words("task.assigned", data, "en")
    assert english.title == "New task: Pre-review"
    assert english.body.startswith("甲公司, Setting up.")
    assert "预审" in kinds.words("task.assigned", data, "zh-hans").title


def test_words_write_instants_in_the_parks_time():
    with translation.override("en"):
        values = kinds._for_reader({"due_at": "2026-11-25T09:00:00+00:00"})
    assert values["due_at"] == "25 Nov 17:00"
    with translation.override("zh-hans"):
        assert kinds._for_reader({"due_at": "2026-11-25T09:00:00+00:00"})["due_at"] == "11月25日 17:00"


def test_every_registered_kind_has_words_in_both_languages():
    """A text that names a value which the writer does not give would break whoever opens the list of notices."""
    for kind in kinds._kinds:
        for language in ("en", "zh-hans"):
            with translation.override(language):
                text = f"{kinds.known(kind).title} {kinds.known(kind).body}"
            names = set(re.findall(r"%\((\w+)\)s", text))
            with translation.override("en"):
                original = f"{kinds.known(kind).title} {kinds.known(kind).body}"
            assert names <= set(re.findall(r"%\((\w+)\)s", original)), kind


def test_mark_read_takes_one_or_all_of_ones_own(people: list[User]):
    for number in (1, 2, 3):
        tell("enterprise.approved", people, key=f"event:{number}", path="", now=NOW)
    mine = Notice.objects.filter(recipient=people[0])
    first = mine.first()
    assert mark_read(user=people[1], now=NOW, pk=first.pk) == 0
    assert mark_read(user=people[0], now=NOW, pk=first.pk) == 1
    assert mark_read(user=people[0], now=NOW) == 2
    assert mark_read(user=people[0], now=NOW) == 0
    assert Notice.objects.unread().count() == 6
