"""Why somebody was chosen, and why not the others, in the reader's words. Worded from what a decision keeps."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from park.team import assignment
from park.team.enums import Ground
from park.team.models import AssignmentDecision


@dataclass(frozen=True)
class Line:
    """One person who was looked at, and what came of it."""

    name: str
    text: str
    is_chosen: bool


def why_not(verdict: str, load: int = 0) -> str:
    """What spoke against somebody."""
    match verdict:
        case assignment.NO_SKILL:
            return _("does not have the skill that this asks for")
        case assignment.NO_CERTIFICATE:
            return _("holds no certificate for key enterprises")
        case assignment.CERTIFICATE_EXPIRED:
            return _("the certificate for key enterprises is not in force")
        case assignment.AWAY:
            return _("is away")
        case "looks_after":
            return _("somebody else looks after this enterprise")
        case "not_head":
            return _("heads the department; colleagues come first")
        case "load":
            return _("has more in hand: it weighs %(weight)s") % {"weight": in_pieces(load)}
        case "waited":
            return _("as much in hand, but was given something more recently")
        case _:
            return _("equal in everything; the order of the list decided")


def why(decision: AssignmentDecision) -> str:
    """Why this person has it, in one sentence; where nobody has, what everybody lacked."""
    match decision.ground:
        case Ground.NOBODY:
            return nobody(lacking(decision.considered))
        case Ground.LOOKS_AFTER:
            return _("Looks after this enterprise, or stands in for whoever does.")
        case Ground.LEAST_LOAD:
            own: Mapping[str, Any] = next(
                (row for row in decision.considered if row["verdict"] == assignment.CHOSEN), {}
            )
            text = ngettext(
                "Of %(suitable)s suitable person, nobody has less in hand: it weighs %(weight)s.",
                "Of %(suitable)s suitable people, nobody has less in hand: it weighs %(weight)s.",
                decision.suitable,
            )
            return text % {"suitable": decision.suitable, "weight": in_pieces(own.get("load", 0))}
        case Ground.PLANNED:
            return _("Planned for the period, so that everybody has about as many.")
        case Ground.CLAIMED:
            return _("Took it in hand.")
        case Ground.KEPT:
            return _("Had it before.")
        case _:
            return _("Was handed it by a colleague.")


def proposed(choice: assignment.Choice) -> str:
    """Why this person is proposed."""
    if choice.decided_by == "":
        return _("the only one who is suitable and there")
    if choice.decided_by == "looks_after":
        return _("stands in for whoever is away")
    own = next(one for one in choice.looked if one.verdict == assignment.CHOSEN)
    return _("least in hand: it weighs %(weight)s") % {"weight": in_pieces(own.load)}


def evens_out(giver_load: int, taker_load: int) -> str:
    """Why a move is proposed; loads in ten-thousandths of a piece of work."""
    return _("load %(more)s → %(less)s") % {"more": in_pieces(giver_load), "less": in_pieces(taker_load)}


def in_pieces(weight: int) -> str:
    """A load in ordinary pieces of work, with one decimal: 15000 is 1.5."""
    return f"{weight / 10_000:.1f}"


def lines(decision: AssignmentDecision) -> list[Line]:
    """Everybody who was looked at, the chosen first."""
    found = [
        Line(
            name=row["name"],
            text=_("chosen") if row["verdict"] == assignment.CHOSEN else why_not(row["verdict"], row["load"]),
            is_chosen=row["verdict"] == assignment.CHOSEN,
        )
        for row in decision.considered
    ]
    return sorted(found, key=lambda line: not line.is_chosen)


def lacking(considered: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """How many people lack what."""
    return dict(Counter(row["lacks"] for row in considered if row["lacks"]))


def nobody(lacks: Mapping[str, int]) -> str:
    """Why nobody could be chosen: what the people of the department lack."""
    if not lacks:
        return _("Nobody of the department takes work at present.")
    parts = [f"{why_not(reason)} ({count})" for reason, count in lacks.items()]
    return _("Nobody is suitable: %(reasons)s.") % {"reasons": _("; ").join(parts)}


def in_both(lacks: Mapping[str, int]) -> dict[str, str]:
    """`nobody` in both languages, for notices."""
    words = {}
    for suffix, language in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(language):
            words[f"why_{suffix}"] = nobody(lacks)
    return words
