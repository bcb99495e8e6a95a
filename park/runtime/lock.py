"""One portal per folder: who runs it holds a lock on a file there that also says who that is."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process holds the folder; the text is what that one wrote down about itself."""


@contextlib.contextmanager
def sole_owner(folder: Path, note: str) -> Iterator[None]:
    """Hold the folder while the block runs. Raises AlreadyRunning with the holder's note.

    The lock is the kernel's and ends with the process, however that ends; the file is only where it is held.
    """
    path = folder / "portal.lock"
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with os.fdopen(descriptor) as file:
                raise AlreadyRunning(file.read().strip()) from None
        # The holder before us may have removed the file between our open and our lock: then we hold nothing.
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), os.stat(path)):
                break
        os.close(descriptor)
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, note.encode())
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)
