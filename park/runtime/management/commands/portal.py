import os
import sys
from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from park.runtime import roles
from park.runtime.addresses import BASE_DIR, make_folder, var_dir
from park.runtime.launch import launch
from park.runtime.ports import LOOPBACK
from park.runtime.preparation import prepare
from park.runtime.processes import CannotStart


def _port(text: str) -> int:
    if text.isascii() and text.isdecimal() and 0 < int(text) < 65536:
        return int(text)
    raise CannotStart(f"{text} is no port: choose a number from 1 to 65535, for example make run PORT=8001")


class Command(BaseCommand):
    help = (
        "Run the whole portal: the database and the broker (embedded, unless DATABASE_URL and REDIS_URL name others), "
        "the web server, the workers and the beats. Ctrl-C stops everything."
    )
    # The checks look at the database, which this command is about to start.
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", default="8000", help="port of the web server (8000)")
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")
        one = parser.add_mutually_exclusive_group()
        one.add_argument("--migrate", action="store_true", help="only prepare the database, then end")
        one.add_argument("--only", choices=["web", "worker", "beat"], help="run this one process, without servers")
        parser.add_argument("--host", default=LOOPBACK, help=f"with --only web: the address to listen on ({LOOPBACK})")
        parser.add_argument(
            "--queues",
            default=f"{roles.DEADLINES},{roles.MAIL}",
            help="with --only worker: the queues it takes from",
        )

    def handle(self, *args: str, **options) -> None:
        try:
            if options["only"]:
                self.become(options)
            elif options["migrate"]:
                prepare(demo=not options["no_demo"], say=self.say)
            else:
                launch(var_dir(), port=_port(options["port"]), demo=not options["no_demo"], say=self.say)
        except CannotStart as reason:
            self.fail(str(reason))
        except OSError as error:
            self.fail(f"{error.strerror or error}: {error.filename or 'no file'}")
        except KeyboardInterrupt:
            sys.exit(130)

    def become(self, options: dict) -> None:
        """Replace this process by one of the portal's, so that a container's signals reach it directly."""
        command = {
            "web": lambda: roles.web(options["host"], _port(options["port"])),
            "worker": lambda: roles.worker(options["queues"]),
            "beat": lambda: roles.beat(make_folder(var_dir(), walk_through=True) / "beat.schedule"),
        }[options["only"]]()
        os.chdir(BASE_DIR)
        os.execv(command[0], command)  # noqa: S606

    def say(self, line: str) -> None:
        print(line, flush=True)

    def fail(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)
        sys.exit(1)
