import subprocess
import sys

import pytest

from park.runtime.addresses import BASE_DIR
from park.runtime.lock import AlreadyRunning, sole_owner


def test_second_owner_reads_the_note_of_the_first(tmp_path):
    with (
        sole_owner(tmp_path, "process 1, since noon"),
        pytest.raises(AlreadyRunning, match="process 1, since noon"),
        sole_owner(tmp_path, "process 2"),
    ):
        pytest.fail("two owners")
    assert list(tmp_path.iterdir()) == []


def test_folder_is_free_again_afterwards(tmp_path):
    for note in ("first", "second"):
        with sole_owner(tmp_path, note):
            assert (tmp_path / "portal.lock").read_text() == note


def test_lock_of_a_killed_owner_holds_nobody_up(tmp_path):
    program = (
        "import os, sys; from pathlib import Path; from park.runtime.lock import sole_owner\n"
        "with sole_owner(Path(sys.argv[1]), 'a longer note than the next one'): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=BASE_DIR)
    assert (tmp_path / "portal.lock").exists()
    with sole_owner(tmp_path, "next"):
        assert (tmp_path / "portal.lock").read_text() == "next"
