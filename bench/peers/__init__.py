"""What the portal is compared with and does not need, in an environment of its own.

Never in the portal's: a package that brings psycopg 3 would change which driver Django works with.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from park.runtime.addresses import BASE_DIR, make_folder

LIST = BASE_DIR / "bench" / "requirements.txt"
HERE = Path(__file__).resolve().parent


def _python() -> Path:
    """The Python of the peers' environment, which is made or brought up to date where needed."""
    folder = BASE_DIR / "var" / "bench-venv"
    python, stamp = folder / "bin" / "python", folder / "list"
    if not (stamp.is_file() and stamp.read_text() == LIST.read_text()):
        make_folder(folder.parent, walk_through=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        install = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "-r", LIST]
        subprocess.run(install, check=True)
        stamp.write_text(LIST.read_text())
    return python


def ask(peer: str, given: Any, *, is_our_own: bool = False) -> Any:
    """Run one program of this folder in the peers' environment; JSON goes in and comes out.

    A program that needs nothing but what the portal has (`is_our_own`) runs in the portal's.
    """
    command = [sys.executable if is_our_own else _python(), HERE / f"{peer}.py"]
    done = subprocess.run(command, input=json.dumps(given), stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)
