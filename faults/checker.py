"""The judge: raw rows by SQL, the history of the campaign, the mailbox and the files. Nothing of the portal is imported.

    python -m faults.checker --database URL --history FILE --mail FOLDER --media FOLDER [--at-rest] [--report FILE]

Ends with 1 when anything is wrong. `--at-rest` leaves out what only running processes can have: a fresh heartbeat.
"""

import argparse
import email
import hashlib
import json
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from psycopg2.extras import RealDictCursor

from faults import history
from faults.model import CODES, Story, Stretch

Row = dict[str, Any]
COUNTS = ("double", "missing", "early", "lost")
SHOWN = 8
BINS = (0.5, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144)
ENDS = {"clock.paused", "clock.met", "clock.breached_then_met", "clock.cancelled"}
# What was acknowledged, and the one event that it must have left on its case.
ACKED_EVENTS = {
    "submit": "case.submitted",
    "correct": "correction.issued",
    "answer": "correction.answered",
    "pass": "case.accepted",
}
# The latest instant at which an act whose answer never came can have committed: the statement timeout of the portal.
UNANSWERED = timedelta(seconds=70)
# A worker that was killed: the supervisor waits for ten seconds at most, then it starts, twice if it is killed again; on a
# machine that is busy, as many times as long as the first start took.
RESTART_SECONDS = 25.0
STARTS = 3
SEALED = (
    *("id", "kind", "at", "actor_id", "actor_name", "subject_type", "subject_id"),
    *("enterprise_id", "thread", "is_internal", "data"),
)


@dataclass
class Verdict:
    """The four counts, what else is wrong, and the figures."""

    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    wrong: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)

    def count(self, name: str, found: Iterable[Any], what: str) -> None:
        """Add to one of the four counts."""
        found = list(found)
        self.counts[name] += len(found)
        self.blame(found, f"{name}: {what}")

    def blame(self, found: Iterable[Any], what: str) -> None:
        """Something is wrong for each of `found`; the first few are named."""
        found = list(found)
        if found:
            shown = "; ".join(str(item) for item in found[:SHOWN])
            self.wrong.append(f"{what}: {len(found)} ({shown}{' …' if len(found) > SHOWN else ''})")

    @property
    def is_clean(self) -> bool:
        return not self.wrong and not any(self.counts.values())


