"""The whole portal, started as people start it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from park.runtime.addresses import BASE_DIR
from park.runtime.alive import answers
from park.runtime.ports import free_port
from park.runtime.postgres import Postgres
from park.runtime.processes import started_at
from tests.runtime.conditions import command_lines, eventually

pytestmark = pytest.mark.processes

# To load the demonstration takes half a minute of one processor, on a machine with other work several times as long.
PATIENCE = 240


class Portal:
    def __init__(self, environment: dict[str, str], port: int | None = None, *, demo: bool = False):
        self.environment = environment
        self.folder = Path(environment["VAR_DIR"])
        self.port = port or free_port()
        self.console = self.folder.parent / "console"
        with open(self.console, "wb") as console:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "portal", *([] if demo else ["--no-demo"]), "--port", str(self.port)],
                cwd=BASE_DIR,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
            )

    @property
    def said(self) -> str:
        return self.console.read_text()

    def is_ready(self) -> bool:
        return eventually(lambda: "The portal is ready" in self.said or self.process.poll() is not None, PATIENCE) and (
            "The portal is ready" in self.said
        )

    def status(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz/live", timeout=10) as response:
            return response.status

    def numbers(self) -> dict[str, int]:
        kept = json.loads((self.folder / "processes.json").read_text())
        return {name: entry[0] for name, entry in kept["processes"].items()}


@pytest.fixture
def portal(environment: dict[str, str], request: pytest.FixtureRequest) -> Iterator[Portal]:
    """Without the demonstration, unless a test asks for it: `@pytest.mark.parametrize("portal", ["demo"], indirect=True)`."""
    portal = Portal(environment, demo=getattr(request, "param", "") == "demo")
    yield portal
    if portal.process.poll() is None:
        portal.process.terminate()
        portal.process.wait(60)
    Postgres(portal.folder).place.remove()


@pytest.mark.parametrize("portal", ["demo"], indirect=True)
def test_portal_starts_serves_says_who_can_sign_in_and_stops_without_a_trace(portal):
    assert portal.is_ready(), portal.said
    assert portal.status() == 200
    assert eventually(lambda: "make code NAME=" in portal.said)
    sign_ins = (portal.folder / "demo-sign-ins.txt").read_text()
    assert sign_ins.strip() in portal.said
    assert (portal.folder / "demo-sign-ins.txt").stat().st_mode & 0o077 == 0
    numbers = portal.numbers()
    assert sorted(numbers) == [
        *["beat-1", "beat-2", "postgresql", "valkey", "web", "worker-deadlines", "worker-mail"],
    ]

    second = subprocess.run(
        [sys.executable, "manage.py", "portal", "--port", str(free_port())],
        cwd=BASE_DIR,
        env=portal.environment,
        capture_output=True,
        text=True,
    )
    assert second.returncode == 1
    assert re.fullmatch(
        rf"The portal already runs in this folder: process {portal.process.pid}, "
        rf"http://127.0.0.1:{portal.port}, since [-\d]+ [:\d]+\.\n",
        second.stderr,
    )

    os.kill(numbers["web"], signal.SIGKILL)
    assert eventually(lambda: portal.numbers()["web"] != numbers["web"])

    portal.process.send_signal(signal.SIGINT)
    assert eventually(lambda: "Stopping." in portal.said)
    portal.process.send_signal(signal.SIGINT)
    assert portal.process.wait(60) == 0
    assert "Traceback" not in portal.said
    assert not command_lines(str(portal.folder))
    assert not [number for number in numbers.values() if started_at(number)]
    assert [name for name in os.listdir(portal.folder) if name.endswith((".lock", ".pid", ".json"))] == []


def test_killed_portal_leaves_nothing_in_the_way_of_the_next(portal):
    assert portal.is_ready(), portal.said
    assert not (portal.folder / "demo-sign-ins.txt").exists()  # asked for without it
    numbers = portal.numbers()
    portal.process.kill()
    portal.process.wait()
    again = Portal(portal.environment, portal.port)
    try:
        assert again.is_ready(), again.said
        assert again.status() == 200
        assert not [name for name, number in numbers.items() if started_at(number)]
    finally:
        again.process.terminate()
        assert again.process.wait(60) == 0


def test_taken_port_is_one_line_and_no_traceback(environment):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "manage.py", "portal", "--port", str(port)],
            cwd=BASE_DIR,
            env=environment,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"Port {port} is taken" in done.stderr


def test_only_web_becomes_the_web_server_itself(environment):
    port = free_port()
    addresses = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "portal", "--only", "web", "--port", str(port)],
        cwd=BASE_DIR,
        env={**environment, **addresses},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz/live"))
        assert b"gunicorn" in Path(f"/proc/{process.pid}/cmdline").read_bytes()
    finally:
        process.terminate()
    assert process.wait(20) == 0


def test_silent_database_is_one_line(environment):
    program = (
        "import django; django.setup()\n"
        "from park.runtime.preparation import wait_for_database; wait_for_database(patience=0.6)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=BASE_DIR,
        env={
            **environment,
            "DATABASE_URL": f"postgres://portal@127.0.0.1:{free_port()}/portal",
            "DJANGO_SETTINGS_MODULE": "park.settings",
        },
        capture_output=True,
        text=True,
    )
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("park.runtime.processes.CannotStart: The database of DATABASE_URL does not answer: ")


def test_database_with_a_wrong_password_is_one_line(environment):
    where = os.environ["DATABASE_URL"].rpartition("@")[2]
    done = subprocess.run(
        [sys.executable, "manage.py", "portal", "--migrate"],
        cwd=BASE_DIR,
        env={**environment, "DATABASE_URL": f"postgres://portal:wrong@{where}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "The database of DATABASE_URL does not answer" in done.stderr
