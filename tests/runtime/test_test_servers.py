"""The servers that the tests themselves run on: one set for each run, and none left behind."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from park.runtime.addresses import BASE_DIR
from park.runtime.processes import started_at
from tests.runtime.conditions import command_lines, eventually

pytestmark = pytest.mark.processes


@pytest.fixture
def run(folder: Path, environment: dict[str, str]):
    """A run of pytest with one small test, as somebody would start it in a checkout of the project."""
    test = folder / "test_address.py"
    test.write_text(
        "import os, pathlib, time\n"
        "def test_address():\n"
        "    here = pathlib.Path(__file__).parent\n"
        "    (here / 'address').write_text(os.environ['DATABASE_URL'] + ' ' + os.environ['VAR_DIR'])\n"
        "    while (here / 'wait').exists(): time.sleep(0.05)\n"
    )
    del environment["VAR_DIR"]
    return [sys.executable, "-m", "pytest", "-c", str(BASE_DIR / "pyproject.toml"), str(test)], {
        **environment,
        "TMPDIR": str(folder),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }


def left_behind(folder: Path) -> list:
    return [*command_lines(str(folder)), *folder.glob("park-servers-*")]


def hear_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_ended_run_leaves_no_server(folder, run, how):
    command, environment = run
    (folder / "wait").touch()
    # as from a terminal: what runs in the background of a script has been made deaf to SIGINT, and its children are with it
    process = subprocess.Popen(
        command, cwd=BASE_DIR, env=environment, stdout=subprocess.DEVNULL, preexec_fn=hear_interrupts
    )
    assert eventually((folder / "address").exists, 30)
    (ledger,) = folder.glob("park-servers-*/processes.json")
    numbers = [entry[0] for entry in json.loads(ledger.read_text())["processes"].values()]
    assert len([number for number in numbers if started_at(number)]) == 2
    process.send_signal(how)
    process.wait(30)
    assert eventually(lambda: not [number for number in numbers if started_at(number)])


def test_finished_run_leaves_nothing_and_clears_up_after_a_killed_one(folder, run):
    command, environment = run
    finished = subprocess.Popen(["true"])
    finished.wait()
    (folder / f"park-servers-{finished.pid}-killed").mkdir()
    done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert left_behind(folder) == []


def test_given_database_is_taken_as_it_is(folder, run):
    command, environment = run
    given = {"DATABASE_URL": "postgres://somewhere", "VAR_DIR": "/somewhere"}
    done = subprocess.run(command, cwd=BASE_DIR, env={**environment, **given}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert (folder / "address").read_text() == "postgres://somewhere /somewhere"
    assert not list(folder.glob("park-servers-*"))
