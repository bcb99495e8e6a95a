"""What keeps a version from being published, and what only has to be looked at."""

import pytest

from lifecycle.limits import is_within
from lifecycle.models import ServiceStandard
from lifecycle.selectors.standard import problems_of, warnings_of
from lifecycle.services import standard_draft as drafts
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(cast: Cast) -> ServiceStandard:
    return drafts.begin_draft(by=cast.shen, now=NOW)


@pytest.mark.parametrize(
    ("promise", "law", "within"),
    [
        ((3, "working_day"), (3, "working_day"), True),
        ((4, "working_day"), (3, "working_day"), False),
        ((4, "working_day"), (3, "calendar_day"), False),
        ((3, "working_day"), (4, "calendar_day"), None),
        ((3, "calendar_day"), (3, "working_day"), True),
        ((4, "calendar_day"), (3, "working_day"), None),
        ((4, "working_hour"), (1, "working_day"), True),
        ((60, "working_hour"), (2, "working_day"), False),
        ((60, "working_hour"), (2, "calendar_day"), False),
        ((4, "working_hour"), (1, "calendar_day"), None),
        ((1, "working_day"), (4, "working_hour"), False),
    ],
)
def test_limits_in_different_units_beside_each_other(promise, law, within):
    assert is_within(*promise, *law) is within


def change(part, cast: Cast, **values) -> None:
    part.refresh_from_db()
    before = {name: drafts.value_of(part, name) for name in values}
    drafts.change_part(part, values, before=before, by=cast.shen, now=NOW)


def found(standard: ServiceStandard) -> list[tuple[str, str]]:
    return [(one.shelf, one.part) for one in problems_of(standard)]


def test_promise_beyond_the_law_in_another_unit(cast: Cast, draft):
    node = draft.procedures.get().nodes.get(code="N8")
    change(node, cast, amount=4, statutory_unit="calendar_day")
    assert found(draft) == [("nodes", "N8")]


def test_choice_needs_options_and_each_code_once(cast: Cast, draft):
    question = draft.procedures.get().questions.get(code="premises_kind")
    change(question, cast, options=[])
    assert found(draft) == [("questions", "premises_kind")]
    change(question, cast, options=[["a", "甲", "A"], ["a", "乙", "B"]])
    assert found(draft) == [("questions", "premises_kind")]


def test_condition_on_an_answer_that_is_not_asked(cast: Cast, draft):
    drafts.remove_part(draft.procedures.get().questions.get(code="submitted_by_agent"), by=cast.shen, now=NOW)
    assert found(draft) == [("materials", "MAT-AUTH")]


def test_step_that_nobody_can_take_is_a_warning(cast: Cast, draft):
    assert warnings_of(draft) == []
    type(cast.gao).objects.filter(pk=cast.gao.pk).update(is_active=False)
    assert [one.part for one in warnings_of(draft)] == ["N8"]
    assert problems_of(draft) == []


def test_units_that_cannot_be_compared_are_a_warning(cast: Cast, draft):
    node = draft.procedures.get().nodes.get(code="N8")
    change(node, cast, statutory_unit="calendar_day")
    assert [one.part for one in warnings_of(draft)] == ["N8"]
    assert problems_of(draft) == []
