"""Where the portal keeps its data and finds its servers.

`DATABASE_URL` and `REDIS_URL` decide; where they are unset, the addresses of the servers that `manage.py portal` starts
inside the project are read from the folder of the data. Read by the settings, so nothing of Django is imported here.
"""

import os
import secrets
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent.parent


def var_dir() -> Path:
    """The folder of everything the portal writes: `VAR_DIR`, else `var/` in the project."""
    return Path(os.environ.get("VAR_DIR") or BASE_DIR / "var").absolute()


def make_folder(folder: Path, *, walk_through: bool = False) -> Path:
    """Make a folder of the portal's own, closed to others; one that exists keeps its mode.

    With `walk_through`, root's folder may be passed, not listed: the database server, another user, lives below it.
    """
    if not folder.is_dir():
        folder.mkdir(parents=True)
        folder.chmod(0o711 if walk_through and os.geteuid() == 0 else 0o700)
    return folder


def database_url() -> str:
    return os.environ.get("DATABASE_URL") or stored("database_url", "postgres://portal@127.0.0.1:5432/portal")


def redis_url() -> str:
    return os.environ.get("REDIS_URL") or stored("redis_url", "redis://127.0.0.1:6379/0")


def secret_key() -> str:
    """The signing key: `SECRET_KEY`, else one made on first use and kept, readable by the owner alone.

    Ends the program with one line when it can neither be read nor be written: this runs inside the settings, where no
    command can catch anything yet.
    """
    if given := os.environ.get("SECRET_KEY"):
        return given
    path = var_dir() / "secret_key"
    try:
        make_folder(path.parent, walk_through=True)
        if not path.is_file():
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                return path.read_text().strip()
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(50))
        return path.read_text().strip()
    except OSError as error:
        raise SystemExit(f"Cannot use {path}: {error.strerror}. VAR_DIR names the folder of the data.") from error


def stored(name: str, fallback: str = "") -> str:
    """What was kept under this name in the folder of the data."""
    path = var_dir() / name
    return path.read_text().strip() if path.is_file() else fallback


def keep_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
