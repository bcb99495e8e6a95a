from typing import Any

from django.core.management.base import BaseCommand, CommandError

from park.events.models import Event
from park.events.sequencer import verify


class Command(BaseCommand):
    help = "Recompute the seal of every event and say whether the log is whole."

    def handle(self, *args: Any, **options: Any) -> None:
        broken = verify()
        if broken:
            raise CommandError(f"event {broken.event_id} at position {broken.position}: {broken.reason}")
        sealed = Event.objects.filter(position__isnull=False).count()
        self.stdout.write(f"whole: {sealed} events sealed")
