"""Tags follow facts: what a change of a file, a certificate or the passing of a day does to them."""

from collections.abc import Collection
from datetime import datetime

from profiles.services import facts


def follow(enterprises: Collection[int] | None, *, now: datetime) -> None:
    """Derive facts and tags of these enterprises anew (None: of all), in the transaction that changed their files."""
    facts.refresh(enterprises, now=now)
