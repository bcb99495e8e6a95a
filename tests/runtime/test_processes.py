import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from park.runtime import processes
from park.runtime.addresses import BASE_DIR
from park.runtime.processes import Ledger, Service, started_at
from tests.runtime.conditions import command_lines, eventually


def shell(name: str, script: str, folder: Path, **options) -> Service:
    return Service(name, ["sh", "-c", script], folder / f"{name}.log", **options)


def test_started_at_knows_the_living_from_the_dead():
    process = subprocess.Popen(["sleep", "30"])
    assert started_at(process.pid)
    process.kill()
    assert eventually(lambda: started_at(process.pid) is None)  # not reaped yet: only its remains
    process.wait()
    assert started_at(process.pid) is None


def test_stop_gives_a_service_time_to_end_by_itself(tmp_path):
    service = shell(
        "calm", "trap 'sleep 0.3; echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done", tmp_path
    )
    process = processes.start(service)
    assert eventually(lambda: "ready" in service.log.read_text())
    processes.stop([(service, process)])
    assert process.returncode == 0
    assert "bye" in service.log.read_text()


def test_stop_kills_a_stubborn_service_with_its_children(tmp_path):
    mark = f"31.{os.getpid()}"
    service = shell("stubborn", f"trap '' TERM; sleep {mark} & echo ready; wait; sleep {mark}", tmp_path, grace=0.2)
    process = processes.start(service)
    assert eventually(lambda: "ready" in service.log.read_text())
    processes.stop([(service, process)])
    assert process.returncode == -signal.SIGKILL
    assert eventually(lambda: not command_lines(f"sleep {mark}"))


def test_service_ends_with_the_process_that_started_it(tmp_path):
    program = (
        "import sys, time; from pathlib import Path; from park.runtime import processes\n"
        "process = processes.start(processes.Service('child', ['sleep', '60'], Path(sys.argv[1]) / 'child.log'))\n"
        "print(process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    child = int(parent.stdout.readline())
    assert started_at(child)
    parent.kill()
    parent.wait()
    assert eventually(lambda: started_at(child) is None)


def test_start_puts_a_long_log_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "LOG_BYTES", 10)
    service = shell("talker", "echo new", tmp_path)
    service.log.write_text("a line of an earlier day\n")
    processes.start(service).wait()
    assert service.log.read_text() == "new\n"
    assert (tmp_path / "talker.log.1").read_text() == "a line of an earlier day\n"


@pytest.fixture
def orphan():
    process = subprocess.Popen(["sleep", "60"], process_group=0)
    yield process
    process.kill()
    process.wait()


def write_ledger(folder: Path, orphan: subprocess.Popen, *, owner: list, started: str | None = None) -> Ledger:
    entry = [orphan.pid, started or started_at(orphan.pid), int(signal.SIGTERM)]
    text = (
        f'{{"owner": [{owner[0]}, "{owner[1]}"], "processes": {{"sleeper": [{entry[0]}, "{entry[1]}", {entry[2]}]}}}}'
    )
    (folder / "processes.json").write_text(text)
    return Ledger(folder)


def dead_owner() -> list:
    process = subprocess.Popen(["true"])
    process.wait()
    return [process.pid, "1"]


def test_ledger_ends_what_a_dead_owner_left(tmp_path, orphan):
    ledger = write_ledger(tmp_path, orphan, owner=dead_owner())
    assert ledger.end_orphans() == ["sleeper"]
    assert orphan.wait(5) == -signal.SIGTERM
    assert not ledger.path.exists()


def test_ledger_leaves_the_processes_of_a_living_owner(tmp_path, orphan):
    ledger = write_ledger(tmp_path, orphan, owner=[os.getpid(), started_at(os.getpid())])
    assert ledger.end_orphans() == []
    assert orphan.poll() is None


def test_ledger_leaves_a_stranger_who_got_the_same_number(tmp_path, orphan):
    ledger = write_ledger(tmp_path, orphan, owner=dead_owner(), started="1")
    assert ledger.end_orphans() == []
    time.sleep(0.1)
    assert orphan.poll() is None


def test_ledger_survives_a_file_cut_short(tmp_path):
    (tmp_path / "processes.json").write_text('{"owner": [1')
    assert Ledger(tmp_path).end_orphans() == []
