"""Tags and criteria by the API."""

import pytest

from profiles.enums import ValueSource
from profiles.services.values import Said, record_values
from tests.api.callers import Caller
from tests.cast import NOW, Cast

pytestmark = pytest.mark.django_db

MICRO = {"fact": "sme_size", "op": "eq", "value": "micro"}


@pytest.fixture
def known(cast: Cast) -> Cast:
    record_values(cast.enterprise, [Said("sme_size", "micro")], source=ValueSource.VISIT, by=None, now=NOW)
    return cast


def test_tags_of_an_enterprise_are_its_own(known: Cast):
    path = f"/enterprises/{known.enterprise.pk}/tags/"
    for user in (known.chen, known.wang.user, known.shen):
        [tag] = Caller(user).get(path)
        assert (tag["tag"], tag["origin"], tag["evidence"]) == ("micro", "rule", {"sme_size": "micro"})
    for user in (known.zhao, known.gao.user):
        Caller(user).get(path, status=404)
    Caller().get(path, status=401)


def test_rules_are_listed(known: Cast):
    rules = {rule["code"]: rule for rule in Caller(known.zhao).get("/tag-rules/")}
    assert rules["micro"]["criterion"] == MICRO
    assert rules["hnte"]["criterion"] is None


def test_a_criterion_is_read_and_judged(known: Cast):
    path = "/criteria/check/"
    found = Caller(known.chen).post(path, {"criterion": {"all": [MICRO]}})
    assert found["criterion"] == {"all": [MICRO]}
    assert found["outcome"] is None
    assert found["sentence"]
    found = Caller(known.chen).post(path, {"criterion": {"not": MICRO}, "enterprise": known.enterprise.pk})
    assert found["outcome"] == "not_met"
    assert found["lines"]["parts"][0]["outcome"] == "met"
    Caller(known.zhao).post(path, {"criterion": MICRO, "enterprise": known.enterprise.pk}, status=404)


def test_what_is_wrong_with_a_criterion_is_said_with_its_place(known: Cast):
    wrong = {"all": [{**MICRO, "value": "tiny"}, {"fact": "has_tag", "op": "contains_any", "value": ["no_such"]}]}
    problem = Caller(known.chen).post("/criteria/check/", {"criterion": wrong}, status=400)
    assert set(problem["errors"]) == {"criterion/all/0/value", "criterion/all/1/value/0"}
