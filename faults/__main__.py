"""The fault campaign: python -m faults [--seed N] [--minutes M] [--cut] [--clock] [--self-test]

The last line is `double=0 missing=0 early=0 lost=0 faults=N seed=S`; ends with 1 when a count is not 0 or anything else is
wrong, which the lines before name. Everything that is started ends with it, also on Ctrl-C.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from faults import clock
from faults.ground import Ground
from faults.history import History
from faults.nemesis import CUT, KINDS, Nemesis, schedule
from park.runtime.addresses import BASE_DIR
from park.runtime.alive import answers
from park.runtime.supervisor import STOP_SIGNALS

MINUTES = 10.0
CUT_SECONDS = 36.0
# Between the rungs of a clock: what began last has to fall due before the end can be judged.
GAPS, CUT_GAPS = (0.5, 6.0), (0.5, 3.0)
# Everything that falls due after the last fault has done so by then, and every process is back.
QUIET_SECONDS = 240.0
WATCH_EVERY = 0.25
STILL_WAITING = """
SELECT (SELECT count(*) FROM deadlines_clock WHERE state = 'running' AND next_rung_at <= now() + interval '60 s')
     + (SELECT count(*) FROM deadlines_calendarchange WHERE state = 'running')
     + (SELECT count(*) FROM events_event WHERE position IS NULL)
     + (SELECT count(*) FROM notices_outboxmessage WHERE delivered_at IS NULL AND NOT is_dead)
     + (SELECT count(*) FROM events_consumer WHERE position < (SELECT max(position) FROM events_event))
