"""What would change hands: in an absence, or so that loads are nearer to even. Proposals only; nothing moves here."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from park.accounts.bilingual import reads_chinese
from park.team import balance, kinds, reasons
from park.team.assignment import Choice, choose
from park.team.kinds import Piece, Request
from park.team.models import OpenWork, Specialist
from park.team.rules import rules
from park.team.selectors.candidates import Pool

# What an ordinary piece of work weighs, in the unit of park.team.rules.
ORDINARY = 100


@dataclass(frozen=True)
class Proposal:
    """A piece of work and who could have it instead. `to` None: nobody is suitable, and `why` says what everybody lacks."""

    kind: str
    label: str
    piece: Piece
    giver: Specialist
    to: Specialist | None
    why: str

    @property
    def title(self) -> str:
        return self.piece.title_zh if reads_chinese() else self.piece.title_en

    @property
    def key(self) -> str:
        """As a form sends it back: what, and to whom."""
        return f"{self.kind}:{self.piece.number}:{self.to.pk if self.to else ''}"


def due_in_absence(specialist: Specialist, first_on: date, last_on: date, today: date, now: datetime) -> list[Proposal]:
    """What the person has in hand that falls due by the end of the absence, the most pressing first, each with who could
    have it: somebody who is there until it is due; their substitute first; loads grow with what is proposed.
    """
    if last_on < today:
        return []
    first = max(first_on, today)
    due = [(kind, piece) for kind, piece in _pieces([specialist.pk], now) if piece.due_on and piece.due_on <= last_on]
    due.sort(key=lambda row: (row[1].due_on, row[0].code, row[1].number))
    if not due:
        return []
    pool = _pool([piece.request for _kind, piece in due], first, now)
    found = []
    for kind, piece in due:
        request = replace(piece.request, on=max(first, piece.request.on), looks_after=specialist.pk)
        until = max(piece.due_on or first, request.on)
        looked_at = [c for c in pool.candidates(request, until) if c.pk != specialist.pk]
        choice = choose(looked_at, rules().order)
        to = pool.person(choice.pk) if choice.pk is not None else None
        if to is not None:
            pool.add_load(to.pk, ORDINARY * rules().kinds.get(kind.code, 100))
        found.append(Proposal(kind.code, str(kind.label), piece, specialist, to, _why(choice)))
    return found


def evening_out(department: int, today: date, now: datetime) -> list[Proposal]:
    """Moves that bring the loads of a department nearer to even: work that nobody has begun, to people who are qualified and
    there, the most telling move first."""
    people = Pool([department], today, now)
    pieces = {
        (kind.code, piece.number): (kind, piece) for kind, piece in _pieces(people.pks, now) if not piece.is_begun
    }
    holders = _holders(pieces)
    loads = {pk: people.load(pk).weight for pk in people.pks}
    work = [
        balance.Movable(
            key=key,
            holder=holders[key],
            weight=ORDINARY * rules().kinds.get(key[0], 100),
            takers=frozenset(
                c.pk
                for c in people.candidates(replace(piece.request, department=piece.request.department or department))
                if not c.lacks and not c.is_head
            ),
        )
        for key, (_kind, piece) in pieces.items()
    ]
    moves = balance.even_out(loads, work)
    return [
        Proposal(
            kind=move.key[0],
            label=str(pieces[move.key][0].label),
            piece=pieces[move.key][1],
            giver=people.person(move.giver),
            to=people.person(move.taker),
            why=reasons.evens_out(move.giver_load, move.taker_load),
        )
        for move in moves
    ]


def _pieces(people: Collection[int], now: datetime) -> list[tuple[kinds.Kind, Piece]]:
    by_kind: dict[str, list[int]] = {}
    for kind, number in OpenWork.objects.filter(specialist__in=people).values_list("kind", "number").order_by("pk"):
        by_kind.setdefault(kind, []).append(number)
    known = {kind.code: kind for kind in kinds.all_kinds()}
    return [
        (known[code], piece)
        for code, numbers in by_kind.items()
        if code in known
        for piece in known[code].pieces(numbers, now).values()
    ]


def _holders(keys: Collection[tuple[str, int]]) -> Mapping[tuple[str, int], int]:
    rows = OpenWork.objects.filter(number__in=[number for _kind, number in keys])
    return {(kind, number): pk for kind, number, pk in rows.values_list("kind", "number", "specialist")}


def _pool(requests: Collection[Request], first: date, now: datetime) -> Pool:
    departments = [request.department for request in requests]
    everybody = any(department is None for department in departments)
    return Pool(None if everybody else [d for d in departments if d is not None], first, now)


def _why(choice: Choice) -> str:
    if choice.pk is None:
        return reasons.nobody(reasons.lacking([one.plain() for one in choice.looked]))
    return reasons.proposed(choice)
