import time
from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.core.management.base import BaseCommand, CommandError

PERIOD_SECONDS = 30  # RFC 6238


class Command(BaseCommand):
    help = "Print the one-time code that the authenticator app of a demo sign-in would show now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="login name; only those of the demonstration")

    def handle(self, *args: Any, **options: Any) -> None:
        found = Authenticator.objects.filter(
            type=Authenticator.Type.TOTP, user__username__iexact=options["name"], user__is_demo=True
        ).first()
        if found is None:
            raise CommandError(f"No demo sign-in with one-time codes is called {options['name']}.")
        now = int(time.time())
        self.stdout.write(format_hotp_value(hotp_value(decrypt(found.data["secret"]), now // PERIOD_SECONDS)))
        self.stderr.write(f"valid for {PERIOD_SECONDS - now % PERIOD_SECONDS} seconds, for one sign-in")
