import os
import shutil
import subprocess
from pathlib import Path

from park.runtime.addresses import BASE_DIR


def run_setup(folder: Path, **environment: str) -> subprocess.CompletedProcess:
    """Run scripts/setup in a copy of its own, where it finds no .venv."""
    (folder / "scripts").mkdir()
    shutil.copy(BASE_DIR / "scripts" / "setup", folder / "scripts" / "setup")
    return subprocess.run(
        ["sh", str(folder / "scripts" / "setup")],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
    )


def fake_python(path: Path, version: str, *, new_enough: bool) -> Path:
    """Answers what scripts/setup asks a Python: its version, whether it is new enough, whether venv is there."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        "#!/bin/sh\n"
        'case "$2" in\n'
        f"    *'print(\"%d'*) echo {version} ;;\n"
        f"    *'sys.exit(sys.version_info'*) exit {0 if new_enough else 1} ;;\n"
        "    *) exit 1 ;;\n"
        "esac\n"
    )
    path.chmod(0o755)
    return path


def test_setup_names_the_python_that_is_too_old(tmp_path):
    python = fake_python(tmp_path / "bin" / "python3.9", "3.9.2", new_enough=False)
    done = run_setup(tmp_path, PYTHON=str(python))
    assert done.returncode == 1
    assert done.stderr == f"The portal needs Python 3.11 or newer; {python} is 3.9.2.\n"
    assert not (tmp_path / ".venv").exists()


def test_setup_names_the_default_python_and_the_way_out(tmp_path):
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        fake_python(tmp_path / "bin" / name, "3.10.1", new_enough=False)
    done = run_setup(tmp_path, PATH=f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert done.returncode == 1
    assert "python3 is 3.10.1" in done.stderr
    assert "make run PYTHON=python3.12" in done.stderr


def test_setup_names_the_missing_module(tmp_path):
    python = fake_python(tmp_path / "bin" / "python3", "3.11.2", new_enough=True)
    done = run_setup(tmp_path, PYTHON=str(python))
    assert done.returncode == 1
    assert "apt install python3-venv" in done.stderr


def test_setup_refuses_what_is_no_python(tmp_path):
    done = run_setup(tmp_path, PYTHON=str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert "no Python that runs here" in done.stderr


def test_scripts_can_be_run_and_read_by_a_plain_shell():
    for name in ("scripts/setup", "scripts/browser", "scripts/check", ".ci/run"):
        path = BASE_DIR / name
        assert os.access(path, os.X_OK), name
        assert subprocess.run(["sh", "-n", str(path)]).returncode == 0, name


def test_browser_script_says_what_to_install_when_it_may_not(tmp_path):
    """An ordinary user without Chromium: the script must name the packages and fail."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "id").write_text("#!/bin/sh\necho 1000\n")
    (tools / "id").chmod(0o755)
    done = subprocess.run(
        [shutil.which("sh"), str(BASE_DIR / "scripts" / "browser")],
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "chromium fonts-noto-cjk" in done.stderr
