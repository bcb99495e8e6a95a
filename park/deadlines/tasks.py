from celery import shared_task

from park.deadlines import sweep as engine
from park.deadlines.enums import Source


@shared_task(name="park.deadlines.tasks.sweep")
def sweep() -> int:
    """Fire what is due; how many rungs."""
    return engine.sweep(source=Source.BEAT).rungs
