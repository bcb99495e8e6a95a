"""Judges the deadlines: every rung once, none early, none missing, none that cannot be, and none too late."""

import statistics
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime

from faults.days import Days, local_day
from faults.evidence import Evidence, Row, instant, true_now
from faults.model import BREACH, CODES, Story, Stretch

BINS = (0.5, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)
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
EXTENSION_EVENTS = {"asked": "extension.asked", "granted": "extension.granted", "refused": "extension.refused"}
# A worker that was killed: the supervisor waits for ten seconds at most, then it starts, twice if it is killed again; on a
# machine that is busy, as many times as long as the first start took.
RESTART_SECONDS = 25.0
REOPEN_WITHIN = 5
MOVED_AT_LEAST = 2
STARTS = 3


def judge(seen: Evidence) -> None:
    stories = {clock["id"]: _story(seen, clock) for clock in seen.clocks.values()}
    _rungs(seen, stories)
    _states(seen)
    _skips_and_events(seen)
    _acts(seen)
    _extensions(seen)
    _changes_of_the_calendar(seen)
    _warnings_of_old_dates(seen)
    _lateness(seen)


def _story(seen: Evidence, clock: Row) -> Story:
    """The stretches in which a clock ran, from its events in the order in which they were written, its row being held.

    Its first ladder was written down when it was begun, its last stands in its row; one between them is known where the act
    that made it was answered.
    """
    pk, revision = clock["id"], 1
    stretches = [Stretch(1, None)]
    ladders, places = [seen.seeded.get(pk)], [0]
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
            ladders.append([instant(at) for at in answer.record["ladder"]] if answer and is_known else None)
        runs = runs_on or (redates and stretch is not None)
        stretch = Stretch(revision, None, began_at=move["at"]) if runs else None
        if stretch is not None:
            stretches.append(stretch)
            places.append(len(ladders) - 1)
    known, last = ladders[-1], len(ladders) - 1
    ladders[-1] = known or clock["ladder_at"]
    for one, place in zip(stretches, places, strict=True):
        one.ladder = ladders[place]
    if known is not None and known != clock["ladder_at"] and not _is_in_a_change(seen, pk, stretches):
        seen.verdict.blame([seen.named((pk,))], "a ladder that changed without a new date")
    return Story(
        pk,
        [
            part
            for one, place in zip(stretches, places, strict=True)
            for part in _parts(seen, clock, one, is_last=place == last)
        ],
    )


def _is_in_a_change(seen: Evidence, clock: int, stretches: list[Stretch]) -> bool:
    return any(_changes_within(seen, clock, stretch) for stretch in stretches)


def _changes_within(seen: Evidence, clock: int, stretch: Stretch) -> list[Row]:
    """The changes of the calendar that may have drawn the ladder of a stretch anew and left its date."""
    return [
        change
        for change in seen.changes
        if (stretch.began_at is None or stretch.began_at < (change["finished_at"] or seen.now))
        and (stretch.ended_by is None or change["made_at"] < stretch.ended_by)
        and (clock, change["id"]) not in seen.moved_by
    ]


def _parts(seen: Evidence, clock: Row, stretch: Stretch, *, is_last: bool) -> list[Stretch]:
    """A stretch, or its two parts where a change of the calendar has drawn the ladder anew: nobody keeps when exactly."""
    changes = _changes_within(seen, clock["id"], stretch)
    if not changes or stretch.ladder == clock["ladder_at"]:
        return [stretch]
    if not is_last:
        return [replace(stretch, ladder=None)]
    by = changes[-1]["finished_at"] or seen.now
    before = replace(stretch, ended_at=changes[0]["made_at"], ended_by=min(by, stretch.ended_by or by), owes=False)
    return [before, replace(stretch, ladder=clock["ladder_at"], began_at=changes[0]["made_at"])]


