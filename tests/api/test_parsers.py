"""Bodies that cannot be read are refused in the reader's words."""

import re

import pytest

from tests.api.callers import ROOT, Caller
from tests.cast import Cast

pytestmark = pytest.mark.django_db
BROKEN = {
    "cut off": '{"name": ',
    "half a character": '{"name": "\\ud800"}',
    "half a character as a name": '{"\\udfff": 1}',
    "too deep": "[" * 200_000,
    "endless number": '{"name": ' + "9" * 5000 + "}",
    "no number": '{"name": NaN}',
    "not UTF-8": b'{"name": "\xff"}',
}


@pytest.mark.parametrize("language", ["en", "zh-CN"])
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_broken_json_is_a_problem_in_the_language_of_the_call(cast: Cast, body: str | bytes, language: str):
    client = Caller(cast.chen).client
    answer = client.post(
        f"{ROOT}/tokens/", body, content_type="application/json", headers={"Accept-Language": language}
    )
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    title = answer.json()["title"]
    assert bool(re.search(r"[\u4e00-\u9fff]", title)) == (language == "zh-CN")
    assert "parse error" not in title
    assert "sys." not in title


def test_mistake_in_the_json_is_named_by_its_place(cast: Cast):
    answer = Caller(cast.chen).client.post(f"{ROOT}/tokens/", '{\n"name" 1}', content_type="application/json")
    assert answer.json()["title"] == "The body is not valid JSON; see line 2, column 8."


def test_answers_and_verdicts_with_half_a_character_are_refused(cast: Cast):
    task = cast.in_review()
    url = f"{ROOT}/cases/{cast.draft().uid}/"
    broken = '{"answers": {"company_name": "\\ud800"}}'
    assert Caller(cast.chen).client.patch(url, broken, content_type="application/json").status_code == 400
    url = f"{ROOT}/tasks/{task.pk}/verdicts/"
    broken = '{"verdicts": [{"material": 1, "verdict": "\\ud800"}]}'
    assert Caller(task.assignee.user).client.post(url, broken, content_type="application/json").status_code == 400


def test_broken_form_with_parts_is_refused_in_chinese(cast: Cast):
    url = f"{ROOT}/cases/{cast.draft().uid}/materials/"
    headers = {"Accept-Language": "zh-CN"}
    answer = Caller(cast.chen).client.post(url, b"x", content_type="multipart/form-data", headers=headers)
    assert (answer.status_code, answer.json()["title"]) == (400, "请求内容不是分段表单（multipart/form-data）。")


def test_number_beyond_all_bounds_is_refused_beside_its_name(cast: Cast):
    url = f"{ROOT}/cases/{cast.draft().uid}/"
    body = '{"answers": {"registered_capital": 1e400}}'
    answer = Caller(cast.chen).client.patch(url, body, content_type="application/json")
    assert set(answer.json()["errors"]["answers"]) == {"registered_capital"}
