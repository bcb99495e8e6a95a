"""Foresee needs: once a week for every enterprise; and what people decide about what was foreseen."""

from collections import defaultdict
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from park.accounts.models import User
from park.deadlines.models import Duty
from park.deadlines.workdays import local_day
from park.events import services as events
from profiles import foresight
from profiles.enums import NeedSource, PredictionState
from profiles.models import Need, NeedCategory, PredictedNeed
from profiles.selectors.prediction import category_codes, known_at
from profiles.services.needs import raise_need

LIVE = (PredictionState.OPEN, PredictionState.SHARED)
# A prediction stands for so many days; one that was set aside or did not come is not made again for so many.
STANDS = timedelta(days=90)
REST = {PredictionState.DISMISSED: timedelta(days=180), PredictionState.EXPIRED: timedelta(days=90)}
DUTY = "foresight"
EVERY = timedelta(days=7)


class PredictionMoved(Exception):
    """The prediction was decided on before; nothing was written."""


@transaction.atomic
def predict(now: datetime) -> int:
    """Foresee the needs of all enterprises with what is known at `now`; how many new predictions.

    What stands is kept until its day is over, with its strength and reasons brought up to date; then it is closed as not
    come. At most foresight.AT_MOST stand for one enterprise.
    """
    _one_at_a_time()
    today = local_day(now)
    PredictedNeed.objects.filter(state__in=LIVE, until__lt=today).update(state=PredictionState.EXPIRED, decided_at=now)
    standing: dict[int, dict[str, PredictedNeed]] = defaultdict(dict)
    for one in PredictedNeed.objects.filter(state__in=LIVE).select_related("category"):
        standing[one.enterprise_id][one.category.code] = one
    resting = _resting(now)
    categories = dict(NeedCategory.objects.values_list("code", "pk"))
    codes, everybody = category_codes(), known_at(now)
    peers = foresight.Peers.of(everybody, today)
    fresh, kept = [], []
    for known in everybody:
        mine = standing[known.enterprise]
        places = foresight.AT_MOST - len(mine)
        for guess in foresight.foresee(known, peers, codes, today):
            score, reasons = Decimal(str(guess.score)), list(guess.reasons)
            stands = mine.get(guess.category)
            if stands is not None:
                stands.score, stands.reasons = score, reasons
                kept.append(stands)
            elif places > 0 and (known.enterprise, guess.category) not in resting:
                places -= 1
                fresh.append(
                    PredictedNeed(
                        enterprise_id=known.enterprise,
                        category_id=categories[guess.category],
                        score=score,
                        reasons=reasons,
                        made_on=today,
                        until=today + STANDS,
                    )
                )
    PredictedNeed.objects.bulk_update(kept, ["score", "reasons"], batch_size=1000)
    made = PredictedNeed.objects.bulk_create(fresh, batch_size=1000)
    # From now on no merge can begin before this is committed; what one that was faster has left without a file goes.
    gone = PredictedNeed.objects.filter(pk__in=[one.pk for one in made], enterprise__merged_into__isnull=False)
    left, _by_model = gone.delete()
    return len(made) - left


def predict_weekly(now: datetime) -> int:
    """The duty: foresee, if nobody has within the last week."""
    today = local_day(now)
    if Duty.objects.filter(name=DUTY, day__gt=today - EVERY).exists():
        return 0
    with transaction.atomic():
        _one_at_a_time()
        if Duty.objects.filter(name=DUTY, day__gt=today - EVERY).exists():
            return 0
        duty = Duty.objects.create(name=DUTY, day=today, done_at=now)
        made = predict(now)
        events.record("needs.foreseen", subject=duty, by=None, at=now, internal=True, made=made)
    return made


@transaction.atomic
def share_prediction(prediction: PredictedNeed, *, by: User, now: datetime) -> PredictedNeed:
    """Show it to the enterprise, which says whether it is so. Raises PredictionMoved."""
    held = _decide(prediction, PredictionState.SHARED, by=by, now=now, states=(PredictionState.OPEN,))
    _record("prediction.shared", held, by, now)
    return held


@transaction.atomic
def dismiss_prediction(prediction: PredictedNeed, *, note: str, by: User, now: datetime) -> PredictedNeed:
    """Set it aside, with a note; or the enterprise says that it does not need this. Raises PredictionMoved."""
    held = _decide(prediction, PredictionState.DISMISSED, by=by, now=now, note=note)
    _record("prediction.dismissed", held, by, now, note=note)
    return held


@transaction.atomic
def raise_prediction(prediction: PredictedNeed, *, text: str, by: User, now: datetime) -> Need:
    """It is so: a need, by the enterprise itself or by a specialist for it. Raises PredictionMoved."""
    held = (
        PredictedNeed.objects.select_related("enterprise", "category__department")
        .filter(pk=prediction.pk, state__in=LIVE)
        .first()
    )
    if held is None:
        raise PredictionMoved(prediction)
    need = raise_need(
        enterprise=held.enterprise,
        category=held.category,
        text=text,
        source=NeedSource.PREDICTION,
        by=by,
        now=now,
    )
    if not PredictedNeed.objects.filter(pk=held.pk, need=need).exists():
        raise PredictionMoved(prediction)  # somebody decided on it while this waited for the file
    return need


def _decide(
    prediction: PredictedNeed,
    state: PredictionState,
    *,
    by: User,
    now: datetime,
    note: str = "",
    states: tuple[str, ...] = LIVE,
) -> PredictedNeed:
    moved = PredictedNeed.objects.filter(pk=prediction.pk, state__in=states).update(
        state=state, decided_by=by, decided_at=now, note=note
    )
    if not moved:
        raise PredictionMoved(prediction)
    return PredictedNeed.objects.select_related("category", "enterprise").get(pk=prediction.pk)


def _resting(now: datetime) -> set[tuple[int, str]]:
    """Enterprise and category of what was set aside, or did not come, so lately that it is not foreseen again."""
    found: set[tuple[int, str]] = set()
    for state, rest in REST.items():
        rows = PredictedNeed.objects.filter(state=state, decided_at__gt=now - rest)
        found |= set(rows.values_list("enterprise_id", "category__code"))
    return found


def _one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7302020, 1)")


def _record(kind: str, prediction: PredictedNeed, by: User, now: datetime, **data: Any) -> None:
    events.record(
        kind,
        subject=prediction,
        by=by,
        at=now,
        enterprise_id=prediction.enterprise_id,
        thread=f"prediction:{prediction.pk}",
        category_zh=prediction.category.name_zh,
        category_en=prediction.category.name_en,
        side="park" if by.is_park_staff else "enterprise",
        **data,
    )
