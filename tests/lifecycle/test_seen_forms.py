"""What a form takes when its page no longer shows what is stored."""

import json

import pytest
from django.http import QueryDict

from lifecycle.forms.application import StepForm
from lifecycle.models import Question

ASKED = [
    Question(code="industry", kind="text", name_zh="行业", name_en="Industry"),
    Question(code="business_scope", kind="long_text", name_zh="经营范围", name_en="Business scope"),
    Question(code="has_pre_approval_items", kind="yes_no", name_zh="须前置许可", name_en="Needs approval first"),
    Question(
        code="lines",
        kind="choices",
        name_zh="条线",
        name_en="Lines",
        options=[["green", "绿色", "Green"], ["industry", "产业", "Industry"]],
    ),
]
THEN = {"industry": "农业", "business_scope": "种植\r\n养殖", "has_pre_approval_items": False}


def form(now: dict, **posted: str) -> StepForm:
    """A draft of a page that showed THEN, while `now` is stored."""
    data = QueryDict(mutable=True)
    data.update({"seen": json.dumps(StepForm(ASKED, initial=THEN).seen()), **posted})
    made = StepForm(ASKED, data, draft=True, initial=now)
    made.is_valid()
    return made


def test_untouched_field_gives_way_to_what_is_stored():
    made = form(
        {**THEN, "industry": "软件", "has_pre_approval_items": True}, industry="农业", has_pre_approval_items="no"
    )
    assert made.answers == {}
    assert (made["industry"].value(), made["has_pre_approval_items"].value()) == ("软件", "yes")


def test_ends_of_lines_are_no_change():
    assert form({**THEN, "business_scope": "别的"}, business_scope="种植\n养殖").answers == {}


def test_changed_field_is_taken():
    made = form(THEN, industry="软件", business_scope="")
    assert made.answers == {"industry": "软件", "business_scope": ""}


def test_field_changed_on_both_sides_is_not_taken_and_names_the_other():
    made = form({**THEN, "industry": "软件", "has_pre_approval_items": True}, industry="生物", business_scope="种")
    assert made.answers == {"business_scope": "种"}
    assert "软件" in made.errors["industry"][0]
    assert made["industry"].value() == "生物"


def test_same_change_on_both_sides_is_no_clash():
    assert form({**THEN, "industry": "软件"}, industry="软件").clashes == set()


def test_value_that_the_page_itself_had_sent_is_nobody_elses():
    made = form({**THEN, "industry": "生"}, industry="生物", sent='{"industry": ["生"]}')
    assert made.answers == {"industry": "生物"}


def test_form_shown_again_knows_what_is_stored_now():
    now = {**THEN, "industry": "软件"}
    assert form(now, industry="生物").seen() == StepForm(ASKED, initial=now).seen()


@pytest.mark.parametrize("record", ["", "?", "[]", '{"industry": ["x"]}', '{"industry": 3}'])
def test_record_that_cannot_be_read_loses_nothing(record):
    made = StepForm(ASKED, {"seen": record, "sent": record, "industry": "软件"}, draft=True, initial=THEN)
    made.is_valid()
    assert made["industry"].value() == "软件"


def chosen(now: dict, *boxes: str) -> StepForm:
    data = QueryDict(mutable=True)
    data["seen"] = json.dumps(StepForm(ASKED, initial={"lines": ["green"]}).seen())
    data.setlist("lines", ["", *boxes])
    made = StepForm(ASKED, data, draft=True, initial=now)
    made.is_valid()
    return made


def test_boxes_are_one_answer():
    assert chosen({"lines": ["green"]}, "green", "industry").answers == {"lines": ["green", "industry"]}
    assert chosen({"lines": ["green"]}).answers == {"lines": []}
    assert chosen({"lines": ["industry"]}, "green").answers == {}
    assert "lines" in chosen({"lines": ["industry"]}, "green", "industry").clashes
