"""The judge: raw rows by SQL, the history of the campaign, the mailbox and the files. Nothing of the portal is imported.

    python -m faults.checker --database URL --history FILE --mail FOLDER --media FOLDER [--at-rest] [--report FILE]

Ends with 1 when anything is wrong. `--at-rest` leaves out what only running processes can have: a fresh heartbeat.
"""

import argparse
import json
import sys
from pathlib import Path

from faults import judge_deadlines, judge_messages, judge_notices, judge_promises, judge_records
from faults.evidence import COUNTS, Evidence, Verdict


def check(url: str, past: Path, *, mail: Path, media: Path, at_rest: bool = False) -> Verdict:
    seen = Evidence(url, past, mail=mail, media=media, at_rest=at_rest)
    try:
        for room in (judge_deadlines, judge_promises, judge_notices, judge_messages, judge_records):
            room.judge(seen)
    finally:
        seen.close()
    return seen.verdict


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m faults.checker", description="Judge what a campaign left behind.")
    parser.add_argument("--database", required=True)
    parser.add_argument("--history", required=True, type=Path)
    parser.add_argument("--mail", required=True, type=Path)
    parser.add_argument("--media", required=True, type=Path)
    parser.add_argument("--at-rest", action="store_true")
    parser.add_argument("--report", type=Path)
    given = parser.parse_args(arguments)
    verdict = check(given.database, given.history, mail=given.mail, media=given.media, at_rest=given.at_rest)
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
