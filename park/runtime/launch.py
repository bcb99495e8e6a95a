"""The whole portal with one command: servers, database, web, workers and beats, until somebody stops it."""

import os
import shutil
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from park.runtime import roles
from park.runtime.addresses import BASE_DIR, make_folder
from park.runtime.alive import answers
from park.runtime.embedded import wait_until_up
from park.runtime.lock import AlreadyRunning, sole_owner
from park.runtime.ports import LOOPBACK, is_free
from park.runtime.postgres import Postgres
from park.runtime.processes import CannotStart, Service
from park.runtime.supervisor import StopAsked, Supervisor
from park.runtime.valkey import Valkey

FREE_BYTES = 300 * 1024 * 1024
"""What the first start writes, with room for a day: below this it would end in the middle."""
FIRST_PAGE_SECONDS = 90.0


def launch(folder: Path, *, port: int, demo: bool, say: Callable[[str], None]) -> None:
    """Run the portal in the foreground until it is asked to stop. Raises CannotStart with one line."""
    address = f"http://{LOOPBACK}:{port}"
    # Logs, mail and uploads are nobody else's business.
    os.umask(0o077)
    check_folder(folder)
    since = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
    try:
        with sole_owner(folder, f"process {os.getpid()}, {address}, since {since}"):
            with Supervisor(folder, say) as supervisor:
                # Only now: the web server of a portal that was killed may have held it until here.
                check_port(port)
                try:
                    _bring_up(supervisor, folder, port=port, demo=demo, say=say)
                    _announce(supervisor, folder, address, demo=demo, say=say)
                    supervisor.watch()
                except StopAsked:
                    say("Stopping.")
            say("Stopped.")
    except AlreadyRunning as running:
        raise CannotStart(f"The portal already runs in this folder: {running}.") from None


def check_folder(folder: Path) -> None:
    """Raises CannotStart when the folder of the data cannot be written, or the disk is about to be full."""
    try:
        make_folder(folder, walk_through=True)
        make_folder(folder / "log")
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(bytes(4096))
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise CannotStart(
            f"Cannot write to {folder}: {error.strerror}. VAR_DIR names the folder of the data."
        ) from error
    if free < FREE_BYTES:
        raise CannotStart(
            f"The disk of {folder} is full: {free // 1024**2} MB free, {FREE_BYTES // 1024**2} MB needed."
        )


def check_port(port: int) -> None:
    try:
        if is_free(port):
            return
    except (OSError, OverflowError) as error:
        raise CannotStart(f"Port {port} cannot be used ({error}). Choose another one with --port.") from error
    raise CannotStart(f"Port {port} is taken. Choose another one with --port (make run PORT={port + 1}).")


def services(folder: Path, *, port: int, environment: dict[str, str]) -> list[Service]:
    """The portal's own processes; the servers they need are not among them."""

    def service(name: str, command: list[str], stage: int) -> Service:
        log = folder / "log" / f"{name}.log"
        return Service(name, command, log, environment=environment, folder=BASE_DIR, stage=stage)

    return [
        service("web", roles.web(LOOPBACK, port), stage=4),
        service("worker-deadlines", roles.worker(roles.DEADLINES), stage=2),
        service("worker-mail", roles.worker(roles.MAIL), stage=2),
        service("beat-1", roles.beat(folder / "beat-1.schedule"), stage=3),
        service("beat-2", roles.beat(folder / "beat-2.schedule"), stage=3),
    ]


def _bring_up(supervisor: Supervisor, folder: Path, *, port: int, demo: bool, say: Callable[[str], None]) -> None:
    if not os.environ.get("DATABASE_URL"):
        postgres = Postgres(folder)
        server = postgres.prepare()
        wait_until_up(server, supervisor.keep(server), postgres.answers, supervisor.pause)
        say(f"PostgreSQL: running, its data is in {postgres.place.data}")
    if not os.environ.get("REDIS_URL"):
        valkey = Valkey(folder)
        server = valkey.prepare()
        wait_until_up(server, supervisor.keep(server), valkey.answers, supervisor.pause)
        say("Valkey: running, keeps nothing on disk")
    # Links in messages lead here, unless the portal is told that it is known under another address.
    public_url = os.environ.get("PUBLIC_URL") or f"http://{LOOPBACK}:{port}"
    environment = {"VAR_DIR": str(folder), "PUBLIC_URL": public_url}
    command = roles.manage("portal", "--migrate", *([] if demo else ["--no-demo"]))
    # In a process of its own, because the settings of this one were read before the servers had an address.
    preparation = Service("preparation", command, None, environment=environment, folder=BASE_DIR)
    if supervisor.run_to_end(preparation):
        raise CannotStart("The database could not be prepared; the reason stands above.")
    if demo and _demo_sign_ins(folder):
        environment["DEMO"] = "true"
    for service in services(folder, port=port, environment=environment):
        supervisor.keep(service)


def _announce(supervisor: Supervisor, folder: Path, address: str, *, demo: bool, say: Callable[[str], None]) -> None:
    began = time.monotonic()
    while not answers(f"{address}/healthz/live"):
        if time.monotonic() - began > FIRST_PAGE_SECONDS:
            say(f"The portal does not answer yet; the reason should stand in {folder / 'log' / 'web.log'}")
            break
        supervisor.pause(0.1)
    else:
        say(f"The portal is ready: {address}  (Ctrl-C stops it; logs in {folder / 'log'})")
    if demo and (sign_ins := _demo_sign_ins(folder)):
        say(sign_ins)


def _demo_sign_ins(folder: Path) -> str:
    path = folder / "demo-sign-ins.txt"
    return path.read_text().rstrip() if path.is_file() else ""
