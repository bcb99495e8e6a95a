"""Due dates for everybody."""

import csv
from pathlib import Path

import pytest

from tests.api.callers import Caller

pytestmark = pytest.mark.django_db
EXAMPLES = Path(__file__).parents[1] / "deadlines" / "due_examples.csv"
URL = "/working-days/due"


def test_answers_as_the_command_does():
    with EXAMPLES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        query = {"start": row["start"], "limit": row["limit"]}
        if row["pauses"]:
            query["pause"] = row["pauses"].split()
        assert Caller().get(URL, **query)["due_on"] == row["due"], row


def test_explains_each_day():
    found = Caller().get(URL, start="2026-09-28", limit=3, explain=1)
    kinds = [(day["day"], day["kind"], day["number"]) for day in found["days"]]
    assert kinds[0] == ("2026-09-28", "start", None)
    assert kinds[-1] == (found["due_on"], "due", 3)
    assert "days" not in Caller().get(URL, start="2026-09-28", limit=3)


def test_year_without_its_notice_is_provisional():
    assert Caller().get(URL, start="2026-11-23", limit=3)["is_provisional"] is False
    assert Caller().get(URL, start="2030-03-01", limit=3)["is_provisional"] is True


def test_working_hours_end_at_an_instant():
    found = Caller().get(URL, start="2026-11-23T10:00", limit=4, unit="working_hour")
    assert found["due_at"] == "2026-11-23T16:00:00+08:00"


@pytest.mark.parametrize(
    "query, field",
    [
        ({}, "start"),
        ({"start": "tomorrow", "limit": "3"}, "start"),
        ({"start": "2026-02-30", "limit": "3"}, "start"),
        ({"start": "0001-01-01T00:00", "limit": "3"}, "start"),
        ({"start": "9999-12-31T23:59", "limit": "3"}, "start"),
        ({"start": "9999-12-31", "limit": "3"}, "start"),
        ({"start": "2026-11-23"}, "limit"),
        ({"start": "2026-11-23", "limit": "0"}, "limit"),
        ({"start": "2026-11-23", "limit": "3.5"}, "limit"),
        ({"start": "2026-11-23", "limit": "1000000"}, "limit"),
        ({"start": "2026-11-23", "limit": "3", "unit": "week"}, "unit"),
        ({"start": "2026-11-23", "limit": "3", "pause": "2026-11-24"}, "pause"),
        ({"start": "2026-11-23", "limit": "3", "pause": "2026-11-26/2026-11-24"}, "pause"),
        ({"start": "2026-11-23", "limit": "3", "pause": "2026-11-01/2026-11-24"}, "pause"),
        ({"start": "2026-11-23", "limit": "3", "explain": "perhaps"}, "explain"),
    ],
)
def test_bad_question_is_refused_beside_its_field(query: dict[str, str], field: str):
    assert field in Caller().get(URL, status=400, **query)["errors"]
