"""Judges what was to be kept: acknowledged acts, files, the log and its seals; and that no session hangs."""

import hashlib
import json
from collections import Counter, defaultdict
from datetime import UTC, timedelta

from faults.evidence import Evidence, Row

# What was acknowledged, and the one event that it must have left on its case.
ACKED_EVENTS = {
    "submit": "case.submitted",
    "correct": "correction.issued",
    "answer": "correction.answered",
    "pass": "case.accepted",
    "task confirm": "task.done",
    "task reopen": "task.reopened",
}
SEALED = (
    *("id", "kind", "at", "actor_id", "actor_name", "subject_type", "subject_id"),
    *("enterprise_id", "thread", "is_internal", "data"),
)


def judge(seen: Evidence) -> None:
    _acknowledged(seen)
    _files(seen)
    _imports(seen)
    _tags(seen)
    _log(seen)
    _sessions(seen)


def _acknowledged(seen: Evidence) -> None:
    surprises = [f"{r['where']}: {r['error']}" for r in seen.records if r["type"] == "surprise"]
    seen.verdict.blame(surprises, "answers that no fault explains")
    acked: dict[str, set[str]] = defaultdict(set)
    versions: dict[int, Row] = {}
    for record in seen.records:
        if record["type"] == "ack":
            acked[record["what"]].add(record["uid"])
            if record["what"] == "version":
                versions[record["version"]] = record
    cases = {str(row["uid"]): row for row in seen.rows("SELECT * FROM lifecycle_case")}
    references = Counter(row["reference"] for row in cases.values() if row["reference"])
    lost = [
        f"{uid} ({what})"
        for what in ACKED_EVENTS
        for uid in sorted(acked[what])
        if uid not in cases or cases[uid]["submitted_at"] is None or not cases[uid]["reference"]
    ]
    happened = Counter((event["data"].get("uid"), event["kind"]) for event in seen.events if event["data"])
    lost += [
        f"{uid} ({what})"
        for what, kind in ACKED_EVENTS.items()
        for uid in sorted(acked[what])
        if not happened[uid, kind]
    ]
    granted = {row["id"] for row in seen.extensions if row["state"] == "granted"}
    extended = [record["extension"] for record in seen.records if record.get("what") == "more time"]
    lost += [f"extension {pk}" for pk in extended if pk not in granted]
    seen.verdict.count("lost", lost, "acknowledged acts that are gone")
    twice = [key for key, times in happened.items() if key[1] in {"case.submitted", "case.accepted"} and times > 1]
    twice += [reference for reference, times in references.items() if times > 1]
    seen.verdict.count("double", twice, "submissions twice")
    held = {
        row["id"]: row
        for row in seen.rows(
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
    seen.verdict.count("lost", gone, "acknowledged files that are gone")
    seen.verdict.figures |= {
        "submissions acknowledged": len(acked["submit"]),
        "files acknowledged": len(versions),
        "acts acknowledged": sum(len(uids) for what, uids in acked.items() if what not in {"submit", "version"}),
    }


def _files(seen: Evidence) -> None:
    documents = seen.rows("SELECT id, stored_as, sha256, size FROM profiles_document")
    wrong = []
    for row in documents:
        path = seen.media / row["stored_as"]
        if not path.is_file() or path.stat().st_size != row["size"]:
            wrong.append(f"{row['stored_as']}: not there, or of another size")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != row["sha256"]:
            wrong.append(f"{row['stored_as']}: other bytes")
    seen.verdict.count("lost", wrong, "documents whose bytes are gone")
    known = {row["stored_as"] for row in documents + seen.rows("SELECT stored_as FROM lifecycle_materialtemplate")}
    on_disk = {str(path.relative_to(seen.media)) for path in seen.media.rglob("*") if path.is_file()}
    seen.verdict.figures |= {"documents": len(documents), "files without a row": len(on_disk - known)}


def _imports(seen: Evidence) -> None:
    """Every row of a table that was to be applied is there: its enterprise once, its value once."""
    tables = [record for record in seen.records if record["type"] == "import"]
    states = {row["id"]: row["state"] for row in seen.rows("SELECT id, state FROM profiles_importrun")}
    seen.verdict.blame([record["run"] for record in tables if states.get(record["run"]) != "done"], "imports not done")
    counted = seen.rows(
        "SELECT e.uscc, count(v.id) AS n FROM accounts_enterprise e LEFT JOIN profiles_profilevalue v"
        " ON v.enterprise_id = e.id AND v.item = 'revenue' WHERE e.uscc IS NOT NULL GROUP BY e.uscc"
    )
    values = {row["uscc"]: row["n"] for row in counted}
    codes = [code for record in tables for code in record["codes"]]
    seen.verdict.count("lost", [code for code in codes if not values.get(code)], "rows of an import that are not there")
    seen.verdict.count("double", [code for code in codes if values.get(code, 0) > 1], "values of an import twice")
    seen.verdict.figures["rows imported"] = len(codes)


def _tags(seen: Evidence) -> None:
    """Every file is judged by the newest rules; its tags are given once, ended once, and those of its facts."""
    behind = seen.rows(
        "SELECT enterprise_id FROM profiles_factsheet"
        " WHERE judged_version < (SELECT coalesce(max(version), 0) FROM profiles_tagrule)"
    )
    seen.verdict.count("lost", [row["enterprise_id"] for row in behind], "files that are behind the rules of tags")
    told = seen.rows(
        "SELECT t.id, t.ended_at IS NOT NULL AND NOT t.ending ? 'merged_into' AS is_over,"
        " count(e.id) FILTER (WHERE e.kind = 'tag.given') AS given,"
        " count(e.id) FILTER (WHERE e.kind = 'tag.ended') AS ended FROM profiles_tag t LEFT JOIN events_event e"
        " ON e.subject_type = 'profiles.tag' AND e.subject_id = t.id::text GROUP BY t.id"
    )
    twice = [row["id"] for row in told if row["given"] > 1 or row["ended"] > 1]
    seen.verdict.count("double", twice, "tags that were given or ended twice")
    untold = [row["id"] for row in told if not row["given"] or (row["is_over"] and not row["ended"])]
    seen.verdict.count("lost", untold, "tags whose event is gone")
    for code in sorted({record["code"] for record in seen.records if record["type"] == "rule"}):
        wrong = seen.rows(
            "SELECT f.enterprise_id FROM profiles_factsheet f JOIN profiles_tagrule r ON r.code = %s"
            " LEFT JOIN profiles_tag t ON t.enterprise_id = f.enterprise_id AND t.rule_id = r.id AND t.ended_at IS NULL"
            " WHERE (t.id IS NOT NULL) <> coalesce(f.revenue_cny >= (r.criterion->>'value')::numeric, false)"
            " OR (t.id IS NOT NULL) <> (r.code = ANY(f.has_tag))",
            code,
        )
        seen.verdict.count(
            "lost", [row["enterprise_id"] for row in wrong], f"files whose tag {code} is not that of the rule"
        )
    seen.verdict.figures["tags"] = len(told)


def _log(seen: Evidence) -> None:
    """Recompute every seal from the raw columns."""
    seal = bytes(32)
    sealed = sorted((e for e in seen.events if e["position"] is not None), key=lambda e: e["position"])
    for expected, event in enumerate(sealed, 1):
        values = {name: event[name] for name in SEALED}
        values["at"] = event["at"].astimezone(UTC).isoformat(timespec="microseconds")
        text = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        seal = hashlib.sha256(seal + expected.to_bytes(8, "big") + text.encode()).digest()
        if event["position"] != expected or bytes(event["seal"]) != seal:
            seen.verdict.wrong.append(f"the seal of the log does not fit at position {expected}, event {event['id']}")
            break
    seen.verdict.blame((e["id"] for e in seen.events if e["position"] is None), "events that nobody sealed")
    last = sealed[-1]["position"] if sealed else 0
    behind = seen.rows("SELECT name, position, failures FROM events_consumer")
    seen.verdict.blame((r["name"] for r in behind if r["failures"] or r["position"] != last), "readers left behind")
    seen.verdict.figures["events"] = len(seen.events)


def _sessions(seen: Evidence) -> None:
    idle = seen.rows(
        "SELECT pid, query FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND state LIKE 'idle in transaction%' AND clock_timestamp() - state_change > interval '5 s'"
    )
    seen.verdict.blame((f"{row['pid']}: {row['query'][:60]}" for row in idle), "sessions idle in a transaction")
    waiting = seen.rows(
        "SELECT pid, query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        " AND clock_timestamp() - query_start > interval '5 s'"
    )
    seen.verdict.blame((f"{row['pid']}: {row['query'][:60]}" for row in waiting), "sessions that wait for a lock")
    if not seen.at_rest:
        last = seen.rows("SELECT max(last_at) AS last FROM deadlines_sweepminute")[0]["last"]
        if last is None or seen.now - last > timedelta(seconds=3 * seen.sweep_seconds + 5):
            seen.verdict.wrong.append(f"the heartbeat of the sweep is stale: {last}")
