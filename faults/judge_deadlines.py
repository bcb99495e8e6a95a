"""Judges the deadlines: every rung once, none early, none missing, none that cannot be, and none too late."""

import statistics
from collections import Counter, defaultdict
from datetime import datetime, timedelta

from faults.evidence import UNANSWERED, Evidence, Row, instant, true_now
from faults.model import CODES, Story, Stretch

BINS = (0.5, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)
ENDS = {"clock.paused", "clock.met", "clock.breached_then_met", "clock.cancelled"}
# A worker that was killed: the supervisor waits for ten seconds at most, then it starts, twice if it is killed again; on a
# machine that is busy, as many times as long as the first start took.
RESTART_SECONDS = 25.0
STARTS = 3


def judge(seen: Evidence) -> None:
    _rungs(seen)
    _skips_and_events(seen)
    _lateness(seen)


def _story(seen: Evidence, clock: Row) -> Story:
    """The stretches in which a clock ran, from its events; ladders from the row and from the history."""
    story, revision = Story(clock["id"]), 1
    known: dict[int, list[datetime | None]] = {}
    if clock["id"] in seen.seeded:
        known[1] = seen.seeded[clock["id"]]
    known.setdefault(clock["revision"], clock["ladder_at"])
    first = Stretch(1, known.get(1))
    story.stretches.append(first)
    stretch: Stretch | None = first
    for move in sorted(seen.moves[clock["id"]], key=lambda move: (move["at"], move["id"])):
        if move["kind"] in ENDS and stretch is not None:
            stretch.ended_at, stretch.ended_by = move["at"], _committed_by(seen, clock["id"], move)
            stretch = None
        elif move["kind"] == "clock.resumed":
            if instant(move["data"]["before"]) != instant(move["data"]["due_at"]):
                revision += 1
            stretch = Stretch(revision, known.get(revision))
            story.stretches.append(stretch)
    return story


def _committed_by(seen: Evidence, clock: int, move: Row) -> datetime:
    """The latest instant at which the act behind an event can have committed, from the caller's own record of it."""
    for act in ("pause", "stop", "cancel"):
        for begun, ended in seen.answered[clock, act]:
            if begun - timedelta(seconds=1) <= move["at"] <= ended:
                return ended
    return move["at"] + UNANSWERED


def _rungs(seen: Evidence) -> None:
    verdict = seen.verdict
    held = Counter((rung["clock_id"], rung["revision"], rung["code"]) for rung in seen.rungs)
    verdict.count("double", [seen.named(key) for key, times in held.items() if times > 1], "rungs twice")
    found: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for clock, revision, code in held:
        found[clock].add((revision, code))
    verdict.count("lost", sorted(set(seen.seeded) - set(seen.clocks)), "clocks that were committed and are gone")
    missing: list[str] = []
    unexpected: list[str] = []
    wrong_instant: list[str] = []
    wrong_ladder: list[str] = []
    instants: dict[tuple[int, int, str], datetime] = {}
    unknown = 0
    for clock in seen.clocks.values():
        story = _story(seen, clock)
        if clock["id"] in seen.seeded and clock["revision"] == 1 and seen.seeded[clock["id"]] != clock["ladder_at"]:
            wrong_ladder.append(seen.named((clock["id"],)))
        missing += [seen.named((clock["id"], *key)) for key in story.must(seen.horizon) - found[clock["id"]]]
        known = {key for key in found[clock["id"]] if key[0] not in story.unknown}
        unknown += len(found[clock["id"]]) - len(known)
        unexpected += [seen.named((clock["id"], *key)) for key in known - story.may(seen.now)]
        instants |= {(clock["id"], *key): at for key, at in story.instants().items()}
    verdict.count("missing", missing, "rungs that had to fire")
    verdict.blame(unexpected, "rungs that cannot be")
    verdict.blame(wrong_ladder, "ladders that changed without a revision")
    early = []
    for rung in seen.rungs:
        key = (rung["clock_id"], rung["revision"], rung["code"])
        if rung["fired_at"] < rung["scheduled_for"] or rung["scheduled_for"] > true_now():
            early.append(seen.named(key))
        elif key in instants and rung["scheduled_for"] != instants[key]:
            (early if rung["fired_at"] < instants[key] else wrong_instant).append(seen.named(key))
    verdict.count("early", early, "rungs before their instant")
    watched = [record for record in seen.records if record["type"] == "observed" and record.get("early")]
    verdict.count("early", [f"{record['early']} at {record['t']}" for record in watched], "seen before their instant")
    verdict.blame(wrong_instant, "rungs with another instant than the ladder's")
    breached = {(rung["clock_id"], rung["revision"]) for rung in seen.rungs if rung["code"] == "B0"}
    ever: dict[int, set[int]] = defaultdict(set)
    for clock, revision in breached:
        ever[clock].add(revision)
    verdict.blame(
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
    verdict.figures |= {
        "clocks": len(seen.clocks),
        "rungs": len(seen.rungs),
        "revised": sum(clock["revision"] > 1 for clock in seen.clocks.values()),
        "unjudged rungs": unknown,
        "stamped in time but committed after the breach": ties,
    }


def _skips_and_events(seen: Evidence) -> None:
    verdict, batches = seen.verdict, defaultdict(list)
    for rung in seen.rungs:
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
        if not rung["is_skipped"] or rung["code"] == "B0"
    }
    verdict.count("double", [seen.named(key) for key, times in told.items() if times > 1], "events twice")
    verdict.blame((seen.named(key) for key in spoken - set(told)), "rungs without their event")
    verdict.blame((seen.named(key) for key in set(told) - spoken), "events without their rung")


def _lateness(seen: Evidence) -> None:
    """How late undisturbed clocks were; the bound is three sweeps, the longest outage and a restart."""
    stood = {clock for clock, moves in seen.moves.items() if any(m["kind"] == "clock.resumed" for m in moves)}
    # Clocks with a label were overdue from the start, for the crash points.
    crashed = {clock for clock, label in seen.labels.items() if label}
    late = sorted(
        (rung["fired_at"] - rung["scheduled_for"]).total_seconds()
        for rung in seen.rungs
        if rung["clock_id"] not in stood | crashed
    )
    if not late:
        return
    bins, below = {}, 0
    for bound in BINS:
        upto = sum(value < bound for value in late)
        bins[f"< {bound:g} s"], below = upto - below, upto
    outages = [record["seconds"] for record in seen.records if record["type"] == "outage"]
    longest = max(outages, default=0.0)
    started = max((record["seconds"] for record in seen.records if record["type"] == "started"), default=0.0)
    bound = 3 * seen.sweep_seconds + longest + max(RESTART_SECONDS, STARTS * started)
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
