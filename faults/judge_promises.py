"""Judges the dates: answered acts, time that was granted or taken back, and what a change of the calendar moved."""

from collections import Counter, defaultdict
from datetime import datetime

from faults.days import Days, local_day
from faults.evidence import Evidence, Row, instant
from faults.model import BREACH
from faults.stories import ACTS_OF, BEFORE, BEGINS, ENDS

EXTENSION_EVENTS = {"asked": "extension.asked", "granted": "extension.granted", "refused": "extension.refused"}
REOPEN_WITHIN = 5
MOVED_AT_LEAST = 2


def judge(seen: Evidence) -> None:
    _acts(seen)
    _extensions(seen)
    _changes_of_the_calendar(seen)
    _warnings_of_old_dates(seen)


def _acts(seen: Evidence) -> None:
    """Every act on a clock that was answered has left its event; and what was taken back was so within five working days."""
    happened = defaultdict(list)
    for clock, moves in seen.moves.items():
        for move in moves:
            for act in ACTS_OF.get(move["kind"], ()):
                happened[clock, act].append(move["at"])
    answered = [
        (clock, act, answer)
        for (clock, act), answers in seen.acts.items()
        for answer in answers
        if clock and answer.record["type"] == "ok"
    ]
    lost = [
        seen.named((clock, act))
        for clock, act, answer in answered
        if not any(answer.begun <= at <= answer.ended for at in happened[clock, act])
    ]
    seen.verdict.count("lost", lost, "answered acts that left no event")
    seen.verdict.figures["acts on clocks answered"] = len(answered)
    late = [
        seen.named((clock,))
        for clock, moves in seen.moves.items()
        for move in moves
        if move["kind"] == "clock.reopened"
        and min(days.working_days(_stopped(move), move["at"]) for days in seen.calendars) > REOPEN_WITHIN
    ]
    seen.verdict.blame(late, "clocks reopened too late")


def _stopped(move: Row) -> datetime:
    return datetime.fromisoformat(move["data"]["stopped_at"])


def _extensions(seen: Evidence) -> None:
    """More time was granted once, by another than who asked; the promise stays beside the date that was extended."""
    verdict = seen.verdict
    granted: dict[int, list[Row]] = defaultdict(list)
    for row in seen.extensions:
        if row["state"] == "granted":
            granted[row["clock_id"]].append(row)
    verdict.count("double", [seen.named((pk,)) for pk, rows in granted.items() if len(rows) > 1], "extended twice")
    verdict.blame(
        (seen.named((row["clock_id"],)) for row in seen.extensions if row["decided_by_id"] == row["asked_by_id"]),
        "extensions decided by whoever asked",
    )
    told = Counter(
        (move["kind"], int(move["data"]["extension"]))
        for moves in seen.moves.values()
        for move in moves
        if move["kind"].startswith("extension.")
    )
    due = Counter(("extension.asked", row["id"]) for row in seen.extensions)
    due += Counter((EXTENSION_EVENTS[row["state"]], row["id"]) for row in seen.extensions if row["state"] != "asked")
    verdict.count("double", [key for key, times in told.items() if times > 1], "events of an extension twice")
    verdict.blame(sorted(set(due) - set(told)), "extensions without their event")
    verdict.blame(sorted(set(told) - set(due)), "events without their extension")
    wrong, promises = [], []
    for clock in seen.clocks.values():
        by = sum(row["amount"] for row in granted[clock["id"]])
        promised, due_at = clock["promised_at"], clock["due_at"]
        if clock["extended_by"] != by or (promised is None) != (by == 0) or (promised and promised >= due_at):
            wrong.append(seen.named((clock["id"],)))
        elif by and not _is_counted(seen, clock):
            wrong.append(seen.named((clock["id"], promised, due_at)))
        first = seen.seeded.get(clock["id"]) or [None] * 4
        started = [move for move in seen.moves[clock["id"]] if move["kind"] == "clock.started"]
        first_due = first[BREACH] or (instant(started[0]["data"]["due_at"]) if started else None)
        if first_due not in {None, clock["first_due_at"]}:
            promises.append(seen.named((clock["id"],)))
    verdict.blame(wrong, "clocks whose date and extension disagree")
    verdict.blame(promises, "clocks whose first promise moved")
    verdict.figures["extensions"] = dict(Counter(row["state"] for row in seen.extensions))


