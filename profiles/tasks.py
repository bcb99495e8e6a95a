from celery import shared_task
from django.utils import timezone

from profiles import duties


@shared_task(name="profiles.tasks.look_after")
def look_after() -> int:
    """What files need at this moment; how much was done."""
    return duties.look_after(timezone.now())
