import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from park.runtime import addresses
from park.runtime.addresses import BASE_DIR


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))


def test_database_url_comes_from_the_environment_first(monkeypatch, tmp_path):
    addresses.make_folder(tmp_path / "var")
    addresses.keep_private(tmp_path / "var" / "database_url", "postgres://kept")
    assert addresses.database_url() == "postgres://kept"
    monkeypatch.setenv("DATABASE_URL", "postgres://given")
    assert addresses.database_url() == "postgres://given"


def test_secret_key_is_made_once_and_is_private(tmp_path):
    key = addresses.secret_key()
    assert len(key) >= 50
    assert addresses.secret_key() == key
    assert mode(tmp_path / "var" / "secret_key") == 0o600
    assert not mode(tmp_path / "var") & 0o066


def test_private_file_is_private_even_over_a_public_one(tmp_path):
    path = tmp_path / "address"
    path.write_text("old")
    path.chmod(0o644)
    addresses.keep_private(path, "new")
    assert path.read_text() == "new"
    assert mode(path) == 0o600
    assert os.listdir(tmp_path) == ["address"]


def test_existing_folder_keeps_its_mode(tmp_path):
    tmp_path.chmod(0o750)
    addresses.make_folder(tmp_path, walk_through=True)
    assert mode(tmp_path) == 0o750


def test_unusable_folder_ends_the_program_with_one_line(tmp_path, environment):
    (tmp_path / "file").write_text("in the way")
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=BASE_DIR,
        env={**environment, "VAR_DIR": str(tmp_path / "file" / "var")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "Not a directory" in done.stderr
