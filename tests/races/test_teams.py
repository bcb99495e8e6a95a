"""Teams that two readers put together at once, and questions that two answer at once."""

import pytest

from lifecycle.models import ServiceTeam, TeamMember
from lifecycle.services import teams
from lifecycle.services.consultations import answer, ask
from lifecycle.services.errors import CaseMoved
from park.deadlines.models import Clock
from park.events import consumers
from park.events.models import Event
from park.team.models import OpenWork, Skill
from tests.cast import NOW, Cast
from tests.lifecycle.experts import expert
from tests.races.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_team_that_many_put_together_at_once_is_one(cast: Cast):
    case = cast.submitted()
    at_once(lambda _: teams.look(cases=[case.pk], now=NOW), times=10, threads=10)
    consumers.react()
    assert ServiceTeam.objects.count() == 1
    assert TeamMember.objects.count() == 1
    assert Event.objects.filter(kind="expert.joined").count() == 1
    assert OpenWork.objects.filter(kind="expert").count() == 1


def test_of_many_answers_at_once_one_stands(cast: Cast):
    head, case = expert("head", "DEP-ENT", head=True), cast.submitted()
    teams.look(cases=[case.pk], now=NOW)
    one = ask(case, skill=Skill.objects.get(code="R-ESS"), text="地址？", by=case.lead.user, now=NOW)
    people = [cast.lu.user, head.user]
    outcomes = at_once(lambda n: answer(one, text=f"答 {n}", by=people[n % 2], now=NOW), times=8, threads=8)
    assert sum(isinstance(outcome, CaseMoved) for outcome in outcomes) == 7
    assert Event.objects.filter(kind="consultation.answered").count() == 1
    assert Clock.objects.get(kind="consultation").state == "met"


def test_same_question_sent_many_times_at_once_is_asked_once(cast: Cast):
    case, skill = cast.submitted(), Skill.objects.get(code="R-ESS")
    teams.look(cases=[case.pk], now=NOW)
    made = at_once(lambda _: ask(case, skill=skill, text="地址？", by=case.lead.user, now=NOW).pk, times=8, threads=8)
    assert len(set(made)) == 1
    assert Clock.objects.filter(kind="consultation").count() == 1