def _rungs(seen: Evidence, stories: dict[int, Story]) -> None:
    verdict = seen.verdict
    held = Counter((rung["clock_id"], rung["revision"], rung["code"]) for rung in seen.rungs)
    verdict.count("double", [seen.named(key) for key, times in held.items() if times > 1], "rungs twice")
    found: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for clock, revision, code in held:
        found[clock].add((revision, code))
    verdict.count("lost", sorted(set(seen.seeded) - set(seen.clocks)), "clocks that were committed and are gone")
    missing: list[str] = []
    unexpected: list[str] = []
    instants: dict[tuple[int, int, str], set[datetime]] = {}
    unknown = 0
    for pk, story in stories.items():
        missing += [seen.named((pk, *key)) for key in story.must(seen.horizon) - found[pk]]
        known = {key for key in found[pk] if key[0] not in story.unknown}
        unknown += len(found[pk]) - len(known)
        unexpected += [seen.named((pk, *key)) for key in known - story.may(seen.now)]
        instants |= {(pk, *key): at for key, at in story.instants().items() if key[0] not in story.unknown}
    verdict.count("missing", missing, "rungs that had to fire")
    verdict.blame(unexpected, "rungs that cannot be")
    early: list[str] = []
    wrong_instant: list[str] = []
    too_old: list[str] = []
    for rung in seen.rungs:
        key = (rung["clock_id"], rung["revision"], rung["code"])
        fired_at, planned = rung["fired_at"], rung["scheduled_for"]
        if fired_at < planned or planned > true_now():
            early.append(seen.named(key))
        elif key in instants and planned not in instants[key]:
            (early if fired_at < min(instants[key]) else wrong_instant).append(seen.named(key))
        if rung["clock_id"] in stories and not stories[rung["clock_id"]].held(rung["revision"], fired_at):
            too_old.append(seen.named(key))
    verdict.count("early", early, "rungs before their instant")
    verdict.count("early", too_old, "rungs of a date that did not hold when they fired")
    watched = [record for record in seen.records if record["type"] == "observed" and record.get("early")]
    verdict.count("early", [f"{record['early']} at {record['t']}" for record in watched], "seen before their instant")
    verdict.blame(wrong_instant, "rungs with another instant than the ladder's")
    verdict.figures |= {"clocks": len(seen.clocks), "rungs": len(seen.rungs), "unjudged rungs": unknown}


def _states(seen: Evidence) -> None:
    """Whether a clock was kept agrees with its rungs."""
    ever: dict[int, set[int]] = defaultdict(set)
    for rung in seen.rungs:
        if rung["code"] == "B0":
            ever[rung["clock_id"]].add(rung["revision"])
    seen.verdict.blame(
        (
            seen.named((c["id"], c["state"]))
            for c in seen.clocks.values()
            if (c["state"] == "met" and (c["id"] in ever or c["stopped_at"] > c["due_at"]))
            or (c["state"] == "breached_then_met" and c["id"] not in ever)
            or (c["is_breached"] != (c["id"] in ever) and c["state"] != "cancelled")
        ),
        "clocks whose state and rungs disagree",
    )
    ties = sum(
        c["state"] == "breached_then_met" and c["stopped_at"] <= c["due_at"] and ever[c["id"]] == {c["revision"]}
        for c in seen.clocks.values()
        if c["id"] in ever
    )
    seen.verdict.figures |= {
        "revised": sum(clock["revision"] > 1 for clock in seen.clocks.values()),
        "stamped in time but committed after the breach": ties,
    }


def _skips_and_events(seen: Evidence) -> None:
    verdict, batches = seen.verdict, defaultdict(list)
    put_aside = _put_aside(seen)
    for rung in seen.rungs:
        if rung["id"] in put_aside:
            continue
        batches[rung["clock_id"], rung["revision"], rung["fired_at"]].append(rung)
    verdict.blame(
        (
            seen.named(key[:2])
            for key, batch in batches.items()
            if [r["code"] for r in batch if not r["is_skipped"]] != [max((r["code"] for r in batch), key=CODES.index)]
        ),
        "clocks where another rung than the highest of its sweep speaks",
    )
    told = Counter(
        (int(event["subject_id"]), event["data"]["revision"], event["data"]["rung"])
        for event in seen.events
        if event["kind"] in {"clock.warned", "clock.breached", "clock.escalated"}
    )
    spoken = {
        (rung["clock_id"], rung["revision"], rung["code"])
        for rung in seen.rungs
        if (not rung["is_skipped"] or rung["code"] == "B0") and rung["id"] not in put_aside
    }
    verdict.count("double", [seen.named(key) for key, times in told.items() if times > 1], "events twice")
    verdict.blame((seen.named(key) for key in spoken - set(told)), "rungs without their event")
    verdict.blame((seen.named(key) for key in set(told) - spoken), "events without their rung")


