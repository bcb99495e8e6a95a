"""What a database needs before the portal can work on it; every step may be repeated without harm."""

import time
from collections.abc import Callable
from io import StringIO

from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import connection
from django.db.utils import OperationalError

from park.runtime.processes import CannotStart

DATABASE_SECONDS = 30.0


def prepare(*, demo: bool, say: Callable[[str], None]) -> None:
    """Bring texts, tables, service standard and, on an empty database, the demonstration up to date."""
    wait_for_database()
    said = StringIO()  # one line of ours for each step is enough
    call_command("messages", "--compile", stdout=said)
    say("Texts: compiled")
    call_command("migrate", interactive=False, verbosity=0)
    say("Tables: up to date")
    if demo and not get_user_model().objects.exists():
        call_command("demo", stdout=said)  # publishes the standard itself, on the first day of its month
        say("Demonstration data: loaded")
    call_command("standard", "load", stdout=said)
    say("Service standard: in place")


def wait_for_database(patience: float = DATABASE_SECONDS) -> None:
    """Wait until the database answers. Raises CannotStart after `patience` seconds, or at once for a wrong password."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection.ensure_connection()
        except OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            if "password authentication" in reason or time.monotonic() > deadline:
                raise CannotStart(f"The database of DATABASE_URL does not answer: {reason}") from error
            time.sleep(0.5)
        else:
            return