def _is_counted(seen: Evidence, clock: Row) -> bool:
    """Between the promise and the extended date lie the working days that were granted, and those of pauses."""
    if clock["unit"] != "working_day":
        return True
    between = {days.working_days(clock["promised_at"], clock["due_at"]) for days in seen.calendars}
    return clock["extended_by"] in between or (clock["id"] in seen.paused and max(between) > clock["extended_by"])


def _changes_of_the_calendar(seen: Evidence) -> None:
    """Each change moved every clock that it had to, once and with an event; none to less than two working days from then."""
    verdict = seen.verdict
    asked = sum(answer.record["type"] == "ok" for answer in seen.acts[0, "calendar"])
    if len(seen.changes) < asked:
        verdict.count("lost", range(asked - len(seen.changes)), "answered changes of the calendar that are gone")
    verdict.blame((row["id"] for row in seen.changes if row["state"] != "done"), "changes not worked off at the end")
    times = Counter((move["clock_id"], move["change"]) for move in seen.redated)
    verdict.count("double", [key for key, often in times.items() if often > 1], "clocks dated anew twice by one change")
    last = {move["clock_id"]: move["change"] for move in seen.redated}
    untold = [pk for pk, clock in seen.clocks.items() if clock["redated_by"] != last.get(pk)]
    verdict.blame((seen.named((pk,)) for pk in untold), "clocks dated anew without their event, or the reverse")
    hasty, missing = [], []
    for change, before, after in zip(seen.changes, seen.calendars, seen.calendars[1:], strict=False):
        own = {move["clock_id"]: move for move in seen.redated if move["change"] == change["id"]}
        earlier = sum(move["due_at"] < move["before_at"] for move in own.values())
        if (change["earlier"], change["later"]) != (earlier, len(own) - earlier):
            verdict.wrong.append(f"change {change['id']} counts other clocks than it moved")
        hasty += [
            seen.named((pk,))
            for pk, move in own.items()
            if move["due_at"] < move["before_at"] and after.working_days(move["at"], move["due_at"]) < MOVED_AT_LEAST
        ]
        missing += [
            seen.named((clock["id"], "change", change["id"]))
            for clock in seen.clocks.values()
            if clock["id"] not in own and _has_to_move(seen, clock, change, before, after)
        ]
    verdict.blame(hasty, "clocks moved to less than two working days")
    verdict.count("missing", missing, "clocks that a change of the calendar had to move")
    verdict.figures |= {"changes of the calendar": len(seen.changes), "clocks dated anew": len(seen.redated)}


def _has_to_move(seen: Evidence, clock: Row, change: Row, before: Days, after: Days) -> bool:
    """Whether a clock that ran all the time, and was only ever moved by the calendar, ends later by the new one."""
    pk, begun = clock["id"], seen.seeded_at.get(clock["id"])
    others = {move["kind"] for move in seen.moves[pk]} & (ENDS | BEGINS | {"extension.granted"})
    if begun is None or begun >= change["made_at"] or clock["state"] != "running" or others:
        return False
    if clock["unit"] != "working_day":
        return False
    ends = after.closing(clock["started_at"], clock["amount"])
    moved = [move["due_at"] for move in seen.redated if move["clock_id"] == pk and move["change"] < change["id"]]
    due_at = moved[-1] if moved else clock["first_due_at"]
    return before.closing(clock["started_at"], clock["amount"]) != ends and ends > local_day(due_at)


def _warnings_of_old_dates(seen: Evidence) -> None:
    """Where a date was put off, what was said of the one before does not stand any more."""
    put_off: dict[int, int] = {}
    for clock, moves in seen.moves.items():
        revision = 1
        for move in moves:
            if (name := BEFORE.get(move["kind"])) and move["data"][name]:
                before, after = instant(move["data"][name]), instant(move["data"]["due_at"])
                revision += before != after
                if before and after and after > before:
                    put_off[clock] = revision
    still = [
        seen.named((rung["clock_id"], rung["revision"], rung["code"]))
        for rung in seen.rungs
        if rung["code"].startswith("W")
        and rung["withdrawn_at"] is None
        and rung["revision"] < put_off.get(rung["clock_id"], 0)
    ]
    seen.verdict.blame(still, "warnings of a date that was put off and still stand")