def _put_aside(seen: Evidence) -> set[int]:
    """Rungs that a change of the calendar has recorded as told, so that nobody is told twice for one reason."""
    told = {(rung["clock_id"], rung["code"]): rung["revision"] for rung in reversed(seen.rungs)}
    found, groundless = set(), []
    for rung in seen.rungs:
        if rung["is_skipped"] and (rung["clock_id"], rung["revision"], rung["fired_at"]) in seen.moments_of_redating:
            found.add(rung["id"])
            if told[rung["clock_id"], rung["code"]] >= rung["revision"]:
                groundless.append(seen.named((rung["clock_id"], rung["revision"], rung["code"])))
    seen.verdict.blame(groundless, "rungs put aside by a change of the calendar of which nobody had been told")
    return found


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
    rows = Counter((row["clock_id"], row["change_id"]) for row in seen.redated)
    events = Counter(
        (clock, move["data"]["change"])
        for clock, moves in seen.moves.items()
        for move in moves
        if move["kind"] == "clock.redated"
    )
    both = [key for counter in (rows, events) for key, times in counter.items() if times > 1]
    verdict.count("double", both, "clocks dated anew twice by one change")
    verdict.blame(sorted(set(rows) ^ set(events)), "clocks dated anew without their event, or the reverse")
    hasty, missing = [], []
    for change, before, after in zip(seen.changes, seen.calendars, seen.calendars[1:], strict=False):
        own = {row["clock_id"]: row for row in seen.redated if row["change_id"] == change["id"]}
        earlier = sum(row["after"] < row["before"] for row in own.values())
        if (change["earlier"], change["later"]) != (earlier, len(own) - earlier):
            verdict.wrong.append(f"change {change['id']} counts other clocks than it moved")
        hasty += [
            seen.named((pk,))
            for pk, row in own.items()
            if row["after"] < row["before"] and after.working_days(row["at"], row["after"]) < MOVED_AT_LEAST
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
    moved = [row["after"] for row in seen.redated if row["clock_id"] == pk and row["change_id"] < change["id"]]
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


def _first_ladder(seen: Evidence, rung: Row) -> list[datetime | None]:
    """The ladder with which a clock began. One that the calendar drew anew may hold warnings that have passed already."""
    pk = rung["clock_id"]
    return seen.seeded[pk] if pk in seen.seeded else seen.clocks[pk]["ladder_at"] if pk in seen.clocks else []


def tolerance(seen: Evidence) -> tuple[float, float]:
    """How late anything may be: three sweeps, the longest outage and a restart; and that outage. Seconds."""
    outages = [record["seconds"] for record in seen.records if record["type"] == "outage"]
    longest = max(outages, default=0.0)
    started = max((record["seconds"] for record in seen.records if record["type"] == "started"), default=0.0)
    return 3 * seen.sweep_seconds + longest + max(RESTART_SECONDS, STARTS * started), longest


def _lateness(seen: Evidence) -> None:
    """How late undisturbed clocks were; the bound is three sweeps, the longest outage and a restart."""
    stood = {clock for clock, moves in seen.moves.items() if any(m["kind"] in BEGINS | REDATES for m in moves)}
    # Clocks with a label were overdue from the start, for the crash points.
    crashed = {clock for clock, label in seen.labels.items() if label}
    late = sorted(
        (rung["fired_at"] - rung["scheduled_for"]).total_seconds()
        for rung in seen.rungs
        if rung["clock_id"] not in stood | crashed and rung["scheduled_for"] in _first_ladder(seen, rung)
    )
    if not late:
        return
    bins, below = {}, 0
    for bound in BINS:
        upto = sum(value < bound for value in late)
        bins[f"< {bound:g} s"], below = upto - below, upto
    bound, longest = tolerance(seen)
    seen.verdict.figures["lateness"] = {
        "rungs": len(late),
        "median": round(statistics.median(late), 3),
        "p99": round(late[min(len(late) - 1, int(len(late) * 0.99))], 3),
        "max": round(late[-1], 3),
        "longest outage of the database": round(longest, 3),
        "bound": round(bound, 3),
        "histogram": {name: times for name, times in bins.items() if times},
    }
    if late[-1] > bound:
        seen.verdict.wrong.append(f"a rung was {late[-1]:.1f} s late, more than {bound:.1f} s")
