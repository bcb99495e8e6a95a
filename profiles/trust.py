"""Whose word counts when two sources differ. Pure rule: no database, no clock.

A public register is trusted before a document, a document before what was seen at a visit, that before a table somebody
imported, and that before what the enterprise says of itself. A source that is trusted as much or more takes the place of what
counted; one that is trusted less is kept beside it, and people are shown that they differ.
"""

from profiles.enums import ValueSource

_RANK = {
    ValueSource.REGISTRY: 5,
    ValueSource.DOCUMENT: 4,
    ValueSource.VISIT: 3,
    ValueSource.IMPORT: 2,
    ValueSource.ENTERPRISE: 1,
}


def takes_the_place(new: str, old: str) -> bool:
    """Whether a value from the source `new` counts from now on, where one from `old` did."""
    return _RANK[ValueSource(new)] >= _RANK[ValueSource(old)]
