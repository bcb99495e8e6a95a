"""What goes wrong, and when: a schedule made from a seed alone, and one function for each kind of fault."""

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import redis

from faults.ground import BEATS, WORKERS, Ground, send
from faults.history import History
from faults.receiver import MODES


@dataclass(frozen=True)
class Fault:
    """`wait` seconds after the fault before, for `lasts` seconds where it lasts."""

    kind: str
    wait: float
    lasts: float
    choice: float
    """Between 0 and 1: which of several processes."""


# Kind, how often it stands in the bag, and how long it lasts in seconds (0: a moment).
KINDS: dict[str, tuple[int, float]] = {
    "worker killed": (2, 0),
    "pool child killed": (2, 0),
    "beat killed": (1, 0),
    "both beats dead": (1, 8),
    "web worker killed": (3, 0),
    "web master killed": (1, 0),
    "both workers killed": (1, 0),
    "postgres killed": (1, 0),
    "postgres stopped at once": (1, 0),
    "postgres frozen": (1, 3),
    "sweeping session terminated": (2, 0),
    "redating session terminated": (1, 0),
    "all sessions terminated": (1, 0),
    "valkey killed and wiped": (1, 0),
    "valkey frozen": (1, 4),
    "valkey clients killed": (1, 0),
    "valkey without memory": (1, 4),
    "database slow": (1, 4),
    "database connections reset": (1, 0),
    "database resets now and then": (1, 4),
    "database silent": (1, 5),
    "broker slow": (1, 4),
    "broker connections reset": (1, 0),
    "broker silent": (1, 5),
    "disk full": (1, 4),
    "receiver down": (1, 5),
}
CUT = (
    "worker killed",
    "pool child killed",
    "web worker killed",
    "web master killed",
    "postgres killed",
    "postgres stopped at once",
    "sweeping session terminated",
    "valkey killed and wiped",
    "valkey frozen",
    "both workers killed",
    "receiver down",
)
# The rhythm in which the portal goes on with a change of the calendar, and a second.
REDATED_EVERY = 16.0


def schedule(
    seed: int, kinds: tuple[str, ...] = tuple(KINDS), *, wait: tuple[float, float] = (1.0, 2.5)
) -> list[Fault]:
    """Bags with every kind in it, each bag shuffled, so that none is left out for long. The same seed, the same faults."""
    dice = random.Random(seed)
    faults = []
    for _bag in range(40):
        bag = [kind for kind in kinds for _ in range(KINDS[kind][0])]
        dice.shuffle(bag)
        for kind in bag:
            lasts = KINDS[kind][1] * dice.uniform(0.7, 1.3)
            faults.append(Fault(kind, round(dice.uniform(*wait), 3), round(lasts, 3), round(dice.random(), 6)))
    return faults


