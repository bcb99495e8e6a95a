import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from park.deadlines import duties
from park.deadlines.enums import Source
from park.deadlines.sweep import sweep
from park.events import consumers
from park.notices import outbox


class Command(BaseCommand):
    help = "Fire every deadline that is due, let the log's readers follow, and send what waits: the way in without a broker."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="do it once and stop; else every SWEEP_SECONDS")

    def handle(self, *args: Any, **options: Any) -> None:
        while True:
            swept = sweep(source=Source.COMMAND)
            duties.look_after()
            taken, sent = consumers.react(), outbox.deliver()
            self.stdout.write(
                f"clocks={swept.clocks} rungs={swept.rungs} told={swept.spoken} events={taken} sent={sent}"
            )
            if options["once"]:
                return
            time.sleep(settings.SWEEP_SECONDS)
