"""What the portal does for files by itself. Every duty asks first whether there is anything to do, and may run at any time."""

from collections.abc import Callable
from datetime import datetime

from profiles.services import imports, names, prediction, supply, tags, visit_planning

# Each takes the instant and returns how much it did.
DUTIES: tuple[Callable[[datetime], int], ...] = (
    names.catch_up,
    tags.end_expired,
    tags.catch_up,
    tags.announce_endings,
    supply.expire_unanswered,
    prediction.predict_weekly,
    imports.work_off,
    visit_planning.plan_visits,
    visit_planning.mind_absences,
    visit_planning.call_off_merged,
    visit_planning.give_away,
)


def look_after(now: datetime) -> int:
    """Do what is to be done at `now`; how much it was. One duty that fails does not keep the others from their turn."""
    done, failed = 0, []
    for duty in DUTIES:
        try:
            done += duty(now)
        except Exception as error:
            failed.append(error)
    if failed:
        raise ExceptionGroup("duties that failed", failed)
    return done
