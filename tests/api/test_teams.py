"""Teams and their questions by the API."""

import pytest

from lifecycle.models import Consultation
from tests.api.callers import Caller
from tests.cast import Cast
from tests.lifecycle.experts import team_of

pytestmark = pytest.mark.django_db


def test_question_from_asking_to_the_answer(cast: Cast):
    case = cast.submitted()
    team_of(case)
    lead, expert = Caller(case.lead.user), Caller(cast.lu.user)
    team = lead.get(f"/cases/{case.uid}/team/")
    assert [(one["skill"], bool(one["why"])) for one in team] == [("", False), ("R-ESS", True)]
    made = lead.post(f"/cases/{case.uid}/questions/", {"skill": "R-ESS", "question": "地址？"}, status=201)
    assert (made["state"], made["specialist"], made["clock"]["amount"]) == ("open", "陆离", 2)
    assert [one["id"] for one in expert.get("/questions/")["results"]] == [made["id"]]
    assert lead.get("/questions/")["results"] == []
    lead.post(f"/questions/{made['id']}/answer/", {"answer": "x"}, status=403)
    done = expert.post(f"/questions/{made['id']}/answer/", {"answer": "可以"}, status=200)
    assert (done["state"], done["answered_by"]) == ("answered", "陆离")
    expert.post(f"/questions/{made['id']}/answer/", {"answer": "再答"}, status=409)
    assert len(lead.get(f"/cases/{case.uid}/questions/")["results"]) == 1


def test_wrong_questions_are_refused(cast: Cast):
    case = cast.submitted()
    team_of(case)
    lead, path = Caller(case.lead.user), f"/cases/{case.uid}/questions/"
    for body in ({"skill": "R-ESS"}, {"skill": "R-NONE", "question": "?"}, {"skill": "R-LAW", "question": "?"}):
        lead.post(path, body, status=400)
    lead.post(path, {"question": "问自己"}, status=400)
    assert not Consultation.objects.exists()


def test_enterprise_reads_names_and_no_questions(cast: Cast):
    case = cast.submitted()
    team_of(case)
    team = Caller(cast.chen).get(f"/cases/{case.uid}/team/")
    assert [one["why"] for one in team] == ["", ""]
    Caller(cast.chen).get(f"/cases/{case.uid}/questions/", status=403)
    Caller(cast.zhao).get(f"/cases/{case.uid}/team/", status=404)
