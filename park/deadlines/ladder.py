"""The six rungs of a clock, and its signal.

Pure rules: no Django, no clock. Before the deadline W1, W2, W3 warn; at it stands B0, the breach; after it B1 and B2
escalate. Which rung speaks, and to whom, is for the sweep to say; here is only when.

| limit | W1 | W2 | W3 | B0 | B1 | B2 |
|---|---|---|---|---|---|---|
| long | 60 % used | 3 working days left | 1 working day left | due | +2 | +5 |
| short (up to 5 working days) | 1 working day left | due today | - | due | +1 | +3 |
| working hours | 60 % used | - | - | due | +1 | +3 |

People are told in working hours: every rung in days stands at the opening of a working day. The exceptions are B0,
which stands at the due instant itself (a breach happened when it was due, not when it was noticed), and W1 of a limit
in working hours, which falls into office time by itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from .workdays import (
    OFFICE_HOURS,
    Calendar,
    Limit,
    OfficeHours,
    OutsideCalendar,
    Pause,
    at,
    due_at,
    end_of_office_time,
    local_day,
)

Code = Literal["W1", "W2", "W3", "B0", "B1", "B2"]
Signal = Literal["green", "amber", "red", "paused", "met"]
CODES: tuple[Code, ...] = ("W1", "W2", "W3", "B0", "B1", "B2")

# Up to here a limit is short: five working days, or the seven calendar days that hold them. This chooses the rungs
# only; no limit is ever counted in another unit than its own.
SHORT_UP_TO = {"working_day": 5, "calendar_day": 7}
W1_PERCENT = 60
W2_DAYS_LEFT = 3
LAST_DAY_LEFT = 1
SHORT_AFTER = (1, 3)
LONG_AFTER = (2, 5)


@dataclass(frozen=True, slots=True)
class Rung:
    code: Code
    at: datetime


Rungs = tuple[Rung | None, Rung | None, Rung | None, Rung | None, Rung | None, Rung | None]


def is_short(limit: Limit) -> bool:
    """Whether the rungs of short limits apply; limits in working hours always take theirs."""
    return limit.unit == "working_hour" or limit.amount <= SHORT_UP_TO[limit.unit]


def rungs(
    limit: Limit,
    started_at: datetime,
    due: datetime,
    calendar: Calendar,
    pauses: Iterable[Pause] = (),
    hours: OfficeHours = OFFICE_HOURS,
) -> Rungs:
    """The instants of W1, W2, W3, B0, B1, B2 in this order; None where the limit has no such rung.

    `due` is the stored due instant, so that the days left agree with it after an extension or a change of the
    calendar too. Rungs ascend strictly. A warning on or before the day of the start does not exist: that day is not
    counted, and whoever takes the thing in knows of it. Where the 60 % of a limit of 6 to 9 days would not come
    before W2, W1 does not exist either, so that nobody is told twice in one morning. B0 always exists, and no warning
    stands at or after it. Pauses must be closed.
    """
    pauses = tuple(pauses)
    due_day, start_day = local_day(due), local_day(started_at)
    w1 = w2 = w3 = None
    if limit.unit == "working_hour":
        part = timedelta(hours=limit.amount) * W1_PERCENT / 100
        w1 = end_of_office_time(calendar, started_at, part, pauses, hours)
    elif is_short(limit):
        w1 = _days_before(calendar, due, LAST_DAY_LEFT, hours)
        w2 = at(due_day, hours.opens)
    else:
        used = Limit(-(-limit.amount * W1_PERCENT // 100), limit.unit)
        w1 = at(local_day(due_at(calendar, started_at, used, pauses, hours)), hours.opens)
        w2 = _days_before(calendar, due, W2_DAYS_LEFT, hours)
        w3 = _days_before(calendar, due, LAST_DAY_LEFT, hours)
    if limit.unit != "working_hour":
        w1, w2, w3 = (None if w is None or local_day(w) <= start_day else w for w in (w1, w2, w3))
    w2, w3 = (None if w is None or w >= due else w for w in (w2, w3))
    if w1 and w1 >= min(w for w in (w2, w3, due) if w):
        w1 = None
    first, second = SHORT_AFTER if is_short(limit) else LONG_AFTER
    b1 = at(calendar.add(due_day, first), hours.opens)
    b2 = at(calendar.add(due_day, second), hours.opens)
    w1_, w2_, w3_, b0_, b1_, b2_ = (
        None if moment is None else Rung(code, moment)
        for code, moment in zip(CODES, (w1, w2, w3, due, b1, b2), strict=True)
    )
    return w1_, w2_, w3_, b0_, b1_, b2_


def amber_from(ladder: Sequence[Rung | None]) -> datetime | None:
    """The instant from which a clock shows amber: its first warning; None where nothing warns before the breach."""
    return next((rung.at for rung in ladder if rung and rung.code.startswith("W")), None)


def signal(
    state: str, due: datetime, amber: datetime | None, now: datetime, paused_at: datetime | None = None
) -> Signal | None:
    """The signal of a clock in `state` at `now`: computed wherever it is shown, never stored.

    Overdue is `due < now`, whatever has or has not been noticed. A paused clock is judged by nothing but what was so
    when it was paused: it is "paused" even with its old due instant behind it, unless it was already overdue at
    `paused_at`, since a pause cannot undo a breach. What was done late stays red. A cancelled clock has no signal.

    Raises ValueError for a state that clocks do not have.
    """
    match state:
        case "met":
            return "met"
        case "breached_then_met":
            return "red"
        case "cancelled":
            return None
        case "paused":
            return "red" if paused_at is not None and due < paused_at else "paused"
        case "running":
            if due < now:
                return "red"
            return "amber" if amber is not None and amber <= now else "green"
    raise ValueError(f"a clock has no state {state!r}")


def _days_before(calendar: Calendar, due: datetime, n: int, hours: OfficeHours) -> datetime | None:
    """The opening of the working day with n working days left; None before the calendar's first day."""
    try:
        return at(calendar.before(local_day(due), n), hours.opens)
    except OutsideCalendar:
        return None
