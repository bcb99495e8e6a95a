"""Judges whom the rungs were told: each person it is for, computed anew from people, absences and memberships."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from faults.days import local_day
from faults.evidence import Evidence, Row, slack_of


def judge(seen: Evidence) -> None:
    keys = Counter(row["dedupe_key"] for row in seen.notices)
    seen.verdict.count("double", [key for key, times in keys.items() if times > 1], "notices twice")
    _who(seen, {key for key in keys if key.startswith("rung:")})


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
            for leaves in people.histories(rung["fired_at"], slack_of(rung))
            for is_urgent in urgent
        ]
        expected |= {f"{key}:{user}" for user in set.intersection(*found)}
        allowed |= {f"{key}:{user}" for user in set.union(*found)}
        person = people.told(clock, rung, (), is_urgent=code.startswith("B") or today)
        stood_in += all(person != one for one in found)
    seen.verdict.blame(sorted(expected - told), "notices that nobody got")
    seen.verdict.blame(sorted(told - expected - allowed), "notices that nobody should have got")
    seen.verdict.figures |= {"absences": len(people.leaves), "rungs told to somebody else than usual": stood_in}
