"""Predictions in the database: made weekly, decided on, come true; and the replay of the past."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import translation

from park.accounts.enums import Approval
from park.accounts.models import Enterprise
from park.events.models import Event
from profiles import duties
from profiles.enums import NeedSource, NeedState, PredictionState, TagGroup, TagOrigin, ValueSource
from profiles.models import Need, NeedCategory, PredictedNeed, Tag, TagRule
from profiles.selectors.prediction import foreseen, known_at, replay, replays, together
from profiles.services import prediction
from profiles.services.needs import drop_need, raise_need
from profiles.services.values import Said, record_values
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def grow(enterprise: Enterprise, now: datetime = NOW, *, staff: int = 130) -> None:
    said = [Said("headcount", Decimal(100), year=2024), Said("headcount", Decimal(staff), year=2025)]
    record_values(enterprise, said, source=ValueSource.ENTERPRISE, by=None, now=now)


def category(code: str) -> NeedCategory:
    return NeedCategory.objects.get(code=code)


def open_codes(cast: Cast) -> set[str]:
    found = PredictedNeed.objects.filter(enterprise=cast.enterprise, state=PredictionState.OPEN)
    return set(found.values_list("category__code", flat=True))


def of(cast: Cast, code: str) -> PredictedNeed:
    return PredictedNeed.objects.get(enterprise=cast.enterprise, category__code=code)


def test_growing_enterprise_gets_predictions_with_reasons_in_both_languages(cast: Cast):
    grow(cast.enterprise)
    prediction.predict(NOW)
    assert open_codes(cast) == {"recruitment", "office_space"}
    one = of(cast, "office_space")
    for language, words in (("zh-hans", "从业人数"), ("en", "Headcount grew by 30% in 2025")):
        with translation.override(language):
            assert words in foreseen([one], NOW)[0].reasons[0]


def test_predicting_again_brings_up_to_date_and_makes_nothing_new(cast: Cast):
    grow(cast.enterprise)
    made = prediction.predict(NOW)
    grow(cast.enterprise, NOW + WEEK, staff=200)
    assert made == 2
    assert prediction.predict(NOW + WEEK) == 0
    assert of(cast, "office_space").reasons[0]["percent"] == 100


def test_prediction_that_does_not_come_is_closed_and_rests(cast: Cast):
    grow(cast.enterprise)
    prediction.predict(NOW)
    later = NOW + timedelta(days=91)
    prediction.predict(later)
    assert of(cast, "office_space").state == PredictionState.EXPIRED
    prediction.predict(later + timedelta(days=91))
    assert "office_space" in open_codes(cast)


def test_at_most_three_stand_for_one_enterprise(cast: Cast):
    grow(cast.enterprise)
    research = [Said("rd_spending", Decimal(n), year=y) for y, n in ((2024, 10), (2025, 90))]
    prediction.predict(NOW)
    record_values(cast.enterprise, research, source=ValueSource.ENTERPRISE, by=None, now=NOW)
    prediction.predict(NOW + WEEK)
    assert PredictedNeed.objects.filter(enterprise=cast.enterprise).count() == 3
    assert open_codes(cast) >= {"recruitment", "office_space"}


def test_duty_predicts_once_a_week(cast: Cast):
    grow(cast.enterprise)
    assert duties.look_after(NOW) >= 2
    record_values(
        cast.other,
        [Said("headcount", Decimal(1), year=2024), Said("headcount", Decimal(9), year=2025)],
        source=ValueSource.ENTERPRISE,
        by=None,
        now=NOW,
    )
    assert prediction.predict_weekly(NOW + timedelta(days=6)) == 0
    assert prediction.predict_weekly(NOW + WEEK) > 0
    assert Event.objects.filter(kind="needs.foreseen").count() == 2


def test_need_that_was_foreseen_makes_the_prediction_come_true(cast: Cast):
    grow(cast.enterprise)
    prediction.predict(NOW)
    need = raise_need(
        enterprise=cast.enterprise,
        category=category("office_space"),
        text="扩租",
        source=NeedSource.PORTAL,
        by=cast.chen,
        now=NOW,
    )
    one = of(cast, "office_space")
    assert (one.state, one.need, one.decided_by) == (PredictionState.RAISED, need, cast.chen)
    assert of(cast, "recruitment").state == PredictionState.OPEN


def test_prediction_is_shared_and_the_enterprise_says_yes(cast: Cast):
    grow(cast.enterprise)
    prediction.predict(NOW)
    shared = prediction.share_prediction(of(cast, "office_space"), by=cast.wang.user, now=NOW)
    need = prediction.raise_prediction(shared, text="需要扩租", by=cast.chen, now=NOW)
    assert (need.source, need.state) == (NeedSource.PREDICTION, NeedState.OPEN)
    assert of(cast, "office_space").need == need


def test_dismissed_prediction_rests_for_half_a_year(cast: Cast):
    grow(cast.enterprise)
    prediction.predict(NOW)
    prediction.dismiss_prediction(of(cast, "office_space"), note="刚搬过家", by=cast.wang.user, now=NOW)
    prediction.predict(NOW + timedelta(days=100))
    assert "office_space" not in open_codes(cast)
    prediction.predict(NOW + timedelta(days=181))
    assert "office_space" in open_codes(cast)


def test_decided_prediction_is_not_decided_again(cast: Cast):
    grow(cast.enterprise)
    prediction.predict(NOW)
    one = of(cast, "office_space")
    prediction.dismiss_prediction(one, note="x", by=cast.wang.user, now=NOW)
    before = Event.objects.count()
    for act in (
        lambda: prediction.share_prediction(one, by=cast.wang.user, now=NOW),
        lambda: prediction.dismiss_prediction(one, note="y", by=cast.wang.user, now=NOW),
        lambda: prediction.raise_prediction(one, text="x", by=cast.chen, now=NOW),
    ):
        with pytest.raises(prediction.PredictionMoved):
            act()
    assert Event.objects.count() == before
    assert not Need.objects.exists()


def test_tags_give_stage_and_expiry(cast: Cast):
    stage = TagRule.objects.create(code="stage-growth", group=TagGroup.STAGE, name_zh="成长期", name_en="Growing")
    high = TagRule.objects.get(code="hnte")
    Tag.objects.create(enterprise=cast.enterprise, rule=stage, origin=TagOrigin.RULE, since=NOW)
    last = NOW.date() + timedelta(days=60)
    Tag.objects.create(enterprise=cast.enterprise, rule=high, origin=TagOrigin.CERTIFICATE, since=NOW, expires_on=last)
    known = next(k for k in known_at(NOW) if k.enterprise == cast.enterprise.pk)
    assert (known.stage, list(known.expiring)) == ("growth", [(high.name_zh, high.name_en, last)])
    prediction.predict(NOW)
    assert "qualification" in open_codes(cast)


# -- replaying the past ------------------------------------------------------------------------------------------------

CUT = NOW - timedelta(days=110)  # in August, when there is nothing to file


def enterprises(count: int, before: datetime) -> list[Enterprise]:
    return [
        Enterprise.objects.create(
            name_zh=f"史 {n}", is_forming=True, approval=Approval.APPROVED, created_at=before - timedelta(days=900)
        )
        for n in range(count)
    ]


def need_at(cast: Cast, enterprise: Enterprise, code: str, when: datetime) -> Need:
    return raise_need(
        enterprise=enterprise,
        category=category(code),
        text=f"{code} {when:%Y%m%d}",
        source=NeedSource.PORTAL,
        by=cast.chen,
        now=when,
    )


def history(cast: Cast) -> list[Enterprise]:
    """Twenty enterprises. Before the cut complaints are what is common. Ten had grown by then, and all of those need space
    after it; the ten others need nothing."""
    found = enterprises(20, CUT)
    for enterprise in found[:12]:
        need = need_at(cast, enterprise, "complaint", CUT - timedelta(days=400))
        drop_need(need, reason="", by=cast.chen, now=CUT - timedelta(days=399))
    for enterprise in found[:10]:
        grow(enterprise, CUT - timedelta(days=30))
        need_at(cast, enterprise, "office_space", CUT + timedelta(days=20))
    return found


def test_replay_of_a_history_where_the_answer_is_known(cast: Cast):
    history(cast)
    found = replay(CUT, 90, list(NeedCategory.objects.values_list("code", flat=True)))
    assert found.ours.came == found.baseline.came == 10
    assert found.ours.hits == 10  # the space of each that had grown
    assert found.ours.coverage == 1.0
    assert found.baseline.hits == 0  # it guesses complaints first, and as much of it as we guess
    assert found.ours.guesses == found.baseline.guesses
    assert found.ours.hit_rate == pytest.approx(0.25)


def test_replay_uses_nothing_from_after_the_cut(cast: Cast):
    """Everything that happens after the cut may change what came, and nothing of what was guessed."""
    found = history(cast)
    before = known_at(CUT, replayed=True)
    guessed = replay(CUT, 90, list(NeedCategory.objects.values_list("code", flat=True)))
    rule = TagRule.objects.create(code="startup", group=TagGroup.STAGE, name_zh="初创", name_en="Startup")
    day = CUT + timedelta(days=1)
    for enterprise in found:
        # said later, by a source that is trusted more, and accepted in place of what counted at the cut
        said = [Said("headcount", Decimal(50), year=2025), Said("founded_on", date(2026, 1, 1))]
        record_values(enterprise, said, source=ValueSource.REGISTRY, by=None, now=day)
        Tag.objects.create(enterprise=enterprise, rule=rule, origin=TagOrigin.RULE, since=day, expires_on=day.date())
    for need in Need.objects.filter(raised_at__lte=CUT):
        Need.objects.filter(pk=need.pk).update(satisfied_by="x")
    enterprises(3, NOW + timedelta(days=1000))  # founded after the cut
    for enterprise in found[10:]:
        need_at(cast, enterprise, "tax", day)
    after = replay(CUT, 90, list(NeedCategory.objects.values_list("code", flat=True)))
    assert known_at(CUT, replayed=True) == before
    assert (after.ours.guesses, after.ours.hits) == (guessed.ours.guesses, guessed.ours.hits)
    assert after.ours.came == guessed.ours.came + 10


def test_tag_that_has_ended_since_and_need_that_was_closed_since_were_open_then(cast: Cast):
    rule = TagRule.objects.get(code="hnte")
    [enterprise] = enterprises(1, CUT)
    Tag.objects.create(
        enterprise=enterprise,
        rule=rule,
        origin=TagOrigin.RULE,
        since=CUT - timedelta(days=10),
        expires_on=CUT.date() + timedelta(days=5),
        ended_at=CUT + timedelta(days=6),
    )
    need = need_at(cast, enterprise, "tax", CUT - timedelta(days=300))
    drop_need(need, reason="", by=cast.chen, now=CUT + timedelta(days=1))
    then = next(k for k in known_at(CUT, replayed=True) if k.enterprise == enterprise.pk)
    now = next(k for k in known_at(NOW) if k.enterprise == enterprise.pk)
    assert (len(then.expiring), then.raised[0][2]) == (1, True)
    assert (len(now.expiring), now.raised[0][2]) == (0, False)


def test_stretches_of_replays_do_not_overlap_and_are_over(cast: Cast):
    history(cast)
    found = list(replays(CUT, NOW, 45))
    assert [one.at for one in found] == [CUT, CUT + timedelta(days=45)]
    assert together(one.ours for one in found).came == 10


def test_command_prints_a_line_for_each_day_and_the_sum(cast: Cast):
    history(cast)
    out = StringIO()
    call_command("backtest_needs", since=CUT.date(), horizon=30, stdout=out)
    lines = out.getvalue().splitlines()
    assert "ours" in lines[0]
    assert "hit rate" in lines[1]
    assert lines[-1].startswith("all")
    assert "100.0%" in out.getvalue()