class Nemesis:
    def __init__(self, ground: Ground, history: History, faults: list[Fault]) -> None:
        self.ground, self.history, self.faults = ground, history, faults
        self.done: dict[str, int] = {}
        self.left_out: set[str] = set()

    def run(self, until: float, say: Callable[[str], None]) -> None:
        """Fault after fault, until the machine's monotonic clock says so."""
        for fault in self.faults:
            if time.monotonic() + fault.wait + fault.lasts > until:
                return
            time.sleep(fault.wait)
            if fault.kind == "disk full" and not self.ground.has_own_disk:
                self.left_out.add(f"disk full: {self.ground.why_no_disk}")
                continue
            began = time.monotonic()
            detail = self._inflict(fault)
            if detail is None:
                continue  # what it is aimed at is down already
            self.done[fault.kind] = self.done.get(fault.kind, 0) + 1
            took = round(time.monotonic() - began, 3)
            self.history.write("fault", kind=fault.kind, detail=detail, took=took)
            say(f"{fault.kind} {detail}")

    def _inflict(self, fault: Fault) -> str | None:
        ground = self.ground
        match fault.kind:
            case "worker killed":
                return self._kill(_pick(WORKERS, fault.choice))
            case "both workers killed":
                return self._kill(*WORKERS)
            case "pool child killed":
                return self._kill_child(_pick(WORKERS, fault.choice), fault.choice)
            case "beat killed":
                return self._kill(_pick(BEATS, fault.choice))
            case "both beats dead":
                return self._keep_dead(BEATS, fault.lasts)
            case "web worker killed":
                return self._kill_child("web", fault.choice)
            case "web master killed":
                return self._kill("web")
            case "postgres killed":
                return self._kill("postgresql")
            case "postgres stopped at once":
                return self._signal("postgresql", signal.SIGQUIT)
            case "postgres frozen":
                return self._freeze("postgresql", fault.lasts)
            case "sweeping session terminated":
                return self._terminate_sweep()
            case "redating session terminated":
                return self._terminate_redating()
            case "all sessions terminated":
                return self._terminate("pid <> pg_backend_pid()")
            case "valkey killed and wiped":
                return self._kill("valkey")  # it keeps nothing on disk: it comes back empty
            case "valkey frozen":
                return self._freeze("valkey", fault.lasts)
            case "valkey clients killed":
                return self._valkey(lambda client: client.execute_command("CLIENT", "KILL", "TYPE", "normal"))
            case "valkey without memory":
                return self._starve_valkey(fault.lasts)
            case "disk full":
                return self._fill_disk(fault.lasts)
            case "receiver down":
                return self._take_nothing(fault)
        proxy = ground.database if fault.kind.startswith("database") else ground.broker
        return self._network(fault, proxy)

    # -- processes --------------------------------------------------------------------------------------------------

    def _signal(self, name: str, number: signal.Signals) -> str | None:
        pid = self.ground.pid(name)
        return f"{name} {pid}" if pid and send(pid, number) else None

    def _kill(self, *names: str) -> str | None:
        killed = [line for name in names if (line := self._signal(name, signal.SIGKILL))]
        return ", ".join(killed) or None

    def _kill_child(self, name: str, choice: float) -> str | None:
        children = self.ground.tree(name)[1:]
        pid = _pick(children, choice) if children else None
        return f"child {pid} of {name}" if pid and send(pid, signal.SIGKILL) else None

    def _keep_dead(self, names: tuple[str, ...], seconds: float) -> str:
        until, kills = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            kills += sum(self._signal(name, signal.SIGKILL) is not None for name in names)
            time.sleep(0.2)
        return f"{seconds:.1f} s, {kills} kills"

    def _freeze(self, name: str, seconds: float) -> str | None:
        frozen = self.ground.tree(name)
        for pid in frozen:
            send(pid, signal.SIGSTOP)
        time.sleep(seconds)
        for pid in reversed(frozen):
            send(pid, signal.SIGCONT)
        return f"{seconds:.1f} s" if frozen else None

    # -- database and broker ----------------------------------------------------------------------------------------

    def _terminate_sweep(self) -> str | None:
        """The session that is firing at this moment; looked for through a few sweeps, else one that has just swept."""
        return self._terminate_at_work("deadlines_rung") or self._terminate(
            "query LIKE '%%deadlines_sweepminute%%' AND pid <> pg_backend_pid()"
        )

    def _terminate_redating(self) -> str | None:
        """The session that dates clocks anew; while a change of the calendar is under way, it is waited for."""
        if not self.ground.ask("SELECT count(*) FROM deadlines_calendarchange WHERE state = 'running'"):
            return None
        return self._terminate_at_work("redate_", seconds=REDATED_EVERY)

    def _terminate_at_work(self, words: str, *, seconds: float = 2.5) -> str | None:
        """A session in the middle of a statement with these words, looked for through a few seconds."""
        at_work = f"state <> 'idle' AND query LIKE '%%{words}%%' AND pid <> pg_backend_pid()"
        until = time.monotonic() + seconds
        try:
            with self.ground.connected() as connection, connection.cursor() as cursor:
                while time.monotonic() < until:
                    cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {at_work}")
                    if cursor.rowcount:
                        return "in mid-statement"
        except psycopg2.Error:
            pass
        return None

    def _terminate(self, which: str) -> str | None:
        query = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND {which}"
        try:
            with self.ground.connected() as connection, connection.cursor() as cursor:
                cursor.execute(query)
                return f"{cursor.rowcount} sessions" if cursor.rowcount else None
        except psycopg2.Error:
            return None

    def _valkey(self, act: Callable[[redis.Redis], object]) -> str | None:
        client = redis.Redis.from_url(
            (self.ground.folder / "redis_url").read_text(), socket_connect_timeout=2, socket_timeout=2
        )
        try:
            return f"{act(client)}"
        except redis.RedisError:
            return None
        finally:
            client.close()

    def _starve_valkey(self, seconds: float) -> str | None:
        done = self._valkey(lambda client: client.config_set("maxmemory", "1mb"))
        time.sleep(seconds)
        self._valkey(lambda client: client.config_set("maxmemory", "0"))
        return done and f"{seconds:.1f} s"

    # -- network and disk -------------------------------------------------------------------------------------------

    def _network(self, fault: Fault, proxy) -> str:
        if fault.kind.endswith("connections reset"):
            proxy.reset_all()
            return ""
        if fault.kind.endswith("slow"):
            proxy.slow(0.3)
        elif fault.kind.endswith("silent"):
            proxy.blackhole(True)
        else:
            proxy.reset_every(20)
        time.sleep(fault.lasts)
        proxy.heal()
        return f"{fault.lasts:.1f} s"

    def _take_nothing(self, fault: Fault) -> str:
        receiver = self.ground.receiver
        receiver.mode = _pick(MODES, fault.choice)
        detail = f"{receiver.mode}, {fault.lasts:.1f} s"
        time.sleep(fault.lasts)
        receiver.mode = ""
        return detail

    def _fill_disk(self, seconds: float) -> str:
        ballast = self.ground.folder / "ballast"
        try:
            self._grow(ballast, seconds)
        finally:
            ballast.unlink(missing_ok=True)
        return f"{seconds:.1f} s"

    def _grow(self, ballast: Path, seconds: float) -> None:
        """Take what is left of the disk, and what becomes free again meanwhile."""
        until = time.monotonic() + seconds
        with open(ballast, "ab", buffering=0) as file:
            while time.monotonic() < until:
                disk = os.statvfs(self.ground.folder)
                free = disk.f_bavail * disk.f_frsize
                if free > 8192:
                    try:
                        file.write(bytes(min(free - 4096, 16 * 1024 * 1024)))
                        continue
                    except OSError:
                        pass
                time.sleep(0.05)


def _pick(names, choice: float):
    return names[int(choice * len(names))]
