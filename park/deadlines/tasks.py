from celery import shared_task
from django.utils import timezone

from park.deadlines import duties, redating, years
from park.deadlines import sweep as engine
from park.deadlines.enums import Source

_mark = engine.Mark()


@shared_task(name="park.deadlines.tasks.sweep")
def sweep() -> int:
    """Fire what is due; how many rungs."""
    return engine.sweep(source=Source.BEAT, mark=_mark).rungs


@shared_task(name="park.deadlines.tasks.look_after")
def look_after() -> int:
    """The morning's digest and the review of long pauses, when they are due; how many things were done."""
    return duties.look_after()


@shared_task(name="park.deadlines.tasks.mind_calendar")
def mind_calendar() -> int:
    """Go on with a change of the calendar, and tell if the next year is missing; how many clocks were looked at."""
    now = timezone.now()
    years.warn_of_missing(now)
    return redating.work_off(now)
