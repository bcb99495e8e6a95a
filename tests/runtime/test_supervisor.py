import os
import signal
import subprocess
from pathlib import Path

import pytest

from park.runtime.processes import Service, started_at
from park.runtime.supervisor import StopAsked, Supervisor
from tests.runtime.conditions import eventually

TALKING_LOOP = "while :; do sleep 0.05; done"


def sleeper(name: str, folder: Path, stage: int = 0) -> Service:
    return Service(name, ["sleep", "60"], folder / f"{name}.log", stage=stage)


def wait_for(supervisor: Supervisor, condition) -> bool:
    def look() -> bool:
        supervisor.pause(0)
        return condition()

    return eventually(look)


def test_supervisor_starts_again_what_was_killed(tmp_path):
    lines: list[str] = []
    with Supervisor(tmp_path, lines.append) as supervisor:
        first = supervisor.keep(sleeper("web", tmp_path))
        first.kill()
        assert wait_for(supervisor, lambda: supervisor._kept[0].process not in (None, first))
        second = supervisor._kept[0].process
        assert second.poll() is None
    assert "web ended (by SIGKILL); it is started again in 0.5 s" in lines[0]
    assert second.poll() is not None


def test_supervisor_waits_longer_for_what_dies_at_once(tmp_path):
    lines: list[str] = []
    with Supervisor(tmp_path, lines.append) as supervisor:
        supervisor.keep(Service("broken", ["sh", "-c", "exit 3"], tmp_path / "broken.log"))
        assert wait_for(supervisor, lambda: len(lines) == 3)
    assert [line.split("again in ")[1].split(" s.")[0] for line in lines] == ["0.5", "1", "2"]
    assert "exit code 3" in lines[0]


def test_supervisor_outlives_a_ledger_that_cannot_be_written(tmp_path):
    """As on a full disk: what died is started again all the same, and a line says what is wrong."""
    lines: list[str] = []
    with Supervisor(tmp_path, lines.append) as supervisor:
        first = supervisor.keep(sleeper("web", tmp_path))
        ledger = tmp_path / "processes.json"
        ledger.unlink()
        ledger.mkdir()
        first.kill()
        assert wait_for(supervisor, lambda: supervisor._kept[0].process not in (None, first))
        assert supervisor._kept[0].process.poll() is None
        ledger.rmdir()
    assert any(str(ledger) in line for line in lines)


def test_supervisor_tries_again_what_could_not_be_started(tmp_path):
    lines: list[str] = []
    logs = tmp_path / "log"
    logs.mkdir()
    with Supervisor(tmp_path, lines.append) as supervisor:
        first = supervisor.keep(Service("web", ["sleep", "60"], logs / "web.log"))
        logs.rename(tmp_path / "elsewhere")
        first.kill()
        assert wait_for(supervisor, lambda: any("No such file" in line for line in lines))
        logs.mkdir()
        assert wait_for(supervisor, lambda: supervisor._kept[0].process not in (None, first))


def test_supervisor_stops_the_highest_stage_first(tmp_path):
    order = tmp_path / "order"
    with Supervisor(tmp_path) as supervisor:
        for stage, name in enumerate(("database", "broker", "web")):
            script = f"trap 'echo {name} >> {order}; exit' TERM; echo ready; {TALKING_LOOP}"
            supervisor.keep(Service(name, ["sh", "-c", script], tmp_path / f"{name}.log", stage=stage))
        logs = [tmp_path / f"{name}.log" for name in ("database", "broker", "web")]
        assert eventually(lambda: all("ready" in log.read_text() for log in logs))
    assert order.read_text().split() == ["web", "broker", "database"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_supervisor_stops_when_asked(tmp_path, number):
    before = signal.getsignal(number)
    with Supervisor(tmp_path) as supervisor:
        process = supervisor.keep(sleeper("web", tmp_path))
        os.kill(os.getpid(), number)
        with pytest.raises(StopAsked):
            supervisor.watch()
    assert process.poll() is not None
    assert signal.getsignal(number) == before
    assert not (tmp_path / "processes.json").exists()


def test_second_signal_does_not_break_off_the_stop(tmp_path):
    script = f"trap 'kill -INT {os.getpid()}; sleep 0.3; echo stopped; exit 0' TERM; echo ready; {TALKING_LOOP}"
    service = Service("web", ["sh", "-c", script], tmp_path / "web.log")
    with Supervisor(tmp_path) as supervisor:
        process = supervisor.keep(service)
        assert eventually(lambda: "ready" in service.log.read_text())
    assert process.returncode == 0
    assert "stopped" in service.log.read_text()


def test_step_returns_its_exit_code(tmp_path):
    with Supervisor(tmp_path) as supervisor:
        assert supervisor.run_to_end(Service("step", ["sh", "-c", "exit 7"], tmp_path / "step.log")) == 7


def test_step_ends_when_a_stop_is_asked(tmp_path):
    step = Service("step", ["sh", "-c", f"echo $$; kill -INT {os.getpid()}; sleep 60"], tmp_path / "step.log")
    with Supervisor(tmp_path) as supervisor, pytest.raises(StopAsked):
        supervisor.run_to_end(step)
    assert started_at(int(step.log.read_text())) is None


def test_supervisor_ends_what_a_killed_one_left(tmp_path):
    orphan = subprocess.Popen(["sleep", "60"], process_group=0)
    entry = f'[{orphan.pid}, "{started_at(orphan.pid)}", 15]'
    (tmp_path / "processes.json").write_text(f'{{"owner": [1, "never"], "processes": {{"valkey": {entry}}}}}')
    lines: list[str] = []
    with Supervisor(tmp_path, lines.append):
        assert orphan.wait(5) == -signal.SIGTERM
    assert lines == ["Ended valkey, left over from a start that was killed."]
