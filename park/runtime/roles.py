"""The command lines of the portal's own processes: the same on one machine and in containers."""

import sys
from pathlib import Path

from park.runtime.addresses import BASE_DIR

DEADLINES = "deadlines"
MAIL = "mail,slow"
CELERY = [sys.executable, "-m", "celery", "-A", "park"]


def web(host: str, port: int) -> list[str]:
    return [
        *[sys.executable, "-m", "gunicorn", "park.wsgi"],
        *["--bind", f"{host}:{port}"],
        # Several threads each, so that a few slow uploads do not keep everybody else waiting.
        *["--worker-class", "gthread", "--workers", "2", "--threads", "8"],
        *["--graceful-timeout", "10"],
        # Its default is a socket in the home folder, shared by every gunicorn of this user.
        "--no-control-socket",
    ]


def worker(queues: str) -> list[str]:
    """A worker for these queues. Without gossip and mingle, which have left workers deaf after a broker's restart."""
    name = queues.replace(",", "-")
    options = ["--concurrency", "1", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    return [*CELERY, "worker", "-Q", queues, "-n", f"{name}@%h", *options]


def beat(schedule: Path) -> list[str]:
    """A beat with its own schedule file. Several may run: what they wake finds its work in the database."""
    return [*CELERY, "beat", "--schedule", str(schedule), "--pidfile", "", "--loglevel", "WARNING"]


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(BASE_DIR / "manage.py"), *arguments]
