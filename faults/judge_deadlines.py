"""Judges the deadlines: every rung once, none early, none missing, none that cannot be, and none too late."""

import statistics
from collections import Counter, defaultdict
from datetime import datetime

from faults.evidence import Evidence, Row, true_now
from faults.model import CODES, Story
from faults.stories import BEGINS, REDATES, story_of

BINS = (0.5, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)
# A worker that was killed: the supervisor waits for ten seconds at most, then it starts, twice if it is killed again; on a
# machine that is busy, as many times as long as the first start took.
RESTART_SECONDS = 25.0
STARTS = 3


def judge(seen: Evidence) -> None:
    stories = {clock["id"]: story_of(seen, clock) for clock in seen.clocks.values()}
    _rungs(seen, stories)
    _states(seen)
    _skips_and_events(seen)
    _lateness(seen)


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
