"""Teams: put together when a case or a key enterprise begins, looked at again, changed by hand."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from lifecycle.models import ServiceTeam, TeamMember
from lifecycle.permissions import visible_cases
from lifecycle.services import cases, consultations, teams
from lifecycle.services.errors import CaseMoved, NotYours
from lifecycle.services.needs import tie_need
from park.events import consumers
from park.events.models import Event
from park.notices.models import Notice
from park.team.models import AssignmentDecision, CertificateKind, OpenWork, Skill, Specialist
from park.team.services import set_absent
from park.team.services.assignment import reconcile
from park.team.services.certificates import issue_certificate
from profiles.enums import NeedSource, ValueSource
from profiles.models import NeedCategory
from profiles.services.needs import raise_need
from profiles.services.profile import entrust, name_key_enterprise
from profiles.services.values import Said, record_values
from tests.cast import NOW, Cast
from tests.lifecycle.experts import expert, team_of

pytestmark = pytest.mark.django_db


def skills(team: ServiceTeam) -> dict[str, Specialist | None]:
    return {one.skill.code: one.specialist for one in team.members.current().select_related("skill", "specialist")}


def is_foreign(cast: Cast) -> None:
    said = [Said("foreign_invested", True)]
    record_values(cast.enterprise, said, source=ValueSource.DOCUMENT, by=cast.wang.user, now=NOW)


def need(cast: Cast, category: str, enterprise=None):
    return raise_need(
        enterprise=enterprise or cast.enterprise,
        category=NeedCategory.objects.get(code=category),
        text="所需",
        source=NeedSource.PORTAL,
        by=cast.chen,
        now=NOW,
    )


def test_team_of_a_submitted_case_has_whom_the_rules_call_for_each_with_the_reason(cast: Cast):
    law, trade = expert("law", "DEP-LEG", "R-LAW"), expert("trade", "DEP-XBT", "R-XBT")
    is_foreign(cast)
    case = cast.submitted()
    team = team_of(case)
    assert skills(team) == {"R-ESS": cast.lu, "R-XBT": trade, "R-LAW": law}
    assert team.members.get(skill__code="R-LAW").rules == ["TR-03"]
    assert team.suggested == {"R-HRS": ["TR-03"]}
    assert teams.lead_of(team) == case.lead
    assert OpenWork.objects.filter(kind="expert").count() == 3
    assert AssignmentDecision.objects.filter(kind="expert", ground="least_load").count() == 3
    assert set(Notice.objects.filter(kind="expert.joined").values_list("recipient", flat=True)) == {
        one.user_id for one in (cast.lu, law, trade)
    }


def test_draft_has_no_team(cast: Cast):
    cast.complete_draft()
    consumers.react()
    assert not ServiceTeam.objects.exists()


def test_nobody_suitable_is_a_gap_of_which_the_head_is_told(cast: Cast):
    head = expert("head", "DEP-LEG", head=True)
    is_foreign(cast)
    team = team_of(cast.submitted())
    assert skills(team)["R-LAW"] is None
    notice = Notice.objects.get(kind="expert.lacking", recipient=head.user)
    assert notice.data["skill_en"] == "Legal adviser"
    told = Event.objects.filter(kind="expert.lacking")
    assert all(event.is_internal for event in told)
    count = told.count()
    teams.look(cases=[team.case_id], now=NOW)
    assert told.count() == count  # it is a gap still, and was told
    law = expert("law", "DEP-LEG", "R-LAW")
    teams.look(cases=[team.case_id], now=NOW)
    assert skills(team)["R-LAW"] == law


def test_done_twice_it_is_done_once(cast: Cast):
    is_foreign(cast)
    team = team_of(cast.submitted())
    before = Event.objects.count()
    teams.look(cases=[team.case_id], now=NOW)
    assert Event.objects.count() == before
    assert ServiceTeam.objects.count() == 1
    place = team.members.first()
    with pytest.raises(IntegrityError), transaction.atomic():
        TeamMember.objects.create(team=team, skill=place.skill, department=place.department, since=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ServiceTeam.objects.create(enterprise=team.enterprise, case=team.case, formed_at=NOW)


def test_what_the_lead_can_do_asks_for_nobody_else(cast: Cast):
    for one in (cast.wang, cast.han):
        one.skills.add(Skill.objects.get(code="R-ESS"))
    assert skills(team_of(cast.submitted())) == {}


def test_need_tied_later_brings_its_expert(cast: Cast):
    fin = expert("fin", "DEP-ENT", "R-FIN")
    case = cast.submitted()
    team = team_of(case)
    assert "R-FIN" not in skills(team)
    tie_need(case, need(cast, "bank_loan", case.enterprise), by=cast.wang.user, now=NOW)
    consumers.react()
    assert skills(team)["R-FIN"] == fin
    assert team.members.get(skill__code="R-FIN").rules == ["TR-13"]


def test_released_place_comes_back_only_when_another_rule_calls(cast: Cast):
    head = expert("head", "DEP-LEG", head=True)
    expert("law", "DEP-LEG", "R-LAW")
    is_foreign(cast)
    case = cast.submitted()
    team = team_of(case)
    place = team.members.get(skill__code="R-LAW")
    with pytest.raises(NotYours):
        teams.release_member(place, reason="x", by=cast.wang.user, now=NOW)
    teams.release_member(place, reason="本件无法律问题", by=head.user, now=NOW)
    teams.look_again(team, by=case.lead.user, now=NOW)
    assert "R-LAW" not in skills(team)
    assert not OpenWork.objects.filter(kind="expert", number=place.pk).exists()
    tie_need(case, need(cast, "legal", case.enterprise), by=cast.wang.user, now=NOW)
    consumers.react()
    assert "R-LAW" in skills(team)


def test_head_replaces_and_manager_fills_a_gap(cast: Cast):
    head, first = expert("head", "DEP-LEG", head=True), expert("law", "DEP-LEG", "R-LAW")
    is_foreign(cast)
    team = team_of(cast.submitted())
    second = expert("law2", "DEP-LEG", "R-LAW")
    place = team.members.get(skill__code="R-LAW")
    for taker in (cast.lu, first):
        with pytest.raises(NotYours):
            teams.replace_member(place, to=taker, reason="x", by=head.user, now=NOW)
    new = teams.replace_member(place, to=second, reason="专长不符", by=head.user, now=NOW + timedelta(hours=1))
    assert skills(team)["R-LAW"] == second
    assert (new.rules, TeamMember.objects.get(pk=place.pk).until is not None) == (["TR-03"], True)
    with pytest.raises(CaseMoved):
        teams.replace_member(place, to=second, reason="x", by=head.user, now=NOW)
    trade = expert("trade", "DEP-XBT", "R-XBT")
    gap = team.members.get(skill__code="R-XBT")
    assert teams.replace_member(gap, to=trade, reason="补缺", by=cast.shen, now=NOW).pk == gap.pk
    consumers.react()
    assert Notice.objects.filter(kind="expert.released", recipient=first.user).exists()


def test_expert_is_called_in_by_the_lead_although_no_rule_requires_one(cast: Cast):
    ip = expert("ip", "DEP-TEC", "R-IPR")
    case = cast.submitted()
    team, lead = team_of(case), case.lead.user
    skill = Skill.objects.get(code="R-IPR")
    with pytest.raises(NotYours):
        teams.call_in(team, skill, by=cast.lu.user, now=NOW)
    with pytest.raises(teams.NotAnExpert):
        teams.call_in(team, Skill.objects.get(code="R-WIN"), by=lead, now=NOW)
    made = teams.call_in(team, skill, by=lead, now=NOW)
    assert (made.specialist, made.rules) == (ip, [])
    assert teams.call_in(team, skill, by=lead, now=NOW) == made


def test_experts_see_the_case_and_strangers_do_not(cast: Cast):
    law, stranger = expert("law", "DEP-LEG", "R-LAW"), expert("agr", "DEP-AGR", "R-AGR")
    colleague, head = expert("law2", "DEP-LEG"), expert("head", "DEP-LEG", head=True)
    is_foreign(cast)
    case = cast.submitted()
    assert not visible_cases(law.user).filter(pk=case.pk).exists()
    team = team_of(case)
    sees = {one: visible_cases(one.user).filter(pk=case.pk).exists() for one in (law, stranger, colleague, head)}
    assert sees == {law: True, stranger: False, colleague: False, head: True}
    teams.release_member(team.members.get(skill__code="R-LAW"), reason="x", by=head.user, now=NOW)
    assert not visible_cases(law.user).filter(pk=case.pk).exists()


def test_key_enterprise_has_a_standing_team_that_its_cases_begin_with(cast: Cast):
    fin, other = expert("fin", "DEP-ENT", "R-FIN"), expert("fin2", "DEP-ENT", "R-FIN")
    key = CertificateKind.objects.get(code="KEY")
    for one in (fin, other, cast.wang, cast.lu):
        until = NOW.date() + timedelta(days=200)
        issue_certificate(holder=one, kind=key, issued_on=NOW.date(), expires_on=until, by=cast.shen, now=NOW)
    need(cast, "bank_loan")
    entrust(cast.enterprise, cast.wang, by=cast.shen, now=NOW)
    name_key_enterprise(cast.enterprise, is_key=True, reason="链主", by=cast.shen, now=NOW)
    consumers.react()
    standing = ServiceTeam.objects.get(case=None)
    assert teams.lead_of(standing) == cast.wang
    chosen = skills(standing)["R-FIN"]
    assert chosen in {fin, other}
    team = team_of(cast.submitted())  # the other has less in hand, and yet
    assert skills(team)["R-FIN"] == chosen
    name_key_enterprise(cast.enterprise, is_key=False, reason="", by=cast.shen, now=NOW)
    consumers.react()
    standing.refresh_from_db()
    assert standing.ended_at is not None
    assert not standing.members.current().exists()
    assert team.members.current().exists()
    name_key_enterprise(cast.enterprise, is_key=True, reason="链主", by=cast.shen, now=NOW)
    consumers.react()
    assert ServiceTeam.objects.filter(case=None).count() == 2


def test_key_enterprise_asks_for_a_certificate(cast: Cast):
    name_key_enterprise(cast.enterprise, is_key=True, reason="链主", by=cast.shen, now=NOW)
    consumers.react()
    assert skills(ServiceTeam.objects.get()) == {"R-ESS": None}


def test_closed_case_asks_nothing_of_its_experts_and_remembers_them(cast: Cast):
    case = cast.submitted()
    team = team_of(case)
    asked = consultations.ask(case, skill=Skill.objects.get(code="R-ESS"), text="地址？", by=cast.wang.user, now=NOW)
    cases.withdraw_case(case, by=cast.chen, now=NOW)
    asked.refresh_from_db()
    assert (asked.state, asked.clock.state) == ("lapsed", "cancelled")
    assert not OpenWork.objects.filter(kind__in=["expert", "consultation"]).exists()
    assert skills(team) == {"R-ESS": cast.lu}
    assert reconcile(NOW) == 0
    with pytest.raises(CaseMoved):
        teams.look_again(team, by=case.lead.user, now=NOW)


def test_open_work_of_teams_is_what_the_tables_say(cast: Cast):
    case = cast.submitted()
    team_of(case)
    consultations.ask(case, skill=Skill.objects.get(code="R-ESS"), text="地址？", by=cast.wang.user, now=NOW)
    assert reconcile(NOW) == 0
    OpenWork.objects.filter(kind__in=["expert", "consultation"]).delete()
    assert reconcile(NOW) == 2


def test_whoever_is_away_is_not_chosen(cast: Cast):
    other = expert("lu2", "DEP-ENT", "R-ESS")
    away = NOW.date(), NOW.date() + timedelta(days=5)
    set_absent(specialist=cast.lu, first_on=away[0], last_on=away[1], by=cast.lu.user, now=NOW)
    assert skills(team_of(cast.submitted())) == {"R-ESS": other}
