"""A web process at a steady pace: what it keeps for life is loaded before the first request, and left out of every search for
garbage, which would otherwise hold up a request for a tenth of a second now and then."""

import gc

from django.template.loader import get_template
from django.urls import get_resolver

FRAME = "base.html"
# After how many new objects garbage is searched for among the young ones: a page makes some thousands.
NEW_OBJECTS = 10_000


def settle() -> None:
    """To be called once, when the process has started."""
    get_resolver().resolve("/")  # loads every view
    get_template(FRAME)
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
