"""Judges what people were told: each rung to each person it is for, by every channel that the person has chosen."""

import email
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from faults.days import local_day
from faults.evidence import UNANSWERED, Evidence, Row
from faults.judge_deadlines import tolerance

CHANNELS = ("email", "sms", "webhook")
# How far the instant that a row carries may lie before the moment in which its statement looked around.
LOOKED = timedelta(seconds=1)
# How long a message may wait for its turn beside what is said of lateness: the rhythm of the outbox, twice.
TURN_SECONDS = 10.0


def judge(seen: Evidence) -> None:
    notices = seen.rows("SELECT id, recipient_id, kind, dedupe_key, created_at FROM notices_notice")
    keys = Counter(row["dedupe_key"] for row in notices)
    seen.verdict.count("double", [key for key, times in keys.items() if times > 1], "notices twice")
    _who(seen, {key for key in keys if key.startswith("rung:")})
    _messages(seen, notices)


# -- who is told ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leave:
    """An absence, and between which instants it was committed."""

    row: Row
    at: datetime
    by: datetime


class People:
    """Who answers for whom, computed anew from the raw rows."""

    def __init__(self, seen: Evidence) -> None:
        self.users = {row["id"]: row for row in seen.rows("SELECT id, role, is_active FROM accounts_user")}
        self.specialists = {row["id"]: row for row in seen.rows("SELECT * FROM team_specialist")}
        self.members = defaultdict(set)
        for row in seen.rows(
            "SELECT enterprise_id, user_id FROM accounts_membership WHERE approval = 'approved' AND ended_at IS NULL"
        ):
            self.members[row["enterprise_id"]].add(row["user_id"])
        self.managers = {pk for pk, user in self.users.items() if user["role"] == "manager" and user["is_active"]}
        begun = {int(e["subject_id"]): e for e in seen.events if e["kind"] == "specialist.absent"}
        absences = seen.rows("SELECT * FROM team_absence")
        seen.verdict.blame(
            sorted({row["specialist_id"] for row in absences} ^ set(begun)),
            "absences without their event, or the reverse",
        )
        self.leaves = sorted(
            (
                Leave(row, begun[row["specialist_id"]]["at"], seen.committed_by(begun[row["specialist_id"]], "absent"))
                for row in absences
                if row["specialist_id"] in begun
            ),
            key=lambda leave: leave.at,
        )

    def histories(self, moment: datetime, slack: timedelta) -> list[Sequence[Leave]]:
        """The absences that a statement can have seen at a moment: people leave one after the other."""
        certain = sum(leave.by < moment for leave in self.leaves)
        possible = sum(leave.at <= moment + slack for leave in self.leaves)
        return [self.leaves[:count] for count in range(certain, possible + 1)]

    def told(self, clock: Row, rung: Row, leaves: Sequence[Leave], *, is_urgent: bool) -> set[int]:
        """The staff that a spoken rung is for."""
        day, code = local_day(rung["fired_at"]), rung["code"]
        person = self._answering(clock["responsible_id"], day, leaves)
        people = {person} if code in {"W1", "W2", "W3", "B0"} else set()
        if is_urgent or code == "W3":
            people.add(self._answering(clock["lead_id"], day, leaves))
        if code.startswith("B") or person is None:
            heads = {
                self._answering(pk, day, leaves)
                for pk, row in self.specialists.items()
                if row["department_id"] == clock["department_id"] and row["is_head"] and row["is_active"]
            }
            people |= (heads - {None}) or self.managers
        if code == "B2":
            people |= self.managers
        return {user for user in people if user is not None}

    def _answering(self, specialist: int | None, day: date, leaves: Sequence[Leave]) -> int | None:
        """The person, in their absence the substitute who is there, else nobody."""
        if specialist is None:
            return None
        away = {
            leave.row["specialist_id"]: leave.row["substitute_id"]
            for leave in leaves
            if leave.row["first_on"] <= day <= leave.row["last_on"]
        }
        if specialist in away:
            specialist = away[specialist]
        if specialist is None or specialist in away:
            return None
        user = self.specialists[specialist]["user_id"]
        return user if self.users[user]["is_active"] else None


