"""The description of the API is whole, and so is the page that shows it."""

import json
import re

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator

METHODS = {"get", "post", "put", "patch", "delete"}
OPEN = {"/api/v1/procedures/", "/api/v1/procedures/{code}/", "/api/v1/working-days/due"}


@pytest.fixture(scope="module")
def schema() -> dict:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations(schema: dict) -> list[tuple[str, str, dict]]:
    return [
        (path, verb, one) for path, verbs in schema["paths"].items() for verb, one in verbs.items() if verb in METHODS
    ]


def test_schema_is_valid_and_free_of_warnings(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))


def test_every_operation_says_what_it_does_and_how_it_fails(schema):
    found = operations(schema)
    assert len(found) > 30
    for path, verb, one in found:
        place = f"{verb} {path}"
        assert one["summary"] and one["description"] and one["tags"], place
        assert path in OPEN or "401" in one["responses"], place
        assert "{" not in path or "404" in one["responses"] or "application/octet-stream" in str(one), place


def test_summaries_are_written_for_people(schema):
    summaries = [one["summary"] for _path, _verb, one in operations(schema)]
    assert len(summaries) == len(set(summaries))


def test_choices_have_names(schema):
    nameless = [name for name in schema["components"]["schemas"] if re.search(r"[0-9A-Fa-f]{3}Enum$", name)]
    assert nameless == []


@pytest.mark.django_db
def test_schema_is_told_in_both_languages():
    english = Client().get(reverse("schema"), {"format": "json"}, headers={"Accept-Language": "en"})
    chinese = Client().get(reverse("schema"), {"format": "json"}, headers={"Accept-Language": "zh-CN"})
    summary = ("paths", "/api/v1/cases/", "get", "summary")
    first, second = json.loads(english.content), json.loads(chinese.content)
    assert first["info"]["title"] == "Park Portal API"
    assert all(re.search(r"[\u4e00-\u9fff]", second["info"][name]) for name in ("title", "description"))
    for key in summary:
        first, second = first[key], second[key]
    assert first == "List the cases that you may see"
    assert re.search(r"[\u4e00-\u9fff]", second)


@pytest.mark.django_db
def test_page_of_the_api_runs_nothing_of_strangers():
    answer = Client().get(reverse("api_docs"))
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert not re.search(r"<script(?![^>]*\bsrc=\"/static/)", html)
    assert not re.search(r"(src|href)=\"(https?:)?//", html)
