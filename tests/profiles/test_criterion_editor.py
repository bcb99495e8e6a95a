"""The editor of criteria without JavaScript: each change is drawn anew with what was typed, errors at their place."""

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.http import QueryDict
from django.utils import translation

from profiles.criteria import parse, tags_named, to_data
from profiles.forms.criterion import Node, node_of
from profiles.forms.tags import RuleForm

POLICIES = json.loads((Path(__file__).parent / "policy_conditions.json").read_text(encoding="utf-8"))
TAGS = {code: code for data in POLICIES.values() for code in sorted(tags_named(parse(data)))}


class Fields(HTMLParser):
    """What a browser would send of the form that is drawn."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.data, self.select = QueryDict(mutable=True), ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "select":
            self.select = given["name"]
        elif tag == "option" and (self.select not in self.data or "selected" in given):
            self.data[self.select] = given["value"]
        elif tag == "input" and (given.get("type") != "checkbox" or "checked" in given):
            self.data.appendlist(given["name"], given.get("value", "on"))


def posted(html: str, **changed) -> QueryDict:
    """What is drawn, with some fields changed: a__b for a.b."""
    data = Fields(html).data
    for name, value in changed.items():
        data[name.replace("__", ".")] = value
    return data


def plain(data):
    """Whatever the order of choices, and without a group around a single condition."""
    for how in ("all", "any"):
        if how in data:
            parts = [plain(one) for one in data[how]]
            return parts[0] if len(parts) == 1 else {how: parts}
    return data | {"value": sorted(data["value"])} if isinstance(data.get("value"), list) else data


def form_of(data=None, initial=None) -> RuleForm:
    return RuleForm(data, tags=TAGS, initial={"criterion": initial})


def drawn(form: RuleForm) -> str:
    return str(form["criterion"])


@pytest.mark.parametrize("name", POLICIES)
def test_what_is_drawn_and_sent_back_is_the_same_criterion(name):
    form = form_of(posted(drawn(form_of(initial=POLICIES[name]))))
    assert form.is_valid(), form.errors
    assert plain(to_data(form.cleaned_data["criterion"])) == plain(to_data(parse(POLICIES[name])))


def test_a_condition_is_added_filled_in_and_removed():
    form = form_of(posted(drawn(form_of()), criterion__new="rd_ratio", criterion__do="add:criterion"))
    assert form.is_being_built
    html = drawn(form)
    assert 'name="criterion.0.fact" value="rd_ratio"' in html
    form = form_of(posted(html, criterion__0__value="5"))
    assert not form.is_being_built
    assert form.is_valid()
    assert to_data(form.cleaned_data["criterion"]) == {"fact": "rd_ratio", "op": "gte", "value": "0.05"}
    form = form_of(posted(drawn(form), criterion__do="remove:criterion.0"))
    assert "criterion.0" not in drawn(form)
    assert form_of(posted(drawn(form))).is_valid()


def test_groups_reviews_and_negation():
    html = drawn(form_of(posted(drawn(form_of()), criterion__do="group:criterion")))
    html = drawn(form_of(posted(html, criterion__0__new="credit_ok", criterion__do="add:criterion.0")))
    html = drawn(form_of(posted(html, criterion__do="review:criterion.0")))
    form = form_of(posted(html, criterion__0__not="on", criterion__0__1__text_zh="看产品"))
    assert form.is_valid(), form.errors
    assert to_data(form.cleaned_data["criterion"]) == {
        "not": {
            "any": [
                {"fact": "credit_ok", "op": "is_true"},
                {"op": "review", "text_zh": "看产品", "text_en": "看产品"},
            ]
        }
    }


def test_what_was_typed_stays_and_the_error_stands_beside_it():
    data = {
        "all": [
            {"fact": "revenue_cny", "op": "gte", "value": 1},
            {"any": [{"fact": "headcount", "op": "lt", "value": 2}]},
        ]
    }
    form = form_of(posted(drawn(form_of(initial=data)), criterion__1__0__value="很多"))
    assert not form.is_valid()
    with translation.override("en"):
        html = drawn(form)
    assert 'name="criterion.1.0.value" value="很多"' in html
    assert html.count('class="err"') == 1
    assert html.index('class="err"') > html.index("criterion.1.0.value")
    assert html.index('class="err"') < html.index("criterion.1.0.not")


@pytest.mark.parametrize(
    ("typed", "value"),
    [("2000万", 20_000_000), ("2.5 亿元", 250_000_000), ("20,000,000", 20_000_000), ("１２", 12)],
)
def test_numbers_are_read_as_people_type_them(typed, value):
    html = drawn(form_of(initial={"fact": "revenue_cny", "op": "gte", "value": 1}))
    form = form_of(posted(html, criterion__0__value=typed))
    assert form.is_valid(), form.errors
    assert form.cleaned_data["criterion"].value == value


@pytest.mark.parametrize(
    "data",
    [
        {"criterion.how": "all", "criterion.n": "9" * 400},
        {"criterion.how": "all", "criterion.n": "²"},
        {"criterion.how": "all", "criterion.n": "200"},
        {"criterion.how": "none"},
        {"criterion.how": "leaf", "criterion.fact": "x"},
        {"criterion.how": "all", "criterion.n": "1", "criterion.0.how": "leaf", "criterion.0.fact": "credit_ok"},
        {"criterion.how": "all", "criterion.do": "remove:criterion"},
        {"criterion.how": "all", "criterion.do": "add:criterion.7.8"},
        {"criterion.how": "all", "criterion.do": "add:criterion.x"},
        {"criterion.how": "all", "criterion.do": "nothing:"},
        {},
    ],
)
def test_bent_fields_break_nothing(data):
    sent = QueryDict(mutable=True)
    sent.update(data)
    form = form_of(sent)
    form.is_valid()
    assert drawn(form)


def test_a_tree_too_deep_is_cut_and_drawn():
    sent, name = QueryDict(mutable=True), "criterion"
    for _ in range(40):
        sent.update({f"{name}.how": "all", f"{name}.n": "1"})
        name += ".0"
    form = form_of(sent)
    assert not form.is_valid()
    assert len(drawn(form)) < 200_000


def test_without_conditions_there_is_no_criterion():
    form = form_of(posted(drawn(form_of())))
    assert form.is_valid()
    assert form.cleaned_data["criterion"] is None


def test_double_negation_is_none():
    assert node_of({"not": {"not": {"fact": "credit_ok", "op": "is_true"}}}) == Node(
        "leaf", fact="credit_ok", op="is_true"
    )
