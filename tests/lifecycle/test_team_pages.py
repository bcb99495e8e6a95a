"""Teams and questions on the pages of the desk, of the enterprise and of its file."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from lifecycle.models import Consultation, ServiceTeam
from lifecycle.services import cases
from lifecycle.services.consultations import ask
from park.events import consumers
from park.team.models import Skill
from profiles.services.profile import entrust, name_key_enterprise
from tests.cast import NOW, Cast
from tests.lifecycle.experts import expert, team_of
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db


@pytest.fixture
def enter(client):
    def sign_in(user):
        if not user.authenticator_set.exists():
            give_second_factor(user)
        client.force_login(user)
        return client

    return sign_in


def text(answer) -> str:
    return answer.content.decode()


def question(cast: Cast, case) -> Consultation:
    return ask(case, skill=Skill.objects.get(code="R-ESS"), text="地址可否集中登记？", by=case.lead.user, now=NOW)


def test_lead_asks_from_the_task_and_the_expert_answers_on_the_case(enter, cast: Cast):
    case = cast.submitted()
    team_of(case)
    task = cast.task(case, "N2")
    page = text(enter(case.lead.user).get(reverse("desk:task", args=[task.pk])))
    assert "陆离" in page and "企业服务专员" in page and "所有企业" in page
    form = {"whom": "R-ESS", "question": "地址可否集中登记？", "task": task.pk}
    answer = enter(case.lead.user).post(reverse("desk:ask", args=[case.uid]), form)
    assert answer["Location"] == reverse("desk:task", args=[task.pk])
    one = Consultation.objects.get()
    client = enter(cast.lu.user)
    listed = text(client.get(reverse("desk:questions")))
    assert "地址可否集中登记？" in listed and "瀛沐" in listed
    assert client.get(reverse("desk:queue")).context["questions"] == 1
    assert f'id="consultation-{one.pk}"' in text(client.get(reverse("desk:case", args=[case.uid])))
    empty = client.post(reverse("desk:answer", args=[one.pk]), {"answer": " "})
    assert empty.status_code == 422
    assert f"id_answer_{one.pk}" in text(empty)
    client.post(reverse("desk:answer", args=[one.pk]), {"answer": "可以"})
    one.refresh_from_db()
    assert one.answer == "可以"
    assert client.get(reverse("desk:queue")).context["questions"] == 0
    again = client.post(reverse("desk:answer", args=[one.pk]), {"answer": "我写了很久"}, follow=True)
    assert "我写了很久" in text(again)


def test_wrong_question_comes_back_as_it_was_typed(enter, cast: Cast):
    case = cast.submitted()
    team_of(case)
    answer = enter(case.lead.user).post(
        reverse("desk:ask", args=[case.uid]), {"whom": "R-LAW", "question": "写了很长的问题"}
    )
    assert answer.status_code == 422
    assert "写了很长的问题" in text(answer)
    assert not Consultation.objects.exists()


def test_question_is_taken_back(enter, cast: Cast):
    case = cast.submitted()
    team_of(case)
    one = question(cast, case)
    assert enter(cast.gao.user).post(reverse("desk:take_back", args=[one.pk])).status_code == 404
    enter(case.lead.user).post(reverse("desk:take_back", args=[one.pk]))
    one.refresh_from_db()
    assert one.state == "taken_back"


def test_head_changes_a_place_and_others_find_no_such_page(enter, cast: Cast):
    head, other = expert("head", "DEP-ENT", head=True), expert("lu2", "DEP-ENT", "R-ESS")
    case = cast.submitted()
    team = team_of(case)
    place = team.members.get()
    chosen = place.specialist
    url = reverse("desk:expert", args=[place.pk])
    for stranger in (cast.wang.user, cast.lu.user):
        assert enter(stranger).get(url).status_code == 404
    client = enter(head.user)
    to = other if chosen == cast.lu else cast.lu
    wrong = client.post(url, {"act": "replace", "reason": ""})
    assert wrong.status_code == 422
    client.post(url, {"act": "replace", "to": to.pk, "reason": "熟悉企业"})
    assert team.members.current().get().specialist == to
    url = reverse("desk:expert", args=[team.members.current().get().pk])
    left = client.post(url, {"act": "release", "reason": "不再需要"})
    assert left["Location"] == reverse("desk:queue")  # the department has no part in the case any more
    assert not team.members.current().exists()
    client = enter(case.lead.user)
    client.post(reverse("desk:call_in", args=[team.pk]), {"skill": "R-ESS"})
    client.post(reverse("desk:look_again", args=[team.pk]))
    assert team.members.current().count() == 1


def test_enterprise_reads_its_team_by_name_and_role(enter, cast: Cast):
    case = cast.submitted()
    team_of(case)
    question(cast, case)
    page = text(enter(cast.chen).get(reverse("cases:track", args=[case.uid])))
    assert "企业服务专员" in page and "陆离" in page
    assert "集中登记" not in page
    for name, args in (("desk:questions", []), ("desk:ask", [case.uid])):
        assert enter(cast.chen).get(reverse(name, args=args)).status_code in {403, 405}


def test_standing_team_is_on_the_file_and_has_a_page(enter, cast: Cast):
    entrust(cast.enterprise, cast.wang, by=cast.shen, now=NOW)
    name_key_enterprise(cast.enterprise, is_key=True, reason="链主", by=cast.shen, now=NOW)
    consumers.react()
    team = ServiceTeam.objects.get(case=None)
    client = enter(cast.wang.user)
    assert reverse("desk:team", args=[team.pk]) in text(
        client.get(reverse("companies:show", args=[cast.enterprise.pk]))
    )
    page = text(client.get(reverse("desk:team", args=[team.pk])))
    assert "王敏" in page and "企业服务专员" in page
    assert "暂无" in page
    assert client.post(reverse("desk:look_again", args=[team.pk])).status_code == 302
    timeline = text(client.get(reverse("companies:timeline", args=[cast.enterprise.pk])))
    assert "企业服务专员" in timeline
    assert enter(cast.gao.user).get(reverse("desk:team", args=[team.pk])).status_code in {403, 404}


def test_closed_case_asks_no_more(enter, cast: Cast):
    case = cast.submitted()
    team_of(case)
    cases.withdraw_case(case, by=cast.chen, now=timezone.now() + timedelta(minutes=1))
    page = enter(cast.wang.user).get(reverse("desk:case", args=[case.uid]))
    assert 'id="ask"' not in text(page)
    answer = enter(cast.wang.user).post(
        reverse("desk:ask", args=[case.uid]), {"whom": "R-ESS", "question": "还能问吗"}, follow=True
    )
    assert "还能问吗" in text(answer)
    assert not Consultation.objects.exists()