def _who(seen: Evidence, told: set[str]) -> None:
    """Every spoken rung reached each person it is for, and nobody else."""
    people = People(seen)
    expected: set[str] = set()
    allowed: set[str] = set()
    stood_in = 0
    due = {(r["clock_id"], r["revision"]): r["scheduled_for"] for r in seen.rungs if r["code"] == "B0"}
    for rung in seen.rungs:
        clock, code = seen.clocks.get(rung["clock_id"]), rung["code"]
        if clock is None:
            continue
        key = f"rung:{clock['id']}:{rung['revision']}:{code}"
        # The enterprise hears of a breach also where a higher rung outran it, but not anew where the calendar changed.
        is_old = (clock["id"], rung["revision"], rung["fired_at"]) in seen.moments_of_redating and rung["is_skipped"]
        if code == "B0" and not is_old:
            expected |= {f"{key}:{user}" for user in people.members[clock["enterprise_id"]]}
        if rung["is_skipped"]:
            continue
        # What is due on the day itself is told the lead as well; the date of an old warning may not be known any more.
        due_at = clock["due_at"] if rung["revision"] == clock["revision"] else due.get((clock["id"], rung["revision"]))
        today = due_at is not None and local_day(due_at) == local_day(rung["fired_at"])
        urgent = [True] if code.startswith("B") else [today] if due_at else [False, True]
        found = [
            people.told(clock, rung, leaves, is_urgent=is_urgent)
            for leaves in people.histories(rung["fired_at"], _slack(rung))
            for is_urgent in urgent
        ]
        expected |= {f"{key}:{user}" for user in set.intersection(*found)}
        allowed |= {f"{key}:{user}" for user in set.union(*found)}
        person = people.told(clock, rung, (), is_urgent=code.startswith("B") or today)
        stood_in += all(person != one for one in found)
    seen.verdict.blame(sorted(expected - told), "notices that nobody got")
    seen.verdict.blame(sorted(told - expected - allowed), "notices that nobody should have got")
    seen.verdict.figures |= {"absences": len(people.leaves), "rungs told to somebody else than usual": stood_in}


def _slack(rung: Row) -> timedelta:
    """How much later than its own instant the statement that fired a rung can have looked around."""
    return UNANSWERED if rung["source"] == "request" else LOOKED


# -- messages ------------------------------------------------------------------------------------------------------------


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


def _messages(seen: Evidence, notices: list[Row]) -> None:
    """What goes out is written for every channel its reader has chosen, delivered, and lies at the other end."""
    verdict = seen.verdict
    rungs = {f"rung:{r['clock_id']}:{r['revision']}:{r['code']}": r for r in seen.rungs}
    outbox = seen.rows("SELECT * FROM notices_outboxmessage")
    by_notice = {row["id"]: row["dedupe_key"] for row in notices}
    written = Counter((by_notice[row["notice_id"]], row["channel"]) for row in outbox)
    cancelled = {
        (event["data"]["notice"], event["data"]["channel"])
        for event in seen.events
        if event["kind"] == "message.cancelled"
    }
    choices = Choices(seen)
    missing, too_many, withdrawn = [], [], set()
    for notice in notices:
        name = notice["dedupe_key"]
        rung = rungs.get(name.rpartition(":")[0])
        if rung is None:
            continue
        if rung["withdrawn_at"]:
            withdrawn.add(name)
        goes_out = notice["kind"].startswith(("clock.B", "clock.today"))
        for channel in CHANNELS:
            may = choices.reached(notice["recipient_id"], channel, notice["created_at"], _slack(rung))
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
    verdict.figures |= {"notices": len(notices), "messages": dict(Counter(row["channel"] for row in outbox))}
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
