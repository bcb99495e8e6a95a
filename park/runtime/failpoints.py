"""Named places in the code at which a trial may have the process killed; otherwise they do nothing.

`FAILPOINT=sweep.fired:2` kills the process, by SIGKILL, the second time it comes to `sweep.fired`. Both variables must be
set, so that none is ever active by accident: `FAILPOINT_CONFIRM` has to hold the words of CONFIRM.
"""

import os
import signal
from collections.abc import Mapping

CONFIRM = "kill this process"


class _Armed:
    """The one place that kills, and how often it has still to be passed."""

    def __init__(self, name: str, hits: int) -> None:
        self.name, self.left = name, hits

    def reach(self, name: str) -> None:
        if name != self.name:
            return
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def arm(environment: Mapping[str, str] = os.environ) -> None:
    """Take what the environment says; called when the module is loaded, and by a trial in the child that it will lose."""
    global _armed
    name, _, hits = environment.get("FAILPOINT", "").partition(":")
    confirmed = environment.get("FAILPOINT_CONFIRM") == CONFIRM
    _armed = _Armed(name, int(hits or 1)) if name and confirmed else None


def failpoint(name: str) -> None:
    if _armed is not None:
        _armed.reach(name)


_armed: _Armed | None = None
arm()
