"""Free ports on the loopback address."""

import errno
import random
import socket

from park.runtime.processes import CannotStart

LOOPBACK = "127.0.0.1"
# Below 32768, where Linux begins to hand out ports to outgoing connections: one of those could take ours meanwhile.
CHOICE = range(20000, 32768)


def is_free(port: int, host: str = LOOPBACK) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True


def free_port(wanted: int | None = None) -> int:
    """The wanted port if it is free, else another one."""
    if wanted and is_free(wanted):
        return wanted
    for port in random.sample(CHOICE, 200):
        if is_free(port):
            return port
    raise CannotStart(f"No free port between {CHOICE.start} and {CHOICE.stop - 1} on {LOOPBACK}.")
