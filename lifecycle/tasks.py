from celery import shared_task
from django.utils import timezone

from lifecycle import duties


@shared_task(name="lifecycle.tasks.look_after")
def look_after() -> int:
    """What the service standard needs at this moment; how much was done."""
    return duties.look_after(timezone.now())
