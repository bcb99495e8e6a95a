"""Files that are judged in batches by a changed rule, while people write into them and processes die."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from faults.crash import killed_at
from park.accounts.models import Enterprise
from park.events.models import Event
from profiles.criteria import parse
from profiles.enums import ValueSource
from profiles.models import FactSheet, Tag, TagRule
from profiles.services import tag_rules, tagging, tags
from profiles.services.holding import hold
from profiles.services.values import Said, record_values
from tests.cast import NOW, Cast
from tests.races.threads import Holder, at_once

pytestmark = pytest.mark.django_db(transaction=True)

SMALL = parse({"fact": "sme_size", "op": "eq", "value": "small"})
LARGE = parse({"fact": "sme_size", "op": "in", "value": ["small", "large"]})


@pytest.fixture
def crowd(cast: Cast) -> list[Enterprise]:
    made = Enterprise.objects.bulk_create(
        Enterprise(name_zh=f"众企 {n}", is_forming=True, approval="approved", created_at=NOW) for n in range(6)
    )
    for enterprise in made:
        say(enterprise, "small")
    return made


def say(enterprise: Enterprise, size: str) -> None:
    record_values(enterprise, [Said("sme_size", size)], source=ValueSource.VISIT, by=None, now=NOW)


def keep_rule(cast: Cast, criterion=SMALL) -> None:
    """The rule is in force; nothing has been judged by it yet."""
    tag_rules._keep_rule(TagRule.objects.get(code="micro"), criterion, is_active=True, by=cast.shen, now=NOW)


def having(code: str = "micro") -> set[int]:
    return set(Tag.objects.open().filter(rule__code=code).values_list("enterprise", flat=True))


def all_is_as_if_judged_at_once() -> None:
    """Judging everything anew changes nothing, and nothing was given or ended twice."""
    assert not FactSheet.objects.exclude(judged_version=tagging.newest(tagging.rules())).exists()
    before = list(Tag.objects.order_by("pk").values()), list(FactSheet.objects.order_by("pk").values())
    with transaction.atomic():
        assert tagging.apply_rules(FactSheet.objects.values_list("pk", flat=True), now=NOW) == (0, 0)
    assert (list(Tag.objects.order_by("pk").values()), list(FactSheet.objects.order_by("pk").values())) == before
    assert Event.objects.filter(kind="tag.given").count() == Tag.objects.count()
    assert Event.objects.filter(kind="tag.ended").count() == Tag.objects.filter(ended_at__isnull=False).count()


@pytest.fixture
def impatient():
    """Whoever waits for a lock fails."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET lock_timeout")


@pytest.mark.parametrize("hit", [1, 3])
@pytest.mark.parametrize("point", ["tags.held", "tags.judged", "tags.committed"])
def test_judging_goes_on_where_a_killed_process_left_it(cast: Cast, crowd, point: str, hit: int):
    keep_rule(cast)
    assert killed_at(point, hit, lambda: tags.catch_up(NOW, most=2))
    left = hit if point == "tags.committed" else hit - 1
    assert len(having()) == 2 * left
    assert tags.catch_up(NOW, most=2) == 6 - 2 * left
    assert having() == {one.pk for one in crowd}
    all_is_as_if_judged_at_once()


@pytest.mark.parametrize("hit", [1, 3])
def test_a_new_day_goes_on_where_a_killed_process_left_it(cast: Cast, crowd, hit: int):
    tomorrow = NOW + timedelta(days=1)
    assert killed_at("tags.judged", hit, lambda: tags.catch_up(tomorrow, most=2))
    assert FactSheet.objects.filter(judged_on=tomorrow.date()).count() == 2 * (hit - 1)
    tags.catch_up(tomorrow, most=2)
    assert set(FactSheet.objects.values_list("judged_on", flat=True)) == {tomorrow.date()}


def test_a_rule_is_saved_though_its_first_batch_dies(cast: Cast, crowd):
    rule = TagRule.objects.get(code="micro")
    assert killed_at("tags.held", 1, lambda: tag_rules.save_rule(rule, SMALL, is_active=True, by=cast.shen, now=NOW))
    assert having() == set()
    say(crowd[0], "medium")
    say(crowd[0], "small")
    assert having() == {crowd[0].pk}
    assert tags.catch_up(NOW) == 5
    all_is_as_if_judged_at_once()


def test_an_edit_of_one_file_does_not_wait_for_the_batch_of_others(cast: Cast, crowd, impatient):
    keep_rule(cast)
    with Holder(lambda: tags.judge_batch(NOW, most=3)):
        other = next(one for one in reversed(crowd) if one.pk == max(each.pk for each in crowd))
        say(other, "medium")
        say(other, "small")
        assert having() == {other.pk}
    tags.catch_up(NOW)
    assert having() == {one.pk for one in crowd}
    all_is_as_if_judged_at_once()


def test_a_batch_does_not_wait_for_whoever_writes_into_a_file(cast: Cast, crowd, impatient):
    busy, *others = crowd
    with Holder(lambda: hold([busy.pk])):
        saved = tag_rules.save_rule(TagRule.objects.get(code="micro"), SMALL, is_active=True, by=cast.shen, now=NOW)
        assert (saved.given, saved.waiting) == (5, 1)
        assert having() == {one.pk for one in others}
    assert tags.catch_up(NOW) == 1
    all_is_as_if_judged_at_once()


def test_a_rule_is_saved_while_somebody_is_in_the_middle_of_a_file(cast: Cast, crowd, impatient):
    """They have judged it by the rule as it was; when they are done, it is found to be behind."""
    with Holder(lambda: say(crowd[0], "medium")):
        keep_rule(cast, parse({"fact": "sme_size", "op": "eq", "value": "medium"}))
        tags.catch_up(NOW)
        assert having() == set()
    assert tags.catch_up(NOW) == 1
    assert having() == {crowd[0].pk}
    all_is_as_if_judged_at_once()


def test_a_new_file_that_was_begun_before_a_rule_was_saved_follows_it(cast: Cast, crowd, impatient):
    made: list[Enterprise] = []

    def found() -> None:
        made.append(Enterprise.objects.create(name_zh="新来", is_forming=True, approval="approved", created_at=NOW))
        say(made[0], "small")

    with Holder(found):
        tag_rules.save_rule(TagRule.objects.get(code="micro"), SMALL, is_active=True, by=cast.shen, now=NOW)
        assert having() == {one.pk for one in crowd}
    tags.catch_up(NOW)
    assert having() == {one.pk for one in [*crowd, *made]}
    all_is_as_if_judged_at_once()


def test_rules_files_and_batches_at_once_end_as_if_judged_at_once(cast: Cast, crowd):
    def act(number: int) -> object:
        kind, turn = number % 3, number // 3
        if kind == 0:
            criterion = (SMALL, LARGE)[turn % 2]
            rule = TagRule.objects.get(code=("micro", "medium")[turn % 2])
            return tag_rules.save_rule(rule, criterion, is_active=True, by=cast.shen, now=NOW)
        if kind == 1:
            return say(crowd[turn % 6], ("large", "small", "micro")[turn % 3])
        return tags.catch_up(NOW, most=2)

    outcomes = at_once(act, times=36, threads=6)
    assert not [one for one in outcomes if isinstance(one, Exception)]
    tags.catch_up(NOW)
    sizes = dict(FactSheet.objects.values_list("pk", "sme_size"))
    assert having("micro") == {pk for pk, size in sizes.items() if size == "small"}
    assert having("medium") == {pk for pk, size in sizes.items() if size in {"small", "large"}}
    all_is_as_if_judged_at_once()
