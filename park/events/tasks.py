from celery import shared_task

from park.events import consumers


@shared_task(name="park.events.tasks.react")
def react() -> int:
    """Seal new events and run their consumers."""
    return consumers.react()
