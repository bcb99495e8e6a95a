import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = {"DATABASE_URL": "postgres://nobody:none@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}


def due(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("due", *arguments, "--lang", "en", stdout=out)
    return out.getvalue().splitlines()


def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), "due", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **NOWHERE},
    )


def test_due_prints_the_date_alone():
    assert due("2026-09-28", "15") == ["2026-10-23"]


def test_due_takes_pauses():
    assert due("2026-09-28", "15", "--pause", "2026-09-29/2026-09-30", "--pause", "2026-10-09/2026-10-12") == [
        "2026-10-28"
    ]


def test_due_takes_units():
    assert due("2026-09-21", "10", "--unit", "calendar_day")[-1] == "2026-10-08"
    assert due("2026-11-27T16:30", "1", "--unit", "working_hour") == ["The limit ends at 09:30.", "2026-11-30"]


def test_due_explains_each_day_before_the_date():
    lines = due("2026-09-30", "3", "--explain")
    assert lines[0] == "2026-09-30  start, not counted"
    assert lines[1] == "2026-10-01  holiday · National Day"
    assert lines[-2] == "2026-10-10  day 3 · make-up working day · due · National Day"
    assert lines[-1] == "2026-10-10"
    assert len(lines) == 12


def test_due_says_that_an_unpublished_year_is_only_expected():
    lines = due("2026-12-28", "15")
    assert lines[0].startswith("Expected")
    assert lines[-1] == "2027-01-19"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["2026-13-01", "3"], "not a date"),
        (["tomorrow", "3"], "not a date"),
        (["2026-09-28", "-3"], "at least 1"),
        (["2026-09-28", "0"], "at least 1"),
        (["2026-09-28", "three"], "at least 1"),
        (["2026-09-28", "1_0"], "at least 1"),
        (["2026-09-28", "１０"], "at least 1"),
        (["2026-09-28", "3", "--unit", "week"], "Unknown unit"),
        (["2026-09-28", "3", "--pause", "2026-09-27/2026-09-29"], "before the start"),
        (["2026-09-28", "3", "--pause", "2026-09-30/2026-09-29"], "ends before it begins"),
        (["2026-09-28", "3", "--pause", "2026-09-30"], "FROM/TO"),
        (["1999-01-01", "3"], "covers"),
        (["2026-01-01", "9999999"], "covers"),
        ([], "for example"),
    ],
)
def test_due_refuses_in_one_line(arguments, reason):
    with pytest.raises(CommandError, match=reason) as refused:
        due(*arguments)
    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)


def test_due_works_without_a_database_or_a_broker():
    done = manage("2026-09-28", "15", "--pause", "2026-09-30/2026-10-09")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2026-10-27\n", "")


@pytest.mark.parametrize("arguments", [["2026-09-28", "-3"], ["2026-09-28"], ["2026-09-28", "3", "--none"]])
def test_due_ends_with_two_and_one_line_on_stderr(arguments):
    done = manage(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
