"""Judges what went out: a message by every channel that its reader had chosen, delivered, soon, and there at the other end."""

import email
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from faults.evidence import Evidence, Row, slack_of
from faults.judge_deadlines import tolerance

CHANNELS = ("email", "sms", "webhook")
# How long a message may wait for its turn beside what is said of lateness: the rhythm of the outbox, twice.
TURN_SECONDS = 10.0


@dataclass(frozen=True)
class Switch:
    """Somebody is reached by a channel about deadlines from now on, or no more."""

    at: datetime
    by: datetime
    is_on: bool


class Choices:
    """By which channels each person was reached about deadlines, and when: from the log, compared with the rows."""

    def __init__(self, seen: Evidence) -> None:
        self._switches: dict[tuple[int, str], list[Switch]] = defaultdict(list)
        users = seen.rows("SELECT id, email, phone FROM accounts_user")
        self._reachable = {(row["id"], "email") for row in users if row["email"]}
        self._reachable |= {(row["id"], "sms") for row in users if row["phone"]}
        addresses = {str(row["id"]): row for row in seen.rows("SELECT * FROM notices_address")}
        self._reachable |= {(row["user_id"], row["channel"]) for row in addresses.values()}
        for event in seen.events:
            data, kind = event["data"], event["kind"]
            if kind == "preference.changed" and data["topic"] == "deadlines":
                who, is_on = (event["actor_id"], data["channel"]), data["is_on"]
            elif kind.startswith("address.") and event["subject_id"] in addresses:
                who, is_on = (event["actor_id"], data["channel"]), kind in {"address.added", "address.switched_on"}
            else:
                continue
            self._switches[who].append(Switch(event["at"], seen.committed_by(event, data["channel"]), is_on))
        rows = {(r["user_id"], r["channel"]): r["is_on"] for r in seen.rows("SELECT * FROM notices_preference")}
        rows |= {(r["user_id"], r["channel"]): r["is_active"] for r in addresses.values()}
        wrong = [
            who
            for who in {*rows, *self._switches}
            if rows.get(who, who[1] == "email") != (self._switches[who][-1].is_on if self._switches[who] else None)
        ]
        seen.verdict.blame(wrong, "choices that differ from the log")
        seen.verdict.figures["switches of channels"] = sum(map(len, self._switches.values()))

    def reached(self, user: int, channel: str, moment: datetime, slack: timedelta) -> set[bool]:
        """Whether a statement at this moment can have found the person reached by the channel."""
        if (user, channel) not in self._reachable:
            return {False}
        switches = self._switches[user, channel]
        certain = [switch.is_on for switch in switches if switch.by < moment]
        open_still = {switch.is_on for switch in switches if switch.by >= moment and switch.at <= moment + slack}
        return {certain[-1] if certain else channel == "email"} | open_still


def judge(seen: Evidence) -> None:
    """What goes out is written for every channel its reader has chosen, delivered, and lies at the other end."""
    verdict = seen.verdict
    rungs = {f"rung:{r['clock_id']}:{r['revision']}:{r['code']}": r for r in seen.rungs}
    outbox = seen.rows("SELECT * FROM notices_outboxmessage")
    by_notice = {row["id"]: row["dedupe_key"] for row in seen.notices}
    written = Counter((by_notice[row["notice_id"]], row["channel"]) for row in outbox)
    cancelled = {
        (event["data"]["notice"], event["data"]["channel"])
        for event in seen.events
        if event["kind"] == "message.cancelled"
    }
    choices = Choices(seen)
    missing, too_many, withdrawn = [], [], set()
    for notice in seen.notices:
        name = notice["dedupe_key"]
        rung = rungs.get(name.rpartition(":")[0])
        if rung is None:
            continue
        if rung["withdrawn_at"]:
            withdrawn.add(name)
        goes_out = notice["kind"].startswith(("clock.B", "clock.today"))
        for channel in CHANNELS:
            may = choices.reached(notice["recipient_id"], channel, notice["created_at"], slack_of(rung))
            is_there = bool(written[name, channel]) or (name, channel) in cancelled
            if is_there and (not goes_out or True not in may):
                too_many.append(f"{name} by {channel}")
            if goes_out and may == {True} and not is_there and name not in withdrawn:
                missing.append(f"{name} by {channel}")
    verdict.count("double", [key for key, times in written.items() if times > 1], "messages twice")
    verdict.blame(missing, "notices without their message")
    verdict.blame(too_many, "messages that their reader had not chosen")
    verdict.blame(
        (row["id"] for row in outbox if row["delivered_at"] is None and not row["is_dead"]),
        "messages not delivered at the end",
    )
    verdict.blame((row["id"] for row in outbox if row["is_dead"]), "messages given up")
    delivered: dict[str, set[str]] = defaultdict(set)
    for row in outbox:
        if row["delivered_at"] is not None:
            delivered[row["channel"]].add(by_notice[row["notice_id"]])
    verdict.figures |= {"notices": len(seen.notices), "messages": dict(Counter(row["channel"] for row in outbox))}
    _other_ends(seen, delivered, {name for name, _channel in cancelled} | withdrawn)
    _delays(seen, outbox)


