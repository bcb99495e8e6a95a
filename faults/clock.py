"""The clock of the database jumps: days ahead, back, a day behind, back, and once the database is started anew meanwhile.

A ground of its own, because the server has to be started under libfaketime. Nothing may fire before its true instant.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from faults.ground import Ground, send
from faults.history import History
from park.runtime.addresses import BASE_DIR

CLOCKS = 100
# The offset, how long it stays, and whether the database is killed in the middle of it.
JUMPS = (("+4d", 10.0, False), ("+0", 8.0, False), ("-1d", 8.0, False), ("+0", 8.0, False), ("+4d", 12.0, True))
EARLY = "SELECT count(*) FROM deadlines_rung WHERE scheduled_for > to_timestamp(%s)"


def why_not() -> str:
    """What keeps the clock from being turned; empty when nothing does."""
    if find_spec("park.deadlines.guard") is None:
        return "the sweep has no guard against a clock that jumps"
    if not _library():
        return "libfaketime is missing (scripts/faketime)"
    return ""


def turn(
    history: History,
    say: Callable[[str], None],
    settle_and_judge: Callable[[Ground], dict],
    *,
    sweep_seconds: int,
) -> dict:
    """Turn the clock and turn it back; the verdict on what is left."""
    with Ground(history, say, sweep_seconds=sweep_seconds) as ground:
        offset = ground.base / "faketime"
        _set(offset, "+0")
        ground.prepare("--faketime", str(offset), "--library", _library())
        _seed(history)
        ground.open()
        time.sleep(5)
        for jump, seconds, kills in JUMPS:
            _set(offset, jump)
            history.write("fault", name="clock", detail=jump)
            say(f"clock of the database at {jump}{', database killed' if kills else ''}")
            time.sleep(seconds / 2)
            if kills and (pid := ground.pid("postgresql")):
                send(pid, signal.SIGKILL)
            time.sleep(seconds / 2)
            early = ground.ask(EARLY, time.time() + 1)
            if early:
                history.write("observed", early=early, clock=jump)
            if jump != "+0":
                # Held on purpose; what fell due meanwhile is as late as that.
                history.write("outage", seconds=seconds + 10)
        _set(offset, "+0")
        return settle_and_judge(ground)


def _seed(history: History) -> None:
    """In a process of its own: the settings of this one are those of the ground before."""
    subprocess.run([sys.executable, "-m", "faults.setup"], cwd=BASE_DIR, check=True)
    history.write("still")
    subprocess.run([sys.executable, "-m", "faults.clock", str(history.path)], cwd=BASE_DIR, check=True)


def _set(path: Path, offset: str) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(f"{offset}\n")
    draft.chmod(0o644)
    draft.replace(path)


def _library() -> str:
    done = subprocess.run([str(BASE_DIR / "scripts" / "faketime")], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def seed_clocks(past: Path) -> None:
    """Clocks whose rungs fall within the next minute, and as many that fall within four days."""
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "park.settings")
    import django

    django.setup()
    from datetime import timedelta

    from django.utils import timezone

    from faults.people import find_people
    from faults.seeds import seed

    people, now = find_people(), timezone.now()
    history = History(past)
    seed(people, history, CLOCKS, first=now, gaps=(1, 12), spread=30, number=1, label="clock")
    seed(people, history, CLOCKS, first=now + timedelta(hours=12), gaps=(3600, 4 * 3600), spread=90_000, number=10_000)


if __name__ == "__main__":
    seed_clocks(Path(sys.argv[1]))
