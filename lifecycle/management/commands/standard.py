from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from lifecycle.services.standard import CURRENT, NotPublishable, publish_from_file


class Command(BaseCommand):
    help = "Publish the service standard from its file, unless that version is published already."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["load"])
        parser.add_argument("--file", type=Path, default=CURRENT)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            standard = publish_from_file(options["file"], now=timezone.now())
        except (NotPublishable, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"published {standard}" if standard else "nothing to publish")
