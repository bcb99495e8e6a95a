"""The portal under attack: database, broker and all five processes, kept by the portal's own supervisor.

    python -m faults.house FOLDER --port N --database-by PORT --broker-by PORT [--faketime FILE --library FILE]

It differs from `manage.py portal` in this: the processes reach database and broker by the proxies of the campaign, and they
begin only when the file `go` lies in the folder, so that the crash points can be tried before.
"""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from park.runtime import launch, roles
from park.runtime.addresses import BASE_DIR, make_folder
from park.runtime.embedded import wait_until_up
from park.runtime.ports import LOOPBACK
from park.runtime.postgres import Postgres
from park.runtime.processes import CannotStart, Service
from park.runtime.supervisor import StopAsked, Supervisor
from park.runtime.valkey import Valkey

# The disk of the campaign is small, so that it can be filled.
SMALL = ["-c", "shared_buffers=64MB", "-c", "max_wal_size=96MB", "-c", "min_wal_size=32MB"]


def run(given: argparse.Namespace) -> None:
    folder: Path = given.folder
    make_folder(folder / "log")
    with Supervisor(folder, say) as supervisor:
        try:
            postgres, valkey = Postgres(folder), Valkey(folder)
            server = postgres.prepare()
            server = replace(server, command=[*server.command, *SMALL], environment=fake_clock(given))
            wait_until_up(server, supervisor.keep(server), postgres.answers, supervisor.pause)
            broker = valkey.prepare()
            wait_until_up(broker, supervisor.keep(broker), valkey.answers, supervisor.pause)
            environment = {
                "VAR_DIR": str(folder),
                "SWEEP_SECONDS": str(given.sweep_seconds),
                "EMAIL_URL": "filemail://",
                "LOG_LEVEL": "WARNING",
                "OUTGOING_ALLOWED_HOSTS": LOOPBACK,
                "PUBLIC_URL": f"http://{LOOPBACK}:{given.port}",
            }
            command = roles.manage("portal", "--migrate", "--no-demo")
            direct = environment | {"DATABASE_URL": postgres.url, "REDIS_URL": valkey.url}
            preparation = Service("preparation", command, folder / "log" / "preparation.log", direct, folder=BASE_DIR)
            if supervisor.run_to_end(preparation):
                raise CannotStart(f"The database could not be prepared; see {preparation.log}")
            (folder / "prepared").touch()
            while not (folder / "go").exists():
                supervisor.pause(0.1)
            by_proxy = environment | {
                "DATABASE_URL": by_port(postgres.url, given.database_by),
                "REDIS_URL": by_port(valkey.url, given.broker_by),
            }
            for service in launch.services(folder, port=given.port, environment=by_proxy):
                supervisor.keep(service)
            supervisor.watch()
        except StopAsked:
            pass


def by_port(url: str, port: int) -> str:
    """The same address by another port."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}").geturl()


def fake_clock(given: argparse.Namespace) -> dict[str, str]:
    """What makes the database alone read its time from a file."""
    if not given.faketime:
        return {}
    return {
        "LD_PRELOAD": given.library,
        "FAKETIME_TIMESTAMP_FILE": given.faketime,
        "FAKETIME_NO_CACHE": "1",
        "DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database-by", type=int, required=True)
    parser.add_argument("--broker-by", type=int, required=True)
    parser.add_argument("--sweep-seconds", type=int, default=1)
    parser.add_argument("--faketime", default="")
    parser.add_argument("--library", default="")
    try:
        run(parser.parse_args())
    except CannotStart as reason:
        print(reason, file=sys.stderr, flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
