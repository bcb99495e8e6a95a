"""Judges what people were told: each rung to each person it is for, and every message delivered."""

import email
from collections import Counter, defaultdict

from faults.evidence import Evidence


def judge(seen: Evidence) -> None:
    _mailbox(seen, _notices(seen))


def _notices(seen: Evidence) -> set[str]:
    """Every spoken rung reached each person it is for, computed anew from the raw rows; the ids of the mail delivered."""
    users = {row["id"]: row for row in seen.rows("SELECT id, role, is_active, email FROM accounts_user")}
    specialists = {row["id"]: row for row in seen.rows("SELECT * FROM team_specialist")}
    heads, members = defaultdict(set), defaultdict(set)
    for row in specialists.values():
        if row["is_head"] and row["is_active"] and users[row["user_id"]]["is_active"]:
            heads[row["department_id"]].add(row["user_id"])
    for row in seen.rows(
        "SELECT enterprise_id, user_id FROM accounts_membership WHERE approval = 'approved' AND ended_at IS NULL"
    ):
        members[row["enterprise_id"]].add(row["user_id"])
    managers = {pk for pk, user in users.items() if user["role"] == "manager" and user["is_active"]}
    expected, allowed = set(), set()
    for rung in seen.rungs:
        clock, code = seen.clocks.get(rung["clock_id"]), rung["code"]
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
    notices = seen.rows("SELECT id, recipient_id, kind, dedupe_key FROM notices_notice")
    keys = Counter(row["dedupe_key"] for row in notices)
    of_rungs = {key for key in keys if key.startswith("rung:")}
    seen.verdict.blame(sorted(expected - of_rungs), "notices that nobody got")
    seen.verdict.blame(sorted(of_rungs - expected - allowed), "notices that nobody should have got")
    seen.verdict.count("double", [key for key, times in keys.items() if times > 1], "notices twice")
    outbox = seen.rows("SELECT * FROM notices_outboxmessage")
    mails = [row for row in outbox if row["channel"] == "email"]
    mailed = {row["notice_id"] for row in mails}
    seen.verdict.blame(
        (
            row["dedupe_key"]
            for row in notices
            if row["kind"].startswith("clock.B") and users[row["recipient_id"]]["email"] and row["id"] not in mailed
        ),
        "breaches without their mail",
    )
    undelivered = [row["id"] for row in outbox if row["delivered_at"] is None and not row["is_dead"]]
    seen.verdict.blame(undelivered, "messages not delivered at the end")
    seen.verdict.blame((row["id"] for row in outbox if row["is_dead"]), "messages given up")
    by_notice = {row["id"]: row["dedupe_key"] for row in notices}
    seen.verdict.figures |= {"notices": len(notices), "messages": len(outbox)}
    return {by_notice[row["notice_id"]].replace(":", ".") for row in mails if row["delivered_at"] is not None}


def _mailbox(seen: Evidence, delivered: set[str]) -> None:
    """Each message lies in the mailbox at least once; copies carry the same Message-ID and stem from faults."""
    found: Counter[str] = Counter()
    for path in sorted(seen.mail.glob("*")) if seen.mail.is_dir() else []:
        for text in path.read_text(encoding="utf-8", errors="replace").split("-" * 79 + "\n"):
            if text.strip() and (name := email.message_from_string(text)["Message-ID"]):
                found[name.strip("<> ").rpartition("@")[0]] += 1
    seen.verdict.blame(sorted(delivered - set(found)), "messages marked as delivered that are in no mailbox")
    seen.verdict.blame(sorted(set(found) - delivered), "mail that the outbox knows nothing of")
    copies = sum(found.values()) - len(found)
    causes = sum(record["type"] in {"fault", "died"} for record in seen.records)
    if copies > causes:
        seen.verdict.wrong.append(f"copies of mail: {copies}, more than the {causes} faults")
    seen.verdict.figures["copies of mail"] = copies
