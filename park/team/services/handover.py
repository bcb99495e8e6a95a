"""Work changes hands as a head or a manager has decided, all in one act."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from park.accounts.models import User
from park.events import services as events
from park.team import kinds
from park.team.models import Department, Specialist


class Overtaken(Exception):
    """Some of the work cannot change hands as proposed any more; nothing was written. `moves` are those."""

    def __init__(self, moves: Collection["Move"]) -> None:
        super().__init__(moves)
        self.moves = moves


@dataclass(frozen=True, order=True)
class Move:
    """One piece of work, and to whom."""

    kind: str
    number: int
    to: int


@transaction.atomic
def hand_over_many(moves: Collection[Move], *, department: Department, note: str, by: User, now: datetime) -> int:
    """Hand over each piece by the door of the app that owns it; how many. All or nothing: raises Overtaken.

    In the order of kinds and numbers, so that two who do this at once do not wait for each other in a circle.
    """
    people = {
        one.pk: one for one in Specialist.objects.filter(pk__in={move.to for move in moves}).select_related("user")
    }
    stuck = []
    for move in sorted(moves):
        try:
            if move.to not in people:
                raise kinds.CannotMove(move)
            with transaction.atomic():
                kinds.hand_over(move.kind, move.number, to=people[move.to], note=note, by=by, now=now)
        except kinds.CannotMove:
            stuck.append(move)
    if stuck:
        raise Overtaken(stuck)
    events.record("team.handed_over", subject=department, by=by, at=now, internal=True, count=len(moves), note=note)
    return len(moves)
