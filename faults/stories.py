"""The story of each clock, put together from its events, the history, its ladders and the changes of the calendar."""

from dataclasses import replace
from datetime import datetime, timedelta

from faults.evidence import LOOKED, Evidence, Row, instant
from faults.model import Story, Stretch

# A seed is written down once the database has answered, which takes as long as it is held up.
ANSWER_WITHIN = timedelta(seconds=20)
# What ends a stretch in which a clock runs, what begins one, and what moves the date of a clock that may run or stand.
ENDS = {"clock.paused", "clock.met", "clock.breached_then_met", "clock.cancelled"}
BEGINS = {"clock.resumed", "clock.reopened"}
REDATES = {"extension.granted", "clock.redated"}
BEFORE = {"clock.resumed": "before", "extension.granted": "before_at", "clock.redated": "before_at"}
# By which acts of the workload an event can have come about.
ACTS_OF = {
    "clock.paused": ("pause",),
    "clock.met": ("stop",),
    "clock.breached_then_met": ("stop",),
    "clock.cancelled": ("cancel",),
    "clock.resumed": ("resume",),
    "clock.reopened": ("reopen",),
    "extension.asked": ("ask",),
    "extension.granted": ("grant",),
    "extension.refused": ("refuse",),
    "clock.redated": (),
}


def story_of(seen: Evidence, clock: Row) -> Story:
    """The stretches in which a clock ran, from its events in the order in which they were written, its row being held.

    Its first ladder was written down when it was begun, its last stands in its row; one between them was given in the answer to
    the act that made it, or seen when it was drawn.
    """
    pk, revision = clock["id"], 1
    stretches = [Stretch(1, None)]
    ladders, places = [seen.seeded.get(pk) or _drawn(seen, pk, revision)], [0]
    stretch: Stretch | None = stretches[0]
    for move in seen.moves[pk]:
        kind, data = move["kind"], move["data"]
        ends, runs_on, redates = kind in ENDS, kind in BEGINS, kind in REDATES
        if not (ends or runs_on or redates):
            continue
        is_moved = not ends and kind != "clock.reopened" and instant(data[BEFORE[kind]]) != instant(data["due_at"])
        if redates and not is_moved:
            continue
        if stretch is not None and (ends or redates):
            stretch.ended_at, stretch.ended_by = move["at"], seen.committed_by(move, *ACTS_OF[kind], clock=pk)
            stretch.owes = kind != "clock.redated"
        revision += is_moved
        if is_moved or kind == "clock.reopened":
            answer = seen.answer_to(move, *ACTS_OF[kind], clock=pk)
            is_known = answer is not None and answer.record.get("revision") == revision
            given = [instant(at) for at in answer.record["ladder"]] if answer and is_known else None
            ladders.append(given or (_drawn(seen, pk, revision) if is_moved else None))
        runs = runs_on or (redates and stretch is not None)
        stretch = Stretch(revision, None, began_at=move["at"]) if runs else None
        if stretch is not None:
            stretches.append(stretch)
            places.append(len(ladders) - 1)
    known = ladders[-1]
    ladders[-1] = known or clock["ladder_at"]
    for one, place in zip(stretches, places, strict=True):
        one.ladder = ladders[place]
    if known is not None and known != clock["ladder_at"] and not _is_in_a_change(seen, pk, stretches):
        seen.verdict.blame([seen.named((pk,))], "a ladder that changed without a new date")
    parts = [_parts(seen, pk, one, stretches[place + 1 :]) for place, one in enumerate(stretches)]
    return Story(pk, [part for stretch_parts in parts for part in stretch_parts])


def _drawn(seen: Evidence, clock: int, revision: int) -> list[datetime | None] | None:
    """The ladder with which a date began."""
    return next((drawn["ladder"] for drawn in seen.drawn[clock, revision]), None)


def _is_in_a_change(seen: Evidence, clock: int, stretches: list[Stretch]) -> bool:
    return any(_changes_within(seen, clock, stretch) for stretch in stretches)


def _changes_within(seen: Evidence, clock: int, stretch: Stretch) -> list[Row]:
    """The changes of the calendar that may have drawn the ladder of a stretch anew and left its date."""
    began_at = stretch.began_at or _begun(seen, clock)
    return [
        change
        for change in seen.changes
        if began_at < (change["finished_at"] or seen.now)
        and (stretch.ended_by is None or change["made_at"] < stretch.ended_by)
        and (clock, change["id"]) not in seen.moved_by
    ]


def _begun(seen: Evidence, clock: int) -> datetime:
    """The earliest at which a clock can have been there; those of the campaign carry a start of days ago."""
    written_at = seen.seeded_at.get(clock)
    return written_at - ANSWER_WITHIN if written_at else seen.clocks[clock]["started_at"]


def _parts(seen: Evidence, clock: int, stretch: Stretch, later: list[Stretch]) -> list[Stretch]:
    """A stretch, cut where a change of the calendar has drawn its ladder anew and left its date."""
    if stretch.ladder is None:
        return [stretch]
    # One that was reopened begins with what the act before it, or the calendar, had left.
    ends = [at for at in (stretch.ended_by, *(one.began_at for one in later if one.revision == stretch.revision)) if at]
    parts = [stretch]
    for drawn in seen.drawn[clock, stretch.revision]:
        if ends and drawn["at"] > min(ends):
            break
        if drawn["ladder"] == parts[-1].ladder:
            continue
        if stretch.began_at is not None and drawn["at"] < stretch.began_at:
            parts = [replace(stretch, ladder=drawn["ladder"])]
            continue
        before = replace(parts[-1], ended_at=drawn["at"], ended_by=drawn["at"] + LOOKED, owes=False)
        parts[-1:] = [before, replace(stretch, ladder=drawn["ladder"], began_at=drawn["at"])]
    return parts
