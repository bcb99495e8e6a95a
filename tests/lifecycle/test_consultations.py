"""Questions inside a case: a clock of their own, who answers, what a hand-over keeps, what the enterprise sees."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from lifecycle.models import Case, Consultation, Task
from lifecycle.services import consultations, tasks, teams
from lifecycle.services.consultations import NobodyToAsk, answer, ask, take_back
from lifecycle.services.errors import CaseMoved, NotYours
from park.deadlines import sweep
from park.deadlines.enums import Source
from park.deadlines.models import Clock
from park.deadlines.workdays import local_day
from park.events import consumers
from park.events.models import Event
from park.notices.models import Notice
from park.team.models import OpenWork, Skill
from park.team.selectors.handover import due_in_absence
from park.team.services import set_absent
from park.team.services.handover import Move, hand_over_many
from tests.cast import NOW, Cast, at
from tests.lifecycle.experts import expert, team_of
from tests.second_factor import give_second_factor

pytestmark = pytest.mark.django_db
SECRET = "税务地址能否用集中登记地？"


def service(code: str = "R-ESS") -> Skill:
    return Skill.objects.get(code=code)


def asked(cast: Cast, case: Case | None = None, text: str = SECRET) -> Consultation:
    case = case or cast.submitted()
    team_of(case)
    return ask(case, skill=service(), text=text, by=case.lead.user, now=NOW)


def test_question_starts_a_clock_of_the_expert_and_stops_none_of_the_enterprise(cast: Cast):
    case = cast.submitted()
    before = {clock.pk: (clock.state, clock.due_at) for clock in Clock.objects.all()}
    one = asked(cast, case)
    clock = one.clock
    assert (clock.responsible, clock.lead, clock.department.code) == (cast.lu, case.lead, "DEP-ENT")
    assert clock.due_at == at("2026-11-24 17:00")  # two working days after a Friday
    assert clock.enterprise is None
    assert OpenWork.objects.get(kind="consultation").clock == clock.pk
    assert {c.pk: (c.state, c.due_at) for c in Clock.objects.exclude(pk=clock.pk)} == before
    consumers.react()
    assert Notice.objects.get(kind="consultation.asked").recipient == cast.lu.user


def test_answer_stops_the_clock_and_tells_whoever_asked(cast: Cast):
    one = asked(cast)
    for stranger in (cast.gao.user, one.asked_by, cast.shen):
        with pytest.raises(NotYours):
            answer(one, text="可以", by=stranger, now=NOW)
    answer(one, text="可以，需附承诺书。", by=cast.lu.user, now=NOW + timedelta(hours=1))
    one.refresh_from_db()
    assert (one.state, one.clock.state, one.answered_by) == ("answered", "met", cast.lu.user)
    assert not OpenWork.objects.filter(kind="consultation").exists()
    consumers.react()
    notice = Notice.objects.get(kind="consultation.answered")
    assert (notice.recipient, notice.data["note"]) == (one.asked_by, "可以，需附承诺书。")
    with pytest.raises(CaseMoved):
        answer(one, text="再答", by=cast.lu.user, now=NOW)
    with pytest.raises(CaseMoved):
        take_back(one, by=one.asked_by, now=NOW)


def test_same_question_twice_is_asked_once(cast: Cast):
    case = cast.submitted()
    assert asked(cast, case) == asked(cast, case)
    assert Clock.objects.filter(kind="consultation").count() == 1


def test_expert_asks_the_lead_and_the_next_lead_answers(cast: Cast):
    case = cast.submitted()
    team_of(case)
    one = ask(case, skill=None, text="企业何时搬入？", by=cast.lu.user, now=NOW)
    assert one.specialist == case.lead
    other = cast.han if case.lead == cast.wang else cast.wang
    task = Task.objects.get(case=case, node__code="N2")
    due = one.clock.due_at
    tasks.transfer_task(task, to=other, note="n", by=task.assignee.user, now=NOW)
    one.refresh_from_db()
    assert (one.specialist, one.clock.responsible, one.clock.lead, one.clock.due_at) == (other, other, other, due)
    assert OpenWork.objects.get(kind="consultation").specialist == other
    answer(one, text="下月", by=other.user, now=NOW)


def test_nobody_is_asked_who_is_not_there(cast: Cast):
    case = cast.submitted()
    team_of(case)
    with pytest.raises(NobodyToAsk):
        ask(case, skill=service("R-LAW"), text="?", by=case.lead.user, now=NOW)
    with pytest.raises(NobodyToAsk):
        ask(case, skill=None, text="?", by=case.lead.user, now=NOW)
    with pytest.raises(NotYours):
        ask(case, skill=service(), text="?", by=cast.chen, now=NOW)
    with pytest.raises(CaseMoved):
        ask(cast.draft(), skill=None, text="?", by=cast.wang.user, now=NOW)
    assert not Consultation.objects.exists()


def test_while_the_expert_is_away_whoever_stands_in_is_asked(cast: Cast):
    case = cast.submitted()
    team_of(case)
    other = expert("lu2", "DEP-ENT", "R-ESS")
    until = NOW.date() + timedelta(days=7)
    set_absent(specialist=cast.lu, first_on=NOW.date(), last_on=until, substitute=other, by=cast.lu.user, now=NOW)
    assert ask(case, skill=service(), text="急", by=case.lead.user, now=NOW).specialist == other
    set_absent(specialist=other, first_on=NOW.date(), last_on=until, by=other.user, now=NOW)
    assert ask(case, skill=service(), text="又急", by=case.lead.user, now=NOW).specialist == cast.lu


def test_hand_over_in_an_absence_keeps_question_and_date(cast: Cast):
    one = asked(cast)
    other = expert("lu2", "DEP-ENT", "R-ESS")
    today, due = local_day(NOW), one.clock.due_at
    until = today + timedelta(days=7)
    proposals = due_in_absence(cast.lu, today, until, today, NOW)
    assert [(p.kind, p.piece.number, p.to) for p in proposals] == [("consultation", one.pk, other)]
    move = [Move("consultation", one.pk, other.pk)]
    hand_over_many(move, department=cast.lu.department, note="休假", by=cast.shen, now=NOW)
    one.refresh_from_db()
    assert (one.specialist, one.question, one.clock.responsible, one.clock.due_at) == (other, SECRET, other, due)
    assert OpenWork.objects.get(kind="consultation").specialist == other
    consumers.react()
    assert Notice.objects.filter(kind="consultation.handed_over", recipient=other.user).exists()
    answer(one, text="好", by=other.user, now=NOW)


def test_expert_who_is_replaced_takes_no_question_along(cast: Cast):
    one = asked(cast)
    done = asked(cast, one.team.case, "第二问")
    answer(done, text="已答", by=cast.lu.user, now=NOW)
    other, due = expert("lu2", "DEP-ENT", "R-ESS"), one.clock.due_at
    place = one.team.members.get()
    teams.replace_member(place, to=other, reason="调岗", by=cast.shen, now=NOW)
    one.refresh_from_db()
    done.refresh_from_db()
    assert (one.specialist, one.clock.due_at, one.state) == (other, due, "open")
    assert (done.specialist, done.answer) == (cast.lu, "已答")


def test_taken_back_by_whoever_asked_or_by_the_lead(cast: Cast):
    one = asked(cast)
    with pytest.raises(NotYours):
        take_back(one, by=cast.lu.user, now=NOW)
    take_back(one, by=one.asked_by, now=NOW)
    one.refresh_from_db()
    assert (one.state, one.clock.state) == ("taken_back", "cancelled")


def test_late_answer_is_told_to_the_park_and_never_to_the_enterprise(cast: Cast):
    asked(cast)
    for _ in range(8):
        sweep.fire(source=Source.COMMAND, now=at("2026-12-01 09:00"))
    consumers.react()
    told = [one for one in Notice.objects.filter(kind__startswith="clock.") if "专家答复" in str(one.data)]
    assert cast.lu.user in {one.recipient for one in told}
    assert not {one.recipient for one in told} & {cast.chen, cast.li}


def test_enterprise_never_sees_questions(cast: Cast, client):
    one = asked(cast)
    answer(one, text="内部答复", by=cast.lu.user, now=NOW)
    consumers.react()
    give_second_factor(cast.chen)
    client.force_login(cast.chen)
    case = one.team.case
    for path in (
        reverse("cases:track", args=[case.uid]),
        reverse("file:timeline"),
        f"/api/v1/cases/{case.uid}/timeline/",
        f"/api/v1/cases/{case.uid}/clocks/",
        f"/api/v1/cases/{case.uid}/team/",
        reverse("notices:list"),
    ):
        page = client.get(path)
        assert page.status_code == 200, path
        for secret in (SECRET, "内部答复", "Answer inside", "专家答复", "question of"):
            assert secret not in page.content.decode(), (path, secret)
    assert client.get(f"/api/v1/cases/{case.uid}/questions/").status_code == 403
    told = Event.objects.filter(kind__startswith="consultation.")
    assert told.count() == 2
    assert all(event.is_internal for event in told)


@pytest.mark.parametrize(
    "wrong", [{"state": "answered"}, {"state": "open", "ended_at": NOW}, {"question": ""}, {"answer": "x"}]
)
def test_database_keeps_questions_consistent(cast: Cast, wrong):
    one = asked(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        Consultation.objects.filter(pk=one.pk).update(**wrong)


def test_head_answers_for_their_people(cast: Cast):
    head = expert("head", "DEP-ENT", head=True)
    one = consultations.answer(asked(cast), text="代答", by=head.user, now=NOW)
    assert one.answered_by == head.user
