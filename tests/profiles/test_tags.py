"""Tags by rules, by certificate and by hand."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from park.accounts.models import Enterprise
from park.accounts.services import Admission, admit_enterprises
from park.events import consumers
from park.events.models import Event
from park.notices.kinds import words
from park.notices.models import Notice
from profiles import duties
from profiles.consumers.tags import tell_of_tags
from profiles.criteria import parse
from profiles.enums import ValueSource
from profiles.models import FactSheet, Tag, TagRule
from profiles.services import tag_rules, tagging, tags
from profiles.services.tag_rules import Saved
from profiles.services.values import Said, record_values
from tests.cast import NOW

pytestmark = pytest.mark.django_db

TODAY = NOW.date()


def say(enterprise, now=NOW, **values):
    said = [Said(item, value, *([2025] if item in {"revenue", "headcount"} else [])) for item, value in values.items()]
    return record_values(enterprise, said, source=ValueSource.VISIT, by=None, now=now)


def rule(code: str) -> TagRule:
    return TagRule.objects.get(code=code)


def codes(enterprise) -> list[str]:
    return sorted(Tag.objects.open().filter(enterprise=enterprise).values_list("rule__code", flat=True))


def sheet_tags(enterprise) -> list[str]:
    return FactSheet.objects.get(enterprise=enterprise).has_tag


def test_a_tag_follows_the_value_that_gives_it(cast):
    say(cast.enterprise, industry_code="2710", sme_size="micro")
    assert codes(cast.enterprise) == sheet_tags(cast.enterprise) == ["biomedicine", "micro"]
    tag = Tag.objects.get(rule__code="biomedicine")
    assert (tag.origin, tag.since, tag.evidence) == ("rule", NOW, {"industry_code": "2710"})
    event = Event.objects.get(kind="tag.given", data__tag="biomedicine")
    assert (event.enterprise_id, event.thread) == (cast.enterprise.pk, f"file:{cast.enterprise.pk}")
    assert (event.subject_type, event.subject_id, event.at) == ("profiles.tag", str(tag.pk), NOW)


def test_a_tag_ends_with_the_evidence_of_its_end(cast):
    later = NOW + timedelta(hours=1)
    say(cast.enterprise, industry_code="2710")
    say(cast.enterprise, later, industry_code="65")
    assert codes(cast.enterprise) == sheet_tags(cast.enterprise) == ["digital_economy"]
    tag = Tag.objects.get(rule__code="biomedicine")
    assert (tag.ended_at, tag.ending) == (later, {"industry_code": "65"})
    assert Event.objects.filter(kind="tag.ended", data__tag="biomedicine", subject_id=str(tag.pk)).count() == 1


def test_numbers_are_kept_in_the_evidence_as_they_were(cast):
    say(
        cast.enterprise,
        founded_on=date(2010, 1, 1),
        revenue=Decimal("60000000.1"),
    )
    assert Tag.objects.get(rule__code="mature").evidence == {
        "founded_on": "2010-01-01",
        "revenue_cny": "60000000.1",
        "has_tag": [],
    }


def test_nothing_is_written_when_nothing_changes(cast):
    say(cast.enterprise, industry_code="2710")
    before = Event.objects.count(), Tag.objects.count(), FactSheet.objects.get(enterprise=cast.enterprise).changed_at
    tags.follow([cast.enterprise.pk, cast.other.pk], now=NOW + timedelta(days=1))
    after = Event.objects.count(), Tag.objects.count(), FactSheet.objects.get(enterprise=cast.enterprise).changed_at
    assert before == after


def test_only_the_enterprises_named_are_touched(cast):
    for one in (cast.enterprise, cast.other):
        say(one, industry_code="2710")
    FactSheet.objects.update(industry_code="65")
    tagging.apply_rules([cast.enterprise.pk], now=NOW)
    assert codes(cast.enterprise) == ["digital_economy"]
    assert codes(cast.other) == ["biomedicine"]


def test_rules_that_look_at_tags_come_after_those(cast):
    say(cast.enterprise, founded_on=date(2010, 1, 1), revenue=Decimal(60_000_000))
    assert codes(cast.enterprise) == ["mature"]
    before = [Said("revenue", Decimal(10_000_000), year) for year in (2023, 2024)]
    record_values(cast.enterprise, before, source=ValueSource.VISIT, by=None, now=NOW)
    assert codes(cast.enterprise) == sheet_tags(cast.enterprise) == ["growing"]


def test_a_certificate_gives_a_tag_and_what_looks_at_it_follows(cast):
    say(cast.enterprise, industry_code="65")
    tag = tags.give_certificate(
        cast.enterprise, rule("district_rhq"), number="崇 1", expires_on=TODAY, by=cast.wang.user, now=NOW
    )
    assert codes(cast.enterprise) == ["digital_economy", "district_rhq", "headquarters_economy"]
    assert sheet_tags(cast.enterprise) == codes(cast.enterprise)
    event = Event.objects.get(kind="tag.given", data__tag="district_rhq")
    assert (event.actor_id, event.subject_id) == (cast.wang.user.pk, str(tag.pk))


def test_a_new_certificate_takes_the_place_of_the_old(cast):
    for number in ("1", "2"):
        tags.give_certificate(cast.enterprise, rule("hnte"), number=number, expires_on=None, by=cast.shen, now=NOW)
    assert Tag.objects.open().get(rule__code="hnte").number == "2"
    assert Tag.objects.get(number="1").ending["because"] == "renewed"


def test_a_tag_is_valid_on_its_last_day_and_ends_by_itself_on_the_next(cast):
    tags.give_certificate(cast.enterprise, rule("district_rhq"), number="1", expires_on=TODAY, by=cast.shen, now=NOW)
    assert tags.end_expired(NOW) == 0
    assert duties.look_after(NOW + timedelta(days=1)) >= 1
    assert codes(cast.enterprise) == sheet_tags(cast.enterprise) == []
    ended = Event.objects.get(kind="tag.ended", data__tag="district_rhq")
    assert ended.data["reason"] == "expired"
    assert tags.end_expired(NOW + timedelta(days=1)) == 0


def test_a_tag_by_hand_needs_reason_and_end(cast):
    given = {"by": cast.shen, "now": NOW}
    for reason, expires_on, why in [(" ", TODAY, "reason"), ("因为", None, "end"), ("因为", date(2026, 1, 1), "over")]:
        with pytest.raises(tags.TagRefused) as refused:
            tags.give_by_hand(cast.enterprise, rule("micro"), reason=reason, expires_on=expires_on, **given)
        assert refused.value.reason == why
    assert not Tag.objects.exists()
    assert not Event.objects.filter(kind="tag.given").exists()
    tags.give_by_hand(cast.enterprise, rule("micro"), reason="走访所见", expires_on=TODAY, **given)
    assert sheet_tags(cast.enterprise) == ["micro"]


def test_a_tag_that_is_not_in_use_is_not_given(cast):
    TagRule.objects.filter(code="hnte").update(is_active=False)
    with pytest.raises(tags.TagRefused):
        tags.give_certificate(cast.enterprise, rule("hnte"), number="1", expires_on=None, by=cast.shen, now=NOW)
    assert not Tag.objects.exists()


def test_a_tag_by_hand_is_ended_with_a_reason_and_one_by_rule_is_not(cast):
    say(cast.enterprise, sme_size="small")
    tag = tags.give_by_hand(cast.enterprise, rule("micro"), reason="x", expires_on=TODAY, by=cast.shen, now=NOW)
    by_rule = Tag.objects.get(rule__code="small")
    for one, reason, why in [(tag, "", "reason"), (by_rule, "x", "rule")]:
        with pytest.raises(tags.TagRefused) as refused:
            tags.end_tag(one, reason=reason, by=cast.shen, now=NOW)
        assert refused.value.reason == why
    tags.end_tag(tag, reason="填错", by=cast.shen, now=NOW)
    assert codes(cast.enterprise) == sheet_tags(cast.enterprise) == ["small"]
    with pytest.raises(tags.TagRefused):
        tags.end_tag(tag, reason="再来", by=cast.shen, now=NOW)
    assert Event.objects.filter(kind="tag.ended", data__tag="micro").count() == 1


def test_ages_are_judged_anew_once_a_day(cast):
    birthday = date(2023, 11, 21)
    say(cast.enterprise, founded_on=birthday, revenue=Decimal(1))
    assert codes(cast.enterprise) == ["start_up"]
    assert tags.catch_up(NOW) == 0
    assert tags.catch_up(NOW + timedelta(days=1)) == 1
    assert codes(cast.enterprise) == []
    with CaptureQueriesContext(connection) as queries:
        assert tags.catch_up(NOW + timedelta(days=1)) == 0
    assert len([one for one in queries if "SAVEPOINT" not in one["sql"]]) == 2


def test_a_changed_rule_is_applied_to_all(cast):
    for one, size in ((cast.enterprise, "micro"), (cast.other, "small")):
        say(one, sme_size=size)
    wider = parse({"fact": "sme_size", "op": "in", "value": ["small"]})
    seen = tag_rules.preview(rule("micro"), wider, today=TODAY)
    assert (seen.would_have, seen.gain, seen.lose, seen.unknown) == (1, 1, 1, 0)
    assert (seen.gaining, seen.losing) == ((cast.other.pk,), (cast.enterprise.pk,))
    assert codes(cast.enterprise) == ["micro"]
    assert tag_rules.save_rule(rule("micro"), wider, is_active=True, by=cast.shen, now=NOW) == Saved(1, 1, 0)
    assert (codes(cast.enterprise), codes(cast.other)) == ([], ["micro", "small"])
    assert Event.objects.get(kind="tag_rule.changed").data["after"]["value"] == ["small"]


def test_a_rule_without_criterion_or_out_of_use_gives_nothing(cast):
    say(cast.enterprise, sme_size="micro", industry_code="27")
    tag_rules.save_rule(rule("micro"), None, is_active=True, by=cast.shen, now=NOW)
    given = parse({"fact": "industry_code", "op": "in", "value": ["27"]})
    tag_rules.save_rule(rule("biomedicine"), given, is_active=False, by=cast.shen, now=NOW)
    assert codes(cast.enterprise) == []


def test_tags_may_not_decide_on_each_other(cast):
    growing, mature = rule("growing"), rule("mature")
    circular = parse({"fact": "has_tag", "op": "contains_any", "value": ["mature"]})
    with pytest.raises(tagging.Cyclic) as caught:
        tag_rules.save_rule(growing, circular, is_active=True, by=cast.shen, now=NOW)
    assert set(caught.value.codes) == {"growing", "mature"}
    with pytest.raises(tagging.Cyclic):
        own = parse({"fact": "has_tag", "op": "not_contains", "value": ["mature"]})
        tag_rules.save_rule(mature, own, is_active=True, by=cast.shen, now=NOW)
    growing.refresh_from_db()
    assert growing.criterion["all"]
    assert not Event.objects.filter(kind="tag_rule.changed").exists()


def test_loading_tags_again_leaves_the_rules_of_the_park_alone(cast):
    own = parse({"fact": "sme_size", "op": "eq", "value": "large"})
    tag_rules.save_rule(rule("micro"), own, is_active=True, by=cast.shen, now=NOW)
    TagRule.objects.filter(code="micro").update(name_zh="旧名")
    tag_rules.load_tags(now=NOW)
    assert (rule("micro").name_zh, rule("micro").criterion["value"]) == ("微型企业", "large")
    assert TagRule.objects.count() == len(tagging.rules())


# -- what enterprises are told -----------------------------------------------------------------------------------------


def told(kind: str) -> list[tuple[str, str]]:
    """Who was told what, in English."""
    found = Notice.objects.filter(kind=kind).select_related("recipient").order_by("pk")
    return [(one.recipient.username, words(one.kind, one.data, "en").title) for one in found]


def test_an_enterprise_hears_of_all_tags_of_one_moment_at_once(cast):
    say(cast.enterprise, industry_code="2710", sme_size="micro")
    consumers.react()
    consumers.react()
    assert {user for user, _title in told("tag.given")} == {"chen", "li"}
    assert len(told("tag.given")) == 2
    for _user, title in told("tag.given"):
        assert "Biomedicine" in title and "Micro" in title
    say(cast.enterprise, now=NOW + timedelta(days=1), industry_code="2710", sme_size="micro")
    consumers.react()
    assert len(told("tag.given")) == 2


def test_a_moment_that_is_read_in_two_parts_is_told_whole_and_once(cast):
    say(cast.enterprise, industry_code="2710", sme_size="micro")
    first, second = Event.objects.filter(kind="tag.given").order_by("pk")
    tell_of_tags([first])
    tell_of_tags([second])
    assert len(told("tag.given")) == 2
    assert all("Biomedicine" in title and "Micro" in title for _user, title in told("tag.given"))


def test_tags_by_hand_and_ended_ones_are_told_to_nobody(cast):
    tags.give_by_hand(cast.enterprise, rule("micro"), reason="走访所见", expires_on=TODAY, by=cast.shen, now=NOW)
    tags.end_tag(Tag.objects.get(), reason="错", by=cast.shen, now=NOW)
    consumers.react()
    assert told("tag.given") == []


def test_an_enterprise_for_which_nobody_acts_is_told_nothing(cast):
    admit_enterprises([Admission("91310230MA1K0DEF4X", "无人企业")], by=cast.shen, now=NOW)
    nobody = Enterprise.objects.get(name_zh="无人企业")
    say(nobody, industry_code="2710")
    consumers.react()
    assert codes(nobody) == ["biomedicine"] and told("tag.given") == []


def test_the_end_of_a_certificate_is_announced_once_in_time(cast):
    soon = tags.ENDS_SOON
    for code, days in (("district_rhq", soon), ("micro", soon + 1), ("small", soon + 2)):
        last = TODAY + timedelta(days=days)
        tags.give_certificate(cast.enterprise, rule(code), number=code, expires_on=last, by=cast.shen, now=NOW)
    by_hand = TODAY + timedelta(days=3)
    tags.give_by_hand(cast.other, rule("micro"), reason="走访", expires_on=by_hand, by=cast.shen, now=NOW)
    assert (tags.announce_endings(NOW), tags.announce_endings(NOW)) == (1, 0)
    assert {user for user, _title in told("tag.ends")} == {"chen", "li"}
    after_two_days = NOW + timedelta(days=2)  # the day between was left out
    assert (tags.announce_endings(after_two_days), tags.announce_endings(after_two_days)) == (2, 0)
    assert len(told("tag.ends")) == 6 and {user for user, _title in told("tag.ends")} == {"chen", "li"}
    assert str(TODAY + timedelta(days=soon)) in told("tag.ends")[0][1]
