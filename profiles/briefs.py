"""What whoever visits should know beforehand: sections of a brief, to which floors above add their own.

A floor above registers a function in a module `briefs` of its app:

    @register
    def open_cases(enterprise, user, now): ...
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from park.accounts.models import Enterprise, User


@dataclass(frozen=True)
class Line:
    """`note` stands behind the text, quietly; with `url` the text is a link; `signal` is the light of its clock."""

    text: str
    note: str = ""
    url: str = ""
    signal: str = ""


@dataclass(frozen=True)
class Section:
    """`title` and `empty` (what is said where there are no lines) are lazy texts or texts in the reader's language."""

    title: Any
    lines: Sequence[Line]
    empty: Any = ""
    icon: str = "dot"


# None where there is nothing to say of this enterprise
Source = Callable[[Enterprise, User, datetime], Section | None]
_sources: list[Source] = []


def register(source: Source) -> Source:
    if source not in _sources:
        _sources.append(source)
    return source


def further_sections(enterprise: Enterprise, user: User, now: datetime) -> list[Section]:
    """What floors above have to say of an enterprise, as far as this person may know it."""
    found = [source(enterprise, user, now) for source in _sources]
    return [section for section in found if section is not None]
