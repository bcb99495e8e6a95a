"""Run a command with a throw-away PostgreSQL and Valkey: scripts/with_servers.py [--durable] COMMAND [ARGUMENT ...]

With --durable they write to disk as those in service do. Addresses that are already in the environment are kept. Ends with
the command's exit code.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from park.runtime.embedded import ThrowawayServers
from park.runtime.processes import CannotStart


def main(command: list[str]) -> int:
    durable = command[:1] == ["--durable"]
    command = command[durable:]
    if not command:
        sys.exit(__doc__)
    if os.environ.get("DATABASE_URL"):
        return run(command, {})
    servers = ThrowawayServers(durable=durable)
    try:
        return run(command, servers.start())
    except (CannotStart, OSError) as reason:
        sys.exit(str(reason))
    finally:
        servers.stop()


def run(command: list[str], environment: dict[str, str]) -> int:
    process = subprocess.Popen(command, env={**os.environ, **environment})  # noqa: S603 - what the caller asked for
    # Ctrl-C in a terminal reaches the command by itself; a SIGTERM is passed on. We stay to clean up after it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    return process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
