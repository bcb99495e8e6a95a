"""The embedded PostgreSQL: set up once, then a service on a port of the loopback address.

The portal's role owns its database but is no superuser. The superuser has no password and no way in by network or
socket: the few things that need it are done in single-user mode, by whoever owns the files.
"""

import secrets
import subprocess
from pathlib import Path
from signal import SIGINT, SIGQUIT
from urllib.parse import urlsplit

import psycopg2

from park.runtime.addresses import keep_private
from park.runtime.place import Place
from park.runtime.ports import LOOPBACK, free_port
from park.runtime.processes import CannotStart, Service

ROLE = DATABASE = "portal"
TIME_ZONE = "Asia/Shanghai"
# Character classes from C.UTF-8: under plain C, pg_trgm does not take Chinese characters for letters.
LOCALE = ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "timezone": TIME_ZONE,
    "log_timezone": TIME_ZONE,
    "cluster_name": "park-portal",
    "max_connections": "100",
    "shared_buffers": "256MB",
}
# For data that nobody will miss.
THROWAWAY_SETTINGS = {
    "max_connections": "250",  # a hundred people at once, and the processes of a test
    "shared_buffers": "128MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}


class Postgres:
    def __init__(self, folder: Path, *, throwaway: bool = False):
        self.folder = folder
        self.throwaway = throwaway
        self.place = Place(folder)
        self._url_file = folder / "database_url"

    @property
    def url(self) -> str:
        return self._url_file.read_text()

    def prepare(self) -> Service:
        """Set up what is missing and return the server as a service.

        Writes the data folder on the first start, and `database_url` with the port and a password. When that file was
        lost, the role gets a new password: nothing else knows the old one.
        """
        if not self.place.is_set_up:
            self._initialise()
        known = urlsplit(self.url) if self._url_file.is_file() else None
        password = known.password if known and known.password else self._new_password()
        port = free_port(known.port if known else None)
        keep_private(self._url_file, f"postgres://{ROLE}:{password}@{LOOPBACK}:{port}/{DATABASE}")
        settings = {**SETTINGS, **(THROWAWAY_SETTINGS if self.throwaway else {}), "port": str(port)}
        return Service(
            name="postgresql",
            command=[str(self.place.programs / "postgres"), "-D", str(self.place.data), *_flags(settings)],
            log=self.folder / "log" / "postgresql.log",
            account=self.place.account,
            # The fast shutdown: sessions are ended, everything is written. Throw-away data need not be written.
            stop_signal=SIGQUIT if self.throwaway else SIGINT,
            orphan_signal=SIGQUIT if self.throwaway else SIGINT,
            grace=30.0,
            stage=0,
        )

    def answers(self) -> bool:
        try:
            psycopg2.connect(self.url, connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _initialise(self) -> None:
        self.place.empty()
        initdb = [str(self.place.programs / "initdb"), "-D", str(self.place.data), "--username=postgres", *LOCALE]
        self._run([*initdb, "--auth-local=reject", "--auth-host=scram-sha-256", *(["--no-sync"] * self.throwaway)])
        (self.place.data / "pg_hba.conf").write_text(f"host all {ROLE} {LOOPBACK}/32 scram-sha-256\n")
        self._as_superuser(
            # In template1, so that databases made later, such as those of the tests, have them too.
            "create extension if not exists btree_gist",
            "create extension if not exists pg_trgm",
            f"create role {ROLE} login createdb",
            f"create database {DATABASE} owner {ROLE}",
        )
        self.place.set_up_done()

    def _new_password(self) -> str:
        password = secrets.token_urlsafe(24)
        self._as_superuser(f"alter role {ROLE} password '{password}'")
        return password

    def _as_superuser(self, *statements: str) -> None:
        """Run statements with the server stopped. Single-user mode goes on after an error, so errors are looked for."""
        flags = _flags({"password_encryption": "scram-sha-256", **(THROWAWAY_SETTINGS if self.throwaway else {})})
        postgres = [str(self.place.programs / "postgres"), "--single", "-D", str(self.place.data), *flags, "template1"]
        said = self._run(postgres, "\n".join(statements) + "\n")
        errors = [line for line in said.splitlines() if "ERROR:" in line or "FATAL:" in line]
        if errors:
            raise CannotStart(f"PostgreSQL could not be set up: {errors[0]}")

    def _run(self, command: list[str], text: str = "") -> str:
        arguments = self.place.account.arguments() if self.place.account else {}
        done = subprocess.run(  # noqa: S603
            command,
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            check=False,
            process_group=0,  # Ctrl-C in the terminal is for the supervisor, which lets this finish
            **arguments,
        )
        if done.returncode:
            lines = [line for line in done.stdout.splitlines() if line.strip()]
            reasons = [line for line in lines if "error:" in line.lower() or "FATAL:" in line] or lines[-1:]
            raise CannotStart(f"PostgreSQL could not be set up in {self.place.data}: {' '.join(reasons[:1])}")
        return done.stdout


def _flags(settings: dict[str, str]) -> list[str]:
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
