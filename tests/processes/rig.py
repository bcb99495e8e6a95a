"""Real workers, beats and a broker of their own, and clocks by the thousand for them to find."""

import os
import signal
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from park.runtime import processes, roles
from park.runtime.addresses import BASE_DIR, make_folder
from park.runtime.embedded import wait_until_up
from park.runtime.ports import LOOPBACK
from park.runtime.processes import Service
from park.runtime.valkey import Valkey
from park.team.models import Specialist

RUNNING_CLOCKS = """
INSERT INTO deadlines_clock (kind, label_zh, label_en, stage, procedure, department_id, responsible_id, enterprise_id, thread,
    path, enterprise_path, standard_version, amount, unit, started_at, first_due_at, due_at, revision, is_provisional, state,
    ladder_at, amber_at, next_rung, next_rung_at, is_breached)
SELECT 'pre_review', '注册材料预审', 'Pre-review', 'registration', 'REG-01', %(department)s, %(responsible)s, %(enterprise)s,
    'trial:' || n, '/desk/', '/cases/', 1, 3, 'working_day', at - interval '3 days', at, at, 1, false, 'running',
    ARRAY[NULL, NULL, NULL, at, at + interval '30 days', at + interval '60 days']::timestamptz[], at, 4, at, false
FROM (SELECT n, %(first)s::timestamptz + n * %(every)s::interval AS at FROM generate_series(0, %(count)s - 1) n) clocks
"""


def start_clocks(
    count: int,
    *,
    first: datetime,
    every: timedelta = timedelta(0),
    responsible: Specialist,
    enterprise_id: int | None = None,
) -> None:
    """Clocks whose deadlines fall at `first`, `first + every`, …; after that nothing is due for thirty days."""
    given = {
        "count": count,
        "first": first,
        "every": every,
        "responsible": responsible.pk,
        "department": responsible.department_id,
        "enterprise": enterprise_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(RUNNING_CLOCKS, given)


def own_database_url() -> str:
    """The address of the database that this process works on, which in tests is not the one of the environment."""
    given = urlsplit(os.environ["DATABASE_URL"])
    return given._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


class Rig:
    """A broker, workers and beats of the portal on this process's database; all of it ends with `stop`."""

    def __init__(self, folder: Path, *, sweep_seconds: int) -> None:
        self.folder = folder
        make_folder(folder / "log")
        self.broker = Valkey(folder)
        self._broker_service = self.broker.prepare()
        self._running: list[tuple[Service, subprocess.Popen]] = []
        self._environment = {
            "DATABASE_URL": own_database_url(),
            "REDIS_URL": self.broker.url,
            "VAR_DIR": str(folder),
            "SWEEP_SECONDS": str(sweep_seconds),
            "EMAIL_URL": "dummymail://",
        }

    def start_broker(self) -> None:
        process = self._start(self._broker_service)
        wait_until_up(self._broker_service, process, self.broker.answers)

    def stop_broker(self) -> None:
        self._stop("valkey")

    def start_worker(self) -> subprocess.Popen:
        return self._start_portal("worker", roles.worker(roles.DEADLINES))

    def start_beat(self) -> subprocess.Popen:
        return self._start_portal("beat", roles.beat(self.folder / "beat.schedule"))

    def start_sweep(self, name: str) -> subprocess.Popen:
        """The way in without a broker: a command that sweeps again and again."""
        return self._start_portal(name, roles.manage("sweep"))

    def start_web(self, port: int) -> subprocess.Popen:
        return self._start_portal("web", roles.web(LOOPBACK, port))

    def log(self, name: str) -> str:
        return (self.folder / "log" / f"{name}.log").read_text(errors="replace")

    def stop(self) -> None:
        processes.stop(self._running)
        self._running = []

    def _start_portal(self, name: str, command: list[str]) -> subprocess.Popen:
        log = self.folder / "log" / f"{name}.log"
        return self._start(Service(name, command, log, environment=self._environment, folder=BASE_DIR, grace=5.0))

    def _start(self, service: Service) -> subprocess.Popen:
        process = processes.start(service)
        self._running.append((service, process))
        return process

    def _stop(self, name: str) -> None:
        processes.stop([entry for entry in self._running if entry[0].name == name])
        self._running = [entry for entry in self._running if entry[0].name != name]


def kill(process: subprocess.Popen) -> None:
    """Kill a process and its children on the spot, as a machine that loses its power does."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
