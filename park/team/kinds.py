"""The kinds of work that people are given. Each app registers its own in a module `work_kinds`."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from park.accounts.models import User
from park.team.models import Specialist


class CannotMove(Exception):
    """A piece of work cannot change hands (any more), or not to this person; nothing was written."""


@dataclass(frozen=True)
class Request:
    """What is to be given to somebody who is there on the day `on`: to one of the department who has one of the `skills`
    (any, where there are none), and a certificate where it is for a key enterprise (`is_key`). Without a department it is
    for everybody of the park. `looks_after` is whoever looks after the enterprise, `clock` the number of its clock."""

    kind: str
    number: int
    department: int | None
    on: date
    skills: tuple[int, ...] = ()
    is_key: bool = False
    looks_after: int | None = None
    clock: int | None = None


@dataclass(frozen=True)
class Held:
    """A piece of open work and who has it, as the app that owns it knows."""

    number: int
    specialist: int
    clock: int | None
    given_at: datetime


@dataclass(frozen=True)
class Piece:
    """A piece of work for people to read. `is_begun`: whoever has it has started, so it is not moved only to even out."""

    number: int
    title_zh: str
    title_en: str
    path: str
    due_on: date | None
    is_begun: bool
    request: Request


@dataclass(frozen=True)
class Kind:
    """`held()` is all open work of the kind that is somebody's; `pieces(numbers, now)` describes what is still open of
    these; `hand_over(number, to=, note=, by=, now=)` puts one into other hands by the app's own door and raises CannotMove.
    """

    code: str
    label: Any
    held: Callable[[], Iterable[Held]]
    pieces: Callable[[Collection[int], datetime], Mapping[int, Piece]]
    hand_over: Callable[..., None]


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    _kinds[kind.code] = kind


def known(code: str) -> Kind:
    return _kinds[code]


def all_kinds() -> list[Kind]:
    return list(_kinds.values())


def hand_over(code: str, number: int, *, to: Specialist, note: str, by: User, now: datetime) -> None:
    """Put a piece of work into other hands. Raises CannotMove."""
    known(code).hand_over(number, to=to, note=note, by=by, now=now)
