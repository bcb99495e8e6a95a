"""What each figure of the cockpit counts. Tiles, tables, heat, chart, lists and export all use these and nothing else.

Open clocks, at this instant, whatever the period; each is in exactly one of the four:

| figure | clocks |
|---|---|
| overdue | running with `due_at` < now, whether or not a sweep has noticed; or paused when it was late already |
| soon | running, not overdue, and past its first warning |
| paused | standing still, not late when it was paused |
| on course | running, neither soon nor overdue |

`running` is on course + paused, `hold` is soon + overdue, `open` is all four.

Settled clocks, in a period; a clock is settled once, so that each is in at most one of the two, in one period:

| figure | clocks | counted when |
|---|---|---|
| kept | stopped up to the due instant | it stopped |
| broken | done late, cancelled after its breach, or overdue now | it was due: a breach happened then, not when it was noticed |
| extended | of those kept, stopped after the promise and before the extended date | it stopped |

`settled` is kept + broken, and the rate of kept promises is kept / settled; against the
first promise it is (kept - extended) / settled. A clock cancelled in time is in neither: the
promise was not broken, and nothing was done. An overdue clock is both open and broken.

Nor is one in either that is late only because the calendar was changed with effect on the past: it is not held against
anybody as long as it is done, or may still be, by the date that it had before.
"""

from datetime import datetime

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from park.cockpit.periods import Period
from park.deadlines.enums import OPEN, ClockState

SETTLED = ("kept", "broken", "settled", "extended")
FIGURES = ("overdue", "soon", "paused", "on_course", "running", "hold", "open", *SETTLED)


def clocks_of(figure: str, now: datetime, period: Period) -> Q:
    """The clocks that a figure counts; raises KeyError for a figure that does not exist."""
    late = overdue(now)
    in_time = Q(state=ClockState.RUNNING, due_at__gte=now)
    on_course = in_time & (Q(amber_at__isnull=True) | Q(amber_at__gt=now))
    soon = in_time & Q(amber_at__lte=now)
    paused = Q(state=ClockState.PAUSED, is_breached=False)
    return {
        "overdue": late,
        "soon": soon,
        "paused": paused,
        "on_course": on_course,
        "running": on_course | paused,
        "hold": late | soon,
        "open": Q(state__in=OPEN),
        "kept": kept(period),
        "broken": broken(now, period),
        "settled": kept(period) | broken(now, period),
        "extended": extended(period),
    }[figure]


def overdue(now: datetime) -> Q:
    return Q(state=ClockState.RUNNING, due_at__lt=now) | Q(state=ClockState.PAUSED, is_breached=True)


def kept(period: Period) -> Q:
    return Q(state=ClockState.MET, stopped_at__gte=period.start, stopped_at__lt=period.end)


def extended(period: Period) -> Q:
    """Kept by the extended date alone: against the first promise these were broken."""
    return kept(period) & Q(promised_at__lt=F("stopped_at"))


def broken(now: datetime, period: Period) -> Q:
    at_last_late = Q(state=ClockState.BREACHED_THEN_MET) | Q(state=ClockState.CANCELLED, is_breached=True)
    is_due = Q(due_at__gte=period.start, due_at__lt=period.end)
    return (at_last_late | overdue(now)) & is_due & ~late_by_calendar(now)


def late_by_calendar(now: datetime) -> Q:
    """Done, or still open, by the date it had before a change of the calendar took that back to a day that had passed."""
    return Q(spared_until__isnull=False, spared_until__gte=Coalesce("stopped_at", Value(now)))


def since(first: datetime) -> Q:
    """Every clock that any figure since `first` can count: by the two partial indexes, not by reading them all."""
    return Q(state__in=OPEN) | Q(stopped_at__gte=first)
