from celery import shared_task

from park.notices import outbox


@shared_task(name="park.notices.tasks.deliver")
def deliver() -> int:
    """Carry waiting messages out; how many went."""
    return outbox.deliver()