class Checker:
    def __init__(self, url: str, past: Path, *, mail: Path, media: Path, at_rest: bool = False) -> None:
        self.mail, self.media, self.at_rest = mail, media, at_rest
        self.records = list(history.read(past))
        self.verdict = Verdict()
        self._connection = psycopg2.connect(url, connect_timeout=10)
        self._connection.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        setup = next((record for record in self.records if record["type"] == "setup"), {})
        self.sweep_seconds = float(setup.get("sweep_seconds", 1))

    def check(self) -> Verdict:
        try:
            self._read()
            self._rungs()
            self._skips_and_events()
            self._notices()
            self._mailbox()
            self._acknowledged()
            self._files()
            self._log()
            self._lateness()
            self._sessions()
        finally:
            self._connection.close()
        return self.verdict

    def rows(self, query: str, *arguments: Any) -> list[Row]:
        with self._connection.cursor(cursor_factory=RealDictCursor) as cursor:
            cursor.execute(query, arguments or None)
            return [dict(row) for row in cursor.fetchall()]

    def _read(self) -> None:
        self.now = self.rows("SELECT clock_timestamp() AS now")[0]["now"]
        # A sweep that is under way while we look is not late yet.
        self.horizon = self.now - timedelta(seconds=3 * self.sweep_seconds)
        self.clocks = {row["id"]: row for row in self.rows("SELECT * FROM deadlines_clock")}
        self.rungs = self.rows("SELECT * FROM deadlines_rung ORDER BY id")
        self.events = self.rows("SELECT * FROM events_event ORDER BY id")
        self.moves: dict[int, list[Row]] = defaultdict(list)
        for event in self.events:
            if event["subject_type"] == "deadlines.clock":
                self.moves[int(event["subject_id"])].append(event)
        self.seeded: dict[int, list[datetime | None]] = {}
        self.labels: dict[int, str] = {}
        for record in self.records:
            if record["type"] == "seed":
                for clock, ladder in zip(record["clocks"], record["ladders"], strict=True):
                    self.seeded[clock] = [_instant(at) for at in ladder]
                    self.labels[clock] = record.get("label", "")
        self.answered: dict[tuple[int, str], list[tuple[datetime, datetime]]] = defaultdict(list)
        begun = {}
        for record in self.records:
            if record["type"] == "invoke":
                begun[record["op"]] = record
            elif record["type"] in {"ok", "info"} and (call := begun.get(record["op"])):
                slack = UNANSWERED if record["type"] == "info" else timedelta(seconds=1)
                at = _epoch(call["t"]), _epoch(record["t"]) + slack
                self.answered[call.get("clock", 0), call["what"]].append(at)

    # -- rungs ------------------------------------------------------------------------------------------------------

    def _story(self, clock: Row) -> Story:
        """The stretches in which a clock ran, from its events; ladders from the row and from the history."""
        story, revision = Story(clock["id"]), 1
        known: dict[int, list[datetime | None]] = {}
        if clock["id"] in self.seeded:
            known[1] = self.seeded[clock["id"]]
        known.setdefault(clock["revision"], clock["ladder_at"])
        first = Stretch(1, known.get(1))
        story.stretches.append(first)
        stretch: Stretch | None = first
        for move in sorted(self.moves[clock["id"]], key=lambda move: (move["at"], move["id"])):
            if move["kind"] in ENDS and stretch is not None:
                stretch.ended_at, stretch.ended_by = move["at"], self._committed_by(clock["id"], move)
                stretch = None
            elif move["kind"] == "clock.resumed":
                if _instant(move["data"]["before"]) != _instant(move["data"]["due_at"]):
                    revision += 1
                stretch = Stretch(revision, known.get(revision))
                story.stretches.append(stretch)
        return story

    def _committed_by(self, clock: int, move: Row) -> datetime:
        """The latest instant at which the act behind an event can have committed, from the caller's own record of it."""
        for act in ("pause", "stop", "cancel"):
            for begun, ended in self.answered[clock, act]:
                if begun - timedelta(seconds=1) <= move["at"] <= ended:
                    return ended
        return move["at"] + UNANSWERED

    def _rungs(self) -> None:
        verdict = self.verdict
        held = Counter((rung["clock_id"], rung["revision"], rung["code"]) for rung in self.rungs)
        verdict.count("double", [self._named(key) for key, times in held.items() if times > 1], "rungs twice")
        found: dict[int, set[tuple[int, str]]] = defaultdict(set)
        for clock, revision, code in held:
            found[clock].add((revision, code))
        verdict.count("lost", sorted(set(self.seeded) - set(self.clocks)), "clocks that were committed and are gone")
        missing: list[str] = []
        unexpected: list[str] = []
        wrong_instant: list[str] = []
        wrong_ladder: list[str] = []
        instants: dict[tuple[int, int, str], datetime] = {}
        unknown = 0
        for clock in self.clocks.values():
            story = self._story(clock)
            if clock["id"] in self.seeded and clock["revision"] == 1 and self.seeded[clock["id"]] != clock["ladder_at"]:
                wrong_ladder.append(self._named((clock["id"],)))
            missing += [self._named((clock["id"], *key)) for key in story.must(self.horizon) - found[clock["id"]]]
            known = {key for key in found[clock["id"]] if key[0] not in story.unknown}
            unknown += len(found[clock["id"]]) - len(known)
            unexpected += [self._named((clock["id"], *key)) for key in known - story.may(self.now)]
            instants |= {(clock["id"], *key): at for key, at in story.instants().items()}
        verdict.count("missing", missing, "rungs that had to fire")
        verdict.blame(unexpected, "rungs that cannot be")
        verdict.blame(wrong_ladder, "ladders that changed without a revision")
        early = []
        for rung in self.rungs:
            key = (rung["clock_id"], rung["revision"], rung["code"])
            if rung["fired_at"] < rung["scheduled_for"] or rung["scheduled_for"] > _true_now():
                early.append(self._named(key))
            elif key in instants and rung["scheduled_for"] != instants[key]:
                (early if rung["fired_at"] < instants[key] else wrong_instant).append(self._named(key))
        verdict.count("early", early, "rungs before their instant")
        seen = [record for record in self.records if record["type"] == "observed" and record.get("early")]
        verdict.count("early", [f"{record['early']} at {record['t']}" for record in seen], "seen before their instant")
        verdict.blame(wrong_instant, "rungs with another instant than the ladder's")
        breached = {(rung["clock_id"], rung["revision"]) for rung in self.rungs if rung["code"] == "B0"}
        ever: dict[int, set[int]] = defaultdict(set)
        for clock, revision in breached:
            ever[clock].add(revision)
        verdict.blame(
            (
                self._named((c["id"], c["state"]))
                for c in self.clocks.values()
                if (c["state"] == "met" and (c["id"] in ever or c["stopped_at"] > c["due_at"]))
                or (c["state"] == "breached_then_met" and c["id"] not in ever)
                or (c["is_breached"] != (c["id"] in ever) and c["state"] != "cancelled")
            ),
            "clocks whose state and rungs disagree",
        )
        ties = sum(
            c["state"] == "breached_then_met" and c["stopped_at"] <= c["due_at"] and ever[c["id"]] == {c["revision"]}
            for c in self.clocks.values()
            if c["id"] in ever
        )
        verdict.figures |= {
            "clocks": len(self.clocks),
            "rungs": len(self.rungs),
            "revised": sum(clock["revision"] > 1 for clock in self.clocks.values()),
            "unjudged rungs": unknown,
            "stamped in time but committed after the breach": ties,
        }

    def _skips_and_events(self) -> None:
        verdict, batches = self.verdict, defaultdict(list)
        for rung in self.rungs:
            batches[rung["clock_id"], rung["revision"], rung["fired_at"]].append(rung)
        verdict.blame(
            (
                self._named(key[:2])
                for key, batch in batches.items()
                if [r["code"] for r in batch if not r["is_skipped"]]
                != [max((r["code"] for r in batch), key=CODES.index)]
            ),
            "clocks where another rung than the highest of its sweep speaks",
        )
        told = Counter(
            (int(event["subject_id"]), event["data"]["revision"], event["data"]["rung"])
            for event in self.events
            if event["kind"] in {"clock.warned", "clock.breached", "clock.escalated"}
        )
        spoken = {
            (rung["clock_id"], rung["revision"], rung["code"])
            for rung in self.rungs
            if not rung["is_skipped"] or rung["code"] == "B0"
        }
        verdict.count("double", [self._named(key) for key, times in told.items() if times > 1], "events twice")
        verdict.blame((self._named(key) for key in spoken - set(told)), "rungs without their event")
        verdict.blame((self._named(key) for key in set(told) - spoken), "events without their rung")

    # -- notices and mail -------------------------------------------------------------------------------------------

    def _notices(self) -> None:
        """Every spoken rung reached each person it is for. Who that is, is computed anew from the people's raw rows."""
        users = {row["id"]: row for row in self.rows("SELECT id, role, is_active, email FROM accounts_user")}
        specialists = {row["id"]: row for row in self.rows("SELECT * FROM team_specialist")}
        heads, members = defaultdict(set), defaultdict(set)
        for row in specialists.values():
            if row["is_head"] and row["is_active"] and users[row["user_id"]]["is_active"]:
                heads[row["department_id"]].add(row["user_id"])
        for row in self.rows(
            "SELECT enterprise_id, user_id FROM accounts_membership WHERE approval = 'approved' AND ended_at IS NULL"
        ):
            members[row["enterprise_id"]].add(row["user_id"])
        managers = {pk for pk, user in users.items() if user["role"] == "manager" and user["is_active"]}
        expected, allowed = set(), set()
        for rung in self.rungs:
            clock, code = self.clocks.get(rung["clock_id"]), rung["code"]
            if clock is None:
                continue
            key = f"rung:{clock['id']}:{rung['revision']}:{code}"
            # The enterprise hears of a breach also where a higher rung outran it; who answers for the whole may hear too.
            if code == "B0":
                expected |= {f"{key}:{user}" for user in members[clock["enterprise_id"]]}
            allowed.add(f"{key}:{specialists.get(clock['lead_id'], {}).get('user_id')}")
            if rung["is_skipped"]:
                continue
            person = specialists.get(clock["responsible_id"], {}).get("user_id")
            person = person if person and users[person]["is_active"] else None
            people = {person} if person and code in {"W1", "W2", "W3", "B0"} else set()
            if code.startswith("B") or person is None:
                people |= heads[clock["department_id"]] or managers
            if code == "B2":
                people |= managers
            expected |= {f"{key}:{user}" for user in people}
        notices = self.rows("SELECT id, recipient_id, kind, dedupe_key FROM notices_notice")
        keys = Counter(row["dedupe_key"] for row in notices)
        of_rungs = {key for key in keys if key.startswith("rung:")}
        self.verdict.blame(sorted(expected - of_rungs), "notices that nobody got")
        self.verdict.blame(sorted(of_rungs - expected - allowed), "notices that nobody should have got")
        self.verdict.count("double", [key for key, times in keys.items() if times > 1], "notices twice")
        outbox = self.rows("SELECT * FROM notices_outboxmessage")
        mails = [row for row in outbox if row["channel"] == "email"]
        mailed = {row["notice_id"] for row in mails}
        self.verdict.blame(
            (
                row["dedupe_key"]
                for row in notices
                if row["kind"].startswith("clock.B") and users[row["recipient_id"]]["email"] and row["id"] not in mailed
            ),
            "breaches without their mail",
        )
        undelivered = [row["id"] for row in outbox if row["delivered_at"] is None and not row["is_dead"]]
        self.verdict.blame(undelivered, "messages not delivered at the end")
        self.verdict.blame((row["id"] for row in outbox if row["is_dead"]), "messages given up")
        by_notice = {row["id"]: row["dedupe_key"] for row in notices}
        self.delivered = {
            by_notice[row["notice_id"]].replace(":", ".") for row in mails if row["delivered_at"] is not None
        }
        self.verdict.figures |= {"notices": len(notices), "messages": len(outbox)}

    def _mailbox(self) -> None:
        """Each message lies in the mailbox at least once; copies carry the same Message-ID and stem from faults."""
        found: Counter[str] = Counter()
        for path in sorted(self.mail.glob("*")) if self.mail.is_dir() else []:
            for text in path.read_text(encoding="utf-8", errors="replace").split("-" * 79 + "\n"):
                if text.strip() and (name := email.message_from_string(text)["Message-ID"]):
                    found[name.strip("<> ").rpartition("@")[0]] += 1
        self.verdict.blame(sorted(self.delivered - set(found)), "messages marked as delivered that are in no mailbox")
        self.verdict.blame(sorted(set(found) - self.delivered), "mail that the outbox knows nothing of")
        copies = sum(found.values()) - len(found)
        causes = sum(record["type"] in {"fault", "died"} for record in self.records)
        if copies > causes:
            self.verdict.wrong.append(f"copies of mail: {copies}, more than the {causes} faults")
        self.verdict.figures["copies of mail"] = copies

    # -- what was acknowledged --------------------------------------------------------------------------------------

    def _acknowledged(self) -> None:
        surprises = [f"{r['where']}: {r['error']}" for r in self.records if r["type"] == "surprise"]
        self.verdict.blame(surprises, "answers that no fault explains")
        acked: dict[str, set[str]] = defaultdict(set)
        versions: dict[int, Row] = {}
        for record in self.records:
            if record["type"] == "ack":
                acked[record["what"]].add(record["uid"])
                if record["what"] == "version":
                    versions[record["version"]] = record
        cases = {str(row["uid"]): row for row in self.rows("SELECT * FROM lifecycle_case")}
        references = Counter(row["reference"] for row in cases.values() if row["reference"])
        lost = [
            f"{uid} ({what})"
            for what in ACKED_EVENTS
            for uid in sorted(acked[what])
            if uid not in cases or cases[uid]["submitted_at"] is None or not cases[uid]["reference"]
        ]
        happened = Counter((event["data"].get("uid"), event["kind"]) for event in self.events if event["data"])
        lost += [
            f"{uid} ({what})"
            for what, kind in ACKED_EVENTS.items()
            for uid in sorted(acked[what])
            if not happened[uid, kind]
        ]
        self.verdict.count("lost", lost, "acknowledged acts that are gone")
        twice = [key for key, times in happened.items() if key[1] in {"case.submitted", "case.accepted"} and times > 1]
        twice += [reference for reference, times in references.items() if times > 1]
        self.verdict.count("double", twice, "submissions twice")
        held = {
            row["id"]: row
            for row in self.rows(
                "SELECT v.id, d.sha256, d.size, c.uid FROM lifecycle_materialversion v"
                " JOIN lifecycle_material m ON m.id = v.material_id JOIN lifecycle_case c ON c.id = m.case_id"
                " JOIN profiles_document d ON d.id = v.document_id"
            )
        }
        gone = [
            f"version {pk} of {ack['uid']}"
            for pk, ack in versions.items()
            if pk not in held or held[pk]["sha256"] != ack["sha256"] or str(held[pk]["uid"]) != ack["uid"]
        ]
        self.verdict.count("lost", gone, "acknowledged files that are gone")
        self.verdict.figures |= {
            "submissions acknowledged": len(acked["submit"]),
            "files acknowledged": len(versions),
            "acts acknowledged": sum(len(uids) for what, uids in acked.items() if what not in {"submit", "version"}),
        }

    def _files(self) -> None:
        documents = self.rows("SELECT id, stored_as, sha256, size FROM profiles_document")
        wrong = []
        for row in documents:
            path = self.media / row["stored_as"]
            if not path.is_file() or path.stat().st_size != row["size"]:
                wrong.append(f"{row['stored_as']}: not there, or of another size")
            elif hashlib.sha256(path.read_bytes()).hexdigest() != row["sha256"]:
                wrong.append(f"{row['stored_as']}: other bytes")
        self.verdict.count("lost", wrong, "documents whose bytes are gone")
        known = {row["stored_as"] for row in documents}
        on_disk = {str(path.relative_to(self.media)) for path in self.media.rglob("*") if path.is_file()}
        self.verdict.figures |= {"documents": len(documents), "files without a row": len(on_disk - known)}

    # -- the log and the sessions -----------------------------------------------------------------------------------

    def _log(self) -> None:
        """Recompute every seal from the raw columns."""
        seal = bytes(32)
        sealed = sorted((e for e in self.events if e["position"] is not None), key=lambda e: e["position"])
        for expected, event in enumerate(sealed, 1):
            values = {name: event[name] for name in SEALED}
            values["at"] = event["at"].astimezone(UTC).isoformat(timespec="microseconds")
            text = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            seal = hashlib.sha256(seal + expected.to_bytes(8, "big") + text.encode()).digest()
            if event["position"] != expected or bytes(event["seal"]) != seal:
                self.verdict.wrong.append(
                    f"the seal of the log does not fit at position {expected}, event {event['id']}"
                )
                break
        self.verdict.blame((e["id"] for e in self.events if e["position"] is None), "events that nobody sealed")
        last = sealed[-1]["position"] if sealed else 0
        behind = self.rows("SELECT name, position, failures FROM events_consumer")
        self.verdict.blame((r["name"] for r in behind if r["failures"] or r["position"] != last), "readers left behind")
        self.verdict.figures["events"] = len(self.events)

    def _lateness(self) -> None:
        """How late undisturbed clocks were; the bound is three sweeps, the longest outage and a restart."""
        stood = {clock for clock, moves in self.moves.items() if any(m["kind"] == "clock.resumed" for m in moves)}
        # Clocks with a label were overdue from the start, for the crash points.
        crashed = {clock for clock, label in self.labels.items() if label}
        late = sorted(
            (rung["fired_at"] - rung["scheduled_for"]).total_seconds()
            for rung in self.rungs
            if rung["clock_id"] not in stood | crashed
        )
        if not late:
            return
        bins, below = {}, 0
        for bound in BINS:
            upto = sum(value < bound for value in late)
            bins[f"< {bound:g} s"], below = upto - below, upto
        outages = [record["seconds"] for record in self.records if record["type"] == "outage"]
        longest = max(outages, default=0.0)
        started = max((record["seconds"] for record in self.records if record["type"] == "started"), default=0.0)
        bound = 3 * self.sweep_seconds + longest + max(RESTART_SECONDS, STARTS * started)
        self.verdict.figures["lateness"] = {
            "rungs": len(late),
            "median": round(statistics.median(late), 3),
            "p99": round(late[min(len(late) - 1, int(len(late) * 0.99))], 3),
            "max": round(late[-1], 3),
            "longest outage of the database": round(longest, 3),
            "bound": round(bound, 3),
            "histogram": {name: times for name, times in bins.items() if times},
        }
        if late[-1] > bound:
            self.verdict.wrong.append(f"a rung was {late[-1]:.1f} s late, more than {bound:.1f} s")

    def _sessions(self) -> None:
        idle = self.rows(
            "SELECT pid, query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state LIKE 'idle in transaction%' AND clock_timestamp() - state_change > interval '5 s'"
        )
        self.verdict.blame((f"{row['pid']}: {row['query'][:60]}" for row in idle), "sessions idle in a transaction")
        waiting = self.rows(
            "SELECT pid, query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            " AND clock_timestamp() - query_start > interval '5 s'"
        )
        self.verdict.blame((f"{row['pid']}: {row['query'][:60]}" for row in waiting), "sessions that wait for a lock")
        if not self.at_rest:
            last = self.rows("SELECT max(last_at) AS last FROM deadlines_sweepminute")[0]["last"]
            if last is None or self.now - last > timedelta(seconds=3 * self.sweep_seconds + 5):
                self.verdict.wrong.append(f"the heartbeat of the sweep is stale: {last}")

    def _named(self, key: tuple) -> str:
        label = self.labels.get(key[0])
        return "clock " + " ".join(str(part) for part in key) + (f" [{label}]" if label else "")


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _epoch(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _true_now() -> datetime:
    """The machine's own clock, which no fault of ours touches."""
    return datetime.now(UTC) + timedelta(seconds=1)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m faults.checker", description="Judge what a campaign left behind.")
    parser.add_argument("--database", required=True)
    parser.add_argument("--history", required=True, type=Path)
    parser.add_argument("--mail", required=True, type=Path)
    parser.add_argument("--media", required=True, type=Path)
    parser.add_argument("--at-rest", action="store_true")
    parser.add_argument("--report", type=Path)
    given = parser.parse_args(arguments)
    checker = Checker(given.database, given.history, mail=given.mail, media=given.media, at_rest=given.at_rest)
    verdict = checker.check()
    if given.report:
        report = {**verdict.counts, "wrong": verdict.wrong, "figures": verdict.figures}
        given.report.write_text(json.dumps(report, ensure_ascii=False, indent=1))
    for line in verdict.wrong:
        print(f"WRONG  {line}")
    for name, value in verdict.figures.items():
        print(f"       {name}: {value}")
    print(" ".join(f"{name}={verdict.counts[name]}" for name in COUNTS))
    return 0 if verdict.is_clean else 1


if __name__ == "__main__":
    sys.exit(main())
