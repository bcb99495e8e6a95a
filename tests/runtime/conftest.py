import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short-lived folder that every user may walk to, as a project's usually is; pytest's own are closed."""
    path = Path(tempfile.mkdtemp(prefix="park-runtime-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def environment(folder: Path) -> dict[str, str]:
    """The environment of somebody who configured nothing but the folder of the data."""
    dropped = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "PYTEST_", "DEMO", "PUBLIC_URL", "COV_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "VAR_DIR": str(folder / "var"), "PYTHONUNBUFFERED": "1"}
