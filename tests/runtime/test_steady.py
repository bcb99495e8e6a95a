"""A web process at a steady pace."""

import subprocess
import sys

from django.conf import settings

# in a process of its own: what is frozen stays so
LOADED = """
import gc, sys
import park.wsgi
views = sum(name.startswith("lifecycle.views.") for name in sys.modules)
print(gc.get_freeze_count() > 100_000, gc.get_count()[2] == 0, views > 10)
"""


def test_what_is_loaded_for_life_is_never_searched_for_garbage():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["True", "True", "True"], done.stderr
