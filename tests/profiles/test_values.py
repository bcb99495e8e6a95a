"""What is said of an enterprise: kept with its source, the most trusted counts, the rest stays beside it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from park.events.models import Event
from profiles.enums import ValueSource
from profiles.models import FactSheet, ProfileValue
from profiles.services.values import Said, accept_value, record_all, record_values
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


def say(cast: Cast, *said: Said, source: ValueSource = ValueSource.ENTERPRISE, days: int = 0) -> list[ProfileValue]:
    by = cast.chen if source == ValueSource.ENTERPRISE else cast.wang.user
    return record_values(cast.enterprise, said, source=source, by=by, now=NOW + timedelta(days=days))


def revenue(amount: int, year: int = 2025) -> Said:
    return Said("revenue", Decimal(amount), year)


def counting(cast: Cast, item: str = "revenue") -> list[object]:
    rows = ProfileValue.objects.filter(enterprise=cast.enterprise, item=item, is_accepted=True)
    return [row.value for row in rows]


def test_value_is_kept_with_its_source(cast: Cast):
    (row,) = say(cast, revenue(100))
    assert (row.value, row.source, row.said_by, row.said_at, row.is_accepted) == (
        100,
        "enterprise",
        cast.chen,
        NOW,
        True,
    )
    event = Event.objects.get(kind="file.changed")
    assert event.data == {"source": "enterprise", "items": ["revenue"], "differs": []}
    assert (event.thread, event.enterprise_id) == (f"file:{cast.enterprise.pk}", cast.enterprise.pk)


def test_saying_it_again_writes_nothing(cast: Cast):
    say(cast, revenue(100))
    assert say(cast, revenue(100), days=1) == []
    assert ProfileValue.objects.count() == 1
    assert Event.objects.filter(kind="file.changed").count() == 1


def test_later_word_of_the_same_source_counts(cast: Cast):
    say(cast, revenue(100))
    say(cast, revenue(120), days=1)
    assert counting(cast) == [120]
    assert ProfileValue.objects.count() == 2


def test_document_takes_the_place_of_what_the_enterprise_said(cast: Cast):
    say(cast, revenue(100))
    say(cast, revenue(90), source=ValueSource.DOCUMENT)
    assert counting(cast) == [90]


def test_less_trusted_word_stays_beside(cast: Cast):
    say(cast, revenue(90), source=ValueSource.DOCUMENT)
    (row,) = say(cast, revenue(100))
    assert not row.is_accepted
    assert counting(cast) == [90]
    assert FactSheet.objects.get().revenue_cny == 90
    assert Event.objects.filter(kind="file.changed").latest("pk").data["differs"] == ["revenue"]


def test_somebody_settles_which_counts(cast: Cast):
    say(cast, revenue(90), source=ValueSource.DOCUMENT)
    (row,) = say(cast, revenue(100))
    accept_value(row, by=cast.shen, now=NOW)
    assert counting(cast) == [100]
    assert FactSheet.objects.get().revenue_cny == 100
    assert Event.objects.get(kind="value.accepted").actor_id == cast.shen.pk


def test_database_lets_one_value_count(cast: Cast):
    (row,) = say(cast, revenue(90))
    row.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    "said",
    [
        Said("no_such_item", Decimal(1)),
        Said("revenue", Decimal(1)),
        Said("founded_on", date(2020, 1, 1), 2020),
        Said("revenue", "1", 2025),
        Said("founded_on", Decimal(1)),
        Said("region", "atlantis"),
        Said("industry_code", "98"),
        Said("foreign_invested", "yes"),
    ],
    ids=["item", "no year", "year", "text", "number", "choice", "industry", "flag"],
)
def test_what_does_not_fit_is_refused_whole(cast: Cast, said: Said):
    with pytest.raises(ValueError):
        say(cast, revenue(100), said)
    assert not ProfileValue.objects.exists()
    assert not FactSheet.objects.exists()


def test_many_enterprises_at_once(cast: Cast):
    said = {cast.enterprise.pk: [revenue(1)], cast.other.pk: [revenue(2), revenue(3, 2024)]}
    record_all(said, source=ValueSource.IMPORT, by=cast.wang.user, now=NOW)
    assert dict(FactSheet.objects.values_list("enterprise", "revenue_cny")) == {cast.enterprise.pk: 1, cast.other.pk: 2}
    assert Event.objects.filter(kind="file.changed").count() == 2