def _other_ends(seen: Evidence, delivered: dict[str, set[str]], dropped: set[str]) -> None:
    """Each message lies at the other end at least once; copies carry the same id (a colon is a dot in it) and stem from faults.

    What was `dropped` later may have been sent by a process that died before it could say so.
    """
    copies = 0
    for channel, found in (("email", _mailbox(seen)), ("sms", _texts(seen)), ("webhook", _received(seen))):
        sent, known = set(found), {name.replace(":", ".") for name in delivered[channel]}
        seen.verdict.blame(sorted(known - sent), f"messages by {channel} that are in no mailbox")
        unknown = sent - known - {name.replace(":", ".") for name in dropped}
        seen.verdict.blame(sorted(unknown), f"{channel} that the outbox knows nothing of")
        copies += sum(found.values()) - len(found)
    causes = sum(record["type"] in {"fault", "died"} for record in seen.records)
    if copies > causes:
        seen.verdict.wrong.append(f"copies of messages: {copies}, more than the {causes} faults")
    seen.verdict.figures["copies of messages"] = copies


def _mailbox(seen: Evidence) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in sorted(seen.mail.glob("*")) if seen.mail.is_dir() else []:
        for text in path.read_text(encoding="utf-8", errors="replace").split("-" * 79 + "\n"):
            if text.strip() and (name := email.message_from_string(text)["Message-ID"]):
                found[name.strip("<> ").rpartition("@")[0]] += 1
    return found


def _texts(seen: Evidence) -> Counter[str]:
    """Text messages, a line each; one that a full disk has torn was refused, and is followed by its copy."""
    path = seen.mail.parent / "sms" / "sms.jsonl"
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return Counter(
        json.loads(name).replace(":", ".") for name in re.findall(r'\{"id": ("(?:[^"\\]|\\.)*"), "phone"', text)
    )


def _received(seen: Evidence) -> Counter[str]:
    received = [record for record in seen.records if record["type"] == "received"]
    unsigned = [record["id"] for record in received if not record["is_signed"]]
    seen.verdict.blame(unsigned, "webhooks whose signature is wrong")
    return Counter(record["id"].replace(":", ".") for record in received)


def _delays(seen: Evidence, outbox: Iterable[Row]) -> None:
    """A receiver that is down delays nobody else: what was sent by mail and text at the first attempt went out soon."""
    faults = [record["t"] for record in seen.records if record["type"] == "fault"]
    if not faults:
        return
    last = max(faults)
    late = sorted(
        ((row["delivered_at"] - row["available_at"]).total_seconds(), row["id"])
        for row in outbox
        if row["channel"] != "webhook"
        and row["delivered_at"]
        and row["attempts"] == 1
        and row["available_at"].timestamp() < last
    )
    bound = tolerance(seen)[0] + TURN_SECONDS
    seen.verdict.blame((pk for delay, pk in late if delay > bound), f"messages that waited for more than {bound:.0f} s")
    if late:
        seen.verdict.figures["delay of mail and text messages"] = {
            "messages": len(late),
            "median": round(late[len(late) // 2][0], 3),
            "max": round(late[-1][0], 3),
        }
