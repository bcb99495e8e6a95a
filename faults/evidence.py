"""What a campaign left behind: the raw rows, and the history. Nothing of the portal is imported."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from psycopg2.extras import RealDictCursor

from faults import history
from faults.days import Days, read_years

Row = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """An act that may have happened: between which instants, and what the caller wrote down (`type` is ok or info)."""

    begun: datetime
    ended: datetime
    record: Row


COUNTS = ("double", "missing", "early", "lost")
SHOWN = 8
# The latest instant at which an act whose answer never came can have committed: the statement timeout of the portal.
UNANSWERED = timedelta(seconds=70)
# How far the instant that a row carries may lie before the moment in which its statement looked around.
LOOKED = timedelta(seconds=1)


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


class Evidence:
    """All of one look at the database, and what the campaign wrote down."""

    def __init__(self, url: str, past: Path, *, mail: Path, media: Path, at_rest: bool = False) -> None:
        self.mail, self.media, self.at_rest = mail, media, at_rest
        self.records = list(history.read(past))
        self.verdict = Verdict()
        self._connection = psycopg2.connect(url, connect_timeout=10)
        self._connection.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        setup = next((record for record in self.records if record["type"] == "setup"), {})
        self.sweep_seconds = float(setup.get("sweep_seconds", 1))
        # When the people were there and all that they had chosen, and when the crash points were over: nobody was at work.
        self.still = [epoch(record["t"]) for record in self.records if record["type"] == "still"]
        self._read()

    def close(self) -> None:
        self._connection.close()

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
        self.notices = self.rows(
            "SELECT id, recipient_id, kind, dedupe_key, created_at FROM notices_notice ORDER BY id"
        )
        self.extensions = self.rows("SELECT * FROM deadlines_extension ORDER BY id")
        self.paused = {row["clock_id"] for row in self.rows("SELECT DISTINCT clock_id FROM deadlines_pause")}
        self.changes = self.rows("SELECT * FROM deadlines_calendarchange ORDER BY id")
        # Every ladder that a clock was given, in their order.
        self.drawn: dict[tuple[int, int], list[Row]] = defaultdict(list)
        for row in self.rows("SELECT * FROM faults_drawn ORDER BY id"):
            self.drawn[row["clock_id"], row["revision"]].append(row)
        # The calendars that were in force, one after the other; what a change does not name was so from the start.
        self.calendars = [Days(read_years(self.changes[0]["before"]) if self.changes else {})]
        for change in self.changes:
            self.calendars.append(Days({**self.calendars[-1].years, **read_years(change["after"])}))
        self.events = self.rows("SELECT * FROM events_event ORDER BY id")
        self.moves: dict[int, list[Row]] = defaultdict(list)
        for event in self.events:
            if event["subject_type"] == "deadlines.clock":
                self.moves[int(event["subject_id"])].append(event)
        self.redated = [
            {"clock_id": int(event["subject_id"]), "at": event["at"], **event["data"]}
            | {name: instant(event["data"][name]) for name in ("before_at", "due_at")}
            for event in self.events
            if event["kind"] == "clock.redated"
        ]
        self.moved_by = {(move["clock_id"], move["change"]) for move in self.redated}
        self.moments_of_redating = {(move["clock_id"], move["revision"], move["at"]) for move in self.redated}
        self.seeded: dict[int, list[datetime | None]] = {}
        self.labels: dict[int, str] = {}
        self.seeded_at: dict[int, datetime] = {}
        for record in self.records:
            if record["type"] == "seed":
                for clock, ladder in zip(record["clocks"], record["ladders"], strict=True):
                    self.seeded[clock] = [instant(at) for at in ladder]
                    self.labels[clock] = record.get("label", "")
                    self.seeded_at[clock] = epoch(record["t"])
        self.acts: dict[tuple[int, str], list[Answer]] = defaultdict(list)
        begun = {}
        for record in self.records:
            if record["type"] == "invoke":
                begun[record["op"]] = record
            elif record["type"] in {"ok", "info"} and (call := begun.get(record["op"])):
                slack = UNANSWERED if record["type"] == "info" else timedelta(seconds=1)
                answer = Answer(epoch(call["t"]) - timedelta(seconds=1), epoch(record["t"]) + slack, record)
                self.acts[call.get("clock", 0), call["what"]].append(answer)

    def answer_to(self, event: Row, *acts: str, clock: int = 0) -> Answer | None:
        """What the caller wrote down of the act behind an event."""
        for act in acts:
            for answer in self.acts[clock, act]:
                if answer.begun <= event["at"] <= answer.ended:
                    return answer
        return None

    def committed_by(self, event: Row, *acts: str, clock: int = 0) -> datetime:
        """The latest instant at which the act behind an event can have committed."""
        answer = self.answer_to(event, *acts, clock=clock)
        if answer:
            return answer.ended
        return min([event["at"] + UNANSWERED, *(moment for moment in self.still if moment >= event["at"])])

    def named(self, key: tuple) -> str:
        label = self.labels.get(key[0])
        return "clock " + " ".join(str(part) for part in key) + (f" [{label}]" if label else "")


def instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def epoch(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def true_now() -> datetime:
    """The machine's own clock, which no fault of ours touches."""
    return datetime.now(UTC) + timedelta(seconds=1)


def slack_of(rung: Row) -> timedelta:
    """How much later than its own instant the statement that fired a rung can have looked around."""
    return UNANSWERED if rung["source"] == "request" else LOOKED
