import os
import shutil
import socket
from collections import namedtuple

import pytest

from park.runtime import launch
from park.runtime.addresses import make_folder
from park.runtime.lock import sole_owner
from park.runtime.processes import CannotStart


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_taken_port_is_named_with_the_way_out(tmp_path, taken_port):
    with pytest.raises(CannotStart, match=rf"Port {taken_port} is taken.*--port"):
        launch.launch(tmp_path / "var", port=taken_port, demo=False, say=print)
    assert not (tmp_path / "var" / "portal.lock").exists()


@pytest.mark.parametrize("port", [-1, 65536])
def test_impossible_port_is_named(port):
    with pytest.raises(CannotStart, match=f"Port {port} cannot be used"):
        launch.check_port(port)


def test_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CannotStart, match=r"Cannot write to .*file/var: Not a directory"):
        launch.check_folder(tmp_path / "file" / "var")


def test_full_disk_is_named(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, 5 * 1024**2))
    with pytest.raises(CannotStart, match="is full: 5 MB free, 300 MB needed"):
        launch.check_folder(tmp_path / "var")


def test_second_start_says_what_runs(tmp_path):
    make_folder(tmp_path / "var")
    with (
        sole_owner(tmp_path / "var", "process 4711, http://127.0.0.1:8000, since noon"),
        pytest.raises(CannotStart, match=r"already runs.*process 4711, http://127.0.0.1:8000, since noon"),
    ):
        launch.launch(tmp_path / "var", port=8000, demo=False, say=print)


def test_files_of_the_portal_are_private(tmp_path, taken_port):
    before = os.umask(0o022)
    try:
        with pytest.raises(CannotStart):
            launch.launch(tmp_path / "var", port=taken_port, demo=False, say=print)
        (tmp_path / "written").touch()
        assert (tmp_path / "written").stat().st_mode & 0o077 == 0
    finally:
        os.umask(before)


def test_two_beats_have_their_own_schedules(tmp_path):
    beats = [service for service in launch.services(tmp_path, port=8000, environment={}) if "beat" in service.command]
    assert len({service.command[service.command.index("--schedule") + 1] for service in beats}) == 2