"""
# Messages that wait for the office to open, and those whose next attempt is far off, are not waited for.
MORNING_COMES = """
WITH rested AS (UPDATE notices_channelrest SET until = now() WHERE until > now() + interval '2 min' RETURNING 1)
UPDATE notices_outboxmessage SET available_at = now()
WHERE delivered_at IS NULL AND NOT is_dead AND available_at > now() + interval '2 min' RETURNING 1
"""
# The lease of a dead process runs out, and what did not answer is asked again.
TIME_PASSES = """
WITH rested AS (UPDATE notices_channelrest SET until = now() WHERE until > now() RETURNING 1)
UPDATE notices_outboxmessage SET available_at = least(available_at, now()), lease_until = NULL
WHERE delivered_at IS NULL AND NOT is_dead AND (lease_until > now() OR available_at > now())
RETURNING 1
"""


class Campaign:
    def __init__(self, given: argparse.Namespace, place: Path) -> None:
        self.given, self.place = given, place
        self.history = History(place / "history.jsonl")
        self.began = time.monotonic()
        self.faults: dict[str, int] = {}

    def say(self, line: str) -> None:
        print(f"{time.monotonic() - self.began:7.1f} s  {line}", flush=True)

    def run(self) -> dict[str, Any]:
        """The whole campaign; the verdict of the checker."""
        given = self.given
        self.say(f"seed {given.seed}; history: {self.history.path}")
        self.history.write("setup", seed=given.seed, sweep_seconds=given.sweep_seconds, cut=given.cut)
        with Ground(self.history, self.say, sweep_seconds=given.sweep_seconds) as ground:
            try:
                ground.prepare()
                self._make_people()
                verdict = self._crash_points(ground)
                if not verdict["wrong"]:
                    verdict = self._under_load(ground)
            finally:
                self._keep_logs(ground)
        if not (verdict["wrong"] or given.cut):
            verdict = self._turn_the_clock(verdict)
        return verdict

    def _turn_the_clock(self, verdict: dict[str, Any]) -> dict[str, Any]:
        """Last of all, on a ground of its own; the verdict on both."""
        if reason := clock.why_not():
            self.say(f"left out: jumps of the clock: {reason}")
            return verdict
        self.history.close()
        self.history = History(self.place / "clock.jsonl")
        self.history.write("setup", seed=self.given.seed, sweep_seconds=self.given.sweep_seconds)
        found = clock.turn(self.history, self.say, self._settle_and_judge, sweep_seconds=self.given.sweep_seconds)
        self.faults["clock turned"] = len(clock.JUMPS)
        return found

    def self_test(self) -> int:
        """Check the checker; the exit code."""
        with Ground(self.history, self.say) as ground:
            ground.prepare()
            self._make_people()
            return self._program("faults.selftest", "--history", str(self.history.path))

    def _make_people(self) -> None:
        self._program("faults.setup")
        self.history.write("still")

    def _program(self, module: str, *arguments: str) -> int:
        return subprocess.run([sys.executable, "-m", module, *arguments], cwd=BASE_DIR, check=False).returncode

    def _crash_points(self, ground: Ground) -> dict[str, Any]:
        # At least two batches of clocks, so that every place is passed twice.
        size = ["--clocks", "12", "--once"] if self.given.cut else ["--clocks", "50"]
        code = self._program("faults.crash", "--history", str(self.history.path), *size)
        self.history.write("still")
        verdict = self.judge(ground, at_rest=True)
        deaths = sum('"type": "died"' in line for line in self.history.path.read_text().splitlines())
        if code:
            verdict["wrong"].append("crash points that were never reached, or that failed")
        self.faults["crash points"] = deaths
        self.say(f"crash points: {deaths} kills, {'clean' if not verdict['wrong'] else 'WRONG'}")
        return verdict

    def _under_load(self, ground: Ground) -> dict[str, Any]:
        from faults.workload import Workload  # the settings read the addresses of the ground

        given = self.given
        ground.open()
        self.say(f"the portal answers on {ground.url}")
        gaps = CUT_GAPS if given.cut else GAPS
        # A change of the calendar takes the better part of a minute to be worked off: too long for the cut.
        workload = Workload(
            ground, self.history, given.seed, rate=given.rate, clients=2, gaps=gaps, changes_calendar=not given.cut
        )
        nemesis = Nemesis(ground, self.history, schedule(given.seed, CUT if given.cut else tuple(KINDS)))
        seconds = CUT_SECONDS if given.cut else given.minutes * 60
        over = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(ground, over), daemon=True)
        watcher.start()
        workload.start()
        try:
            nemesis.run(time.monotonic() + seconds, self.say)
        finally:
            ground.database.heal()
            ground.broker.heal()
            workload.stop()
        self.faults |= nemesis.done
        for line in sorted(nemesis.left_out):
            self.say(f"left out: {line}")
        self.say(f"quiet now; done meanwhile: {workload.tally}")
        try:
            return self._settle_and_judge(ground)
        finally:
            over.set()
            watcher.join(10)

    def _settle_and_judge(self, ground: Ground) -> dict[str, Any]:
        in_time = self._settle(ground)
        verdict = self.judge(ground)
        if not in_time:
            verdict["wrong"].append(f"the portal did not come to rest within {QUIET_SECONDS:.0f} s")
        return verdict

    def _settle(self, ground: Ground) -> bool:
        """Wait until nothing is left to be done; a minute's lease of a dead process is not waited for in the cut."""
        until, still = time.monotonic() + QUIET_SECONDS, 0
        while time.monotonic() < until:
            ground.ask(TIME_PASSES if self.given.cut else MORNING_COMES)
            waits = ground.ask(STILL_WAITING)
            still = still + 1 if waits == 0 and answers(f"{ground.url}/healthz/live") else 0
            if still == 3:
                return True
            time.sleep(1)
        return False

    def _watch(self, ground: Ground, over: threading.Event) -> None:
        """Look in from outside: how long the database is away, and whether any rung is there before its instant."""
        away_since: float | None = None
        while not over.wait(WATCH_EVERY):
            looked = time.monotonic()
            early = ground.ask(
                "SELECT count(*) FROM deadlines_rung WHERE scheduled_for > to_timestamp(%s)", time.time() + 1
            )
            if early is None:
                away_since = away_since or looked
                continue
            if away_since is not None:
                self.history.write("outage", seconds=round(time.monotonic() - away_since, 3))
                away_since = None
            if early:
                self.history.write("observed", early=early)

    def judge(self, ground: Ground, *, at_rest: bool = False) -> dict[str, Any]:
        """The checker in a process of its own."""
        report = self.place / "report.json"
        report.unlink(missing_ok=True)
        arguments = ["--database", ground.database_url, "--history", str(self.history.path), "--report", str(report)]
        arguments += ["--mail", str(ground.folder / "mail"), "--media", str(ground.folder / "media")]
        self._program("faults.checker", *arguments, *(["--at-rest"] if at_rest else []))
        if not report.is_file():
            return {"double": 0, "missing": 0, "early": 0, "lost": 0, "wrong": ["the checker did not end"]}
        return json.loads(report.read_text())

    def _keep_logs(self, ground: Ground) -> None:
        with contextlib.suppress(OSError):
            shutil.copytree(ground.folder / "log", self.place / "log", dirs_exist_ok=True)
        with contextlib.suppress(OSError):
            shutil.copy(ground.base / "house.log", self.place / "house.log")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m faults", description="Break the portal on purpose and judge it.")
    parser.add_argument(
        "--seed", type=int, default=None, help="the schedule of faults follows from it (default: random)"
    )
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"how long faults go on ({MINUTES:g})")
    parser.add_argument("--cut", action="store_true", help="two minutes: crash points, and kills of what matters most")
    parser.add_argument("--rate", type=int, default=10, help="clocks begun a second (10)")
    parser.add_argument("--sweep-seconds", type=int, default=1, help="how often the portal sweeps (1)")
    parser.add_argument("--self-test", action="store_true", help="check the checker: each known harm must be seen")
    given = parser.parse_args()
    if given.seed is None:
        given.seed = random.randrange(1, 10**9)
    for number in STOP_SIGNALS:
        signal.signal(number, _interrupt)
    place = BASE_DIR / "var" / "faults" / f"{time.strftime('%Y%m%d-%H%M%S')}-{given.seed}-{os.getpid()}"
    campaign = Campaign(given, place)
    try:
        if given.self_test:
            return campaign.self_test()
        verdict = campaign.run()
    except KeyboardInterrupt:
        print("stopped", flush=True)
        return 130
    for kind, times in sorted(campaign.faults.items(), key=lambda item: -item[1]):
        print(f"{times:5d}  {kind}")
    for line in verdict["wrong"]:
        print(f"WRONG  {line}")
    if not verdict["wrong"]:
        shutil.rmtree(place / "log", ignore_errors=True)
    counts = " ".join(f"{name}={verdict[name]}" for name in ("double", "missing", "early", "lost"))
    print(f"{counts} faults={sum(campaign.faults.values())} seed={given.seed}", flush=True)
    return 1 if verdict["wrong"] else 0


def _interrupt(*_: object) -> None:
    """Stop; a second signal must not break off the stop that is under way."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    os.chdir(BASE_DIR)
    sys.exit(main())
